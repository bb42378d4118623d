"""The traps of PostgreSQL: made in this order, because later ones refer to earlier ones."""

from __future__ import annotations

from ..sources import Connection
from .code import CODE
from .keys import KEYS
from .tables import TABLES
from .trap import SCHEMA, SqlTrap
from .types import TYPES

TRAPS: tuple[SqlTrap, ...] = TYPES + TABLES + KEYS + CODE


def set_traps(connection: Connection) -> None:
    """Make every trap that the server can take."""
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    for trap in available(connection):
        connection.execute(trap.make.encode())


def available(connection: Connection) -> list[SqlTrap]:
    """The traps whose extension, if they need one, the server offers."""
    offered = {str(row[0]) for row in connection.execute("SELECT name FROM pg_available_extensions")}
    return [trap for trap in TRAPS if trap.extension is None or trap.extension in offered]


def holds(connection: Connection, trap: SqlTrap) -> bool:
    """True when the trap is there as meant."""
    return connection.execute(trap.check.encode()).fetchall() == [(True,)]
