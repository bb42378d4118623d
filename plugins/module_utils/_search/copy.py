# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copying a partition: its documents are written over what the target holds, and what the source no longer has goes.

Deletions need no second read of the source. Every document read was written, so the target's part holds at least
those; if it counts more, the ids that were not read are found there and deleted. Where the sharding is the same on
both sides, the part is the shard of the same number; else it is the whole index.
"""

from __future__ import annotations

import json
import threading
from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.deadletters import DeadLetters
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import TransientError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Copied, Digest
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, path
from ansible_collections.replatform.aws.plugins.module_utils._search.plan import (
    Mark,
    SearchPartition,
    count,
    marks,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.read import (
    Hit,
    compact,
    document_hash,
    key,
    page_items,
    pages,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.write import Action, Refused, Writer

_MASK = (1 << 64) - 1
_GROUP = 1_000_000
"""Ids looked for at a time when documents have to go: a set of so many is about 60 MB."""


@dataclass(frozen=True)
class Part:
    """A partition as it lies on both sides."""

    partition: SearchPartition
    source_shards: Sequence[int]
    target_shards: Sequence[int]
    window: int

    @property
    def index(self) -> str:
        """The index, which has the same name on both sides."""
        return self.partition.index

    @property
    def page(self) -> int:
        """Documents to read at a time."""
        return page_items(self.partition.items, self.partition.size, self.window)


@dataclass(frozen=True)
class Route:
    """What all partitions share: both ends, and the writers."""

    source: Client
    target: Client
    pool: ThreadPoolExecutor
    slots: threading.Semaphore
    max_body: int


def read(client: Client, part: Part, shards: Sequence[int], **how: bool) -> Iterator[Sequence[Hit]]:
    """All documents of some shards, page by page."""
    for shard in shards:
        yield from pages(client, part.index, shard, part.page, **how)


def refresh(client: Client, index: str) -> None:
    """Make every write so far visible to searches. It changes no content."""
    client.call("POST", path(index, "_refresh"))


def copy_part(route: Route, part: Part, meter: Meter, dead: DeadLetters, before_write: Callable[[], None]) -> Copied:
    """Make the target's part the same as the source's. `before_write` runs once the source is being read."""
    start = marks(route.source, part.index, part.source_shards)
    if start is None:
        raise TransientError(f"source {part.index}: a primary shard is not there.")
    refresh(route.source, part.index)
    writer = Writer(route.target, part.index, route.pool, route.slots, route.max_body)
    try:
        stream = _Stream(route, part, meter, before_write)
        stream.run(writer)
        refused = writer.finish()
    except BaseException:
        writer.abandon()
        raise
    for problem in refused:
        dead.add(part.partition.id, problem.action.hit.id, problem.reason, request=_request(part.index, problem))
    _settle(route, part, stream, len(refused))
    end = marks(route.target, part.index, part.target_shards)
    if end is None:
        raise TransientError(f"target {part.index}: a primary shard is not there.")
    digest = Digest(stream.items, stream.sum % (1 << 128))
    return Copied(stream.items - len(refused), stream.bytes, digest, watermark(start, end), len(refused))


def _request(index: str, refused: Refused) -> dict[str, Any]:
    hit = refused.action.hit
    source = (refused.action.source or b"").decode("utf-8", "backslashreplace")
    return {"index": index, "_id": hit.id, "routing": hit.routing, "version": hit.version, "_source": source}


class _Stream:
    """One read of a part, on its way to the writer."""

    def __init__(self, route: Route, part: Part, meter: Meter, before_write: Callable[[], None]) -> None:
        self._route, self._part, self._meter = route, part, meter
        self._before_write = before_write
        self.items = self.bytes = self.sum = 0
        self.held = False
        self.ids = array("Q")

    def run(self, writer: Writer) -> None:
        """Read all and hand it over; keep the ids if the target's part may hold others."""
        begun = False
        for page in read(self._route.source, self._part, self._part.source_shards, versions=True):
            if not begun:
                self._begin()
                begun = True
            size = 0
            for hit in page:
                source = compact(bytes(hit.source))
                self.sum += document_hash(self._part.index, hit, source)
                size += len(source)
                if self.held:
                    self.ids.append(_mark(hit))
                writer.add(Action(hit, source))
            self.items += len(page)
            self.bytes += size
            self._meter.add(len(page), size)
        if not begun:
            self._begin()

    def _begin(self) -> None:
        # After the first page: what that snapshot holds is described by the mapping as it is now.
        self._before_write()
        refresh(self._route.target, self._part.index)
        self.held = count(self._route.target, self._part.index, self._part.target_shards) > 0


def _mark(hit: Hit) -> int:
    return hash(key(hit)) & _MASK


def _settle(route: Route, part: Part, stream: _Stream, refused: int) -> None:
    """Delete what was not read; then the target's part must count what was read."""
    refresh(route.target, part.index)
    found = count(route.target, part.index, part.target_shards)
    if stream.held and found > stream.items - refused:
        _delete_others(route, part, stream.ids)
        refresh(route.target, part.index)
        found = count(route.target, part.index, part.target_shards)
    # Of a refused document the target may hold an older text, or nothing.
    if not stream.items - refused <= found <= stream.items:
        raise TransientError(
            f"{part.partition.id}: {stream.items} documents were written, but the target counts {found}. "
            "It is copied again."
        )


def _delete_others(route: Route, part: Part, ids: array[int]) -> None:
    groups = len(ids) // _GROUP + 1
    writer = Writer(route.target, part.index, route.pool, route.slots, route.max_body)
    try:
        for group in range(groups):
            known = {mark for mark in ids if mark % groups == group}
            for page in read(route.target, part, part.target_shards, source=False):
                for hit in page:
                    if (mark := _mark(hit)) % groups == group and mark not in known:
                        writer.add(Action(hit, None))
        problems = writer.finish()
    except BaseException:
        writer.abandon()
        raise
    if problems:
        raise TransientError(f"{part.partition.id}: documents could not be deleted: {problems[0].reason}")


def watermark(source: Sequence[Mark], target: Sequence[Mark]) -> str:
    """The marks of both sides as the journal keeps them: the source's from before the read, the target's after it."""
    return json.dumps({"source": [asdict(mark) for mark in source], "target": [asdict(mark) for mark in target]})


def marks_of(text: str) -> tuple[list[Mark], list[Mark]]:
    """The reverse of `watermark`."""
    kept = json.loads(text)
    return [Mark(**mark) for mark in kept["source"]], [Mark(**mark) for mark in kept["target"]]


def source_holds(before: Sequence[Mark], now: Sequence[Mark] | None, *, terms: bool) -> bool:
    """Whether no operation came after the checkpoints, in the same index.

    terms: also that no shard got a new primary, which may have lost operations and counted others in their place.
    """
    return _same(before, now, lambda old, new: old.checkpoint == new.newest and (not terms or old.term == new.term))


def target_holds(before: Sequence[Mark], now: Sequence[Mark] | None) -> bool:
    """Whether nothing was written to these shards after the copy, in the same index."""
    return _same(before, now, lambda old, new: old.newest == new.newest)


def _same(before: Sequence[Mark], now: Sequence[Mark] | None, stands: Callable[[Mark, Mark], bool]) -> bool:
    if now is None or len(now) != len(before):
        return False
    return all(old.uuid == new.uuid and stands(old, new) for old, new in zip(before, now, strict=True))
