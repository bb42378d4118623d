# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What there is to copy: tables (or ranges of a large one), sequences, large objects."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Partition
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import quoted

BOOKKEEPING = "_replatform"
"""The schema on the target that says what was copied, written in the same transaction as the rows."""

TABLES, SEQUENCES, LARGE_OBJECTS = "table", "sequences", "large objects"


@dataclass(frozen=True)
class Part(Partition):
    """A table, a range of one, all sequences, or all large objects.

    key: the integer column that a range is over; low (inclusive) and high (exclusive): None is without end.
    """

    kind: str = TABLES
    schema: str = ""
    table: str = ""
    key: str = ""
    low: int | None = None
    high: int | None = None

    @property
    def relation(self) -> str:
        """The table as SQL."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"

    @property
    def where(self) -> str:
        """The range as SQL."""
        tests = []
        if self.low is not None:
            tests.append(f"{quoted(self.key)} >= {self.low}")
        if self.high is not None:
            tests.append(f"{quoted(self.key)} < {self.high}")
        return " AND ".join(tests) or "true"


@dataclass(frozen=True)
class Table:
    """A table that holds rows.

    identity: its name, quoted where SQL needs it. columns: all that are not dropped; stored: those that COPY takes
    (not the generated ones). key: columns that name a row (primary key, or unique and not null), empty if none do.
    range_key: the key if it is one integer column. binary: whether COPY's binary form means the same on both sides.
    """

    identity: str
    schema: str
    name: str
    rows: int
    bytes: int
    columns: tuple[str, ...]
    stored: tuple[str, ...]
    key: tuple[str, ...]
    range_key: str
    binary: bool


# Binary COPY sends numbers of types (arrays, composites) and objects (reg*) that are others on the target, so it is
# for built-in scalar types and arrays of them, and for enums, which travel as their labels.
_TABLES = f"""
WITH RECURSIVE base (oid, root) AS (
    SELECT oid, oid FROM pg_catalog.pg_type WHERE typtype <> 'd'
    UNION ALL
    SELECT d.oid, base.root FROM pg_catalog.pg_type d JOIN base ON d.typbasetype = base.oid WHERE d.typtype = 'd'
)
SELECT format('%I.%I', n.nspname, c.relname), n.nspname, c.relname, greatest(c.reltuples, 0)::bigint,
    pg_catalog.pg_table_size(c.oid),
    coalesce(a.names, '{{}}'), coalesce(a.stored, '{{}}'), coalesce(k.names, '{{}}'), coalesce(k.range_key, ''),
    coalesce(a.plain, true)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT array_agg(attname::text ORDER BY attnum) AS names,
        array_agg(attname::text ORDER BY attnum) FILTER (WHERE attgenerated = '') AS stored,
        bool_and(t.typtype = 'e' OR (t.oid < 16384 AND t.typtype IN ('b', 'r', 'm') AND t.typsend <> 0
                 AND coalesce(e.typname, t.typname) !~ '^reg' AND coalesce(e.typname, t.typname) <> 'aclitem'))
            AS plain
    FROM pg_catalog.pg_attribute JOIN base ON base.oid = atttypid JOIN pg_catalog.pg_type t ON t.oid = base.root
    LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
    WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
) a ON true
LEFT JOIN LATERAL (
    SELECT array_agg(att.attname::text ORDER BY u.place) AS names,
        CASE WHEN count(*) = 1 THEN min(att.attname::text) FILTER (WHERE att.atttypid IN (20, 21, 23)) END AS range_key
    FROM pg_catalog.pg_index i
    CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS u (attnum, place)
    JOIN pg_catalog.pg_attribute att ON att.attrelid = i.indrelid AND att.attnum = u.attnum
    WHERE i.indexrelid = (
        SELECT x.indexrelid FROM pg_catalog.pg_index x
        WHERE x.indrelid = c.oid AND x.indisunique AND x.indisvalid AND x.indimmediate AND x.indpred IS NULL
            AND x.indexprs IS NULL AND NOT EXISTS (
                SELECT FROM unnest((x.indkey::smallint[])[0:x.indnkeyatts - 1]) AS n (attnum)
                JOIN pg_catalog.pg_attribute b ON b.attrelid = x.indrelid AND b.attnum = n.attnum
                WHERE NOT b.attnotnull)
        ORDER BY x.indisprimary DESC, x.indnkeyatts, x.indexrelid LIMIT 1)
        AND u.place <= i.indnkeyatts
) k ON true
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '{BOOKKEEPING}')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
"""

_SEQUENCES = f"""
SELECT format('%I.%I', n.nspname, c.relname), n.nspname, c.relname,
    coalesce((SELECT format('%I.%I', tn.nspname, t.relname)
        FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
        JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
            AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i') LIMIT 1), '')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '{BOOKKEEPING}')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
"""


@dataclass(frozen=True)
class Choice:
    """What include and exclude let through: shell patterns on names such as `public.users`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def lets(self, *names: str) -> bool:
        """Whether one of a thing's names is included and none is excluded."""

        def meets(patterns: Sequence[str]) -> bool:
            return any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in patterns)

        return (not self.include or meets(self.include)) and not meets(self.exclude)


def read_tables(session: Any, choice: Choice) -> list[Table]:
    """The tables with rows of their own that are chosen: plain ones and the leaves of partitioned ones."""
    tables = []
    for row in session.execute(_TABLES):
        identity, schema, name, rows, size, columns, stored, key, range_key, binary = row
        if choice.lets(identity, f"{schema}.{name}"):
            tables.append(
                Table(identity, schema, name, rows, size, tuple(columns), tuple(stored), tuple(key), range_key, binary)
            )
    return tables


def read_sequences(session: Any, choice: Choice) -> list[tuple[str, str]]:
    """The sequences that are chosen, by their own name or by that of the table that owns them: (schema, name)."""
    return [
        (schema, name)
        for identity, schema, name, owner in session.execute(_SEQUENCES)
        if choice.lets(identity, f"{schema}.{name}", *([owner] if owner else []))
    ]


def make_parts(session: Any, tables: Sequence[Table], known: Sequence[Part], split: int) -> Iterator[Part]:
    """Tables as parts. One larger than `split` bytes is cut by its integer key; cuts made before are kept."""
    for table in tables:
        before = [part for part in known if (part.schema, part.table) == (table.schema, table.name)]
        if before and all(part.key in ("", table.range_key) for part in before):
            cuts = sorted(part.high for part in before if part.high is not None)
        else:
            cuts = _cuts(session, table, split)
        yield from _ranges(table, cuts)


def _cuts(session: Any, table: Table, split: int) -> list[int]:
    """Where to cut: evenly between the least and the greatest key, which the key's index gives at once."""
    pieces = min(-(-table.bytes // split), 64)
    if pieces < 2 or not table.range_key:
        return []
    key, relation = quoted(table.range_key), f"{quoted(table.schema)}.{quoted(table.name)}"
    least, greatest = session.execute(f"SELECT min({key}), max({key}) FROM ONLY {relation}").fetchone()
    if least is None:
        return []
    return sorted({least + (greatest - least + 1) * piece // pieces for piece in range(1, pieces)} - {least})


def _ranges(table: Table, cuts: Sequence[int]) -> Iterator[Part]:
    if not cuts:
        yield Part(table.identity, table.rows, table.bytes, TABLES, table.schema, table.name)
        return
    share = len(cuts) + 1
    for low, high in zip([None, *cuts], [*cuts, None], strict=True):
        name = f"{table.identity}[{'' if low is None else low}..{'' if high is None else high})"
        rows, size = table.rows // share, table.bytes // share
        yield Part(name, rows, size, TABLES, table.schema, table.name, table.range_key, low, high)
