# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One side of a move: what an object there is, by its headers, by what proves its content, or by reading it."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from ansible_collections.replatform.aws.plugins.module_utils._objects.content import (
    PART,
    Description,
    Reading,
    carried,
    describe,
    is_plain,
)
from ansible_collections.replatform.aws.plugins.module_utils._objects.errors import Changed
from ansible_collections.replatform.aws.plugins.module_utils._objects.ledger import Row
from ansible_collections.replatform.aws.plugins.module_utils._objects.listing import Item, parse
from ansible_collections.replatform.aws.plugins.module_utils._objects.wire import Answer, Wire

AHEAD = 3
"""Parts of one object that are asked for before the first of them has come."""

MEMORY = 128 << 20
"""Bytes of objects in memory at a time, for all that is under way (one object of more goes alone)."""

_LEAST = 64 << 10
_CHECKSUMS = {"x-amz-checksum-mode": "ENABLED"}


class Budget:
    """Bytes that may be in memory. First come, first served: no part waits for one that was asked for after it."""

    def __init__(self, total: int = MEMORY) -> None:
        self._total = self._free = total
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int) -> int:
        """Wait until there is room. Returns what to give back."""
        share = min(max(size, _LEAST), self._total)
        if self._waiting or self._free < share:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((share, turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self.give(share)
                raise
        else:
            self._free -= share
        return share

    def give(self, share: int) -> None:
        """Give back what `take` returned."""
        self._free += share
        while self._waiting and (self._waiting[0][1].cancelled() or self._waiting[0][0] <= self._free):
            share, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._free -= share
                turn.set_result(None)


@dataclass(frozen=True)
class Seen:
    """An object as a HEAD or GET answer shows it.

    crc: the CRC64NVME of all its bytes that the server keeps, if any. opaque: its ETag is made of encrypted bytes.
    carried: headers and metadata as they came, to be sent on.
    """

    item: Item
    description: Description
    etag: str
    crc: str = ""
    opaque: bool = False
    storage_class: str = ""
    carried: Mapping[str, str] = field(default_factory=dict)


class Bucket:
    """The objects of one bucket. trusts_count: this server's answers tell how many tags an object has."""

    def __init__(self, wire: Wire, budget: Budget) -> None:
        self.wire = wire
        self.budget = budget
        self.server = ""

    @property
    def is_minio(self) -> bool:
        """Whether the server says that it is MinIO."""
        return self.server.startswith("MinIO")

    async def seen(self, item: Item, number: int) -> Seen:
        """What a HEAD request tells, and the tags. Raises Gone."""
        if item.marker:
            return Seen(item, Description(item.key, number, marker=True), "")
        return await self.shown(item, number, await self.wire.call("HEAD", item.key, _of(item), _CHECKSUMS))

    async def got(self, item: Item, number: int) -> tuple[Seen, bytes]:
        """A small object, whole. Raises Gone, and Changed if it is not small."""
        answer = await self.wire.call("GET", item.key, _of(item), _CHECKSUMS, limit=PART)
        return await self.shown(item, number, answer), answer.body

    async def shown(self, item: Item, number: int, answer: Answer) -> Seen:
        """Read the headers of an answer, and ask for the tags if there are any."""
        headers = answer.headers
        crc = headers.get("x-amz-checksum-crc64nvme", "")
        size = int(headers.get("Content-Length", 0))
        return Seen(
            item,
            describe(item.key, number, size, headers, await self._tags(item, headers)),
            answer.etag,
            crc if headers.get("x-amz-checksum-type", "FULL_OBJECT") == "FULL_OBJECT" else "",
            "kms" in headers.get("x-amz-server-side-encryption", "")
            or "x-amz-server-side-encryption-customer-algorithm" in headers,
            headers.get("x-amz-storage-class", ""),
            carried(headers),
        )

    async def _tags(self, item: Item, headers: Mapping[str, str]) -> list[tuple[str, str]]:
        # Only AWS and MinIO are known to tell the number of tags in every answer.
        counts = self.is_minio or self.server == "AmazonS3"
        if counts and not int(headers.get("x-amz-tagging-count", 0)):
            return []
        root = parse(await self.wire.call("GET", item.key, {"tagging": "", **_of(item)}))
        return [(tag.findtext("{*}Key") or "", tag.findtext("{*}Value") or "") for tag in root.iterfind(".//{*}Tag")]

    async def layout(self, seen: Seen) -> list[int]:
        """The sizes of the parts that the ETag is made of; empty if that cannot be told."""
        size = seen.description.size
        _digest, dash, count = seen.etag.partition("-")
        if seen.opaque or not (dash or is_plain(seen.etag)):
            return []
        if not dash or count == "1":
            return [size]
        first = await self.wire.call("HEAD", seen.item.key, {"partNumber": "1", **_of(seen.item)})
        part, parts = int(first.headers.get("Content-Length", 0)), int(first.headers.get("x-amz-mp-parts-count", 0))
        rest = size - part * (parts - 1)
        return [part] * (parts - 1) + [rest] if str(parts) == count and 0 < rest <= part else []

    async def parts(self, seen: Seen, step: int) -> AsyncGenerator[tuple[bytes, int]]:
        """The bytes of this very object in order, in pieces of `step`; each with what to give back to the budget."""
        starts = iter(range(0, seen.description.size, step))
        coming: deque[asyncio.Task[tuple[bytes, int]]] = deque()
        try:
            for start in itertools.islice(starts, AHEAD):
                coming.append(asyncio.create_task(self._piece(seen, start, step)))
            while coming:
                yield await coming.popleft()
                for start in itertools.islice(starts, 1):
                    coming.append(asyncio.create_task(self._piece(seen, start, step)))
        finally:
            for task in coming:
                task.cancel()
            for done in await asyncio.gather(*coming, return_exceptions=True):
                if isinstance(done, tuple):
                    self.budget.give(done[1])

    async def _piece(self, seen: Seen, start: int, step: int) -> tuple[bytes, int]:
        end = min(start + step, seen.description.size)
        share = await self.budget.take(end - start)
        try:
            headers = {"Range": f"bytes={start}-{end - 1}", "If-Match": f'"{seen.etag}"'}
            answer = await self.wire.call("GET", seen.item.key, _of(seen.item), headers, limit=end - start)
            if len(answer.body) != end - start:
                raise Changed(f"{self.wire.end.where}: {seen.item.key!r} has shrunk since it was listed")
        except BaseException:
            self.budget.give(share)
            raise
        return answer.body, share

    async def read(self, seen: Seen) -> str:
        """The content's hash from its bytes, read now."""
        reading = Reading(seen.description.size)
        async for data, share in self.parts(seen, PART):
            await asyncio.to_thread(reading.feed, data) if len(data) > _LEAST else reading.feed(data)
            self.budget.give(share)
        return reading.content


def _of(item: Item) -> dict[str, str]:
    return {"versionId": item.version} if item.version else {}


def proven(seen: Seen, row: Row | None, *, source: bool) -> str:
    """The content's hash without reading it, if the server keeps something that proves it; else empty.

    row: what the ledger knows of the bytes that this move copied under this key.
    """
    size = seen.description.size
    if row and row.content and row.size == size:
        etag, is_true = (row.source_etag, row.source_true) if source else (row.target_etag, row.target_true)
        if seen.crc and seen.crc == row.crc:
            return row.content
        if etag == seen.etag:
            return row.content if is_true else ""
    if size > PART:
        return f"crc64nvme:{seen.crc}" if seen.crc else ""
    return f"md5:{seen.etag}" if is_plain(seen.etag) and not seen.opaque else ""
