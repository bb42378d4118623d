# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Both sides' rows as digests, and, where these differ, the exact rows and columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Difference, Digest, Sides
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import (
    End,
    asyncpg,
    quoted,
    speaking_to,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.digest import (
    Hashing,
    as_digest,
    digest_query,
    row_text,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.pairs import Pair
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.plan import Part, Table

BUCKETS = 1024
AT_ONCE = 16
"""Rows are looked at in buckets by key, and only in buckets that differ, so many at once: memory stays bounded."""

SAMPLE = 500
"""Changed rows of which the columns are asked for in one query."""


@dataclass(frozen=True)
class Looking:
    """What a comparison of one table's part needs to know. forced: the target's table hides rows from its owner."""

    ends: tuple[End, End]
    part: Part
    table: Table
    hashing: Hashing
    forced: bool = False


def read_sides(pair: Pair, look: Looking, meter: Meter | None) -> Sides:
    """Both digests, computed in both servers at the same time. A table that the target lacks counts as empty."""
    query = digest_query(look.hashing, look.part.relation, look.table.columns, look.part.where)

    async def source() -> tuple[Digest, int]:
        with speaking_to(look.ends[0], f"reading {look.part.id}"):
            row = await pair.source.fetchrow(query)
        return as_digest(row[0], row[1], row[2]), int(row[3])

    async def target() -> Digest:
        rows = await _at_target(pair, look, query)
        return as_digest(rows[0][0], rows[0][1], rows[0][2]) if rows else Digest()

    (left, size), right = pair.run(pair.together(meter, source(), target()))
    return Sides(left, right, size)


# Definitions say what is absent; its rows are all missing.
_ABSENT: tuple[type[Exception], ...] = (
    (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidSchemaNameError) if asyncpg else ()
)


async def _at_target(pair: Pair, look: Looking, query: str, *values: Any) -> list[Any]:
    """The target's rows of a query; none where the table, or a column, is not there."""
    connection = pair.target
    with speaking_to(look.ends[1], f"reading {look.part.id}"):
        try:
            if look.forced:
                # Forced security hides rows from the owner, too. It is lifted in a transaction that is rolled back.
                await connection.execute("BEGIN")
                await connection.execute(f"ALTER TABLE ONLY {look.part.relation} NO FORCE ROW LEVEL SECURITY")
            rows = list(await connection.fetch(query, *values))
        except _ABSENT:
            rows = []
        if look.forced:
            await connection.execute("ROLLBACK")
    return rows


def row_differences(pair: Pair, look: Looking) -> Iterator[Difference]:
    """The rows that differ: by key, with the columns; without a key by content, with the place and how many more."""
    buckets = _differing_buckets(pair, look)
    for start in range(0, len(buckets), AT_ONCE):
        chosen = buckets[start : start + AT_ONCE]
        if look.table.key:
            yield from _by_key(pair, look, chosen)
        else:
            yield from _by_content(pair, look, chosen)


def _key_text(look: Looking) -> str:
    return row_text(look.table.key or look.table.columns)


def _both(pair: Pair, look: Looking, query: str, *values: Any) -> list[list[Any]]:
    async def source() -> list[Any]:
        with speaking_to(look.ends[0], f"reading {look.part.id}"):
            return list(await pair.source.fetch(query, *values))

    sides: list[list[Any]] = pair.run(pair.together(None, source(), _at_target(pair, look, query, *values)))
    return sides


def _differing_buckets(pair: Pair, look: Looking) -> list[int]:
    high, low = look.hashing.halves("r")
    query = (
        f"SELECT {look.hashing.bucket('k', BUCKETS)} AS bucket, count(*), sum({high}), sum({low})"
        f" FROM (SELECT {row_text(look.table.columns)} AS r, {_key_text(look)} AS k FROM ONLY {look.part.relation}"
        f" WHERE {look.part.where} OFFSET 0) AS rows GROUP BY 1"
    )
    left, right = ({row[0]: tuple(row[1:]) for row in side} for side in _both(pair, look, query))
    return sorted(bucket for bucket in left.keys() | right.keys() if left.get(bucket) != right.get(bucket))


def _rows(look: Looking, columns: str, buckets: Sequence[int]) -> str:
    return (
        f"SELECT {columns} FROM (SELECT ctid::text AS place, {row_text(look.table.columns)} AS r,"
        f" {_key_text(look)} AS k FROM ONLY {look.part.relation} WHERE {look.part.where} OFFSET 0) AS rows"
        f" WHERE {look.hashing.bucket('k', BUCKETS)} IN ({', '.join(map(str, buckets))})"
    )


def _by_key(pair: Pair, look: Looking, buckets: Sequence[int]) -> Iterator[Difference]:
    high, low = look.hashing.halves("r")
    left, right = (
        {row[0]: (row[1], row[2]) for row in side}
        for side in _both(pair, look, _rows(look, f"k, {high}, {low}", buckets))
    )
    changed = []
    for key in sorted(left.keys() | right.keys()):
        if key not in right:
            yield Difference(look.part.id, _row_name(look, key), "missing")
        elif key not in left:
            yield Difference(look.part.id, _row_name(look, key), "extra")
        elif left[key] != right[key]:
            changed.append(key)
    for start in range(0, len(changed), SAMPLE):
        yield from _columns(pair, look, changed[start : start + SAMPLE])


def _row_name(look: Looking, key: str) -> str:
    return f"{look.table.identity} ({', '.join(look.table.key)}) = {key}"


def _columns(pair: Pair, look: Looking, keys: Sequence[str]) -> Iterator[Difference]:
    """Changed rows with the names of their changed columns."""
    # The separate hashes of the columns, as in the digest: by their text.
    hashes = ", ".join(f"{look.hashing.halves(f'ROW({quoted(column)})::text')[0]}" for column in look.table.columns)
    query = (
        f"SELECT {_key_text(look)}, ARRAY[{hashes}] FROM ONLY {look.part.relation}"
        f" WHERE {look.part.where} AND {_key_text(look)} = ANY($1::text[])"
    )
    left, right = (dict(map(tuple, side)) for side in _both(pair, look, query, list(keys)))
    for key in keys:
        pairs = zip(look.table.columns, left.get(key, ()), right.get(key, ()), strict=False)
        names = [column for column, one, other in pairs if one != other]
        yield Difference(look.part.id, _row_name(look, key), "changed", ", ".join(names))


def _by_content(pair: Pair, look: Looking, buckets: Sequence[int]) -> Iterator[Difference]:
    high, low = look.hashing.halves("r")
    query = _rows(look, f"{high}, {low}, count(*), (array_agg(place))[1]", buckets) + " GROUP BY 1, 2"
    left, right = _both(pair, look, query)
    counts: Counter[tuple[int, int]] = Counter()
    places: dict[tuple[int, int], str] = {}
    for side, rows, sign in (("target", right, -1), ("source", left, 1)):
        for row in rows:
            counts[row[0], row[1]] += sign * row[2]
            places[row[0], row[1]] = f"ctid {row[3]} in the {side}"
    for row_hash, more in sorted(counts.items()):
        if more:
            name = f"{look.table.identity} row {row_hash[0] % 2**64:016x}{row_hash[1] % 2**64:016x}"
            detail = f"no key; {abs(more)} times; {places[row_hash]}"
            yield Difference(look.part.id, name, "missing" if more > 0 else "extra", detail)
