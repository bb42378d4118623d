"""The application's settings, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ALGORITHMS = ("HS256", "HS384", "HS512")
TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("0", "false", "no", "off", "")


class SettingsError(Exception):
    """A variable is missing or has a value that cannot be meant."""


@dataclass(frozen=True)
class PostgresSettings:
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    dbname: str
    sslmode: str
    sslrootcert: str | None


@dataclass(frozen=True)
class ObjectSettings:
    """`endpoint_url` None: where boto3 looks by itself. No keys: the role of the task."""

    bucket: str
    region: str
    endpoint_url: str | None
    path_style: bool
    access_key: str | None
    secret_key: str | None = field(repr=False)
    verify: bool | str
    is_minio: bool


@dataclass(frozen=True)
class SearchSettings:
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    use_ssl: bool
    verify_certs: bool
    ca: str | None


@dataclass(frozen=True)
class TokenSettings:
    secret_key: str = field(repr=False)
    algorithm: str
    expire_minutes: int


@dataclass(frozen=True)
class CleanupSettings:
    enabled: bool
    interval_seconds: float
    grace_seconds: float


@dataclass(frozen=True)
class Settings:
    postgres: PostgresSettings
    objects: ObjectSettings
    search: SearchSettings
    token: TokenSettings
    cleanup: CleanupSettings
    openai_api_key: str = field(repr=False)
    environment: str
    debug: bool

    @property
    def makes_its_stores(self) -> bool:
        """In production the deployment makes tables, bucket and index; elsewhere we do."""
        return self.environment != "production"


def load(env: Mapping[str, str]) -> Settings:
    """Read every variable; raise SettingsError, which names the variable, for the first that will not do."""
    ca_bundle = env.get("CA_BUNDLE") or None
    return Settings(
        postgres=PostgresSettings(
            host=_required(env, "POSTGRES_HOST"),
            port=_number(env, "POSTGRES_PORT", 5432),
            user=_required(env, "POSTGRES_USER"),
            password=_required(env, "POSTGRES_PASSWORD"),
            dbname=_required(env, "POSTGRES_DB"),
            sslmode=env.get("POSTGRES_SSLMODE") or ("verify-full" if env.get("POSTGRES_SSLROOTCERT") else "prefer"),
            sslrootcert=env.get("POSTGRES_SSLROOTCERT") or ca_bundle,
        ),
        objects=_objects(env, ca_bundle),
        search=_search(env, ca_bundle),
        token=_token(env),
        cleanup=CleanupSettings(
            enabled=_switch(env, "CLEANUP_ENABLED", False),
            interval_seconds=_number(env, "CLEANUP_INTERVAL_SECONDS", 3600),
            grace_seconds=_number(env, "CLEANUP_GRACE_SECONDS", 600),
        ),
        openai_api_key=env.get("OPENAI_API_KEY", ""),
        environment=env.get("APP_ENV") or "development",
        debug=_switch(env, "APP_DEBUG", False),
    )


def _objects(env: Mapping[str, str], ca_bundle: str | None) -> ObjectSettings:
    if env.get("MINIO_ENDPOINT"):
        scheme = "https" if _switch(env, "MINIO_SECURE", False) else "http"
        address = env["MINIO_ENDPOINT"]
        return ObjectSettings(
            bucket=_required(env, "MINIO_BUCKET_NAME"),
            region=env.get("AWS_S3_REGION") or "us-east-1",
            endpoint_url=address if "://" in address else f"{scheme}://{address}",
            path_style=True,
            access_key=_required(env, "MINIO_ACCESS_KEY"),
            secret_key=_required(env, "MINIO_SECRET_KEY"),
            verify=env.get("MINIO_CA") or ca_bundle or True,
            is_minio=True,
        )
    access_key = env.get("AWS_S3_ACCESS_KEY_ID") or None
    return ObjectSettings(
        bucket=_required(env, "AWS_S3_BUCKET_NAME"),
        region=_required(env, "AWS_S3_REGION"),
        endpoint_url=None,
        # An endpoint of one's own rarely answers under a name per bucket.
        path_style=bool(env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL")),
        access_key=access_key,
        secret_key=_required(env, "AWS_S3_SECRET_ACCESS_KEY") if access_key else None,
        verify=env.get("AWS_CA_BUNDLE") or ca_bundle or True,
        is_minio=False,
    )


def _search(env: Mapping[str, str], ca_bundle: str | None) -> SearchSettings:
    port = _number(env, "OPENSEARCH_PORT", 9200)
    return SearchSettings(
        host=_required(env, "OPENSEARCH_HOST"),
        port=port,
        user=env.get("OPENSEARCH_USER", ""),
        password=env.get("OPENSEARCH_INITIAL_ADMIN_PASSWORD", ""),
        use_ssl=_switch(env, "OPENSEARCH_USE_SSL", port == 443),
        verify_certs=_switch(env, "OPENSEARCH_VERIFY_CERTS", True),
        ca=env.get("OPENSEARCH_CA") or ca_bundle,
    )


def _token(env: Mapping[str, str]) -> TokenSettings:
    algorithm = env.get("JWT_ALGORITHM") or "HS256"
    if algorithm not in ALGORITHMS:
        raise SettingsError(f"JWT_ALGORITHM is {algorithm!r}; use one of {', '.join(ALGORITHMS)}.")
    secret_key = _required(env, "JWT_SECRET_KEY")
    if len(secret_key.encode()) < 32:
        raise SettingsError("JWT_SECRET_KEY is shorter than 32 bytes; make one with: openssl rand -hex 32")
    return TokenSettings(secret_key, algorithm, _number(env, "JWT_ACCESS_TOKEN_EXPIRE_MINUTES", 60))


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value:
        raise SettingsError(f"The environment variable {name} is not set; the application cannot start without it.")
    return value


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name) or str(default)
    if not value.isdecimal():
        raise SettingsError(f"{name} is {value!r}; a whole number that is not negative is needed.")
    return int(value)


def _switch(env: Mapping[str, str], name: str, default: bool) -> bool:
    value = env.get(name)
    if value is None:
        return default
    if value.lower() in TRUE_WORDS:
        return True
    if value.lower() in FALSE_WORDS:
        return False
    raise SettingsError(f"{name} is {value!r}; use true or false.")
