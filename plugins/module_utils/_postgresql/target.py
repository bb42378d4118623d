# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is done on the target beside rows and definitions: the bookkeeping, what stands in the rows' way, the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Copied, Digest
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import End, quoted
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.copy import BOOKKEEPING_TABLES
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.plan import BOOKKEEPING, Table

_MINE = f"n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '{BOOKKEEPING}')"
_NOT_OF_EXTENSION = (
    "NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = '{0}'::regclass AND d.objid = {1}.oid"
    " AND d.deptype = 'e')"
)

_OCCUPANTS = f"""
SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END
    || ' ' || format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND {_MINE} AND {_NOT_OF_EXTENSION.format("pg_class", "c")}
UNION ALL
SELECT 'function ' || p.oid::regprocedure::text
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE {_MINE} AND {_NOT_OF_EXTENSION.format("pg_proc", "p")}
UNION ALL
SELECT 'type ' || t.oid::regtype::text
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE {_MINE} AND t.typtype IN ('e', 'd', 'r') AND {_NOT_OF_EXTENSION.format("pg_type", "t")}
UNION ALL
SELECT 'schema ' || quote_ident(n.nspname) FROM pg_catalog.pg_namespace n
WHERE {_MINE} AND n.nspname <> 'public' AND {_NOT_OF_EXTENSION.format("pg_namespace", "n")}
UNION ALL
SELECT 'large object ' || oid FROM pg_catalog.pg_largeobject_metadata
"""

# Of the tables given, and of those that they are partitions of: keys and triggers of a whole are made at its root.
_IN_THE_WAY = """
WITH family (oid) AS (
    SELECT name::regclass::oid FROM unnest(%s::text[]) AS names (name)
    UNION SELECT a.relid FROM unnest(%s::text[]) AS names (name), pg_partition_ancestors(name::regclass) a (relid)
)
SELECT 1, format('ALTER TABLE %%s DROP CONSTRAINT %%I', k.conrelid::regclass, k.conname)
FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0
    AND (k.conrelid IN (SELECT oid FROM family) OR k.confrelid IN (SELECT oid FROM family))
UNION ALL
SELECT 2, format('DROP TRIGGER %%I ON %%s', t.tgname, t.tgrelid::regclass)
FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal AND coalesce(to_jsonb(t) ->> 'tgparentid', '0') = '0'
    AND t.tgrelid IN (SELECT oid FROM family)
UNION ALL
SELECT 3, format('DROP RULE %%I ON %%s', r.rulename, r.ev_class::regclass)
FROM pg_catalog.pg_rewrite r WHERE r.rulename <> '_RETURN' AND r.ev_class IN (SELECT oid FROM family)
ORDER BY 1, 2
"""

_FORCED = f"""
SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE {_MINE} AND c.relkind = 'r' AND c.relforcerowsecurity AND row_security_active(c.oid)
"""

# A view comes after those that it reads, directly or through other views: it reaches more of them than they do.
_MATERIALIZED = f"""
WITH RECURSIVE reads (view, reads) AS (
    SELECT DISTINCT r.ev_class, d.refobjid FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
), reaches (view, reached) AS (
    SELECT view, reads FROM reads
    UNION SELECT reaches.view, reads.reads FROM reaches JOIN reads ON reads.view = reaches.reached
)
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND {_MINE}
WHERE c.relkind = 'm' AND c.relispopulated
ORDER BY (SELECT count(*) FROM reaches WHERE reaches.view = c.oid), 1
"""


def occupied(session: Any) -> str:
    """The first few things of users on the target, in words; empty if there are none."""
    found = [row[0] for row in session.execute(f"{_OCCUPANTS} LIMIT 4".encode())]
    return ", ".join(found[:3]) + (" …" if len(found) > 3 else "")


def grant_to_owner(session: Any, end: End) -> bool:
    """Let the role that shall own all create schemas in the database and tables in `public`. True if that was new."""
    if not end.role:
        return False
    [database, public] = session.execute(
        "SELECT has_database_privilege(%(role)s, current_database(), 'CREATE'),"
        " has_schema_privilege(%(role)s, 'public', 'CREATE')",
        {"role": end.role},
    ).fetchone()
    with session.transaction():
        session.execute("SET LOCAL ROLE NONE")
        if not database:
            session.execute(f"GRANT CREATE ON DATABASE {quoted(end.dbname)} TO {quoted(end.role)}".encode())
        if not public:
            session.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {quoted(end.role)}".encode())
    return not (database and public)


def make_bookkeeping(session: Any) -> None:
    """The schema that says what was copied; and that materialized views are older than the rows from now on."""
    [there] = session.execute("SELECT to_regnamespace(%s) IS NOT NULL", (BOOKKEEPING,)).fetchone()
    if not there:
        session.execute(BOOKKEEPING_TABLES.encode())
    set_fact(session, "views", "to be refreshed")


def drop_bookkeeping(session: Any) -> bool:
    """Take the bookkeeping away at the end of the move. True if there was any."""
    [there] = session.execute("SELECT to_regnamespace(%s) IS NOT NULL", (BOOKKEEPING,)).fetchone()
    session.execute(f"DROP SCHEMA IF EXISTS {BOOKKEEPING} CASCADE".encode())
    return bool(there)


def _has_bookkeeping(session: Any) -> bool:
    return bool(session.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{BOOKKEEPING}.fact",)).fetchone()[0])


def fact(session: Any, name: str) -> str:
    """A named value of the move; empty if it is not kept."""
    if not _has_bookkeeping(session):
        return ""
    row = session.execute(f"SELECT value FROM {BOOKKEEPING}.fact WHERE name = %s".encode(), (name,)).fetchone()
    return str(row[0]) if row else ""


def set_fact(session: Any, name: str, value: str) -> None:
    """Keep a named value, where there is a bookkeeping."""
    if _has_bookkeeping(session) and fact(session, name) != value:
        insert = f"INSERT INTO {BOOKKEEPING}.fact VALUES (%s, %s)"
        session.execute(f"{insert} ON CONFLICT (name) DO UPDATE SET value = excluded.value".encode(), (name, value))


def completed(session: Any, partition: str) -> Copied | None:
    """What the target itself says of a partition: written in the transaction of its rows."""
    if not _has_bookkeeping(session):
        return None
    query = f"SELECT items, bytes, digest, watermark FROM {BOOKKEEPING}.partition WHERE id = %s"
    row = session.execute(query.encode(), (partition,)).fetchone()
    return Copied(row[0], row[1], Digest.parse(row[2]), row[3]) if row else None


def forced_tables(session: Any) -> set[tuple[str, str]]:
    """Tables whose row level security is forced on their owner, whom we act as."""
    return set(session.execute(_FORCED.encode()).fetchall())


def empty_tables(session: Any, tables: Iterable[Table]) -> set[tuple[str, str]]:
    """Those of the tables that are known to hold no row on the target: nothing has to be cleared in them."""
    empty = set()
    forced = forced_tables(session)
    for table in tables:
        query = f"SELECT NOT EXISTS (SELECT FROM ONLY {quoted(table.schema)}.{quoted(table.name)})"
        if (table.schema, table.name) not in forced and session.execute(query.encode()).fetchone()[0]:
            empty.add((table.schema, table.name))
    return empty


def clear_the_way(session: Any, tables: Sequence[str]) -> None:
    """Take away what would check or change rows on their way into the tables (named as SQL).

    What the source has of it is made anew after the data.
    The target's user is no superuser: it can neither switch off foreign keys nor set session_replication_role.
    """
    with session.transaction():
        for _order, statement in session.execute(_IN_THE_WAY, (list(tables), list(tables))).fetchall():
            session.execute(statement.encode())


def refresh_views(source: Any, target: Any) -> bool:
    """Fill the materialized views that are filled in the source, if rows came in since they were. True if so."""
    if fact(target, "views") != "to be refreshed":
        return False
    names = [row[0] for row in source.execute(_MATERIALIZED.encode())]
    for name in names:
        target.execute(f"REFRESH MATERIALIZED VIEW {name}".encode())
    set_fact(target, "views", "refreshed")
    return bool(names)
