# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the target refused, kept with the reason, to be looked at and brought over after a fix."""

from __future__ import annotations

import itertools
import json
import os
import threading
from pathlib import Path
from typing import Any

FEW = 1000
"""Letters of an earlier run that are told; a partition with more is copied whole."""


class DeadLetters:
    """An append-only file of JSON lines. Thread-safe; nothing is created before the first letter."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._before: list[dict[str, Any]] = []
        self.count = 0

    def clear(self) -> None:
        """Begin a run: what was refused before is tried again by it, and the file is about this run alone."""
        if self.path.exists():
            with self.path.open(encoding="utf-8") as letters:
                self._before = [json.loads(line) for line in itertools.islice(letters, FEW)]
            self.path.unlink()

    def before(self, partition: str) -> list[dict[str, Any]]:
        """What the last run could not bring of a partition: the first `FEW` of all its letters."""
        return [letter for letter in self._before if letter["partition"] == partition]

    def add(self, partition: str, item: str, reason: str, **request: Any) -> None:
        """Keep one refused item. It is on the disk when this returns, before its partition can count as done."""
        line = json.dumps({"partition": partition, "item": item, "reason": reason, **request}, ensure_ascii=False)
        with self._lock:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as letters:
                letters.write(line + "\n")
                letters.flush()
                os.fsync(letters.fileno())
            self.count += 1
