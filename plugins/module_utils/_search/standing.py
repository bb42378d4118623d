# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which records of earlier copies still hold, by the marks of both sides; what they do not vouch for is read."""

from __future__ import annotations

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Record
from ansible_collections.replatform.aws.plugins.module_utils._search.compare import digest
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client
from ansible_collections.replatform.aws.plugins.module_utils._search.copy import (
    Part,
    marks_of,
    quiet,
    refresh,
    source_holds,
    stand,
    watermark,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.plan import marks


class Standing:
    """What a run has found of the records when it began. Kept, for slices of one shard move each other's marks."""

    def __init__(self, source: Client, target: Client) -> None:
        self._source, self._target = source, target
        self._untouched: set[str] = set()
        self._renewed: dict[str, str] = {}

    def holds(self, part: Part, record: Record) -> bool:
        """Whether both sides are what the record says.

        A restart gives the source new terms, a copy right after a write may have a checkpoint from before it, and an
        upload that was taken out again moves the target's marks: then the content is read.
        """
        name = part.partition.id
        before, left = marks_of(record.watermark)
        now, there = marks(self._source, part.source), marks(self._target, part.target)
        if now is None or there is None:
            return False
        if quiet(left, there):
            self._untouched.add(name)
        if not (source_holds(before, now, terms=False) or quiet(before, now)):
            return False
        sure = source_holds(before, now, terms=True), name in self._untouched
        if not (sure[0] or self._reads(self._source, part, record)):
            return False
        if not (sure[1] or self._reads(self._target, part, record)):
            return False
        if not all(sure):
            self._renewed[name] = watermark(now, there)
        return True

    def untouched(self, part: Part, record: Record) -> bool:
        """Whether the target's part is still what the record's copy left there. Asked once, before it is written to."""
        name = part.partition.id
        if name in self._untouched:
            self._untouched.remove(name)
            return True
        _before, left = marks_of(record.watermark)
        return quiet(left, marks(self._target, part.target)) or self._reads(self._target, part, record)

    def renewed(self, part: Part, record: Record) -> str:
        """The record's watermark at the end of the run."""
        kept = self._renewed.get(part.partition.id, record.watermark)
        if part.partition.slices == 1:
            return kept
        # The shard's other slices were written after this one.
        return watermark(marks_of(kept)[0], stand(self._target, part.target))

    def _reads(self, client: Client, part: Part, record: Record) -> bool:
        places = part.source if client is self._source else part.target
        refresh(client, places)
        return digest(client, part, places)[0] == record.digest
