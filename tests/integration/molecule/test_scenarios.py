"""Each role's Molecule scenario: converged from nothing, run again without a change, read back from the account."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lab import control

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = sorted(path.parent.name for path in (ROOT / "extensions" / "molecule").glob("*/molecule.yml"))

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario: str) -> None:
    done = subprocess.run(
        ["molecule", "test", "--scenario-name", scenario],
        cwd=ROOT,
        env=control.environment("administrator") | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]


def test_the_roles_that_hold_data_and_tasks_have_one() -> None:
    assert {"rds", "s3", "ecs"} <= set(SCENARIOS)
