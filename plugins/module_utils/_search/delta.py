# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bringing over only what has changed since a proven copy: by sequence number, without reading the rest.

Every write to a shard gets the next sequence number, and a document carries that of its last write. So the documents
above the checkpoint of the copy's watermark are those written since; a deleted one is not among them, but then the
target counts more documents than the source, and its ids are looked for.

The new digest is the old one, less what the replaced and deleted documents were on the target, plus what was written.
If the target was not what its record says, the next comparison finds that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.deadletters import DeadLetters
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Copied, Digest, Record
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._search.copy import (
    FETCHED,
    Flow,
    Part,
    Route,
    Since,
    counted,
    delete_others,
    ids_of,
    marks_of,
    read,
    refresh,
    stand,
    watermark,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.plan import Mark, count
from ansible_collections.replatform.aws.plugins.module_utils._search.read import (
    Hit,
    Key,
    document_hash,
    fetch,
    key,
)

WORTH = 4
"""Above one changed document in so many, reading all of them in their order is faster than looking the old ones up."""

FEW = 1000
"""Changed documents that are always worth it."""


def copy_since(
    route: Route,
    part: Part,
    record: Record,
    meter: Meter,
    dead: DeadLetters,
    before_write: Callable[[], None],
    untouched: Callable[[], bool],
) -> Copied | None:
    """Bring the target's part up to date. None where only a whole copy will do, and nothing was written.

    untouched: whether the target's part is still what the record says; asked last, for it may have to read it.
    """
    letters = [_asked_for(letter) for letter in dead.before(part.partition.id)]
    before, _left = marks_of(record.watermark)
    start = stand(route.source, part.source)
    if len(letters) != record.dead or not _same_history(before, start):
        return None
    refresh(route.source, part.source)
    since = dict(zip(part.source, (mark.checkpoint for mark in before), strict=True))
    few = max(FEW, part.partition.items * part.partition.slices // WORTH)
    if count(route.source, part.source, since) > few or not untouched():
        return None
    flow = Flow(route, part, meter, dead)
    gone = _Gone(route)
    documents = _changed(route, part, since, letters)
    flow.run(part.partition.index, documents, before_write, whole=False, before_page=gone.note)
    refresh(route.target, part.target)
    if counted(route.target, part, part.target) > counted(route.source, part, part.source) - flow.refused:
        # Ids of now: what was deleted in this moment goes, too; what was added in it comes with the next copy.
        delete_others(route, part, ids_of(route.source, part), meter, gone.note)
        refresh(route.target, part.target)
    mark = watermark(start, stand(route.target, part.target))
    flow.bury()
    changed = bool(flow.items or gone.digest.count)
    digest = record.digest - gone.digest + flow.digest
    return Copied(flow.items - flow.refused, flow.bytes, digest, mark, flow.refused, changed=changed)


def _changed(route: Route, part: Part, since: Since, letters: Sequence[Key]) -> Iterator[Sequence[Hit]]:
    """What was written since, and what the target refused before, each once and as the source has it now."""
    left = set(letters)
    for page in read(route.source, part, part.source, since, versions=True):
        left.difference_update(map(key, page))
        yield page
    for some in batched(sorted(left, key=repr), FETCHED):
        yield list(fetch(route.source, some).values())


def _asked_for(letter: Mapping[str, Any]) -> Key:
    request = letter["request"]
    return request["index"], request["_id"], request["routing"]


def _same_history(before: Sequence[Mark], now: Sequence[Mark]) -> bool:
    """Whether the sequence numbers of now are those of then, gone on: a new primary may have given some out twice."""
    return len(before) == len(now) and all(
        (old.uuid, old.term) == (new.uuid, new.term) for old, new in zip(before, now, strict=True)
    )


class _Gone:
    """What documents of the target were before they were written over or deleted."""

    def __init__(self, route: Route) -> None:
        self._target = route.target
        self.digest = Digest()

    def note(self, hits: Sequence[Hit]) -> None:
        """Look up what the target has of these documents."""
        for some in batched(hits, FETCHED):
            for found in fetch(self._target, [key(hit) for hit in some]).values():
                self.digest += Digest(1, document_hash(found))
