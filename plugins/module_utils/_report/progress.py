# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the events that a running copy writes, and says them as a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TAIL = 4096
"""Bytes read from the end of a file: several events, whatever its size."""


@dataclass(frozen=True)
class Snapshot:
    """The last event of one store. `seconds` is the age of its phase; the expected figures are estimates."""

    store: str
    phase: str
    seconds: float
    items: int
    bytes: int
    items_expected: int
    bytes_expected: int

    @property
    def share(self) -> float:
        """How much is done, 0 to 1: the lesser of items and bytes, as one large object is no slower than many small."""
        pairs = ((self.items, self.items_expected), (self.bytes, self.bytes_expected))
        shares = [done / expected for done, expected in pairs if expected]
        return min(1.0, max(0.0, min(shares, default=0.0)))

    @property
    def remaining(self) -> float | None:
        """Seconds left at the pace so far; None while there is no pace."""
        return self.seconds * (1 - self.share) / self.share if self.share and self.seconds else None


def last_event(path: Path) -> Snapshot | None:
    """The newest whole event of a progress file; None if there is none (yet)."""
    try:
        with path.open("rb") as events:
            events.seek(max(0, os.fstat(events.fileno()).st_size - _TAIL))
            lines = events.read().split(b"\n")
    except OSError:
        return None
    for line in reversed(lines[:-1]):  # what follows the last line break is not finished
        try:
            event = json.loads(line)
            return Snapshot(**{name: event[name] for name in Snapshot.__dataclass_fields__})
        except (ValueError, KeyError, TypeError):
            continue
    return None


def snapshots(root: Path, since: float) -> Iterator[Snapshot]:
    """The last events of all runs under `root` that wrote one after `since` (seconds since the epoch)."""
    for path in sorted(root.rglob("progress.jsonl")):
        try:
            fresh = path.stat().st_mtime >= since
        except OSError:
            continue
        if fresh and (snapshot := last_event(path)):
            yield snapshot


def size(count: float) -> str:
    """A number of bytes for a person."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """A time span for a person."""
    if 0 < seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def line(snapshot: Snapshot) -> str:
    """One plain line: how far, how fast, how long yet."""
    done = f"{snapshot.items:,}"
    if snapshot.items_expected:
        done += f" of about {snapshot.items_expected:,} ({snapshot.share:.0%})"
    parts = [f"{snapshot.store} {snapshot.phase}: {done}", size(snapshot.bytes)]
    if snapshot.seconds:
        rate = f"{snapshot.items / snapshot.seconds:,.0f}/s"
        parts.append(f"{rate}, {size(snapshot.bytes / snapshot.seconds)}/s")
    if snapshot.remaining is not None:
        parts.append(f"about {duration(snapshot.remaining)} left")
    return ", ".join(parts)
