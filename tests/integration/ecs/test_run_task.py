"""ecs_run_task on the lab: the exit code is the result, whatever the reason."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.integration.ecs.conftest import Lab, Ran

pytestmark = pytest.mark.lab

NETWORK = {"subnets": ["subnet-1"], "security_groups": ["sg-1"]}


def run(lab: Lab, definition: dict[str, Any] | str, *, check: bool = False, **more: Any) -> Ran:
    """Registers the definition and runs it."""
    if isinstance(definition, dict):
        registered = lab.run("ecs_task_definition", {"definition": definition})
        assert registered.code == 0, registered.output
        definition = registered.result["arn"]
    options = {"cluster": lab.name, "task_definition": definition, "launch_type": "FARGATE", "wait_interval": 1}
    return lab.run("ecs_run_task", {**options, "network_configuration": NETWORK, **more}, check=check)


def tasks(lab: Lab, state: str) -> list[str]:
    found: list[str] = lab.client("ecs").list_tasks(cluster=lab.name, desiredStatus=state)["taskArns"]
    return found


def python(text: str) -> list[str]:
    return ["python", "-c", text]


def test_a_program_that_ends_well(lab: Lab) -> None:
    overrides = {
        "container_overrides": [{
            "name": "app", "command": python("import os; print('moved', os.environ['STEP'])"),
            "environment": [{"name": "STEP", "value": "42"}],
        }]
    }  # fmt: skip
    ran = run(lab, lab.definition(python("raise SystemExit(9)")), overrides=overrides)
    assert (ran.code, ran.result["changed"], ran.result["exit_codes"]) == (0, True, {"app": 0}), ran.output
    assert ran.result["logs"] == ["app: moved 42"]


def test_a_program_that_fails_fails_with_its_last_words(lab: Lab) -> None:
    ran = run(lab, lab.definition(python("print('the last words'); raise SystemExit(3)")))
    assert (ran.code != 0, ran.result["exit_codes"]) == (True, {"app": 3})
    for text in ("app ended with exit code 3", "the last words", "Next:"):
        assert text in ran.result["msg"]


def test_a_task_that_cannot_start_says_why(lab: Lab) -> None:
    missing = f"{lab.image.partition('@')[0]}@sha256:{'0' * 64}"
    ran = run(lab, lab.definition(python(""), image=missing))
    assert (ran.code != 0, ran.result["exit_codes"]) == (True, {"app": None})
    assert ran.result["diagnosis"]["cause"] == "the image cannot be pulled", ran.output


def test_a_task_that_takes_too_long_is_stopped(lab: Lab) -> None:
    before = set(tasks(lab, "RUNNING"))
    ran = run(lab, lab.definition(python("import time; print('begun', flush=True); time.sleep(600)")), wait_timeout=6)
    assert ran.code != 0
    assert "it was stopped" in ran.result["msg"]
    assert "app: begun" in ran.result["logs"]
    deadline = time.monotonic() + 20
    while set(tasks(lab, "RUNNING")) - before and time.monotonic() < deadline:
        time.sleep(0.5)
    assert not set(tasks(lab, "RUNNING")) - before


def test_only_the_containers_that_count_do(lab: Lab) -> None:
    definition = lab.definition(python("import time; time.sleep(3)"))
    sidecar = {**definition["containerDefinitions"][0], "name": "side", "command": python("raise SystemExit(4)")}
    definition["containerDefinitions"].append({**sidecar, "essential": False})
    well = run(lab, definition)
    assert (well.code, well.result["exit_codes"]) == (0, {"app": 0, "side": 4}), well.output
    ill = run(lab, definition, containers=["app", "side"])
    assert "side ended with exit code 4" in ill.result["msg"]
    stranger = run(lab, definition, containers=["sied"])
    assert "no container sied" in stranger.result["msg"]


def test_check_mode_starts_nothing(lab: Lab) -> None:
    before = tasks(lab, "RUNNING") + tasks(lab, "STOPPED")
    assert run(lab, lab.definition(python("")), check=True).result["changed"] is True
    assert run(lab, f"{lab.name}-not-there", check=True).code == 0
    assert tasks(lab, "RUNNING") + tasks(lab, "STOPPED") == before
    assert "there is no such task definition" in run(lab, f"{lab.name}-not-there").result["msg"]
