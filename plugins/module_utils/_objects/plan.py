# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Partitions of a bucket: ranges of keys, whose bounds stay the same from run to run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Partition
from ansible_collections.replatform.aws.plugins.module_utils._objects.listing import Lister

KEYS = 2_000
"""Per range: small enough to be tried again, large enough that listing it costs next to nothing."""

SIZE = 8 << 30
"""Bytes per range, for buckets of few large objects."""

GROWN = 4
"""A known range is split only when it has grown to so many times a range's size: its record would be lost."""


@dataclass(frozen=True)
class Range(Partition):
    """The keys with after < key <= end. Empty means open: the first and the last range take in all that lies beyond."""

    after: str = ""
    end: str = ""


def make_range(after: str, end: str, items: int = 0, size: int = 0) -> Range:
    """A range with the id that its bounds give it."""
    return Range(f"({after!r}, {end!r}]", items, size, after, end)


def kept(known: Sequence[Range]) -> list[Range]:
    """The known ranges in order, if together they cover all keys exactly once; else one that covers all."""
    ranges = sorted(known, key=lambda part: part.after)
    begins, ends = [part.after for part in ranges], [part.end for part in ranges]
    chained = bool(ranges) and begins == ["", *ends[:-1]] and not ends[-1]
    return ranges if chained else [make_range("", "")]


class Counter:
    """Counts listed keys into known ranges, and remembers where each could be split."""

    def __init__(self, known: Sequence[Range]) -> None:
        self._left = kept(known)
        self._limit = GROWN if known else 1
        self._parts: list[Range] = []
        self._segments = [make_range(self._left[0].after, "")]

    def add(self, key: str, size: int) -> None:
        """Count one item; keys come in order."""
        while self._left[0].end and key > self._left[0].end:
            self._finish()
        last = self._segments[-1]
        if (last.items >= KEYS or last.size >= SIZE) and key != last.end:
            last = make_range(last.end, "")
            self._segments.append(last)
        # `end` of the last segment is the last key in it, until the range is finished.
        self._segments[-1] = Range("", last.items + 1, last.size + size, last.after, key)

    def ranges(self) -> list[Range]:
        """All ranges, when everything was added."""
        while self._left:
            self._finish()
        return self._parts

    def _finish(self) -> None:
        part = self._left.pop(0)
        items, size = sum(one.items for one in self._segments), sum(one.size for one in self._segments)
        if items > self._limit * KEYS or size > self._limit * SIZE:
            ends = [*(one.end for one in self._segments[:-1]), part.end]
            self._parts += [
                make_range(one.after, end, one.items, one.size) for one, end in zip(self._segments, ends, strict=True)
            ]
        else:
            self._parts.append(make_range(part.after, part.end, items, size))
        self._segments = [make_range(part.end, "")]


async def plan(lister: Lister, known: Sequence[Range]) -> list[Range]:
    """The ranges of a source, in order of keys."""
    counter = Counter(known)
    async for page in lister.pages():
        for item in page:
            counter.add(item.key, item.size)
    return counter.ranges()
