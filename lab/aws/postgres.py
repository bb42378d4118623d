"""An RDS for PostgreSQL instance as a container: a master user without superuser, TLS, parameter group values.

As on RDS, the superuser is `rdsadmin` and nobody outside has it; the master user is a member of `rds_superuser`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.aws import engine, pki
from lab.aws.settings import NETWORK, NETWORK_GATEWAY, place

_FOLDER = "/rds"
_DATA = "/var/lib/postgresql/data"
_START_SECONDS = 120
_LISTS = ("shared_preload_libraries", "session_preload_libraries", "local_preload_libraries", "search_path")

# What RDS lets rds_superuser create, of what the community's packages contain.
_EXTENSIONS = (
    "amcheck", "bloom", "btree_gin", "btree_gist", "citext", "cube", "dblink", "dict_int", "dict_xsyn", "earthdistance",
    "fuzzystrmatch", "hstore", "intarray", "isn", "lo", "ltree", "pageinspect", "pg_buffercache", "pg_freespacemap",
    "pg_prewarm", "pg_stat_statements", "pg_trgm", "pg_visibility", "pg_walinspect", "pgcrypto", "pgrowlocks",
    "pgstattuple", "plperl", "plpgsql", "postgres_fdw", "refint", "seg", "sslinfo", "tablefunc", "tsm_system_rows",
    "tsm_system_time", "unaccent", "uuid-ossp", "vector",
)  # fmt: skip

# Run as root before the image's own entry point: the key belongs to the server's user, and rds_superuser's extensions
# are "trusted" (RDS patches the server for that; a control file's `trusted` has the same effect on a database's owner).
_PREPARE = """
chown -R postgres:postgres {folder}/tls
for name in {extensions}; do
  find / -xdev -path "*/extension/$name.control" | while read -r control; do
    grep -q '^trusted' "$control" || echo 'trusted = true' >> "$control"
  done
done
exec "$@"
"""

_ROLES = """
CREATE ROLE rds_superuser;
CREATE ROLE rds_replication;
CREATE ROLE rds_password;
CREATE ROLE rds_iam;
GRANT pg_monitor, pg_signal_backend, pg_checkpoint, rds_replication, rds_password TO rds_superuser WITH ADMIN OPTION;
GRANT SET ON PARAMETER session_replication_role TO rds_superuser;
GRANT EXECUTE ON FUNCTION pg_stat_reset() TO rds_superuser;
"""


@dataclass(frozen=True)
class Instance:
    """One DB instance. `endpoint` is its DNS name, which is also its certificate's; `parameters` the group's values."""

    identifier: str
    endpoint: str
    port: int
    version: str
    master: str
    password: str = field(repr=False)
    database: str | None
    parameters: Mapping[str, str]
    admin_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def container(self) -> str:
        """The container's name, and its volume's."""
        return f"replatform-rds-{self.identifier}"

    @property
    def image(self) -> str:
        """The image for the engine version's major number."""
        return f"postgres:{self.version.split('.')[0]}-alpine"


def _hba(parameters: Mapping[str, str]) -> bytes:
    """pg_hba.conf: rdsadmin from this machine only, and TLS demanded unless rds.force_ssl is 0 (RDS's default is 1)."""
    lines = [
        "local all rdsadmin trust",
        f"hostssl all rdsadmin {NETWORK_GATEWAY}/32 scram-sha-256",
        "host all rdsadmin all reject",
    ]
    if parameters.get("rds.force_ssl", "1") != "0":
        lines.append("hostnossl all all all reject")
    lines += ["host all all all scram-sha-256", "host replication all all scram-sha-256"]
    return "\n".join([*lines, ""]).encode()


def _server_arguments(port: int) -> list[str]:
    settings = {
        "port": str(port),
        "hba_file": f"{_FOLDER}/pg_hba.conf",
        "ssl": "on",
        "ssl_cert_file": f"{_FOLDER}/tls/server.crt",
        "ssl_key_file": f"{_FOLDER}/tls/server.key",
        "password_encryption": "scram-sha-256",
    }
    return ["postgres", *(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))]


def start(instance: Instance) -> str:
    """Start the instance and make it look like RDS; return its address. Takes some seconds."""
    engine.ensure_image(instance.image)
    engine.remove(instance.container)
    engine.remove_volume(instance.container)
    docker = engine.client()
    docker.volumes.create(instance.container, labels=engine.labels("rds"))
    entrypoint = docker.images.get(instance.image).attrs["Config"].get("Entrypoint") or []
    prepare = _PREPARE.format(folder=_FOLDER, extensions=" ".join(_EXTENSIONS))
    container = docker.containers.create(
        instance.image,
        name=instance.container,
        user="0:0",
        entrypoint=["sh", "-ec", prepare, "rds", *entrypoint],
        command=_server_arguments(instance.port),
        environment={"POSTGRES_USER": "rdsadmin", "POSTGRES_PASSWORD": instance.admin_password,
                     "POSTGRES_DB": "rdsadmin", "PGDATA": _DATA},
        volumes={instance.container: {"bind": _DATA, "mode": "rw"}},
        labels=engine.labels("rds"),
        network=NETWORK,
        networking_config={NETWORK: docker.api.create_endpoint_config(aliases=[instance.endpoint])},
        shm_size="256m",
    )  # fmt: skip
    certificate, key = pki.issue(place().pki, [instance.endpoint])
    files = {
        f"{_FOLDER}/tls/server.crt": (certificate, 0o644),
        f"{_FOLDER}/tls/server.key": (key, 0o600),
        f"{_FOLDER}/pg_hba.conf": (_hba(instance.parameters), 0o644),
    }
    engine.put_files(container, files)
    container.start()
    with _connection(instance, wait=True) as connection:
        _make_roles(connection, instance)
    if apply_parameters(instance):
        restart(instance)
    return engine.address(container)


def _connection(instance: Instance, *, wait: bool = False, database: str = "rdsadmin") -> Any:
    """A connection as rdsadmin; with `wait`, as soon as the server takes one."""
    import psycopg

    container = engine.client().containers.get(instance.container)
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            return psycopg.connect(
                host=instance.endpoint, hostaddr=engine.address(container), port=instance.port, dbname=database,
                user="rdsadmin", password=instance.admin_password, sslmode="verify-full",
                sslrootcert=str(place().ca_file), autocommit=True, connect_timeout=5,
            )  # fmt: skip
        except psycopg.OperationalError:
            dead = container.status not in ("created", "running", "restarting")
            if not wait or dead or time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def _make_roles(connection: Any, instance: Instance) -> None:
    """RDS's roles, the master user, its database."""
    from psycopg import sql

    for statement in filter(str.strip, _ROLES.split(";")):
        connection.execute(statement)
    version = int(connection.info.parameter_status("server_version").split(".")[0])
    if version >= 16:
        connection.execute(
            "GRANT pg_create_subscription, pg_use_reserved_connections TO rds_superuser WITH ADMIN OPTION"
        )
    if version >= 17:
        connection.execute("GRANT pg_maintain TO rds_superuser WITH ADMIN OPTION")
    master = sql.Identifier(instance.master)
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER CREATEDB CREATEROLE PASSWORD {}").format(
            master, sql.Literal(instance.password)
        )
    )
    connection.execute(sql.SQL("GRANT rds_superuser TO {} WITH ADMIN OPTION").format(master))
    connection.execute(sql.SQL("ALTER DATABASE postgres OWNER TO {}").format(master))
    connection.execute("REVOKE CONNECT ON DATABASE rdsadmin FROM PUBLIC")
    if instance.database and instance.database != "postgres":
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(instance.database), master))


def set_password(instance: Instance, password: str) -> None:
    """Change the master user's password, as ModifyDBInstance does."""
    from psycopg import sql

    with _connection(instance) as connection:
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(instance.master), sql.Literal(password))
        )


def apply_parameters(instance: Instance) -> bool:
    """Bring the server's settings to the parameter group's; True if a reboot is still needed for some of them."""
    container = engine.client().containers.get(instance.container)
    engine.put_files(container, {f"{_FOLDER}/pg_hba.conf": (_hba(instance.parameters), 0o644)})
    with _connection(instance, wait=True) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM pg_settings").fetchall()}
        connection.execute("ALTER SYSTEM RESET ALL")
        for name, value in _server_settings(instance.parameters).items():
            if name in known:
                connection.execute(_alter_system(connection, name, value))
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.2)  # the server rereads its files when the signal arrives
        return bool(connection.execute("SELECT count(*) FROM pg_settings WHERE pending_restart").fetchone()[0])


def _server_settings(parameters: Mapping[str, str]) -> dict[str, str]:
    """The group's values as PostgreSQL knows them; RDS's formulas of the instance class stay the server's default."""
    settings = {name: value for name, value in parameters.items() if not name.startswith("rds.") and "{" not in value}
    if parameters.get("rds.logical_replication") == "1":
        settings["wal_level"] = "logical"
    return settings


def _alter_system(connection: Any, name: str, value: str) -> Any:
    from psycopg import sql

    values = [part.strip() for part in value.split(",")] if name in _LISTS else [value]
    if name.endswith("_preload_libraries"):
        values = [library for library in values if _loads(connection, library)]
    literals = sql.SQL(", ").join(sql.Literal(part) for part in values or [""])
    return sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), literals)


def _loads(connection: Any, library: str) -> bool:
    """Whether the image carries a library: with one it lacks, the server would not start again."""
    import psycopg
    from psycopg import sql

    try:
        connection.execute(sql.SQL("LOAD {}").format(sql.Literal(library)))
    except psycopg.Error as error:
        return "shared_preload_libraries" in str(error)  # loads at the start only
    return True


def restart(instance: Instance) -> None:
    """Reboot: a clean stop and a start, until it takes connections again."""
    engine.client().containers.get(instance.container).restart(timeout=20)
    _connection(instance, wait=True).close()


def stop(instance: Instance) -> None:
    """Stop the server, its data kept."""
    engine.client().containers.get(instance.container).stop(timeout=20)


def resume(instance: Instance) -> None:
    """Start a stopped server again."""
    engine.client().containers.get(instance.container).start()
    _connection(instance, wait=True).close()


def delete(instance: Instance) -> None:
    """Remove the container and its data."""
    engine.remove(instance.container)
    engine.remove_volume(instance.container)
