# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The two ends of a move: where they are, how to get in, and sessions whose text forms are fixed."""

from __future__ import annotations

import socket
import ssl
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.references import resolve
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError, TransientError

psycopg: Any
MISSING = ""
try:
    import asyncpg
    import psycopg
except ImportError:  # the modules say so with missing_required_lib
    asyncpg = psycopg = None
    MISSING = traceback.format_exc()

CONNECT_SECONDS = 15

_SETTINGS = {
    # One text form for each value, whatever the server, database or role is set to.
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    "client_encoding": "UTF8",
    "lc_monetary": "C",
    "xmlbinary": "base64",
    "xmloption": "content",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "search_path": "",
    # A policy that would hide rows is an error, never a smaller copy.
    "row_security": "off",
    # A copy takes as long as it takes, and the snapshot's connection is idle meanwhile.
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "transaction_timeout": "0",
    # A killed copier's queries end with it (milliseconds).
    "client_connection_check_interval": "2000",
    "check_function_bodies": "off",
    "default_tablespace": "",
}
_SOURCE_SETTINGS = {"default_transaction_read_only": "on"}
_TARGET_SETTINGS = {
    # For speed, in our own sessions only. A commit lost in a crash is noticed: a rerun reads the target again.
    "synchronous_commit": "off",
    # An index that is being built for a copier that is gone would keep the next one waiting (PostgreSQL 14 and newer).
    "client_connection_check_interval": "2s",
}


@dataclass(frozen=True)
class End:
    """One side of the move. `role`: what the sessions act as; empty: the user itself."""

    side: str
    host: str
    port: int
    user: str
    dbname: str
    password: str = field(default="", repr=False)
    sslmode: str = "prefer"
    sslrootcert: str = ""
    connect_to: str = ""
    role: str = ""

    @property
    def name(self) -> str:
        """What the proof and messages call it; no secret."""
        return f"postgresql://{self.host}:{self.port}/{self.dbname}"

    def address(self) -> tuple[str, int]:
        """Where to dial: `connect_to` if the path is a forwarded port."""
        if not self.connect_to:
            return self.host, self.port
        host, _colon, port = self.connect_to.rpartition(":")
        if not host or not port.isdecimal():
            raise CopyError(f"connect_to of the {self.side} is {self.connect_to!r}: write it as host:port.")
        return host.strip("[]"), int(port)

    def root_certificate(self) -> str:
        """The file of the authorities that may have signed the server's certificate."""
        paths = ssl.get_default_verify_paths()
        return self.sslrootcert or paths.cafile or paths.openssl_cafile

    def settings(self) -> str:
        """One statement that sets all session settings that this server knows."""
        chosen = _SETTINGS | (_SOURCE_SETTINGS if self.side == "source" else _TARGET_SETTINGS)
        values = ", ".join(f"('{name}', '{value}')" for name, value in chosen.items())
        return (
            f"SELECT pg_catalog.set_config(v.name, v.value, false) FROM (VALUES {values}) AS v (name, value)"
            " WHERE EXISTS (SELECT FROM pg_catalog.pg_settings s WHERE lower(s.name) = lower(v.name))"
        )


def make_end(side: str, options: Mapping[str, Any], role: str = "") -> End:
    """An end from a module's option `source` or `target`; the password still as it was given."""
    return End(
        side=side,
        host=options["host"],
        port=options["port"],
        user=options["user"],
        dbname=options["dbname"],
        password=options["password"] or "",
        sslmode=options["sslmode"],
        sslrootcert=options["sslrootcert"] or "",
        connect_to=options["connect_to"] or "",
        role=role,
    )


def password_of(end: End) -> str:
    """The password behind the literal or reference."""
    try:
        return resolve(end.password)
    except AwsError as error:
        raise CopyError(f"The password of the {end.side} {end.name}: {error}") from None


def libpq_options(end: End) -> dict[str, str]:
    """What libpq (psycopg, pg_dump) needs to reach the end, without the password."""
    host, port = end.address()
    options = {"host": end.host, "port": str(port), "user": end.user, "dbname": end.dbname, "sslmode": end.sslmode}
    if end.connect_to:
        # libpq dials hostaddr and holds the certificate against host.
        options["hostaddr"] = _numeric(end, host)
    if end.sslmode.startswith("verify"):
        options["sslrootcert"] = end.root_certificate()
    return options


def _numeric(end: End, host: str) -> str:
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise CopyError(f"connect_to of the {end.side} names {host}, which does not resolve: {error}.") from None


def connect(end: End) -> Any:
    """A psycopg session in autocommit, with fixed text forms, for everything but the rows themselves."""
    try:
        session = psycopg.connect(
            **libpq_options(end),
            password=password_of(end),
            connect_timeout=CONNECT_SECONDS,
            application_name="replatform",
            gssencmode="disable",
            keepalives_idle=30,
            autocommit=True,
        )
    except psycopg.Error as error:
        raise CopyError(_cannot_connect(end, str(error))) from None
    # All work on a session is under `speaking_to`; its settings too.
    with speaking_to(end, "setting up the session"):
        session.execute(end.settings())
        session.execute("SET search_path = ''")
    if end.role:
        try:
            session.execute(f"SET ROLE {quoted(end.role)}".encode())
        except psycopg.Error as error:
            raise CopyError(
                f"The {end.side} {end.name}: {end.user} cannot act as {end.role}, which shall own all: {error}. "
                f"Run there: GRANT {end.role} TO {end.user}"
            ) from None
    return session


async def connect_async(end: End) -> Any:
    """An asyncpg connection with the same settings, for the rows: it hands COPY's buffers on without a look inside."""
    host, port = end.address()
    try:
        connection = await asyncpg.connect(
            host=host,
            port=port,
            user=end.user,
            password=password_of(end),
            database=end.dbname,
            ssl=_tls(end),
            timeout=CONNECT_SECONDS,
            statement_cache_size=0,
            server_settings={"application_name": "replatform"},
        )
    except (OSError, TimeoutError) as error:
        raise TransientError(_cannot_connect(end, str(error) or "no answer in time")) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        kind = TransientError if _passes(str(getattr(error, "sqlstate", ""))) else CopyError
        raise kind(_cannot_connect(end, str(error))) from None
    await connection.execute(end.settings())
    await connection.execute("SET search_path = ''")
    if end.role:
        await connection.execute(f"SET ROLE {quoted(end.role)}")
    return connection


class _Named(ssl.SSLContext):
    """Checks the certificate against the server's real name, whatever address was dialled."""

    real_name = ""

    def wrap_bio(self, incoming: Any, outgoing: Any, *args: Any, **options: Any) -> Any:
        options["server_hostname"] = self.real_name
        return super().wrap_bio(incoming, outgoing, *args, **options)


def _tls(end: End) -> Any:
    """asyncpg's `ssl`: a mode's name where nothing is verified, else a context."""
    if not end.sslmode.startswith("verify"):
        return end.sslmode
    context = _Named(ssl.PROTOCOL_TLS_CLIENT)
    context.real_name = end.host
    context.check_hostname = end.sslmode == "verify-full"
    try:
        context.load_verify_locations(end.root_certificate())
    except OSError as error:
        raise CopyError(f"sslrootcert of the {end.side}, {end.root_certificate()}, cannot be read: {error}.") from None
    return context


def _cannot_connect(end: End, reason: str) -> str:
    via = f" through {end.connect_to}" if end.connect_to else ""
    text = " ".join(reason.split())
    if "password authentication failed" in text or "SCRAM" in text:
        step = "Check user and password (the option is a literal or a reference such as env://NAME)."
    elif "certificate" in text or "SSL" in text:
        step = "Check sslmode and sslrootcert (for RDS: the region's certificate bundle), and the host's name."
    elif "does not exist" in text:
        step = "Check dbname and user."
    else:
        step = "Check that the server runs and that host, port (or connect_to) can be reached from this machine."
    return f"Cannot connect to the {end.side} {end.name}{via} as {end.user}: {text} {step}"


_PASSING = ("08", "40", "53", "57P0", "55P03", "58")
"""SQLSTATEs after which another try may work: connection, conflict, resources, shutdown, lock, I/O."""


def _passes(sqlstate: str) -> bool:
    return sqlstate.startswith(_PASSING)


@contextmanager
def speaking_to(end: End, what: str) -> Iterator[None]:
    """Turns what the drivers raise inside the block into CopyError, TransientError where another try may help."""
    try:
        yield
    except (psycopg.Error, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise translated(error, end, what) from error
    except OSError as error:
        raise TransientError(f"{end.side} {end.name}, {what}: {error}") from error


def translated(error: Exception, end: End, what: str) -> CopyError:
    """A driver's exception as one of ours, which names the side, what was being done, and the server's own words."""
    sqlstate = str(getattr(error, "sqlstate", None) or "")
    lost = (
        isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError, asyncpg.InterfaceError)) and not sqlstate
    )
    text = " ".join(str(error).split())
    message = f"{end.side} {end.name}, {what}: {text}"
    if "invalid snapshot identifier" in text or "could not import the requested snapshot" in text:
        return CopyError(f"{message}. The connection that held the snapshot is gone: run the same command again.")
    if "row-level security" in text:
        return CopyError(f"{message}. Use a role with BYPASSRLS, or the tables' owner: rows must not stay hidden.")
    if sqlstate == "42501":
        return CopyError(f"{message}. Grant {end.role or end.user} what is missing, then run the same command again.")
    return TransientError(message) if lost or _passes(sqlstate) else CopyError(message)


def quoted(name: str) -> str:
    """An identifier as SQL."""
    return '"' + name.replace('"', '""') + '"'
