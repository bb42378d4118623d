# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copying a partition: its documents are written over what the target holds, and what the source no longer has goes.

Deletions need no second read of the source. Every document read was written, so the target's part holds at least
those; if it counts more, the ids that were not read are found there and deleted. Where the sharding is the same on
both sides, the part is the shard of the same number; else it is the whole index.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import batched

from ansible_collections.replatform.aws.plugins.module_utils._copy.deadletters import DeadLetters
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import TransientError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Copied, Digest
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client
from ansible_collections.replatform.aws.plugins.module_utils._search.pace import Pace
from ansible_collections.replatform.aws.plugins.module_utils._search.plan import Mark, SearchPartition, count, marks
from ansible_collections.replatform.aws.plugins.module_utils._search.read import (
    Hit,
    Place,
    document_hash,
    fetch,
    key,
    page_items,
    pages,
    promised,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.refresher import Refresher, Tail
from ansible_collections.replatform.aws.plugins.module_utils._search.write import (
    Refused,
    Writer,
    create_lines,
    delete_lines,
    index_lines,
)

_MASK = (1 << 64) - 1
FETCHED = 500
"""Documents looked up by id at a time."""
_GROUP = 1_000_000
"""Ids looked for at a time when documents have to go: a set of so many is about 60 MB."""


@dataclass(frozen=True)
class Part:
    """A partition as it lies on both sides: its shards there, and how many documents a page may have."""

    partition: SearchPartition
    source: Sequence[Place]
    target: Sequence[Place]
    window: int

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
    pace: Pace
    refresher: Refresher


Since = Mapping[Place, int]
"""Sequence numbers by shard; what was written after them is meant."""


def read(
    client: Client, part: Part, places: Sequence[Place], since: Since | None = None, **how: bool
) -> Iterator[Sequence[Hit]]:
    """All documents of some shards, page by page; with `since`, those written after it."""
    for place in places:
        written = since[place] if since is not None else None
        yield from pages(client, place, part.page, since=written, cut=part.partition.cut, **how)


def counted(client: Client, part: Part, places: Sequence[Place]) -> int:
    """How many documents a part has on one side, as of the last refresh."""
    cut = part.partition.cut
    return sum(promised(client, place, cut) for place in places) if cut else count(client, places)


def refresh(client: Client, places: Sequence[Place]) -> None:
    """Make every write so far visible to searches. It changes no content."""
    for index in sorted({index for index, _shard in places}):
        client.call("POST", client.at(index, "_refresh"))


def stand(client: Client, places: Sequence[Place]) -> list[Mark]:
    """The marks of some shards. Raises TransientError where one has no primary."""
    found = marks(client, places)
    if found is None:
        names = ", ".join(sorted({index for index, _shard in places}))
        raise TransientError(f"{client.end.label} {names}: a primary shard is not there.")
    return found


@contextmanager
def writing(route: Route, name: str, meter: Meter) -> Iterator[Writer]:
    """A writer to an index or data stream. No write of it comes after the end of the block."""
    writer = Writer(route.target, name, route.pool, route.pace, lambda: meter.add(0, 0))
    try:
        yield writer
    except BaseException:
        writer.abandon()
        raise


class Flow:
    """What was read of a part, on its way to the target: counted, hashed, and what was refused.

    `begin` runs when the first page of a run has been read: what that snapshot holds is described by the source's
    mapping as it is then.
    """

    def __init__(self, route: Route, part: Part, meter: Meter, dead: DeadLetters) -> None:
        self.route, self.part = route, part
        self._meter, self._dead = meter, dead
        self.items = self.bytes = 0
        self.digest = Digest()
        self.ids: array[int] | None = None
        self._problems: list[Refused] = []

    @property
    def refused(self) -> int:
        """How many documents the target has refused."""
        return len(self._problems)

    def run(
        self,
        name: str,
        documents: Iterator[Sequence[Hit]],
        begin: Callable[[], None],
        *,
        append: bool = False,
        whole: bool = True,
        before_page: Callable[[Sequence[Hit]], None] = lambda _page: None,
    ) -> None:
        """Write pages of documents to an index or data stream. whole: in the end, all of the part will have come."""
        begun = False
        tail = Tail(self.route.refresher, name, self.part.partition.items if whole else 0)
        with writing(self.route, name, self._meter) as writer:
            for page in documents:
                if not begun:
                    begin()
                    begun = True
                before_page(page)
                self._page(page, writer, append)
                tail.passed(self.items, self.bytes)
            problems = writer.finish()
        if not begun:
            begin()
        self._problems += problems
        self._leave_out(problems)

    def _page(self, page: Sequence[Hit], writer: Writer, append: bool) -> None:
        size = total = 0
        if self.ids is not None:
            self.ids.extend(map(_mark, page))
        lines = create_lines if append else index_lines
        for hit in page:
            total += document_hash(hit)
            size += len(hit.source)
            writer.add(hit, lines(hit))
        self.digest += Digest(len(page), total)
        self.items += len(page)
        self.bytes += size
        self._meter.add(len(page), size)

    def _leave_out(self, problems: Sequence[Refused]) -> None:
        """Count as brought what the target has: of what it refused, an older text or nothing."""
        for some in batched(problems, FETCHED):
            for problem in some:
                self.digest -= Digest(1, document_hash(problem.hit, problem.source))
            for older in fetch(self.route.target, [key(problem.hit) for problem in some]).values():
                self.digest += Digest(1, document_hash(older))

    def bury(self) -> None:
        """Keep what was refused as dead letters: last, for a part that is tried again would leave them twice."""
        for problem in self._problems:
            hit, source = problem.hit, problem.source.decode("utf-8", "backslashreplace")
            who = {"index": hit.index, "_id": hit.id, "routing": hit.routing}
            request = who | {"version": hit.version, "_source": source}
            self._dead.add(self.part.partition.id, hit.id, problem.reason, request=request)

    def copied(self, start: Sequence[Mark], places: Sequence[Place]) -> Copied:
        """The result. `start`: the source's marks from before the read; `places`: where the target has it now."""
        mark = watermark(start, stand(self.route.target, places))
        self.bury()
        return Copied(self.items - self.refused, self.bytes, self.digest, mark, self.refused)


def copy_part(route: Route, part: Part, meter: Meter, dead: DeadLetters, before_write: Callable[[], None]) -> Copied:
    """Make the target's part the same as the source's."""
    start = stand(route.source, part.source)
    refresh(route.source, part.source)
    flow = Flow(route, part, meter, dead)

    def begin() -> None:
        before_write()
        refresh(route.target, part.target)
        if counted(route.target, part, part.target):
            flow.ids = array("Q")

    flow.run(part.partition.index, read(route.source, part, part.source, versions=True), begin)
    refresh(route.target, part.target)
    if flow.ids is not None and counted(route.target, part, part.target) > flow.items - flow.refused:
        delete_others(route, part, flow.ids, meter)
        refresh(route.target, part.target)
    settle(flow, part.target)
    return flow.copied(start, part.target)


def settle(flow: Flow, places: Sequence[Place]) -> None:
    """The target's part has to count what was read; of a refused document it may hold an older text, or nothing."""
    found = counted(flow.route.target, flow.part, places)
    if not flow.items - flow.refused <= found <= flow.items:
        raise TransientError(
            f"{flow.part.partition.id}: {flow.items} documents were written, but the target counts {found}. "
            "It is copied again."
        )


def _mark(hit: Hit) -> int:
    return hash(key(hit)) & _MASK


def ids_of(client: Client, part: Part) -> array[int]:
    """The ids that the source has now, as `delete_others` takes them."""
    return array("Q", (_mark(hit) for page in read(client, part, part.source, source=False) for hit in page))


def delete_others(
    route: Route,
    part: Part,
    ids: array[int],
    meter: Meter,
    before: Callable[[Sequence[Hit]], None] = lambda _hits: None,
) -> None:
    """Delete the target's documents whose ids are not among these. `before`: told which, before they go."""
    groups = len(ids) // _GROUP + 1
    with writing(route, part.partition.index, meter) as writer:
        for group in range(groups):
            known = {mark for mark in ids if mark % groups == group}
            for page in read(route.target, part, part.target, source=False):
                others = [hit for hit in page if (mark := _mark(hit)) % groups == group and mark not in known]
                before(others)
                for hit in others:
                    writer.add(hit, delete_lines(hit))
        problems = writer.finish()
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


def quiet(before: Sequence[Mark], now: Sequence[Mark] | None) -> bool:
    """Whether no operation was begun since, in the same index: on the target nothing was written after the copy; on
    the source one from before may have ended during the read.
    """
    return _same(before, now, lambda old, new: old.newest == new.newest)


def _same(before: Sequence[Mark], now: Sequence[Mark] | None, stands: Callable[[Mark, Mark], bool]) -> bool:
    if now is None or len(now) != len(before):
        return False
    return all(old.uuid == new.uuid and stands(old, new) for old, new in zip(before, now, strict=True))
