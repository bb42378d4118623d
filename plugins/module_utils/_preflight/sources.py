# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Can each store of the source be reached, read, and moved?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._objects.connect import make_end as objects_end
from ansible_collections.replatform.aws.plugins.module_utils._objects.wire import Wire
from ansible_collections.replatform.aws.plugins.module_utils._postgresql import connect as postgresql
from ansible_collections.replatform.aws.plugins.module_utils._preflight.findings import FACT, PROBLEM, WARNING, Finding
from ansible_collections.replatform.aws.plugins.module_utils._report.progress import size
from ansible_collections.replatform.aws.plugins.module_utils._search import connect as search

OLDEST_POSTGRESQL = 11

_UNREADABLE = """
    SELECT count(*), min(format('%I.%I', n.nspname, c.relname))
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')
"""
_ENOUGH_SENDERS = 2


def look_at_postgresql(options: Mapping[str, Any]) -> Iterator[Finding]:
    """Version, size, what the user may not read, and whether changes can be followed later."""
    end = postgresql.make_end("source", options)
    session = postgresql.connect(end)
    try:
        with postgresql.speaking_to(end, "preflight"):
            version, bytes_, level = session.execute(
                "SELECT current_setting('server_version_num')::int, pg_database_size(current_database()),"
                " current_setting('wal_level')"
            ).fetchone()
            hidden, example = session.execute(_UNREADABLE).fetchone()
    finally:
        session.close()
    yield Finding(FACT, "postgresql", f"{end.name}: version {version // 10000}.{version % 10000}, {size(bytes_)}")
    if version // 10000 < OLDEST_POSTGRESQL:
        yield Finding(
            PROBLEM,
            "postgresql",
            f"The source is PostgreSQL {version // 10000}; the oldest that can be moved is {OLDEST_POSTGRESQL}.",
            "Upgrade the source first.",
        )
    if hidden:
        yield Finding(
            PROBLEM,
            "postgresql",
            f"{end.user} may not read {hidden} tables or sequences of the source, such as {example}.",
            f"GRANT SELECT on them to {end.user}, or use the role that owns them.",
        )
    if level != "logical":
        yield Finding(
            WARNING,
            "postgresql",
            f"wal_level of the source is {level}: changes cannot be followed while the application runs.",
            "For a short downtime set wal_level = logical and restart the source's PostgreSQL.",
        )


def look_at_objects(options: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether the bucket is there and can be listed."""
    end = objects_end("source", options)

    async def ask() -> None:
        wire = Wire(end)
        await wire.open()
        try:
            await wire.call("GET", query={"list-type": "2", "max-keys": "1"})
        finally:
            await wire.close()

    asyncio.run(ask())
    yield Finding(FACT, "objects", f"{end} can be listed")


def look_at_search(options: Mapping[str, Any]) -> Iterator[Finding]:
    """Version, health, and how much there is."""
    client = search.Client(search.End.of("source", options))
    try:
        client.greet()
        stats = client.call("GET", "/_stats/docs,store")["_all"]["primaries"]
        health = client.call("GET", "/_cluster/health")["status"]
    finally:
        client.close()
    version = ".".join(str(part) for part in client.version)
    documents, bytes_ = stats["docs"]["count"], stats["store"]["size_in_bytes"]
    yield Finding(
        FACT,
        "search",
        f"{client.end.identity}: {client.distribution} {version}, {documents:,} documents, {size(bytes_)}",
    )
    if health == "red":
        yield Finding(
            PROBLEM,
            "search",
            "The source cluster is red: some shards cannot be read, so a copy would lack their documents.",
            "Bring the shards back (GET _cluster/allocation/explain says why they are missing).",
        )
