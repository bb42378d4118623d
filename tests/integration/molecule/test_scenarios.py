"""Each role's Molecule scenario: made from nothing, again without a change, read back; a failure with its message."""

from __future__ import annotations

import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import control

ROOT = Path(__file__).resolve().parents[3]
MOLECULE = ROOT / "extensions" / "molecule"
ROLES = {path.name for path in (ROOT / "roles").iterdir()}

QUICK = ["bootstrap", "iam", "secrets", "ecr", "ecs", "s3", "network", "alb", "cloudwatch", "rds", "preflight",
         "copy_objects", "report"]  # fmt: skip
# A search domain and an application in containers: the rehearsal in `make test` plays the same roles.
THOROUGH = ["opensearch", "copy_postgresql", "copy_search", "deploy", "verify"]


def molecule(command: str, scenario: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "molecule", command, "--scenario-name", scenario],
        cwd=ROOT,
        env=control.environment("administrator") | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


@pytest.fixture(scope="module")
def account() -> Iterator[None]:
    """What a scenario makes stays for the next ones, until the last."""
    yield
    removed = molecule("destroy", "bootstrap")
    assert removed.returncode == 0, (removed.stdout + removed.stderr)[-6000:]


@pytest.mark.lab
@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("scenario", QUICK + [pytest.param(name, marks=pytest.mark.thorough) for name in THOROUGH])
def test_scenario(scenario: str) -> None:
    done = molecule("test", scenario)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]


def test_every_role_has_a_scenario() -> None:
    assert {path.parent.name for path in MOLECULE.glob("*/molecule.yml")} == ROLES
    assert sorted(QUICK + THOROUGH) == sorted(ROLES)


def test_a_scenario_comes_after_those_that_it_stands_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(MOLECULE / "shared"))
    stands_on = runpy.run_path(str(MOLECULE / "shared" / "account.py"))["STANDS_ON"]
    order = QUICK + THOROUGH
    assert {role: [other for other in below if order.index(other) > order.index(role)]
            for role, below in stands_on.items()} == {role: [] for role in ROLES}  # fmt: skip


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_scenario_tries_what_its_role_must_refuse(role: str) -> None:
    (play,) = yaml.safe_load((MOLECULE / role / "verify.yml").read_text())
    tried = [task for task in play["tasks"] if _file(task).endswith("shared/tasks/refused.yml")]
    assert [task["vars"]["refused_role"] for task in tried] == [role]
    (given,) = (task["vars"] for task in tried)
    assert all(given["refused_says"])
    assert given["refused_says"]


def test_what_the_role_must_refuse_may_not_pass() -> None:
    """The tasks that all of them share: the role, then a failure; the message is looked at in any case."""
    ((block),) = yaml.safe_load((MOLECULE / "shared" / "tasks" / "refused.yml").read_text())
    assert "ansible.builtin.include_role" in block["block"][0]
    assert "ansible.builtin.fail" in block["block"][-1]
    assert "refused_says" in str(block["rescue"][0]["ansible.builtin.assert"]["that"])


def _file(task: dict[str, Any]) -> str:
    return str(task.get("ansible.builtin.include_tasks", {}).get("file", ""))
