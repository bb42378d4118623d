# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A table's rows from the source into the target: COPY out into COPY in, whole, in one transaction with its record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError, TransientError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Copied
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
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.pairs import Pair
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.plan import BOOKKEEPING, Part, Table

BUFFERS = 8
"""COPY buffers (up to 512 KiB each) between the two servers: enough for neither to wait for the other."""

BOOKKEEPING_TABLES = f"""
CREATE SCHEMA IF NOT EXISTS {BOOKKEEPING};
CREATE TABLE IF NOT EXISTS {BOOKKEEPING}.partition (
    id text PRIMARY KEY, digest text NOT NULL, watermark text NOT NULL, items bigint NOT NULL, bytes bigint NOT NULL,
    copied_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS {BOOKKEEPING}.fact (name text PRIMARY KEY, value text NOT NULL);
"""

COMPLETED = f"""
INSERT INTO {BOOKKEEPING}.partition (id, digest, watermark, items, bytes) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, watermark = excluded.watermark, items = excluded.items,
    bytes = excluded.bytes, copied_at = excluded.copied_at
"""


@dataclass(frozen=True)
class Job:
    """One table's part to be copied.

    fresh: nothing of it can be on the target, so there is nothing to clear.
    forced: the target's table has row level security that is forced on its owner, who could write no rows.
    """

    part: Part
    table: Table
    hashing: Hashing
    watermark: str
    fresh: bool
    forced: bool = False

    @property
    def form(self) -> dict[str, Any]:
        """What both COPY statements say: columns by name, so that their order does not matter; none generated."""
        return {"columns": self.table.stored, "format": "binary" if self.table.binary else "text"}

    def sending(self, source: Any, output: Any) -> Any:
        """COPY out, as a coroutine. Plain COPY reads the table only, none that inherit from it."""
        part = self.part
        if not part.key:
            return source.copy_from_table(part.table, schema_name=part.schema, output=output, **self.form)
        names = ", ".join(quoted(column) for column in self.table.stored)
        query = f"SELECT {names} FROM ONLY {part.relation} WHERE {part.where}"
        return source.copy_from_query(query, output=output, format=self.form["format"])


def copy_rows(pair: Pair, ends: tuple[End, End], job: Job, meter: Meter) -> Copied:
    """Replace the part on the target by the source's, as of the run's snapshot."""
    try:
        with speaking_to(ends[1], f"copying {job.part.id}"):
            copied: Copied = pair.run(_replace(pair, ends, job, meter))
    except CopyError as error:
        if job.part.key and isinstance(error.__cause__, asyncpg.UniqueViolationError):
            # A row that moved here from another range may still be there in its old form; that one is replaced too.
            raise TransientError(str(error)) from error
        raise
    meter.add(copied.items, 0)
    return copied


async def _replace(pair: Pair, ends: tuple[End, End], job: Job, meter: Meter) -> Copied:
    part = job.part
    # No rollback here, which could wait for ever: a pair that failed is dropped, and the server rolls back.
    transaction = pair.target.transaction()
    await transaction.start()
    if job.forced:
        await pair.together(meter, pair.target.execute(f"ALTER TABLE ONLY {part.relation} NO FORCE ROW LEVEL SECURITY"))
    if not job.fresh:
        clear = f"DELETE FROM ONLY {part.relation} WHERE {part.where}" if part.key else f"TRUNCATE ONLY {part.relation}"
        await pair.together(meter, pair.target.execute(clear))
    size = await _pipe(pair, ends[0], job, meter)
    query = digest_query(job.hashing, part.relation, job.table.columns, part.where)
    with speaking_to(ends[0], f"reading {part.id}"):
        [row] = await pair.together(meter, pair.source.fetchrow(query))
    digest = as_digest(row[0], row[1], row[2])
    if job.forced:
        await pair.target.execute(f"ALTER TABLE ONLY {part.relation} FORCE ROW LEVEL SECURITY")
    await pair.target.execute(COMPLETED, part.id, str(digest), job.watermark, digest.count, size)
    await transaction.commit()
    return Copied(digest.count, size, digest, job.watermark)


async def _pipe(pair: Pair, source: End, job: Job, meter: Meter) -> int:
    """Stream COPY out into COPY in; returns bytes. Raises CopyError when the two did not count the same rows."""
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(BUFFERS)
    size = 0

    async def keep(buffer: bytes) -> None:
        nonlocal size
        size += len(buffer)
        meter.add(0, len(buffer))
        await queue.put(buffer)

    async def read() -> str:
        with speaking_to(source, f"reading {job.part.id}"):
            status = await job.sending(pair.source, keep)
        await queue.put(None)
        return str(status)

    async def buffers() -> AsyncIterator[bytes]:
        while (buffer := await queue.get()) is not None:
            yield buffer

    async def write() -> str:
        part = job.part
        taking = pair.target.copy_to_table(part.table, schema_name=part.schema, source=buffers(), **job.form)
        return str(await taking)

    sent, received = await pair.together(meter, read(), write())
    if sent != received:
        raise CopyError(f"{job.part.id}: the source sent {sent!r} rows, the target took {received!r}. Copy again.")
    return size
