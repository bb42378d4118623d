# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refreshing an index while the last of its documents are still on their way.

What was written lies in the target's memory until a refresh makes a segment of it, one shard after the other. Left to
the end, that is a time in which one core works and nobody else does: 2.4 of 9 seconds for 300,000 documents of 1 KB in
two shards on two cores, and 0.5 with refreshes near the end (docs/benchmarks.md). Refreshing all the time would not be
better: it makes many small segments, which have to be merged.
"""

from __future__ import annotations

import threading
from concurrent.futures import Executor

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client

MIB = 1024 * 1024
LEFT = (64 * MIB, 24 * MIB, 8 * MIB)
"""Bytes of a partition that are still to come when its index is refreshed."""


class Refresher:
    """One refresh of an index at a time, in the background."""

    def __init__(self, client: Client, pool: Executor) -> None:
        self._client, self._pool = client, pool
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def start(self, index: str) -> bool:
        """Begin a refresh. False while one is under way: ask again later."""
        with self._lock:
            if index in self._running:
                return False
            self._running.add(index)
        self._pool.submit(self._refresh, index)
        return True

    def _refresh(self, index: str) -> None:
        try:
            self._client.call("POST", self._client.at(index, "_refresh"))
        except CopyError:
            pass  # the refresh at the end of the partition tells
        finally:
            with self._lock:
                self._running.discard(index)


class Tail:
    """When the index of one partition is refreshed."""

    def __init__(self, refresher: Refresher, index: str, items: int) -> None:
        self._refresher, self._index, self._items = refresher, index, items
        self._marks = list(LEFT)

    def passed(self, items: int, size: int) -> None:
        """So many documents of so many bytes have been read."""
        left = (self._items - items) * size // max(1, items)
        if self._marks and 0 < left <= self._marks[0] and self._refresher.start(self._index):
            self._marks = [mark for mark in self._marks if mark < left]
