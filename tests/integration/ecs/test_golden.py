"""Golden renders as tasks: each is registered once, and those that say what a program finds run and find it.

The emulator starts a task's containers one after the other and gives each a network interface of its own: `dependsOn`
and 127.0.0.1 are registered here and not felt, so a program waits for what another leaves in a shared volume.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import RefusedError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import Request
from tests.integration.ecs.conftest import Lab
from tests.unit.ecs.goldens import GOLDENS, Golden

pytestmark = pytest.mark.lab

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}}
# What a container may end with: by itself, or because the task's essential one has ended.
ENDED = {0, 137, 143}


def _renders(golden: Golden) -> bool:
    with suppress(RefusedError):
        golden.rendered()
        return True
    return False


RENDERED = [golden for golden in GOLDENS if _renders(golden)]
RUN = [golden for golden in RENDERED if golden.runs]


@pytest.fixture(scope="module")
def secrets(lab: Lab) -> Iterator[str]:
    """The ARN of a secret with a value for every name that a golden file gives an ARN for."""
    names = {key.rpartition("/")[2] for golden in RUN for key in golden.options.get("secrets") or {}}
    manager = lab.client("secretsmanager")
    made = manager.create_secret(
        Name=f"/{lab.name}/golden", SecretString=json.dumps({name: f"the value of {name}" for name in names})
    )
    yield str(made["ARN"])
    manager.delete_secret(SecretId=made["ARN"], ForceDeleteWithoutRecovery=True)


def _request(golden: Golden, lab: Lab, secret: str) -> Request:
    """The golden file's own request, with the lab's image, role and log group, and ARNs that exist."""
    wanted = golden.request
    services = golden.project.services
    return replace(
        wanted,
        decisions=replace(wanted.decisions, images=dict.fromkeys(services, lab.image)),
        secrets={key: f"{secret}:{key.rpartition('/')[2]}::" for key in wanted.secrets},
        family=f"{lab.name}-{golden.name}",
        execution_role_arn=lab.role,
        task_role_arn="",
        log_group=f"/{lab.name}",
    )


@pytest.mark.parametrize("golden", RENDERED, ids=lambda golden: golden.name)
def test_a_golden_render_is_registered_once(golden: Golden, lab: Lab, secrets: str) -> None:
    for definition in golden.rendered(_request(golden, lab, secrets)).task_definitions:
        runs = [lab.run("ecs_task_definition", {"definition": definition}, diff=True) for _turn in range(2)]
        assert [run.code for run in runs] == [0, 0], runs[0].output
        assert [(run.result["changed"], run.result["revision"]) for run in runs] == [(True, 1), (False, 1)]


def _ended(lab: Lab, arn: str) -> dict[str, Any]:
    """The task after it has stopped."""
    ecs, until = lab.client("ecs"), time.monotonic() + 120
    while time.monotonic() < until:
        (task,) = ecs.describe_tasks(cluster=lab.name, tasks=[arn])["tasks"]
        if task["lastStatus"] == "STOPPED":
            return dict(task)
        time.sleep(0.5)
    ecs.stop_task(cluster=lab.name, task=arn)
    raise AssertionError(f"still {task['lastStatus']} after 120 s: {task['containers']}")


def _last_words(lab: Lab, arn: str) -> str:
    logs, group = lab.client("logs"), f"/{lab.name}"
    streams = [item["logStreamName"] for item in logs.describe_log_streams(logGroupName=group)["logStreams"]]
    own = [name for name in streams if name.endswith(arn.rpartition("/")[2])]
    events = [logs.get_log_events(logGroupName=group, logStreamName=name)["events"] for name in own]
    return "\n".join(event["message"] for stream in events for event in stream)


@pytest.mark.parametrize("golden", RUN, ids=lambda golden: golden.name)
def test_a_golden_render_runs_and_finds_what_the_compose_file_says(golden: Golden, lab: Lab, secrets: str) -> None:
    (definition,) = golden.rendered(_request(golden, lab, secrets)).task_definitions
    family = f"{definition['family']}-run"
    arn = lab.run("ecs_task_definition", {"definition": {**definition, "family": family}}).result["arn"]
    programs = [
        {"name": name, "command": ["python", "-c", program]} for name, program in golden.runs.items() if program
    ]
    started = lab.client("ecs").run_task(
        cluster=lab.name,
        taskDefinition=arn,
        launchType="FARGATE",
        networkConfiguration=NETWORK,
        overrides={"containerOverrides": programs},
    )
    assert started["failures"] == []
    task = _ended(lab, started["tasks"][0]["taskArn"])
    codes = {container["name"]: container.get("exitCode") for container in task["containers"]}
    assert codes.keys() == golden.runs.keys()
    assert task["stopCode"] == "EssentialContainerExited", (task.get("stoppedReason"), codes)
    assert set(codes.values()) <= ENDED, (codes, _last_words(lab, task["taskArn"]))
    assert 0 in codes.values(), codes
