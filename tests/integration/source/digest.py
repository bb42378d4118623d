"""The whole content of three stores in three hashes, without what differs by nature (times, ids)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.helpers import scan
from psycopg import sql

from lab.seed import Sources
from lab.seed.sources import Connection, ObjectsSource

HEADERS = (
    "ContentType",
    "ContentEncoding",
    "ContentDisposition",
    "ContentLanguage",
    "CacheControl",
    "Expires",
    "StorageClass",
)
CHANGING = ("uuid", "creation_date", "version", "provided_name")


@dataclass(frozen=True)
class Digest:
    postgresql: str
    objects: str
    search: str


def digest(sources: Sources) -> Digest:
    with sources.postgresql.connect() as connection:
        database = _hash(_rows(connection))
    return Digest(database, _hash(_objects(sources.objects)), _hash(_documents(sources.search.client())))


def _hash(items: Iterator[object]) -> str:
    total = hashlib.sha256()
    for item in items:
        total.update(repr(item).encode("utf-8", "surrogatepass") + b"\n")
    return total.hexdigest()


def _rows(connection: Connection) -> Iterator[object]:
    tables = connection.execute(
        """
        SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
        WHERE (relkind = 'r' OR relkind = 'm' AND relispopulated)
            AND nspname !~ '^pg_' AND nspname <> 'information_schema'
        ORDER BY nspname COLLATE "C", relname COLLATE "C"
        """
    ).fetchall()
    for schema, table in tables:
        query = sql.SQL('SELECT whole::text FROM ONLY {} AS whole ORDER BY whole::text COLLATE "C"')
        yield schema, table, connection.execute(query.format(sql.Identifier(schema, table))).fetchall()
    yield connection.execute("SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2").fetchall()
    yield connection.execute("SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY 1").fetchall()


def _objects(source: ObjectsSource) -> Iterator[object]:
    client = source.client()
    for bucket in (source.bucket, source.versioned_bucket):
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            yield [(one["Key"], one["IsLatest"]) for one in page.get("DeleteMarkers", [])]
            for one in page.get("Versions", []):
                where = {"Bucket": bucket, "Key": one["Key"], "VersionId": one["VersionId"]}
                answer = client.get_object(**where)
                # Tags cost a request each; the application sets none.
                found = [] if one["Key"].startswith("documents/") else client.get_object_tagging(**where)["TagSet"]
                tags = sorted((tag["Key"], tag["Value"]) for tag in found)
                body = hashlib.sha256(answer["Body"].read()).hexdigest()
                yield bucket, one["Key"], one["IsLatest"], one["ETag"], body, tags, sorted(answer["Metadata"].items())
                yield [answer.get(header) for header in HEADERS]


def _documents(client: OpenSearch) -> Iterator[object]:
    states = client.indices.get(index="*,.traps*,.ds-*", params={"expand_wildcards": "all"})
    closed = {row["index"] for row in client.cat.indices(params={"format": "json", "expand_wildcards": "closed"})}
    for name in sorted(states):
        if name.startswith(".") and not name.startswith((".traps", ".ds-")):
            continue
        settings: dict[str, Any] = states[name]["settings"]["index"]
        kept = {key: value for key, value in settings.items() if key not in CHANGING}
        yield name, json.dumps([states[name]["mappings"], states[name]["aliases"], kept], sort_keys=True)
        if name not in closed:
            yield sorted(
                (hit["_id"], hit.get("_routing", ""), json.dumps(hit.get("_source")))
                for hit in scan(client, index=name, size=1000)
            )
