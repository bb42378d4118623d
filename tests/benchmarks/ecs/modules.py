"""Modules, ours and others, run as Ansible runs them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from lab.paths import ROOT
from tests.benchmarks.measure import BenchmarkError, Usage, run

COLLECTIONS = {"PYTHONPATH": f"{ROOT / '.ansible' / 'collections'}:{ROOT}"}
OURS, STOCK = "replatform.aws", "community.aws"


def module(
    collection: str, name: str, options: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> tuple[Usage, dict[str, Any]]:
    """In a process of its own, with the arguments on its standard input; what it used, and its result."""
    command = [sys.executable, "-m", f"ansible_collections.{collection}.plugins.modules.{name}"]
    used, said = run(command, {**COLLECTIONS, **(environment or {})}, json.dumps({"ANSIBLE_MODULE_ARGS": options}))
    result: dict[str, Any] = json.loads(said[said.index("{") :])
    if result.get("failed"):
        raise BenchmarkError(f"{collection}.{name}: {result.get('msg')}")
    return used, result
