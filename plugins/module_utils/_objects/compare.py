# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Comparing a range of keys: every header, tag and byte, the bytes by what proves them or by reading them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Difference, Digest, Sides
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._objects.bucket import Bucket, Seen, proven
from ansible_collections.replatform.aws.plugins.module_utils._objects.content import is_plain
from ansible_collections.replatform.aws.plugins.module_utils._objects.copy import KEYS_AT_ONCE, by_key
from ansible_collections.replatform.aws.plugins.module_utils._objects.errors import Changed, Gone
from ansible_collections.replatform.aws.plugins.module_utils._objects.ledger import Ledger, Row
from ansible_collections.replatform.aws.plugins.module_utils._objects.listing import Item, Lister
from ansible_collections.replatform.aws.plugins.module_utils._objects.plan import Range
from ansible_collections.replatform.aws.plugins.module_utils._objects.transfer import TRIES


class RangeCompare:
    """The comparison of one range. read_all: read the bytes of both sides, whatever their checksums say."""

    def __init__(
        self,
        buckets: tuple[Bucket, Bucket],
        listers: tuple[Lister, Lister],
        ledger: Ledger,
        part: Range,
        meter: Meter,
        *,
        read_all: bool,
    ) -> None:
        self._source, self._target = buckets
        self._listers = listers
        self._part, self._meter = part, meter
        self._rows = ledger.rows(part.after, part.end)
        self._read_all = read_all
        self._sides = Sides(Digest(), Digest())
        self.differences: list[Difference] = []

    async def run(self) -> Sides:
        """Both digests. `differences` is complete after it."""
        found = await asyncio.gather(*(each.between(self._part.after, self._part.end) for each in self._listers))
        queue = self._pairs(by_key(found[0]), by_key(found[1]))

        async def work() -> None:
            for pair in queue:
                await self._settled(*pair)

        workers = [asyncio.create_task(work()) for _worker in range(KEYS_AT_ONCE)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        self.differences.sort(key=lambda difference: difference.item)
        return self._sides

    def _pairs(
        self, source: dict[str, list[Item]], target: dict[str, list[Item]]
    ) -> Iterator[tuple[Item | None, Item | None, int]]:
        for key in sorted({*source, *target}):
            mine, theirs = source.get(key, []), target.get(key, [])
            for number in range(max(len(mine), len(theirs))):
                yield (
                    mine[number] if number < len(mine) else None,
                    theirs[number] if number < len(theirs) else None,
                    number,
                )

    async def _settled(self, mine: Item | None, theirs: Item | None, number: int) -> None:
        """Look again at an object that changes while it is read: the source may be live."""
        for _try in range(TRIES - 1):
            with contextlib.suppress(Changed, Gone):
                return await self._pair(mine, theirs, number)
        return await self._pair(mine, theirs, number)

    async def _pair(self, mine: Item | None, theirs: Item | None, number: int) -> None:
        source, target = await asyncio.gather(
            self._seen(self._source, mine, number), self._seen(self._target, theirs, number)
        )
        key = (mine or theirs or Item("")).key
        contents = await self._contents(source, target, self._rows.get((key, number)))
        digests = [
            Digest.of(seen.description.canonical(content)) if seen else Digest()
            for seen, content in zip((source, target), contents, strict=True)
        ]
        size = source.description.size if source else 0
        self._sides = Sides(self._sides.source + digests[0], self._sides.target + digests[1], self._sides.bytes + size)
        self._meter.add(1, size)
        if digests[0] != digests[1]:
            self.differences.append(self._difference(key, number, source, target, contents))

    async def _seen(self, bucket: Bucket, item: Item | None, number: int) -> Seen | None:
        if item is None:
            return None
        try:
            return await bucket.seen(item, number)
        except Gone:  # deleted since it was listed
            return None

    async def _contents(self, source: Seen | None, target: Seen | None, row: Row | None) -> tuple[str, str]:
        """The content's hash of both sides; empty for a side that is not there."""
        known = ["", ""]
        if not self._read_all:
            known = [
                proven(source, row, source=True) if source else "",
                proven(target, row, source=False) if target else "",
            ]
            if source and target and "" in known and _same_parts(source, target):
                same = known[0] or known[1] or f"etag:{source.etag}"
                return same, same
        sides = ((self._source, source), (self._target, target))
        contents = await asyncio.gather(
            *(self._read(bucket, seen, content) for (bucket, seen), content in zip(sides, known, strict=True))
        )
        return contents[0], contents[1]

    async def _read(self, bucket: Bucket, seen: Seen | None, content: str) -> str:
        if content or not seen or seen.description.marker:
            return content
        return await bucket.read(seen)

    def _difference(
        self, key: str, number: int, source: Seen | None, target: Seen | None, contents: tuple[str, str]
    ) -> Difference:
        item = f"{key} (version {number})" if self._listers[0].versions else key
        if not source or not target:
            return Difference(self._part.id, item, "missing" if source else "extra")
        fields = source.description.unlike(target.description)
        if contents[0] != contents[1]:
            fields.append("content")
        return Difference(self._part.id, item, "changed", ", ".join(fields))


def _same_parts(source: Seen, target: Seen) -> bool:
    """Whether both ETags are made of the same MD5s, so that the bytes are the same whatever they are."""
    return (
        source.etag == target.etag
        and source.description.size == target.description.size
        and not (source.opaque or target.opaque)
        and is_plain(source.etag.partition("-")[0])
    )
