"""The application's settings: defaults, the choice of the object store, and what is refused."""

from __future__ import annotations

import pytest

from lab.app.passwords import hash_password, verify_password
from lab.app.settings import SettingsError, load

S3 = {
    "POSTGRES_HOST": "db",
    "POSTGRES_USER": "app",
    "POSTGRES_PASSWORD": "pg-secret",
    "POSTGRES_DB": "app",
    "AWS_S3_REGION": "ap-northeast-2",
    "AWS_S3_BUCKET_NAME": "files",
    "OPENSEARCH_HOST": "search",
    "OPENSEARCH_INITIAL_ADMIN_PASSWORD": "os-secret",
    "JWT_SECRET_KEY": "j" * 32,
    "OPENAI_API_KEY": "ai-secret",
}
MINIO = S3 | {
    "MINIO_ENDPOINT": "minio:9000",
    "MINIO_ACCESS_KEY": "key",
    "MINIO_SECRET_KEY": "minio-secret",
    "MINIO_BUCKET_NAME": "old-files",
}


def test_s3_without_keys_leaves_credentials_and_endpoint_to_boto3() -> None:
    objects = load(S3).objects
    assert (objects.bucket, objects.region) == ("files", "ap-northeast-2")
    assert (objects.access_key, objects.secret_key, objects.endpoint_url) == (None, None, None)
    assert not objects.path_style
    assert not objects.is_minio


def test_an_endpoint_of_ones_own_is_addressed_by_path() -> None:
    assert load(S3 | {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:4566"}).objects.path_style


def test_minio_is_taken_where_it_is_set() -> None:
    objects = load(MINIO).objects
    assert (objects.endpoint_url, objects.bucket, objects.access_key) == ("http://minio:9000", "old-files", "key")
    assert load(MINIO | {"MINIO_SECURE": "true"}).objects.endpoint_url == "https://minio:9000"


@pytest.mark.parametrize(
    ("given", "use_ssl"),
    [
        ({}, False),
        ({"OPENSEARCH_PORT": "443"}, True),
        ({"OPENSEARCH_USE_SSL": "true"}, True),
        ({"OPENSEARCH_PORT": "443", "OPENSEARCH_USE_SSL": "no"}, False),
    ],
)
def test_search_speaks_tls_on_443_unless_told(given: dict[str, str], use_ssl: bool) -> None:
    search = load(S3 | given).search
    assert search.use_ssl == use_ssl
    assert search.verify_certs


@pytest.mark.parametrize(
    ("given", "sslmode"),
    [
        ({}, "prefer"),
        ({"POSTGRES_SSLROOTCERT": "/ca.pem"}, "verify-full"),
        ({"POSTGRES_SSLROOTCERT": "/ca.pem", "POSTGRES_SSLMODE": "require"}, "require"),
    ],
)
def test_postgresql_is_verified_where_a_ca_is_given(given: dict[str, str], sslmode: str) -> None:
    assert load(S3 | given).postgres.sslmode == sslmode


def test_one_bundle_serves_all_stores() -> None:
    settings = load(MINIO | {"CA_BUNDLE": "/all.pem"})
    assert settings.postgres.sslrootcert == settings.objects.verify == settings.search.ca == "/all.pem"


def test_cleanup_is_off_unless_switched_on() -> None:
    assert not load(S3).cleanup.enabled
    assert load(S3 | {"CLEANUP_ENABLED": "true"}).cleanup.enabled


@pytest.mark.parametrize("name", sorted(set(S3) - {"OPENAI_API_KEY", "OPENSEARCH_INITIAL_ADMIN_PASSWORD"}))
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load({key: value for key, value in S3.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_PORT", "five"),
        ("OPENSEARCH_USE_SSL", "maybe"),
        ("JWT_ALGORITHM", "none"),
        ("JWT_SECRET_KEY", "short"),
        ("CLEANUP_INTERVAL_SECONDS", "-1"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load(S3 | {name: value})


def test_settings_do_not_show_secrets() -> None:
    shown = repr(load(MINIO))
    assert "old-files" in shown
    assert not [
        secret for secret in ("pg-secret", "os-secret", "minio-secret", "ai-secret", "j" * 32) if secret in shown
    ]


def test_passwords_are_salted_and_verified() -> None:
    one, two = hash_password("비밀번호"), hash_password("비밀번호")
    assert one != two
    assert verify_password("비밀번호", one)
    assert not verify_password("비밀번호 ", one)
    assert not verify_password("x", "no hash")
    assert "비밀번호" not in one
