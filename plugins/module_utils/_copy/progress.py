# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a running copy tells of itself: events in a file, which the callback plugin turns into bars."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import Stopped

PROGRESS_FILE = "progress.jsonl"
INTERVAL = 0.5
"""Seconds between two events at the least."""


class Progress:
    """Adds up what all partitions report and writes an event at most every INTERVAL seconds. Thread-safe."""

    def __init__(self, path: Path, store: str) -> None:
        self._path = path
        self._store = store
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._written = 0.0
        self.begin("starting", 0, 0)

    def begin(self, phase: str, items: int, size: int) -> None:
        """Start a phase (copy, compare, …) in which `items` and `size` bytes are expected."""
        with self._lock:
            self._phase, self._expected = phase, (items, size)
            self._items = self._bytes = 0
            self._began = time.time()
            self._write()

    def add(self, items: int, size: int) -> None:
        """Report work done since the last call. Raises Stopped when the copy has to end."""
        if self._stop.is_set():
            raise Stopped("stopped: the copy was told to end")
        with self._lock:
            self._items += items
            self._bytes += size
            if time.time() - self._written >= INTERVAL:
                self._write()

    def end(self) -> None:
        """Write the last event of the phase."""
        with self._lock:
            self._write()

    def stop(self) -> None:
        """Make every later `add` raise Stopped."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stop.is_set()

    def pause(self, seconds: float) -> None:
        """Sleep, but wake up at once to raise Stopped when the copy has to end."""
        if self._stop.wait(seconds):
            raise Stopped("stopped: the copy was told to end")

    def _write(self) -> None:
        self._written = time.time()
        event = {
            "time": round(self._written, 3),
            "store": self._store,
            "phase": self._phase,
            "seconds": round(self._written - self._began, 3),
            "items": self._items,
            "bytes": self._bytes,
            "items_expected": self._expected[0],
            "bytes_expected": self._expected[1],
        }
        with self._path.open("a", encoding="utf-8") as events:
            events.write(json.dumps(event) + "\n")


class Meter:
    """One partition's share of the progress. Taken back when the partition has to be tried again."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._items = self._bytes = 0

    def add(self, items: int, size: int) -> None:
        """Report `items` and `size` bytes as done. Raises Stopped when the copy has to end: call it often."""
        self._items += items
        self._bytes += size
        self._progress.add(items, size)

    def rewind(self) -> None:
        """Forget what was reported: the partition starts again."""
        self._progress.add(-self._items, -self._bytes)
        self._items = self._bytes = 0
