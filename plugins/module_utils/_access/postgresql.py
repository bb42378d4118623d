# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The application's own role and database in PostgreSQL: a role that is not the master, owning what it uses."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._access.endpoint import AccessError, Endpoint

psycopg: Any
sql: Any
try:
    import psycopg
    from psycopg import sql
except ImportError:  # the module says so with missing_required_lib
    psycopg = sql = None

_SET_OPTION = 160000  # from PostgreSQL 16 on, membership alone does not allow SET ROLE
_STATE = """
SELECT r.rolcanlogin, r.rolcreatedb, r.rolcreaterole, pg_has_role(current_user, r.oid, {set_option})
FROM pg_roles r WHERE r.rolname = %s
"""
_DATABASE = """
SELECT pg_get_userbyid(datdba), has_database_privilege('public', oid, 'CONNECT')
FROM pg_database WHERE datname = %s
"""


@dataclass(frozen=True)
class Login:
    """How to connect as the master user."""

    endpoint: Endpoint
    user: str
    password: str = field(repr=False)
    dbname: str
    sslmode: str
    sslrootcert: str | None


@dataclass(frozen=True)
class Application:
    """The role and the database that shall be there."""

    role: str
    password: str = field(repr=False)
    database: str


@dataclass(frozen=True)
class State:
    """What is there. `owner` is None where the database is missing."""

    role: bool = False
    login: bool = False
    powers: bool = False
    member: bool = False
    password: bool = False
    owner: str | None = None
    public: bool = False


@dataclass(frozen=True)
class Statement:
    """A statement, and how it is shown: without the password's verifier."""

    shown: str
    query: Any = field(repr=False)


@contextmanager
def connection(login: Login) -> Iterator[Any]:
    """An autocommit connection. Raises AccessError for everything that the server or the network says."""
    host, port = login.endpoint.address()
    arguments: dict[str, Any] = {
        "host": login.endpoint.host,
        "port": port,
        "user": login.user,
        "password": login.password,
        "dbname": login.dbname,
        "sslmode": login.sslmode,
        "connect_timeout": 10,
        "application_name": "replatform.aws",
    }
    if login.endpoint.dial:  # hostaddr says where to dial, host stays what the certificate is checked against
        arguments["hostaddr"] = socket.gethostbyname(host)
    if login.sslrootcert:
        arguments["sslrootcert"] = login.sslrootcert
    where = f"PostgreSQL {login.endpoint.host}:{port} as {login.user}"
    try:
        with psycopg.connect(**arguments, autocommit=True) as opened:
            yield opened
    except psycopg.OperationalError as error:
        step = "RDS is private: run where it can be reached, or forward a port and set rds_connect_to (host:port)."
        raise AccessError(str(error).strip().splitlines()[0], where, step) from error
    except psycopg.Error as error:
        step = "check the master user's rights and the names, then run it again."
        raise AccessError(str(error).strip().splitlines()[0], where, step) from error


def read(opened: Any, login: Login, wanted: Application) -> State:
    """What is there now; the password is tried by logging in with it."""
    option = "SET" if opened.info.server_version >= _SET_OPTION else "MEMBER"
    state = opened.execute(sql.SQL(_STATE).format(set_option=sql.Literal(option)), [wanted.role]).fetchone()
    database = opened.execute(_DATABASE, [wanted.database]).fetchone()
    owner, public = database or (None, False)
    if state is None:
        return State(owner=owner, public=public)
    can_login, createdb, createrole, member = state
    return State(
        role=True,
        login=can_login,
        powers=createdb or createrole,
        member=member,
        password=can_login and _logs_in(login, wanted),
        owner=owner,
        public=public,
    )


def _logs_in(login: Login, wanted: Application) -> bool:
    own = Login(login.endpoint, wanted.role, wanted.password, login.dbname, login.sslmode, login.sslrootcert)
    try:
        with connection(own):
            return True
    except AccessError:
        # Most likely another password; where it was something else, setting the same one again does no harm.
        return False


def plan(opened: Any, wanted: Application, state: State) -> list[Statement]:
    """The statements that make it as wanted, in order. The password goes as a SCRAM verifier, never as text."""
    role, database = sql.Identifier(wanted.role), sql.Identifier(wanted.database)
    statements = [*_role(opened, wanted, state, role)]
    if not state.member:
        options = " WITH INHERIT TRUE, SET TRUE" if opened.info.server_version >= _SET_OPTION else ""
        grant = sql.SQL("GRANT {} TO CURRENT_USER" + options).format(role)
        statements.append(Statement(f"GRANT {wanted.role} TO the master user", grant))
    if state.owner is None:
        create = sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(database, role)
        statements.append(Statement(f"CREATE DATABASE {wanted.database} OWNER {wanted.role}", create))
    elif state.owner != wanted.role:
        alter = sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, role)
        statements.append(Statement(f"ALTER DATABASE {wanted.database} OWNER TO {wanted.role}", alter))
    if state.owner is None or state.public:
        revoke = sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database)
        statements.append(Statement(f"REVOKE ALL ON DATABASE {wanted.database} FROM PUBLIC", revoke))
    return statements


def _role(opened: Any, wanted: Application, state: State, role: Any) -> Iterator[Statement]:
    if state.role and state.login and state.password and not state.powers:
        return
    verifier = opened.pgconn.encrypt_password(wanted.password.encode(), wanted.role.encode(), b"scram-sha-256")
    verb = "ALTER" if state.role else "CREATE"
    options = sql.SQL(" ROLE {} WITH LOGIN NOCREATEDB NOCREATEROLE PASSWORD {}")
    query = sql.SQL(verb) + options.format(role, sql.Literal(verifier.decode()))
    yield Statement(f"{verb} ROLE {wanted.role} WITH LOGIN NOCREATEDB NOCREATEROLE PASSWORD (hidden)", query)


def planned_from_nothing(wanted: Application) -> list[str]:
    """What would be done on an instance that does not exist yet."""
    return [
        f"CREATE ROLE {wanted.role} WITH LOGIN NOCREATEDB NOCREATEROLE PASSWORD (hidden)",
        f"GRANT {wanted.role} TO the master user",
        f"CREATE DATABASE {wanted.database} OWNER {wanted.role}",
        f"REVOKE ALL ON DATABASE {wanted.database} FROM PUBLIC",
    ]


def converge(login: Login, wanted: Application, check_mode: bool) -> list[str]:
    """Make it as wanted unless in check mode; gives the statements as shown, [] where nothing is to do."""
    with connection(login) as opened:
        statements = plan(opened, wanted, read(opened, login, wanted))
        for statement in () if check_mode else statements:
            opened.execute(statement.query)
    return [statement.shown for statement in statements]
