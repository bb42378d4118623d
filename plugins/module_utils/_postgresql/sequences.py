# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sequences' values, all of them as one partition. They stand outside of transactions and snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Difference, Digest
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import quoted
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.plan import SEQUENCES

Name = tuple[str, str]
Value = tuple[int, bool]


def read_values(session: Any, names: Sequence[Name]) -> dict[Name, Value]:
    """last_value and is_called of each sequence that is there."""
    rows = session.execute(
        "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S'"
    ).fetchall()
    there = [name for name in names if name in {(row[0], row[1]) for row in rows}]
    values: dict[Name, Value] = {}
    for start in range(0, len(there), 100):
        some = there[start : start + 100]
        # One query for many: a round trip for each would cost more than the values.
        selects = (
            f"SELECT {place}, last_value, is_called FROM {quoted(schema)}.{quoted(name)}"
            for place, (schema, name) in enumerate(some)
        )
        for place, last_value, is_called in session.execute(" UNION ALL ".join(selects).encode()):
            values[some[place]] = (last_value, is_called)
    return values


def digest_of(values: Mapping[Name, Value]) -> Digest:
    """The values as the engine's digest."""
    return Digest.of(*(repr((name, value)).encode() for name, value in values.items()))


def write_values(session: Any, values: Mapping[Name, Value]) -> None:
    """Set the target's sequences."""
    for (schema, name), (last_value, is_called) in values.items():
        session.execute(
            "SELECT pg_catalog.setval(%s::regclass, %s, %s)",
            (f"{quoted(schema)}.{quoted(name)}", last_value, is_called),
        )


def differences(source: Mapping[Name, Value], target: Mapping[Name, Value]) -> Iterator[Difference]:
    """The sequences that differ."""
    for name, value in sorted(source.items()):
        if target.get(name) != value:
            detail = "not there" if name not in target else f"{_text(value)} in the source, {_text(target[name])} here"
            kind = "changed" if name in target else "missing"
            yield Difference(SEQUENCES, f"sequence {name[0]}.{name[1]}", kind, detail)


def _text(value: Value) -> str:
    return f"{value[0]}{'' if value[1] else ' (not called)'}"
