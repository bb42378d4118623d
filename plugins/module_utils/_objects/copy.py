# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copying a range of keys: what the target lacks or has otherwise is written, what it has already is left alone."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace

from ansible_collections.replatform.aws.plugins.module_utils._copy.deadletters import DeadLetters
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Copied, Digest
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._objects.bucket import Bucket, proven
from ansible_collections.replatform.aws.plugins.module_utils._objects.content import Description
from ansible_collections.replatform.aws.plugins.module_utils._objects.errors import Gone, Refused
from ansible_collections.replatform.aws.plugins.module_utils._objects.ledger import Ledger, Row
from ansible_collections.replatform.aws.plugins.module_utils._objects.listing import Item, Lister, mark
from ansible_collections.replatform.aws.plugins.module_utils._objects.plan import Range
from ansible_collections.replatform.aws.plugins.module_utils._objects.transfer import Transfer

KEYS_AT_ONCE = 16
"""Of one range; the connections to each server are limited besides."""

FLUSHED = 200
"""Rows that the ledger is told of at once. What a kill loses of them is found equal by its ETag."""


def watermark(source: Sequence[Item], target: Sequence[Item]) -> str:
    """What both listings say, as short text."""
    return json.dumps({"source": mark(source), "target": mark(target)})


def by_key(items: Sequence[Item]) -> dict[str, list[Item]]:
    """The versions of each key, the oldest first."""
    return {key: [*group] for key, group in itertools.groupby(items, lambda item: item.key)}


class RangeCopy:
    """The copy of one range."""

    def __init__(
        self,
        buckets: tuple[Bucket, Bucket],
        listers: tuple[Lister, Lister],
        ledger: Ledger,
        transfer: Transfer,
        part: Range,
        meter: Meter,
        dead: DeadLetters,
    ) -> None:
        self._source, self._target = buckets
        self._listers = listers
        self._ledger, self._transfer = ledger, transfer
        self._part, self._meter, self._dead = part, meter, dead
        self._rows = ledger.rows(part.after, part.end)
        self._unflushed: list[Row] = []
        self._etags: dict[tuple[str, int], str] = {}
        self._digest = Digest()
        self._written = self._bytes = self._refused = self._removed = 0
        self.foreign: list[str] = []

    async def run(self) -> Copied:
        """Make the target's range the same as the source's."""
        before, there = await asyncio.gather(
            *(each.between(self._part.after, self._part.end) for each in self._listers)
        )
        wanted, found = by_key(before), by_key(there)
        self._ledger.intend((key, number) for key in wanted if key not in found for number in range(len(wanted[key])))
        try:
            await self._all_keys(wanted, found)
        finally:
            self._flush(1)
        after = await self._listers[1].between(self._part.after, self._part.end)
        self._check_listed(after)
        return Copied(
            items=self._written,
            bytes=self._bytes,
            digest=self._digest,
            watermark=watermark(before, after),
            dead=self._refused,
            changed=bool(self._written or self._removed),
        )

    async def _all_keys(self, wanted: dict[str, list[Item]], found: dict[str, list[Item]]) -> None:
        queue = iter(sorted({*wanted, *found}))

        async def work() -> None:
            for key in queue:
                try:
                    await self._key(key, wanted.get(key, []), found.get(key, []))
                except Refused as error:
                    if not error.one_object:
                        raise
                    self._refuse(key, str(error))
                except (UnicodeError, ValueError) as error:  # a header that HTTP cannot carry
                    self._refuse(key, f"its headers cannot be sent: {error}")

        workers = [asyncio.create_task(work()) for _worker in range(KEYS_AT_ONCE)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _key(self, key: str, wanted: Sequence[Item], found: Sequence[Item]) -> None:
        same = 0
        for number, (mine, theirs) in enumerate(zip(wanted, found, strict=False)):
            if not await self._equal(mine, theirs, number):
                break
            same += 1
        replaced = not self._listers[0].versions and bool(wanted)
        surplus = [] if replaced else found[same:]
        for number, item in reversed([*enumerate(surplus, same)]):
            if not self._explained(key, number, item):
                self.foreign.append(key)
                if wanted:
                    self._refuse(key, "the target holds a version of it that this move did not write")
                return
            await self._remove(item, number)
        for number, item in enumerate(wanted[same:], same):
            await self._write(item, number)

    async def _equal(self, mine: Item, theirs: Item, number: int) -> bool:
        """Whether both sides hold the same, by what they tell without a download."""
        try:
            source, target = await asyncio.gather(self._source.seen(mine, number), self._target.seen(theirs, number))
        except Gone:
            return False
        row = self._rows.get((mine.key, number))
        content = proven(source, row, source=True)
        if source.description != target.description:
            return False
        if not mine.marker and not (content and content == proven(target, row, source=False)):
            return False
        self._digest += Digest.of(source.description.canonical(content))
        self._etags[mine.key, number] = target.etag
        if row and not row.target_etag:  # written by a run that was killed before it could say so
            self._note(
                replace(
                    row,
                    size=source.description.size,
                    content=content,
                    crc=target.crc,
                    target_etag=target.etag,
                    target_true=True,
                    source_etag=source.etag,
                    source_true=True,
                    target_version=theirs.version,
                )
            )
        self._meter.add(1, mine.size)
        return True

    def _explained(self, key: str, number: int, item: Item) -> bool:
        """Whether the ledger says that this move wrote it."""
        row = self._rows.get((key, number))
        if not row:
            return False
        # A listing of current objects names no versions, also where the bucket keeps them.
        same_version = not item.version or row.target_version in {"", item.version}
        return not row.target_etag or (row.target_etag == item.etag and same_version)

    async def _remove(self, item: Item, number: int) -> None:
        await self._target.wire.call("DELETE", item.key, {"versionId": item.version} if item.version else {})
        self._ledger.removed([(item.key, number)])
        self._removed += 1

    async def _write(self, item: Item, number: int) -> None:
        place = (item.key, number)
        row = self._rows.get(place)
        if row and row.target_etag:
            self._ledger.intend([place])
        if item.marker:
            answer = await self._target.wire.call("DELETE", item.key)
            version = answer.headers.get("x-amz-version-id", "")
            self._note(Row(*place, target_version=version))
            self._digest += Digest.of(Description(*place, marker=True).canonical(""))
        else:
            try:
                seen, row = await self._transfer.send(item, number, lambda size: self._meter.add(0, size))
            except Gone:  # deleted since it was listed: its watermark no longer holds, so the next run looks again
                return
            self._note(row)
            self._etags[place] = row.target_etag
            self._bytes += row.size
            self._digest += Digest.of(seen.description.canonical(row.content))
        self._written += 1
        self._meter.add(1, 0)

    def _note(self, row: Row) -> None:
        self._rows[row.key, row.number] = row
        self._unflushed.append(row)
        self._flush(1 if row.size > (1 << 20) else FLUSHED)

    def _flush(self, least: int) -> None:
        if len(self._unflushed) >= least:
            self._ledger.written(self._unflushed)
            self._unflushed = []

    def _refuse(self, key: str, reason: str) -> None:
        self._dead.add(self._part.id, key, reason)
        self._refused += 1

    def _check_listed(self, items: Sequence[Item]) -> None:
        """Read back: what was written must be what the target lists now."""
        listed = {
            (item.key, number): item.etag for versions in by_key(items).values() for number, item in enumerate(versions)
        }
        for place, etag in self._etags.items():
            if listed.get(place) != etag:
                raise CopyError(
                    f"{self._target.wire.end.where} took {place[0]!r}, but does not list it as it was written: another "
                    f"process writes to this bucket, or hides it. Stop that, then run the same command again."
                )
