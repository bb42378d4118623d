"""The golden compose files against the lab: every one that renders is registered, and those that say how are run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import Request, render
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Decisions
from tests.integration.ecs.conftest import Lab
from tests.unit.ecs.support import load, project

pytestmark = pytest.mark.lab

FOLDER = Path(__file__).resolve().parents[2] / "unit" / "ecs" / "golden"
CASES = {path.stem: load(path) for path in sorted(FOLDER.glob("*.yml"))}
RENDERED = [name for name, case in CASES.items() if "problems" not in case]
RUN = [name for name, case in CASES.items() if "run" in case]
NETWORK = {"subnets": ["subnet-1"], "security_groups": ["sg-1"]}


def definitions(name: str, lab: Lab, folder: Path) -> list[dict[str, Any]]:
    """The requests of a golden file, as families of this test run."""
    case = CASES[name]
    found = project(folder, case["compose"], profiles=tuple(case.get("profiles", ())))
    rendered = render(
        found,
        Request(
            decisions=Decisions(**case.get("decisions", {})),
            secrets=case.get("secrets", {}),
            family=f"{lab.name}-{name}",
            execution_role_arn=lab.role,
            log_group=f"/{lab.name}",
            region=lab.environment["AWS_DEFAULT_REGION"],
        ),
    )
    return rendered.task_definitions


@pytest.mark.parametrize("name", RENDERED)
def test_it_is_registered_once(name: str, lab: Lab, tmp_path: Path) -> None:
    for definition in definitions(name, lab, tmp_path):
        states = [lab.run("ecs_task_definition", {"definition": definition}) for _turn in range(2)]
        assert [ran.result.get("changed") for ran in states] == [True, False], states[-1].output
        assert [ran.result["revision"] for ran in states] == [1, 1]


@pytest.mark.parametrize("name", RUN)
def test_it_runs(name: str, lab: Lab, tmp_path: Path) -> None:
    """Its first task, with a program of the test's own in each container, which looks at what it finds there."""
    programs = CASES[name]["run"]
    definition = definitions(name, lab, tmp_path)[0]
    for container in definition["containerDefinitions"]:
        # One that others wait for ends; one that is only beside the tested program outlives it.
        idle = "import time; time.sleep(60)" if container["essential"] else "pass"
        container |= {"image": lab.image, "command": ["python", "-c", programs.get(container["name"], idle)]}
        container.pop("entryPoint", None)
        container.pop("secrets", None)
        if "healthCheck" in container:
            container["healthCheck"] = {"command": ["CMD-SHELL", "exit 0"], "interval": 5}
    registered = lab.run("ecs_task_definition", {"definition": definition})
    ran = lab.run("ecs_run_task", {
        "cluster": lab.name, "task_definition": registered.result["arn"], "launch_type": "FARGATE",
        "network_configuration": NETWORK, "containers": sorted(programs), "wait_interval": 1, "wait_timeout": 90,
    })  # fmt: skip
    assert (ran.code, set(ran.result["exit_codes"][program] for program in programs)) == (0, {0}), ran.output


def test_enough_is_shown() -> None:
    assert len(CASES) >= 20
    assert len(RUN) >= 8
