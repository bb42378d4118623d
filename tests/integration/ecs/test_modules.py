"""The ECS modules against the lab: real containers, an enforced IAM, a real registry."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.aws.settings import place
from tests.integration.ecs.conftest import IMAGE, Lab, Ran

pytestmark = pytest.mark.lab

SERVE = ["python", "-c", "import time; print('up', flush=True); time.sleep(3600)"]
FAIL = ["python", "-c", "print('the last words', flush=True); raise SystemExit(3)"]
NETWORK = {"subnets": ["subnet-1", "subnet-2"], "security_groups": ["sg-1"]}
BREAKER = {"deployment_circuit_breaker": {"enable": True, "rollback": True}}


def _arn(lab: Lab, command: list[str], **members: Any) -> str:
    ran = lab.run("ecs_task_definition", {"definition": lab.definition(command, **members)})
    assert ran.code == 0, ran.output
    return str(ran.result["arn"])


def test_a_revision_is_registered_only_for_a_change(lab: Lab) -> None:
    definition = {**lab.definition(SERVE), "family": f"{lab.name}-register"}
    states = []
    container = definition["containerDefinitions"][0]
    for change in ({}, {}, {"environment": [{"name": "A", "value": "1"}]}, {"command": ["x"]}, {"command": ["x"]}):
        container.update(change)
        checked = lab.run("ecs_task_definition", {"definition": definition}, check=True, diff=True)
        ran = lab.run("ecs_task_definition", {"definition": definition})
        assert checked.result["changed"] is ran.result["changed"]
        states.append((ran.result["changed"], ran.result["revision"]))
    assert states == [(True, 1), (False, 1), (True, 2), (True, 3), (False, 3)]
    gone = {"family": definition["family"], "state": "absent"}
    assert [lab.run("ecs_task_definition", gone).result["changed"] for _turn in range(2)] == [True, False]


def test_what_fargate_refuses_is_told_before_aws_is_asked(lab: Lab) -> None:
    ran = lab.run("ecs_task_definition", {"definition": {**lab.definition(SERVE, privileged=True), "cpu": "300"}})
    assert ran.code != 0
    assert len(ran.result["problems"]) == 2


def test_a_pushed_image_is_not_pushed_again(lab: Lab) -> None:
    options = {"repository": lab.name, "tag": "1", "source": IMAGE, "registry": f"127.0.0.1:{place().port}"}
    ran = lab.run("ecr_image", options)
    assert (ran.result["changed"], ran.result["image"]) == (False, lab.image)
    missing = lab.run("ecr_image", {**options, "tag": "2"}, check=True)
    assert missing.result["changed"] is True
    assert missing.result["digest"] == ""


def test_secrets_go_to_secrets_manager_and_nowhere_else(lab: Lab, tmp_path: Path) -> None:
    def write(value: str, **how: bool) -> Ran:
        (tmp_path / "compose.yml").write_text(
            f"services: {{app: {{image: x, environment: {{A_PASSWORD: {value}, B: plain, C_TOKEN: given}}}}}}",
            encoding="utf-8",
        )
        options = {"project_src": str(tmp_path), "prefix": f"/{lab.name}", "secrets": {"C_TOKEN": "arn:c"}}
        return lab.run("compose_secrets", options, **how)

    checked = write("hush-one", check=True, diff=True)
    runs = [
        write("hush-one", diff=True),
        write("hush-one"),
        write("hush-two", diff=True),
        write("hush-two", check=True),
    ]
    assert checked.result["secrets"]["app/A_PASSWORD"] == "(known after provision)"
    assert [run.result["changed"] for run in (checked, *runs)] == [True, True, False, True, False]
    assert not any("hush" in run.output for run in (checked, *runs))
    value_from = runs[-1].result["secrets"]
    manager = lab.client("secretsmanager")
    stored = manager.get_secret_value(SecretId=f"/{lab.name}/app")
    assert json.loads(stored["SecretString"]) == {"A_PASSWORD": "hush-two"}
    assert value_from == {"C_TOKEN": "arn:c", "app/A_PASSWORD": f"{stored['ARN']}:A_PASSWORD::"}
    manager.delete_secret(SecretId=f"/{lab.name}/app")
    assert write("hush-two").result["changed"] is True  # restored
    assert json.loads(manager.get_secret_value(SecretId=f"/{lab.name}/app")["SecretString"]) == {
        "A_PASSWORD": "hush-two"
    }
    manager.delete_secret(SecretId=f"/{lab.name}/app", ForceDeleteWithoutRecovery=True)


def test_a_service_is_created_empty_converges_and_starts_with_one_update(lab: Lab, service: Callable[..., Ran]) -> None:
    wanted = {
        "task_definition": _arn(lab, SERVE),
        "launch_type": "FARGATE",
        "network_configuration": NETWORK,
        "deployment_configuration": BREAKER,
        "tags": {"a": "1"},
    }
    assert service(check=True, **wanted).result["changed"] is True
    made = service(**wanted)
    assert (made.result["changed"], made.result["service"]["desiredCount"]) == (True, 0)
    assert service(**wanted).result["changed"] is False
    moved = {**wanted, "network_configuration": {**NETWORK, "security_groups": ["sg-2"]}, "tags": {"a": "2"}}
    assert service(check=True, **moved).result["changes"] == ["networkConfiguration", "tags"]
    assert service(**moved).result["changes"] == ["networkConfiguration", "tags"]
    assert service(**moved).result["changed"] is False

    started = service(**moved, desired_count=1, force_new_deployment=True)
    assert started.code == 0, started.output
    assert started.result["service"]["runningCount"] == 1
    assert started.result["deployment"] == started.result["service"]["deployments"][0]["id"]
    again = service(**moved)
    assert (again.result["changed"], again.result["service"]["desiredCount"]) == (False, 1)


def test_a_program_that_fails_is_rolled_back_and_told(lab: Lab, service: Callable[..., Ran]) -> None:
    good = _arn(lab, SERVE)
    common = {"launch_type": "FARGATE", "network_configuration": NETWORK, "deployment_configuration": BREAKER}
    assert service(task_definition=good, desired_count=1, **common).code == 0
    ran = service(task_definition=_arn(lab, FAIL))
    assert ran.code != 0
    assert ran.result["end"] == "rolled_back", ran.output
    diagnosis = ran.result["diagnosis"]
    assert "exit code 3" in diagnosis["cause"]
    assert "app: the last words" in diagnosis["logs"]
    assert "exit code 3" in diagnosis["stopped_tasks"][0]
    for text in ("rolled back", "exit code 3", "the last words", "Next:"):
        assert text in ran.result["msg"]


def test_a_missing_image_ends_the_wait_early(lab: Lab, service: Callable[..., Ran]) -> None:
    missing = f"{lab.image.partition('@')[0]}@sha256:{'0' * 64}"
    ran = service(
        task_definition=_arn(lab, SERVE, image=missing),
        desired_count=1,
        launch_type="FARGATE",
        network_configuration=NETWORK,
    )
    assert ran.code != 0
    assert ran.result["diagnosis"]["cause"] == "the image cannot be pulled", ran.output


def test_crashing_tasks_that_were_started_from_zero_are_no_success(lab: Lab, service: Callable[..., Ran]) -> None:
    options = {"launch_type": "FARGATE", "network_configuration": NETWORK, "deployment_configuration": BREAKER}
    assert service(task_definition=_arn(lab, FAIL), **options).code == 0
    ran = service(desired_count=1)
    assert ran.code != 0
    assert "exit code 3" in ran.result["diagnosis"]["cause"], ran.output


def test_an_unreadable_secret_is_named_as_the_cause(lab: Lab, service: Callable[..., Ran]) -> None:
    arn = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:/no/such-AbCdEf:key::"
    definition = _arn(lab, SERVE, secrets=[{"name": "A", "valueFrom": arn}])
    ran = service(task_definition=definition, desired_count=1, launch_type="FARGATE", network_configuration=NETWORK)
    assert ran.code != 0
    assert "a secret cannot be read" in ran.result["diagnosis"]["cause"], ran.output


def test_progress_is_written_for_the_callback(lab: Lab, service: Callable[..., Ran], tmp_path: Path) -> None:
    ran = service(
        task_definition=_arn(lab, SERVE),
        desired_count=1,
        launch_type="FARGATE",
        network_configuration=NETWORK,
        run_dir=str(tmp_path),
    )
    assert ran.code == 0, ran.output
    (events,) = tmp_path.glob("*/progress.jsonl")
    phases = [json.loads(line)["phase"] for line in events.read_text(encoding="utf-8").splitlines()]
    assert any("of 1 tasks run" in phase for phase in phases), phases
