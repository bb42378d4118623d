# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What this move wrote, key by key: one SQLite file in the run folder, beside the journal.

It answers two questions that no server can: is this object on the target ours, and which bytes do these ETags stand
for. What it says of bytes was computed from the bytes themselves while they were copied.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS written (
    key TEXT NOT NULL,
    number INTEGER NOT NULL,        -- of the version, 0 = oldest
    size INTEGER NOT NULL DEFAULT 0,
    content TEXT NOT NULL DEFAULT '',
    crc TEXT NOT NULL DEFAULT '',
    source_etag TEXT NOT NULL DEFAULT '',
    source_true INTEGER NOT NULL DEFAULT 0,
    target_etag TEXT NOT NULL DEFAULT '',   -- empty: about to be written
    target_true INTEGER NOT NULL DEFAULT 0,
    target_version TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (key, number)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Row:
    """One object or version. *_true: whether the ETag was found to be made of these bytes."""

    key: str
    number: int
    size: int = 0
    content: str = ""
    crc: str = ""
    source_etag: str = ""
    source_true: bool = False
    target_etag: str = ""
    target_true: bool = False
    target_version: str = ""


Rows = dict[tuple[str, int], Row]


class Ledger:
    """Used from the threads of all partitions: SQLite mixes up answers when two ask the same connection at once."""

    def __init__(self, path: Path, *, write: bool) -> None:
        """Reading a file that is not there finds nothing, and makes none."""
        self.path = path
        self._one_at_a_time = threading.Lock()
        place = str(path) if write or path.exists() else ":memory:"
        self._db = sqlite3.connect(place, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)

    def rows(self, after: str, end: str) -> Rows:
        """What is known of the keys with after < key <= end."""
        range_of_keys = "SELECT * FROM written WHERE key > :after AND (:end = '' OR key <= :end)"
        with self._one_at_a_time:
            found = self._db.execute(range_of_keys, {"after": after, "end": end}).fetchall()
        return {(row[0], row[1]): Row(*row) for row in found}

    def intend(self, keys: Iterable[tuple[str, int]]) -> None:
        """Before the target is written to: from now on, what lies there under these keys may be ours."""
        self._many("INSERT INTO written (key, number) VALUES (?, ?) ON CONFLICT DO UPDATE SET target_etag = ''", keys)

    def written(self, rows: Iterable[Row]) -> None:
        """After the target was written to."""
        self._many(
            "INSERT OR REPLACE INTO written VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [tuple(row.__dict__.values()) for row in rows],
        )

    def removed(self, keys: Iterable[tuple[str, int]]) -> None:
        """After something was taken away from the target."""
        self._many("DELETE FROM written WHERE key = ? AND number = ?", keys)

    def unfinished(self, key: str) -> bool:
        """Whether this move was about to write under a key, and has not said that it did."""
        begun = "SELECT 1 FROM written WHERE key = ? AND target_etag = ''"
        with self._one_at_a_time:
            return bool(self._db.execute(begun, (key,)).fetchone())

    def close(self) -> None:
        """Let go of the file."""
        with self._one_at_a_time:
            self._db.close()

    def _many(self, sql: str, values: Iterable[tuple[object, ...]]) -> None:
        with self._one_at_a_time:
            self._db.execute("BEGIN")
            self._db.executemany(sql, values)
            self._db.execute("COMMIT")
