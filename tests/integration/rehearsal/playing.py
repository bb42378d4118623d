"""Playbooks as a person runs them in the lab, and what they leave."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.aws import control as aws

ROOT = Path(__file__).resolve().parents[3]
RUNS = ROOT / ".replatform" / "rehearsal"


@dataclass(frozen=True)
class Played:
    """A finished ansible-playbook."""

    status: int
    output: str

    @property
    def changed(self) -> int:
        """Of the recap."""
        (count,) = re.findall(r"localhost\s*:.*changed=(\d+)", self.output)
        return int(count)

    def verdict(self) -> str:
        """As the report says it."""
        (verdict,) = re.findall(r"verdict +([a-z ]+)", self.output)
        return str(verdict).strip()


def play(*words: str, environment: dict[str, str] | None = None) -> Played:
    """Run ansible-playbook in the lab's environment, as the Makefile does."""
    command = [sys.executable, "-m", "lab", "run", "--profile", "deploy", "--", "ansible-playbook", *words]
    mine = {**os.environ, **(environment or {})}
    done = subprocess.run(command, cwd=ROOT, env=mine, text=True, capture_output=True, check=False, timeout=1800)
    return Played(done.returncode, done.stdout + done.stderr)


def empty_account() -> None:
    """Start the pretend AWS anew, and forget all runs of the rehearsal."""
    aws.down()
    shutil.rmtree(RUNS, ignore_errors=True)
    command = [sys.executable, "-m", "lab", "up"]
    up = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False, timeout=1200)
    assert up.returncode == 0, up.stdout + up.stderr


def proofs() -> dict[str, dict[str, Any]]:
    """The proofs in the run folders, by store."""
    found = [json.loads(path.read_text()) for path in RUNS.glob("*/proof.json")]
    return {str(proof["store"]): proof for proof in found}
