# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The proof of a comparison: proof.json. Nothing else may say "verified"."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.folder import write_private
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import (
    Difference,
    Record,
    Sides,
    Verdict,
    worst,
)

PROOF_FILE = "proof.json"
DIFFERENCES_FILE = "differences.jsonl"


@dataclass(frozen=True)
class Finding:
    """What was found of one partition."""

    partition: str
    verdict: Verdict
    sides: Sides
    record: Record | None

    def entry(self) -> dict[str, Any]:
        """Its entry in the proof."""
        return {
            "partition": self.partition,
            "verdict": self.verdict.value,
            "source": str(self.sides.source),
            "target": str(self.sides.target),
            "record": str(self.record.digest) if self.record else None,
            "watermark": self.record.watermark if self.record else None,
        }


@dataclass(frozen=True)
class Proof:
    """A whole comparison."""

    store: str
    run: str
    identity: tuple[str, str]
    findings: Sequence[Finding]
    differences: Sequence[Difference]

    @property
    def verdict(self) -> Verdict:
        """The worst of all partitions; definitions that differ make it different."""
        verdicts = [finding.verdict for finding in self.findings]
        if self.differences:
            verdicts.append(Verdict.DIFFERENT)
        return worst(verdicts)

    @property
    def root(self) -> str:
        """SHA-256 over the partitions sorted by name: two proofs with the same root prove the same content."""
        lines = sorted(f"{finding.partition}\t{finding.sides.target}" for finding in self.findings)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def document(self) -> dict[str, Any]:
        """What proof.json holds."""
        return {
            "format": 1,
            "store": self.store,
            "run": self.run,
            "verdict": self.verdict.value,
            "root": self.root,
            "source": self.identity[0],
            "target": self.identity[1],
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "items": sum(finding.sides.target.count for finding in self.findings),
            "bytes": sum(finding.sides.bytes for finding in self.findings),
            "pending": [finding.partition for finding in self.findings if finding.verdict is Verdict.PENDING],
            "differences": len(self.differences),
            "partitions": [finding.entry() for finding in sorted(self.findings, key=lambda found: found.partition)],
        }

    def write(self, folder: Path) -> Path:
        """Write the proof, and all differences beside it, one JSON line each."""
        lines = "".join(json.dumps(asdict(difference), ensure_ascii=False) + "\n" for difference in self.differences)
        write_private(folder / DIFFERENCES_FILE, lines)
        write_private(folder / PROOF_FILE, json.dumps(self.document(), indent=1, ensure_ascii=False) + "\n")
        return folder / PROOF_FILE
