"""What a trap of PostgreSQL is."""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA = "traps"


@dataclass(frozen=True)
class SqlTrap:
    """`make` is a script; `check` a query of one boolean, true when the trap is in the database as meant.

    `extension`: the trap is left out where the server does not offer it.
    """

    name: str
    make: str
    check: str
    extension: str | None = None
