# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses of the old stack inside the data: they survive a byte-perfect copy, and break the application."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._postgresql import connect as postgresql
from ansible_collections.replatform.aws.plugins.module_utils._preflight.findings import WARNING, Finding
from ansible_collections.replatform.aws.plugins.module_utils._search import connect as search

SECONDS = 60
"""How long the look at one table may take; a larger one is named as not looked at."""

_TEXT_COLUMNS = """
    SELECT n.nspname, c.relname, array_agg(a.attname::text ORDER BY a.attnum)
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND (t.typcategory = 'S' OR t.typname IN ('json', 'jsonb', 'xml', '_text', '_varchar', 'hstore'))
       AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
     GROUP BY 1, 2 ORDER BY 1, 2
"""
_FIELDS_AT_ONCE = 50
_STEP = "Rewrite them on the target before the cutover, or keep the old names resolvable there."


def look_for(
    addresses: Sequence[str], database: Mapping[str, Any] | None, cluster: Mapping[str, Any] | None
) -> Iterator[Finding]:
    """One finding that names every column and field with the number of rows or documents."""
    places: list[str] = []
    if addresses and database:
        places += look_in_postgresql(database, addresses)
    if addresses and cluster:
        places += look_in_search(cluster, addresses)
    if places:
        yield Finding(WARNING, "addresses", f"The old stack is named in the data: {', '.join(places)}.", _STEP)


def pattern(addresses: Sequence[str]) -> str:
    """A regular expression (PostgreSQL's) that finds any of the addresses as a whole host name."""
    inside_urls = [re.escape(address) for address in addresses if address.startswith("//")]
    with_ports = "|".join(re.escape(address) for address in addresses if not address.startswith("//"))
    return "|".join([*inside_urls, f"(^|[^[:alnum:]_.-])({with_ports})($|[^[:alnum:]_-])"])


def look_in_postgresql(options: Mapping[str, Any], addresses: Sequence[str]) -> Iterator[str]:
    """Text and JSON columns, one pass over each table: `schema.table.column (n rows)`."""
    end = postgresql.make_end("source", options)
    session = postgresql.connect(end)
    try:
        with postgresql.speaking_to(end, "looking for addresses of the old stack"):
            session.execute(f"SET statement_timeout = '{SECONDS}s'")
            for schema, table, columns in session.execute(_TEXT_COLUMNS).fetchall():
                yield from _look_in_table(session, (schema, table), columns, addresses)
    finally:
        session.close()


def _look_in_table(
    session: Any, names: tuple[str, str], columns: Sequence[str], addresses: Sequence[str]
) -> Iterator[str]:
    sql = postgresql.psycopg.sql
    # A literal, not a parameter: a column's name may hold a percent sign. COLLATE: not every collation has patterns.
    found = sql.SQL('count(*) FILTER (WHERE {}::text COLLATE "C" ~ {})')
    counts = [found.format(sql.Identifier(name), sql.Literal(pattern(addresses))) for name in columns]
    query = sql.SQL("SELECT {} FROM ONLY {}").format(sql.SQL(", ").join(counts), sql.Identifier(*names))
    table = ".".join(names)
    try:
        row = session.execute(query).fetchone()
    except postgresql.psycopg.errors.QueryCanceled:
        yield f"{table} (not looked through: it takes longer than {SECONDS} s)"
        return
    for column, count in zip(columns, row, strict=True):
        if count:
            yield f"{table}.{column} ({count} rows)"


def look_in_search(options: Mapping[str, Any], addresses: Sequence[str]) -> Iterator[str]:
    """Mapped text and keyword fields: `index.field (n documents)`."""
    client = search.Client(search.End.of("source", options))
    try:
        mappings = client.call("GET", "/_mapping", expand_wildcards="open,hidden")
        for index, body in sorted(mappings.items()):
            if not index.startswith("."):
                fields = list(text_fields(body.get("mappings", {}).get("properties", {})))
                for first in range(0, len(fields), _FIELDS_AT_ONCE):
                    yield from _look_in_fields(client, index, fields[first : first + _FIELDS_AT_ONCE], addresses)
    finally:
        client.close()


def text_fields(properties: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """(path, type) of every text or keyword field that can be searched, at any depth; nested documents left out."""
    for name, field in properties.items():
        if field.get("type") in ("text", "keyword", "wildcard"):
            phrases = field.get("index_options", "positions") in ("positions", "offsets")
            if field.get("index", True) and (phrases or field["type"] != "text"):
                yield prefix + name, field["type"]
        elif "properties" in field and field.get("type") != "nested":
            yield from text_fields(field["properties"], f"{prefix}{name}.")


def _look_in_fields(
    client: search.Client, index: str, fields: Sequence[tuple[str, str]], addresses: Sequence[str]
) -> Iterator[str]:
    filters = {path: {"bool": {"should": [_clause(path, kind, one) for one in addresses]}} for path, kind in fields}
    body = {"size": 0, "aggs": {"named": {"filters": {"filters": filters}}}}
    answer = client.call("POST", search.path(index, "_search"), body)
    for path, bucket in answer["aggregations"]["named"]["buckets"].items():
        if bucket["doc_count"]:
            yield f"{index}.{path} ({bucket['doc_count']} documents)"


def _clause(path: str, kind: str, address: str) -> dict[str, Any]:
    if kind == "text":
        # An analyzer takes the punctuation out; a bare host name would match the ordinary word.
        return {"match_phrase": {path: address.replace("//", "http ").strip("/")}}
    return {"wildcard": {path: {"value": f"*{address}*"}}}
