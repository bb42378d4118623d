# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the move can work at all, asked before anything is written: every problem in one list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import End
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.plan import BOOKKEEPING

OLDEST = 13
"""PostgreSQL's major version from which all that is asked of a server is there."""

_MINE = f"n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '{BOOKKEEPING}')"

_UNREADABLE = f"""
SELECT CASE c.relkind WHEN 'S' THEN 'sequence ' ELSE 'table ' END || format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE {_MINE} AND c.relkind IN ('r', 'p', 'm', 'S') AND c.relpersistence <> 't'
    AND NOT (has_schema_privilege(n.oid, 'USAGE') AND CASE c.relkind WHEN 'S'
        THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END)
ORDER BY 1
"""

# On the target, what its owner has forced on itself can be lifted by the owner.
_HIDDEN = f"""
SELECT format('%%I.%%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE {_MINE} AND c.relkind IN ('r', 'p') AND row_security_active(c.oid)
    AND NOT (%s AND pg_has_role(c.relowner, 'USAGE')) ORDER BY 1
"""

_SAME = "SELECT current_database(), pg_postmaster_start_time(), inet_server_port()"

_POLICY_ROLES = """
SELECT DISTINCT pg_get_userbyid(role)::text FROM pg_catalog.pg_policy, unnest(polroles) AS role WHERE role <> 0
ORDER BY 1
"""

_GRANTS = f"""
SELECT pg_get_userbyid(g.grantee)::text, count(DISTINCT (g.catalog, g.oid)) FROM (
    SELECT 'relation' AS catalog, c.oid, a.grantee, c.relowner AS owner, c.relnamespace AS space
    FROM pg_catalog.pg_class c, aclexplode(c.relacl) a
    UNION ALL SELECT 'function', p.oid, a.grantee, p.proowner, p.pronamespace
    FROM pg_catalog.pg_proc p, aclexplode(p.proacl) a
    UNION ALL SELECT 'schema', s.oid, a.grantee, s.nspowner, s.oid
    FROM pg_catalog.pg_namespace s, aclexplode(s.nspacl) a
) g JOIN pg_catalog.pg_namespace n ON n.oid = g.space
WHERE {_MINE} AND g.grantee NOT IN (0, g.owner) GROUP BY 1 ORDER BY 1
"""

_EXTENSIONS = "SELECT extname::text FROM pg_catalog.pg_extension ORDER BY 1"


def check(source: Any, target: Any, ends: tuple[End, End]) -> None:
    """What a copy and a comparison need. Raises CopyError with all problems."""
    _raise(list(_reading(source, target, ends)), "The databases cannot be read as a whole")


def check_writing(source: Any, target: Any, end: End) -> None:
    """What a copy needs besides. Raises CopyError with all problems."""
    _raise(list(_writing(source, target, end)), "The target cannot take the source's definitions")


def not_moved(source: Any) -> list[tuple[str, str]]:
    """Grants, which are not moved: they name roles of the source's server. (item, reason)"""
    return [
        (
            f"grants to {role}",
            f"on {count} objects in the source, not moved: grant them on the target if {role} is there",
        )
        for role, count in source.execute(_GRANTS.encode())
    ]


def _raise(problems: list[str], what: str) -> None:
    if problems:
        raise CopyError(f"{what}, and nothing was changed: {'; '.join(problems)}. Mend that, then run it again.")


def _reading(source: Any, target: Any, ends: tuple[End, End]) -> Iterator[str]:
    majors = [session.info.server_version // 10000 for session in (source, target)]
    for end, major in zip(ends, majors, strict=True):
        if major < OLDEST:
            yield f"the {end.side} is PostgreSQL {major}, but {OLDEST} or newer is needed"
    if majors[1] < majors[0]:
        yield f"the target is PostgreSQL {majors[1]}, older than the source ({majors[0]}): choose {majors[0]} or newer"
    if source.execute(_SAME).fetchone() == target.execute(_SAME).fetchone():
        yield f"source and target are the same database ({ends[0].name}): look at host, port and connect_to"
    unreadable = [row[0] for row in source.execute(_UNREADABLE.encode())]
    if unreadable:
        yield (
            f"{ends[0].user} may not read {_some(unreadable)} in the source (GRANT pg_read_all_data TO "
            f"{ends[0].user}, or GRANT USAGE on the schemas and SELECT on tables and sequences)"
        )
    for session, end in zip((source, target), ends, strict=True):
        hidden = [row[0] for row in session.execute(_HIDDEN.encode(), (end.side == "target",))]
        if hidden:
            yield (
                f"row level security hides rows of {_some(hidden)} from {end.role or end.user} in the {end.side}"
                " (use a role with BYPASSRLS, or the owner of tables whose security is not forced)"
            )


def _writing(source: Any, target: Any, end: End) -> Iterator[str]:
    roles = {row[0] for row in source.execute(_POLICY_ROLES)}
    there = {row[0] for row in target.execute("SELECT rolname::text FROM pg_catalog.pg_roles")}
    if roles - there:
        yield f"policies name the roles {_some(sorted(roles - there))}, which the target lacks (CREATE ROLE)"
    wanted = {row[0] for row in source.execute(_EXTENSIONS)}
    available = {row[0] for row in target.execute("SELECT name::text FROM pg_catalog.pg_available_extensions")}
    if wanted - available:
        yield f"the target does not offer the extensions {_some(sorted(wanted - available))}"
    # The role that shall own all is given it by the user, if the user has it.
    [creates] = target.execute("SELECT has_database_privilege(session_user, current_database(), 'CREATE')").fetchone()
    if not creates:
        yield f"{end.user} may not create schemas in the target (GRANT CREATE ON DATABASE {end.dbname} TO {end.user})"


def _some(names: list[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
