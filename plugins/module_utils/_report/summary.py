# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads what the runs under one folder left (proofs and journals) and says it in a few lines."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Verdict, worst
from ansible_collections.replatform.aws.plugins.module_utils._copy.proof import PROOF_FILE
from ansible_collections.replatform.aws.plugins.module_utils._report.progress import duration, size

STORES = {"postgresql": "rows", "objects": "objects", "search": "documents"}
"""The stores of a whole move, and what each one's items are called."""


class ReportError(Exception):
    """A run folder that cannot be read."""


@dataclass(frozen=True)
class StoreSummary:
    """The newest proof of one store and its largest copy.

    items, bytes: what the proof covers. seconds, copied_items, copied_bytes: the copy of this run that moved the most.
    """

    store: str
    verdict: str
    items: int
    bytes: int
    pending: int
    differences: int
    proof: str
    time: str
    source: str
    target: str
    seconds: float
    copied_items: int
    copied_bytes: int

    @property
    def line(self) -> str:
        """One line for a terminal."""
        rate = f" ({size(self.copied_bytes / self.seconds)}/s)" if self.seconds and self.copied_bytes else ""
        noun = STORES.get(self.store, "items")
        pending = f", {self.pending} partitions pending" if self.pending else ""
        return (
            f"{self.store:<11} {self.verdict:<10} {self.items:>10,} {noun:<9} {size(self.bytes):>9}"
            f"   copied {self.copied_items:,} in {duration(self.seconds)}{rate}{pending}"
        )


@dataclass(frozen=True)
class Summary:
    """All stores of one environment, and the verdict of the whole: the worst, `not proven` where one has no proof."""

    stores: Sequence[StoreSummary]
    missing: Sequence[str]

    @property
    def verdict(self) -> Verdict:
        verdicts = [Verdict(store.verdict) for store in self.stores]
        return worst([*verdicts, Verdict.NOT_PROVEN] if self.missing else verdicts)

    def result(self) -> dict[str, Any]:
        """The module's result."""
        lines = [store.line for store in self.stores]
        lines += [f"{name:<11} not proven (no comparison has been made yet)" for name in self.missing]
        lines.append(f"verdict     {self.verdict.value}")
        lines += [f"proof       {store.proof}" for store in self.stores]
        return {
            "verdict": self.verdict.value,
            "stores": [asdict(store) for store in self.stores],
            "text": lines,
        }


def summarize(run_dir: Path, stores: Sequence[str]) -> Summary:
    """The newest proof of each of the stores under `run_dir`."""
    found = [summary for name in stores if (summary := _newest(run_dir, name))]
    named = {summary.store for summary in found}
    return Summary(found, [name for name in stores if name not in named])


def _newest(run_dir: Path, store: str) -> StoreSummary | None:
    proofs = sorted(run_dir.glob(f"{store}-*/{PROOF_FILE}"), key=lambda path: path.stat().st_mtime)
    if not proofs:
        return None
    path = proofs[-1]
    try:
        proof = json.loads(path.read_text(encoding="utf-8"))
        last = _largest_copy(path.with_name("journal.sqlite"))
        return StoreSummary(
            store=store,
            verdict=proof["verdict"],
            items=proof["items"],
            bytes=proof["bytes"],
            pending=len(proof["pending"]),
            differences=proof["differences"],
            proof=str(path),
            time=proof["time"],
            source=proof["source"],
            target=proof["target"],
            seconds=last.get("seconds", 0.0),
            copied_items=last.get("item_count", 0),
            copied_bytes=last.get("bytes", 0),
        )
    except (OSError, ValueError, KeyError, sqlite3.Error) as error:
        raise ReportError(f"{path} cannot be read ({error!r}). Compare again: it is written anew.") from error


def _largest_copy(journal: Path) -> dict[str, Any]:
    if not journal.exists():
        return {}
    database = sqlite3.connect(f"{journal.resolve().as_uri()}?mode=ro", uri=True)
    try:
        row = database.execute("SELECT value FROM fact WHERE name = 'largest_copy'").fetchone()
    finally:
        database.close()
    return dict(json.loads(row[0])) if row else {}
