# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run has done so far: one SQLite file in the run folder, written by one process only."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import (
    Copied,
    Digest,
    P,
    Partition,
    Record,
    Verdict,
)

_FORMAT = "2"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS partition (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL,       -- the partition as JSON
    digest TEXT,              -- NULL until copied
    watermark TEXT,
    items INTEGER,
    bytes INTEGER,
    dead INTEGER,
    copied_at REAL
);
CREATE TABLE IF NOT EXISTS doubt (id TEXT PRIMARY KEY, verdict TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tuning (place TEXT PRIMARY KEY, before TEXT NOT NULL);
"""


class Journal:
    """Every change is on the disk when its method returns."""

    def __init__(self, path: Path) -> None:
        # Synchronous writes: a journal that forgets in a power cut would copy a range twice. The lock: a store's
        # threads may journal settings, and SQLite's connection is shared.
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)
        if self.fact("format", _FORMAT) != _FORMAT:
            raise CopyError(f"{path} was written by another version of this collection. Finish the run with that one.")
        self.set_fact("format", _FORMAT)

    def _run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def fact(self, name: str, default: str = "") -> str:
        """A named value of the run."""
        rows = self._run("SELECT value FROM fact WHERE name = ?", name)
        return str(rows[0][0]) if rows else default

    def set_fact(self, name: str, value: str) -> None:
        """Keep a named value of the run."""
        self._run("INSERT OR REPLACE INTO fact VALUES (?, ?)", name, value)

    def plan(self, partitions: Sequence[Partition]) -> None:
        """Keep the plan: records of partitions that are no longer part of it are forgotten."""
        wanted = {partition.id: json.dumps(asdict(partition), sort_keys=True) for partition in partitions}
        with self._lock, self._db:
            self._db.execute("BEGIN")
            for (known,) in self._db.execute("SELECT id FROM partition").fetchall():
                if known not in wanted:
                    self._db.execute("DELETE FROM partition WHERE id = ?", (known,))
            self._db.executemany(
                "INSERT INTO partition (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                wanted.items(),
            )

    def partitions(self, kind: type[P]) -> list[P]:
        """The partitions of the last plan."""
        return [kind(**json.loads(body)) for (body,) in self._run("SELECT body FROM partition ORDER BY id")]

    def records(self) -> dict[str, Record]:
        """What was copied, by partition."""
        rows = self._run("SELECT id, digest, watermark, items, bytes, dead FROM partition WHERE digest IS NOT NULL")
        return {row[0]: Record(Digest.parse(row[1]), *row[2:]) for row in rows}

    def renew(self, partition: Partition, watermark: str) -> None:
        """Keep that a record holds under another watermark, too."""
        self._run("UPDATE partition SET watermark = ? WHERE id = ?", watermark, partition.id)

    def doubt(self, verdicts: Mapping[str, Verdict]) -> None:
        """Keep which partitions the last comparison did not find equal, whatever their watermarks say."""
        with self._lock, self._db:
            self._db.execute("BEGIN")
            self._db.execute("DELETE FROM doubt")
            self._db.executemany("INSERT INTO doubt VALUES (?, ?)", verdicts.items())

    def doubted(self) -> dict[str, Verdict]:
        """What the last comparison did not find equal, and was not copied since."""
        return {name: Verdict(verdict) for name, verdict in self._run("SELECT id, verdict FROM doubt")}

    def copied(self, partition: Partition, copied: Copied) -> None:
        """Keep that a partition was copied, and from what."""
        self._run(
            "UPDATE partition SET digest = ?, watermark = ?, items = ?, bytes = ?, dead = ?, copied_at = ?"
            " WHERE id = ?",
            str(copied.digest),
            copied.watermark,
            copied.items,
            copied.bytes,
            copied.dead,
            time.time(),
            partition.id,
        )
        self._run("DELETE FROM doubt WHERE id = ?", partition.id)

    def forget(self, partition: Partition) -> None:
        """Take back the record of a partition that is about to be written again."""
        self._run("UPDATE partition SET digest = NULL WHERE id = ?", partition.id)

    def tuned(self) -> dict[str, Any]:
        """Settings changed and not yet restored: what they were before, by place."""
        return {place: json.loads(before) for place, before in self._run("SELECT place, before FROM tuning")}

    def tune(self, place: str, before: Any) -> None:
        """Keep what a setting was, before it is changed."""
        self._run("INSERT INTO tuning VALUES (?, ?)", place, json.dumps(before, sort_keys=True))

    def untune(self, place: str) -> None:
        """A setting is as it was."""
        self._run("DELETE FROM tuning WHERE place = ?", place)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
