"""Playbooks as a person runs them in the lab, and what they leave."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import source
from lab.aws import control as aws

ROOT = Path(__file__).resolve().parents[3]
RUNS = ROOT / ".replatform" / "rehearsal"
STORES = ("postgresql", "objects", "search")


@dataclass(frozen=True)
class Played:
    """A finished ansible-playbook. outcomes: what each task did, as tests/callbacks/outcomes.py writes it."""

    status: int
    output: str
    outcomes: list[dict[str, Any]] = field(default_factory=list, repr=False)

    def tasks(self, state: str) -> list[str]:
        """`task [item]` of all that ended in a state: ok, changed, skipped, failed."""
        return [f"{one['task']} [{one['item']}]" for one in self.outcomes if one["state"] == state]

    @property
    def changed(self) -> int:
        """Of the recap."""
        (count,) = re.findall(r"localhost\s*:.*changed=(\d+)", self.output)
        return int(count)

    def verdict(self) -> str:
        """As the report says it."""
        (verdict,) = set(re.findall(r"verdict +([a-z ]+)", self.output))
        return str(verdict).strip()

    @property
    def copied(self) -> list[int]:
        """Of copies played with -v: how many partitions each store copied."""
        return [int(count) for count in re.findall(r"^ +copied: (\d+)$", self.output, re.MULTILINE)]


def command(*words: str, region: str = "") -> list[str]:
    """ansible-playbook in the lab's environment, as the Makefile calls it. It becomes the process that is started.

    region: what the shell says in place of the lab's.
    """
    program = ["env", f"AWS_REGION={region}", f"AWS_DEFAULT_REGION={region}"] if region else []
    return [sys.executable, "-m", "lab", "run", "--profile", "deploy", "--", *program, "ansible-playbook", *words]


def play(*words: str, environment: dict[str, str] | None = None, region: str = "") -> Played:
    """Run ansible-playbook to its end."""
    typed = command(*words, region=region)
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        outcomes = Path(file.name)
        mine = {**os.environ, **telling(outcomes), **(environment or {})}
        done = subprocess.run(typed, cwd=ROOT, env=mine, text=True, capture_output=True, check=False, timeout=1800)
        return Played(done.returncode, done.stdout + done.stderr, told(outcomes))


def telling(outcomes: Path) -> dict[str, str]:
    """What makes ansible-playbook write into a file what each task did."""
    return {
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "replatform.aws.progress,outcomes",
        "REPLATFORM_TEST_OUTCOMES": str(outcomes),
    }


def told(outcomes: Path) -> list[dict[str, Any]]:
    """What was written there."""
    return [json.loads(line) for line in outcomes.read_text(encoding="utf-8").splitlines()]


def on(*stores: str) -> tuple[str, str]:
    """The tags of these stores: copy.yml copies no others, verify.yml compares no others and starts nothing."""
    return "--tags", ",".join(f"copy_{store}" for store in stores or STORES)


def empty_account() -> None:
    """Start the pretend AWS anew, and forget all runs of the rehearsal."""
    aws.down()
    shutil.rmtree(RUNS, ignore_errors=True)
    up = subprocess.run(
        [sys.executable, "-m", "lab", "up"], cwd=ROOT, text=True, capture_output=True, check=False, timeout=1200
    )
    assert up.returncode == 0, up.stdout + up.stderr


def proofs() -> dict[str, dict[str, Any]]:
    """The proofs in the run folders, by store."""
    found = [json.loads(path.read_text()) for path in RUNS.glob("*/proof.json")]
    return {str(proof["store"]): proof for proof in found}


def differences(store: str) -> set[tuple[str, str, str]]:
    """What the last comparison of a store found: (item, kind, detail)."""
    [path] = RUNS.glob(f"{store}-*/differences.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {(line["item"], line["kind"], line["detail"]) for line in lines}


def lost(*stores: str) -> int:
    """Items and partitions that the last comparison of these stores did not find equal."""
    return sum(proofs()[store]["differences"] + len(proofs()[store]["pending"]) for store in stores or STORES)


def equal(*stores: str) -> Played:
    """Compare these stores through the verify playbook; each must be equal, with nothing pending."""
    stores = stores or STORES
    verified = play("playbooks/verify.yml", *on(*stores))
    assert verified.status == 0, verified.output[-6000:]
    assert {store: proofs()[store]["verdict"] for store in stores} == dict.fromkeys(stores, "equal")
    return verified


def is_rehearsed() -> bool:
    """Whether the pretend AWS holds the lab's source, moved and proven, as a rehearsal leaves it."""
    found = proofs()
    if not aws.status()["running"] or found.keys() != set(STORES):
        return False
    started = aws.place().env_file.stat().st_mtime
    since = all(path.stat().st_mtime > started for path in RUNS.glob("*/proof.json"))
    ours = source.BUCKET in found["objects"]["source"]
    return since and ours and {proof["verdict"] for proof in found.values()} == {"equal"}
