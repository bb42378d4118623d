"""ecs_run_task against the lab: real containers end, fail, do not start, and take too long."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.ecs.conftest import ROOT, Lab, Ran

pytestmark = pytest.mark.lab

NETWORK = {"subnets": ["subnet-1", "subnet-2"], "security_groups": ["sg-1"]}
SLEEP = ["python", "-c", "import time; print('up', flush=True); time.sleep(3600)"]


def program(text: str, code: int) -> list[str]:
    return ["python", "-c", f"print({text!r}, flush=True); raise SystemExit({code})"]


@pytest.fixture
def task(lab: Lab, request: pytest.FixtureRequest) -> Callable[..., Ran]:
    """Runs a task with this command, in a family of this test's own; `containers` are put beside `app`."""
    family = f"{lab.name}-{request.node.name.replace('test_', '')[:30].rstrip('_')}"

    def run(
        command: list[str], containers: list[dict[str, Any]] | None = None, check: bool = False, **options: Any
    ) -> Ran:
        definition = {**lab.definition(command, **options.pop("members", {})), "family": family}
        app = definition["containerDefinitions"][0]
        definition["containerDefinitions"] = [app, *({**app, **container} for container in containers or ())]
        registered = lab.run("ecs_task_definition", {"definition": definition})
        assert registered.code == 0, registered.output
        given = {"cluster": lab.name, "task_definition": family, "launch_type": "FARGATE", "wait_interval": 1}
        return lab.run("ecs_run_task", {**given, "network_configuration": NETWORK, **options}, check=check, diff=True)

    return run


def live_task(lab: Lab, arn: str) -> dict[str, Any]:
    (found,) = lab.client("ecs").describe_tasks(cluster=lab.name, tasks=[arn])["tasks"]
    return dict(found)


def tasks(lab: Lab, status: str = "RUNNING") -> list[str]:
    return list(lab.client("ecs").list_tasks(cluster=lab.name, desiredStatus=status)["taskArns"])


def test_a_program_that_ends_well_is_a_success_with_its_last_lines(
    lab: Lab, task: Callable[..., Ran], tmp_path: Path
) -> None:
    command = ["python", "-c", "import os; [print(n, os.environ['WHO'], flush=True) for n in range(30)]"]
    environment = [{"name": "WHO", "value": "hush"}]
    ran = task(
        SLEEP,
        overrides={"container_overrides": [{"name": "app", "command": command, "environment": environment}]},
        log_lines=3,
        started_by="tests",
        tags={"Purpose": "test", "Number": 1},
        run_dir=str(tmp_path),
    )
    assert ran.code == 0, ran.output
    assert (ran.result["changed"], ran.result["exit_code"]) == (True, 0)
    assert ran.result["logs"] == [f"app: {number} hush" for number in (27, 28, 29)]
    assert ran.result["seconds"] > 0
    assert ran.result["containers"] == [{"name": "app", "exit_code": 0, "reason": ""}]
    assert "WHO" in ran.result["diff"]["after"]
    assert "hush" not in ran.result["diff"]["after"]
    live = live_task(lab, ran.result["task_arn"])
    assert live["startedBy"] == "tests"
    assert {tag["key"]: tag["value"] for tag in live["tags"]} == {"Purpose": "test", "Number": "1"}
    (events,) = tmp_path.glob("*/progress.jsonl")
    assert "the task is" in events.read_text(encoding="utf-8")


def test_a_program_that_fails_is_told_with_code_and_last_words(task: Callable[..., Ran]) -> None:
    ran = task(program("the last words", 3))
    assert ran.code != 0
    assert (ran.result["end"], ran.result["exit_code"]) == ("failed", 3), ran.output
    assert "app: the last words" in ran.result["logs"]
    assert "exit code 3" in ran.result["diagnosis"]["stopped_tasks"][0]
    for text in ("app ended with exit code 3", "the last words", "Next:"):
        assert text in ran.result["msg"]


def test_no_log_line_is_returned_if_none_is_wanted(task: Callable[..., Ran]) -> None:
    ran = task(program("the last words", 3), log_lines=0)
    assert ran.result["end"] == "failed"
    assert "the last words" not in ran.output


def test_a_missing_image_is_the_cause(lab: Lab, task: Callable[..., Ran]) -> None:
    missing = f"{lab.image.partition('@')[0]}@sha256:{'0' * 64}"
    ran = task(SLEEP, members={"image": missing})
    assert ran.code != 0
    assert ran.result["end"] == "not_started", ran.output
    assert ran.result["diagnosis"]["cause"] == "the image cannot be pulled"
    assert "exit_code" not in ran.result


def test_an_unreadable_secret_is_the_cause(task: Callable[..., Ran]) -> None:
    arn = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:/no/such-AbCdEf:key::"
    ran = task(SLEEP, members={"secrets": [{"name": "A", "valueFrom": arn}]})
    assert ran.result["end"] == "not_started", ran.output
    assert "a secret cannot be read" in ran.result["diagnosis"]["cause"]


def test_a_task_that_takes_too_long_is_stopped_and_told(lab: Lab, task: Callable[..., Ran]) -> None:
    ran = task(SLEEP, wait_timeout=3)
    assert ran.code != 0
    assert ran.result["end"] == "timed_out", ran.output
    assert "longer than 3 s" in ran.result["msg"]
    assert "it has been stopped" in ran.result["msg"]
    assert "app: up" in ran.result["logs"]
    live = live_task(lab, ran.result["task_arn"])
    assert (live["lastStatus"], live["stoppedReason"]) == ("STOPPED", "ecs_run_task: not done within 3 s")


def test_only_essential_containers_count_or_the_one_that_is_named(task: Callable[..., Ran]) -> None:
    slow = ["python", "-c", "import time; time.sleep(4); print('done', flush=True)"]
    helper = {"name": "helper", "essential": False, "command": program("helped", 5)}
    ran = task(slow, [helper])
    assert ran.code == 0, ran.output
    assert {item["name"]: item["exit_code"] for item in ran.result["containers"]} == {"app": 0, "helper": 5}
    assert ran.result["logs"] == ["app: done", "helper: helped"]
    named = task(slow, [helper], container="helper")
    assert (named.result["end"], named.result["exit_code"]) == ("failed", 5), named.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"container": "other"}, "there is no container other"),
        ({"overrides": {"container_overrides": [{"name": "other"}]}}, "there is no container other"),
        ({"network_configuration": None}, "network of their own"),
        ({"task_definition": "no-such-family"}, "no such task definition"),
        ({"cluster": "no-such-cluster"}, "no such cluster"),
    ],
)
def test_what_cannot_run_is_refused_before_it_starts(
    lab: Lab, task: Callable[..., Ran], options: dict[str, Any], words: str
) -> None:
    before = tasks(lab)
    ran = task(SLEEP, **options)
    assert ran.code != 0
    assert words in ran.result["msg"]
    assert tasks(lab) == before


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"task_definition": "no-such-family"},
        {"task_definition": "(known after provision)"},
        {"cluster": "no-such-cluster"},
        {"cluster": "(known after provision)"},
    ],
)
def test_check_mode_starts_nothing(lab: Lab, task: Callable[..., Ran], options: dict[str, Any], tmp_path: Path) -> None:
    before = {*tasks(lab), *tasks(lab, "STOPPED")}
    ran = task(SLEEP, check=True, run_dir=str(tmp_path / "run"), **options)
    assert ran.code == 0, ran.output
    assert (ran.result["changed"], ran.result["task_arn"]) == (True, "")
    assert {*tasks(lab), *tasks(lab, "STOPPED")} == before
    assert not (tmp_path / "run").exists()


def test_a_task_whose_playbook_is_killed_is_stopped(lab: Lab, task: Callable[..., Ran], tmp_path: Path) -> None:
    task(SLEEP, check=True)  # registers the definition
    family = f"{lab.name}-a_task_whose_playbook_is_kille"
    options = {
        "cluster": lab.name,
        "task_definition": family,
        "launch_type": "FARGATE",
        "network_configuration": NETWORK,
    }
    play = [
        {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable},
            "tasks": [{"replatform.aws.ecs_run_task": options}],
        }
    ]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    before = set(tasks(lab))
    playbook = subprocess.Popen(
        [str(ROOT / ".venv" / "bin" / "ansible-playbook"), "-i", "localhost,", str(tmp_path / "play.yml")],
        cwd=ROOT,
        env=lab.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        (arn,) = _wait_for(lambda: set(tasks(lab)) - before, 60)
    finally:
        playbook.send_signal(signal.SIGKILL)
        playbook.wait()
    assert _wait_for(lambda: live_task(lab, arn)["lastStatus"] == "STOPPED", 20)
    assert live_task(lab, arn)["stoppedReason"] == "ecs_run_task: the playbook that started it has ended"


def _wait_for(look: Callable[[], Any], seconds: float) -> Any:
    until = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < until:
        time.sleep(0.5)
    return found
