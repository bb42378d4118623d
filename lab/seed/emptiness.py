"""Whether a source is empty, and how it is made so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import batched
from typing import Any

from botocore.exceptions import ClientError
from opensearchpy import OpenSearch
from psycopg import sql

from lab.app.schema import INDEX

from .sources import Connection, SeedError, Sources

OWN_SCHEMAS = b"SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
APP_TABLES = ("users", "documents")


def refuse_unless_empty(sources: Sources) -> None:
    """Raise SeedError that names everything found; what the application makes when it starts is no content."""
    with sources.postgresql.connect() as connection:
        found = _named("PostgreSQL holds the table", list(_tables_with_content(connection)))
    client = sources.objects.client()
    if next(_versions(client, sources.objects.bucket), None):
        found.append(f"the bucket {sources.objects.bucket} holds objects")
    if sources.objects.versioned_bucket in {one["Name"] for one in client.list_buckets()["Buckets"]}:
        found.append(f"there is a bucket {sources.objects.versioned_bucket}")
    search = sources.search.client()
    indices = [name for name in _indices(search) if name != INDEX or _count(search, name)]
    found += _named("OpenSearch holds the index", indices)
    if found:
        raise SeedError(
            f"The source is not empty: {'; '.join(found)}. Nothing was changed. "
            "Point the seed at empty stores, or call it with --wipe to delete everything in these first."
        )


def wipe(sources: Sources) -> None:
    """Delete everything in the database, the two buckets, and everything in the cluster (but its own dot-indices)."""
    with sources.postgresql.connect() as connection:
        _wipe_database(connection)
    client = sources.objects.client()
    for bucket in (sources.objects.bucket, sources.objects.versioned_bucket):
        _wipe_bucket(client, bucket)
    _wipe_search(sources.search.client())


def _tables_with_content(connection: Connection) -> Iterator[str]:
    # Whatever an extension brought belongs to the extension.
    rows = connection.execute(
        """
        SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'p', 'm', 'f') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY 1, 2
        """
    ).fetchall()
    for schema, table in rows:
        if schema == "public" and table in APP_TABLES:
            query = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(schema, table))
            if not connection.execute(query).fetchone():
                continue
        yield f"{schema}.{table}"


def _named(what: str, names: list[str]) -> list[str]:
    """One phrase that names the first three, or none."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return [f"{what} {', '.join(names[:3])}{more}"] if names else []


def _wipe_database(connection: Connection) -> None:
    connection.execute("SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
    for (extension,) in connection.execute("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'").fetchall():
        connection.execute(sql.SQL("DROP EXTENSION {} CASCADE").format(sql.Identifier(extension)))
    for (schema,) in connection.execute(OWN_SCHEMAS).fetchall():
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
    connection.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner")
    connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
    connection.execute("COMMENT ON SCHEMA public IS 'standard public schema'")


def _versions(client: Any, bucket: str) -> Iterator[dict[str, str]]:
    """Every version and delete marker; none where the bucket is missing."""
    try:
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for one in page.get("Versions", []) + page.get("DeleteMarkers", []):
                yield {"Key": one["Key"], "VersionId": one["VersionId"]}
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise


def _wipe_bucket(client: Any, bucket: str) -> None:
    # A key below another shows up in the listing only once that other is gone: list until nothing is left.
    while found := list(_versions(client, bucket)):
        for batch in batched((one for one in found if one["Key"].isprintable()), 1000):
            answer = client.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
            if answer.get("Errors"):
                raise SeedError(f"The bucket {bucket} cannot be emptied: {answer['Errors'][0]}")
        # A key with a control character fits into no XML, which is what DeleteObjects sends.
        for one in found:
            if not one["Key"].isprintable():
                client.delete_object(Bucket=bucket, **one)
    # With the bucket go its state of versioning and its unfinished uploads.
    with suppress(client.exceptions.NoSuchBucket):
        client.delete_bucket(Bucket=bucket)


def _indices(client: OpenSearch) -> list[str]:
    """The cluster's indices, hidden and closed ones too, without those that its plugins keep."""
    rows = client.cat.indices(params={"format": "json", "expand_wildcards": "all", "h": "index"})
    names = [row["index"] for row in rows]
    return sorted(name for name in names if not name.startswith(".") or name.startswith((".traps", ".ds-")))


def _count(client: OpenSearch, index: str) -> int:
    return int(client.count(index=index)["count"])


def _wipe_search(client: OpenSearch) -> None:
    client.transport.perform_request("DELETE", "/_data_stream/*")
    for name in _indices(client):
        client.indices.delete(index=name)
    for path in ("/_index_template/traps-*", "/_component_template/traps-*", "/_template/traps-*"):
        client.transport.perform_request("DELETE", path, params={"ignore": 404})
    client.transport.perform_request("DELETE", "/_ingest/pipeline/traps-*", params={"ignore": 404})
