# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a schema consists of, as catalog queries: one per kind, in texts that PostgreSQL 12 and later write alike.

Each answers (oid, oid of what it belongs to or 0, name, definition). Owners and grants are left out: they are the
target's own.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """name: what it is called; catalog: where its oid is from; parent: the catalog of what it belongs to."""

    name: str
    catalog: str
    parent: str
    query: str


_MINE = "n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '_replatform')"
_TABLE = "format('%I.%I', n.nspname, c.relname)"
_OF_TABLE = f"""
JOIN pg_class c ON c.oid = {{column}} AND c.relpersistence <> 't'
JOIN pg_namespace n ON n.oid = c.relnamespace AND {_MINE}
"""

SCHEMAS = f"SELECT n.oid, 0, quote_ident(n.nspname), '' FROM pg_namespace n WHERE {_MINE}"

EXTENSIONS = """
SELECT e.oid, 0, quote_ident(e.extname), 'schema ' || quote_ident(n.nspname)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'
"""

TYPES = f"""
SELECT t.oid, 0, format('%I.%I', n.nspname, t.typname), CASE t.typtype
    WHEN 'e' THEN 'enum ' || (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
                              FROM pg_enum WHERE enumtypid = t.oid)
    WHEN 'd' THEN concat_ws(' ', 'domain over', format_type(t.typbasetype, t.typtypmod),
        CASE WHEN t.typnotnull THEN 'not null' END, 'default ' || t.typdefault,
        CASE WHEN t.typcollation <> b.typcollation THEN 'collate ' || t.typcollation::regcollation::text END,
        (SELECT string_agg(quote_ident(conname) || ' ' || pg_get_constraintdef(oid), ', ' ORDER BY conname)
         FROM pg_constraint WHERE contypid = t.oid AND contype = 'c'))
    WHEN 'c' THEN 'composite ' || coalesce((
        SELECT string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped), '')
    WHEN 'r' THEN 'range of ' || (SELECT format_type(rngsubtype, NULL) FROM pg_range WHERE rngtypid = t.oid)
    ELSE 'base' END
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND {_MINE}
LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE t.typtype IN ('e', 'd', 'c', 'r', 'b') AND NOT EXISTS (SELECT FROM pg_type el WHERE el.typarray = t.oid)
    AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_class r WHERE r.oid = t.typrelid AND r.relkind = 'c'))
"""

FUNCTIONS = f"""
SELECT p.oid, 0, p.oid::regprocedure::text, CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE (
    SELECT concat_ws(' ', 'aggregate', a.aggtransfn, a.aggfinalfn, a.aggcombinefn, format_type(a.aggtranstype, NULL),
        a.agginitval, a.aggsortop::regoper) FROM pg_aggregate a WHERE a.aggfnoid = p.oid) END
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND {_MINE}
"""

TABLES = f"""
SELECT c.oid, 0, {_TABLE}, concat_ws(' ',
    CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' ELSE 'foreign table' END,
    CASE c.relpersistence WHEN 'u' THEN 'unlogged' END,
    CASE WHEN c.relkind = 'p' THEN 'by ' || pg_get_partkeydef(c.oid) END,
    pg_get_expr(c.relpartbound, c.oid),
    'inherits ' || (SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno)
                    FROM pg_inherits WHERE inhrelid = c.oid),
    'with ' || array_to_string(c.reloptions, ', '),
    CASE WHEN c.reloftype <> 0 THEN 'of ' || format_type(c.reloftype, NULL) END)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {_MINE}
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
"""

COLUMNS = f"""
SELECT 0, c.oid, format('%I.%I.%I', n.nspname, c.relname, a.attname), concat_ws(' ',
    format_type(a.atttypid, a.atttypmod),
    'place ' || (SELECT count(*) FROM pg_attribute b
                 WHERE b.attrelid = a.attrelid AND b.attnum > 0 AND b.attnum <= a.attnum AND NOT b.attisdropped),
    CASE WHEN a.attnotnull THEN 'not null' END,
    CASE WHEN a.attcollation <> t.typcollation THEN 'collate ' || a.attcollation::regcollation::text END,
    CASE a.attidentity WHEN 'a' THEN 'identity always' WHEN 'd' THEN 'identity by default' END,
    CASE a.attgenerated WHEN 's' THEN 'generated stored' WHEN 'v' THEN 'generated virtual' END,
    CASE WHEN a.attstorage <> t.typstorage THEN 'storage ' || a.attstorage::text END,
    'compression ' || nullif(to_jsonb(a) ->> 'attcompression', ''),
    -- Debian's PostgreSQL 15 keeps numbers of its own (pg_attver) among the options.
    'options ' || (SELECT string_agg(option, ', ' ORDER BY option) FROM unnest(a.attoptions) AS option
                   WHERE option LIKE 'n_distinct%'))
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid {_OF_TABLE.format(column="a.attrelid")}
WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
"""

DEFAULTS = f"""
SELECT d.oid, c.oid, format('%I.%I.%I', n.nspname, c.relname, a.attname), pg_get_expr(d.adbin, d.adrelid)
FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
{_OF_TABLE.format(column="d.adrelid")} WHERE c.relkind IN ('r', 'p', 'f')
"""

_CONSTRAINTS = f"""
SELECT k.oid, c.oid, format('%s on %s', quote_ident(k.conname), {_TABLE}), pg_get_constraintdef(k.oid)
FROM pg_constraint k {_OF_TABLE.format(column="k.conrelid")} WHERE
"""
CHECKS = f"{_CONSTRAINTS} k.contype = 'c'"
CONSTRAINTS = f"{_CONSTRAINTS} k.contype IN ('p', 'u', 'x')"
FOREIGN_KEYS = f"{_CONSTRAINTS} k.contype = 'f' AND k.conparentid = 0"

SEQUENCES = f"""
SELECT c.oid, 0, {_TABLE}, concat_ws(' ', format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment',
    s.seqincrement, 'min', s.seqmin, 'max', s.seqmax, 'cache', s.seqcache, CASE WHEN s.seqcycle THEN 'cycle' END,
    'owned by ' || (SELECT format('%s.%I', a.attrelid::regclass, a.attname)
        FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
            AND d.deptype IN ('a', 'i')))
FROM pg_sequence s {_OF_TABLE.format(column="s.seqrelid")}
"""

VIEWS = f"""
SELECT c.oid, 0, {_TABLE}, concat_ws(' ', pg_get_viewdef(c.oid), 'with ' || array_to_string(c.reloptions, ', '))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {_MINE} WHERE c.relkind =
"""

CONTENTS = f"""
SELECT 0, c.oid, {_TABLE}, CASE WHEN c.relispopulated THEN 'filled' ELSE 'never filled' END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {_MINE} WHERE c.relkind = 'm'
"""

INDEXES = f"""
SELECT i.indexrelid, c.oid,
    (SELECT format('%I.%I', n.nspname, ic.relname) FROM pg_class ic WHERE ic.oid = i.indexrelid),
    concat_ws(' ', pg_get_indexdef(i.indexrelid), CASE WHEN NOT i.indisvalid THEN 'invalid' END,
        CASE WHEN i.indisclustered THEN 'clustered' END,
        'part of ' || (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = i.indexrelid))
FROM pg_index i {_OF_TABLE.format(column="i.indrelid")}
WHERE c.relkind IN ('r', 'p', 'm') AND NOT EXISTS (
    SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
"""

STATISTICS = f"""
SELECT s.oid, s.stxrelid, format('%I.%I', n.nspname, s.stxname), pg_get_statisticsobjdef(s.oid)
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace AND {_MINE}
"""

TRIGGERS = f"""
SELECT t.oid, c.oid, format('%s on %s', quote_ident(t.tgname), {_TABLE}), concat_ws(' ', pg_get_triggerdef(t.oid),
    CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replica' WHEN 'A' THEN 'always' END)
FROM pg_trigger t {_OF_TABLE.format(column="t.tgrelid")}
WHERE NOT t.tgisinternal AND coalesce(to_jsonb(t) ->> 'tgparentid', '0') = '0'
"""

RULES = f"""
SELECT r.oid, c.oid, format('%s on %s', quote_ident(r.rulename), {_TABLE}), concat_ws(' ', pg_get_ruledef(r.oid),
    CASE r.ev_enabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replica' WHEN 'A' THEN 'always' END)
FROM pg_rewrite r {_OF_TABLE.format(column="r.ev_class")} WHERE r.rulename <> '_RETURN'
"""

POLICIES = f"""
SELECT p.oid, c.oid, format('%s on %s', quote_ident(p.polname), {_TABLE}), concat_ws(' ',
    CASE p.polpermissive WHEN true THEN 'permissive' ELSE 'restrictive' END, p.polcmd,
    'to ' || (SELECT string_agg(CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r)::text END, ', ' ORDER BY 1)
              FROM unnest(p.polroles) AS r),
    'using ' || pg_get_expr(p.polqual, p.polrelid), 'check ' || pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy p {_OF_TABLE.format(column="p.polrelid")}
"""

ROW_SECURITY = f"""
SELECT 0, c.oid, {_TABLE}, concat_ws(', ', CASE WHEN c.relrowsecurity THEN 'ENABLE' END,
    CASE WHEN c.relforcerowsecurity THEN 'FORCE' END)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {_MINE}
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
"""

REPLICA_IDENTITIES = f"""
SELECT 0, c.oid, {_TABLE}, CASE c.relreplident WHEN 'd' THEN 'DEFAULT' WHEN 'n' THEN 'NOTHING' WHEN 'f' THEN 'FULL'
    ELSE 'USING INDEX ' || coalesce((SELECT quote_ident(ic.relname) FROM pg_index i
        JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident), '') END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {_MINE}
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
"""

COMMENTS = """
SELECT d.classoid, d.objoid, upper(o.type) || ' ' || o.identity, d.description
FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) o
WHERE (d.objoid >= 16384 OR (d.classoid, d.objoid) = ('pg_namespace'::regclass, to_regnamespace('public')))
  AND d.classoid NOT IN ('pg_extension'::regclass, 'pg_largeobject'::regclass)
    AND coalesce(o.schema, '') !~ '^"?pg_' AND o.identity !~ '^_replatform'
"""

SETTINGS = """
SELECT 0, 0, split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1)
FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
WHERE s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def _presence(catalog: str) -> str:
    return (
        "SELECT x.oid, 0, upper(o.type) || ' ' || o.identity, ''"
        f" FROM {catalog} x CROSS JOIN LATERAL pg_identify_object('{catalog}'::regclass, x.oid, 0) o"
        " WHERE x.oid >= 16384"
    )


_OTHERS = (
    "pg_operator",
    "pg_cast",
    "pg_opclass",
    "pg_opfamily",
    "pg_ts_config",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_conversion",
    "pg_language",
    "pg_collation",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
    "pg_transform",
)

BEFORE_DATA = (
    Kind("schema", "pg_namespace", "", SCHEMAS),
    Kind("extension", "pg_extension", "", EXTENSIONS),
    *(Kind("object", catalog, "", _presence(catalog)) for catalog in _OTHERS),
    Kind("type", "pg_type", "", TYPES),
    Kind("function", "pg_proc", "", FUNCTIONS),
    Kind("table", "pg_class", "", TABLES),
    Kind("column", "", "pg_class", COLUMNS),
    Kind("default", "pg_attrdef", "pg_class", DEFAULTS),
    Kind("sequence", "pg_class", "", SEQUENCES),
    Kind("view", "pg_class", "", f"{VIEWS} 'v'"),
    Kind("materialized view", "pg_class", "", f"{VIEWS} 'm'"),
)
AFTER_DATA = (
    Kind("index", "pg_class", "pg_class", INDEXES),
    Kind("constraint", "pg_constraint", "pg_class", CONSTRAINTS),
    Kind("check", "pg_constraint", "pg_class", CHECKS),
    Kind("foreign key", "pg_constraint", "pg_class", FOREIGN_KEYS),
    Kind("statistics", "pg_statistic_ext", "pg_class", STATISTICS),
    Kind("trigger", "pg_trigger", "pg_class", TRIGGERS),
    Kind("rule", "pg_rewrite", "pg_class", RULES),
    Kind("policy", "pg_policy", "pg_class", POLICIES),
    Kind("event trigger", "pg_event_trigger", "", _presence("pg_event_trigger")),
    Kind("row security", "", "pg_class", ROW_SECURITY),
    Kind("replica identity", "", "pg_class", REPLICA_IDENTITIES),
    Kind("materialized contents", "", "pg_class", CONTENTS),
    Kind("database setting", "", "", SETTINGS),
    Kind("comment", "", "", COMMENTS),
)
