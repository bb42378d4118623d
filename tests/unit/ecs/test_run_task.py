"""One task to its end: what counts as a success, what is asked of RunTask, and what the lab cannot do to a task."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import CallError
from ansible_collections.replatform.aws.plugins.module_utils._ecs import run_task
from ansible_collections.replatform.aws.plugins.module_utils._ecs.abandoned import Listener
from ansible_collections.replatform.aws.plugins.module_utils._ecs.diagnose import Clients
from ansible_collections.replatform.aws.plugins.module_utils._ecs.run_task import Order, counted_containers, run, shown
from ansible_collections.replatform.aws.plugins.module_utils._ecs.run_task_options import ARGUMENTS, order
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service import Waiting
from ansible_collections.replatform.aws.plugins.module_utils._ecs.task_follower import End, Follower, TaskError, judge

ARN = "arn:aws:ecs:eu-west-1:123456789012:task/c/0a"
LOG = {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-stream-prefix": "p"}}
DEFINITION: dict[str, Any] = {
    "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/migrate:3",
    "containerDefinitions": [{"name": "app", "logConfiguration": LOG}, {"name": "proxy", "essential": True}],
}


def task(
    status: str = "STOPPED", code: str = "EssentialContainerExited", why: str = "", **exits: int | None
) -> dict[str, Any]:
    containers = [{"name": name, "exitCode": exit_code} for name, exit_code in (exits or {"app": None}).items()]
    return {"taskArn": ARN, "lastStatus": status, "stopCode": code, "stoppedReason": why, "containers": containers}


@pytest.mark.parametrize(
    ("seen", "end", "exit_code", "pending"),
    [
        (task("PROVISIONING", ""), None, None, "the task is PROVISIONING"),
        (task("DEPROVISIONING", app=3), None, None, "the task is DEPROVISIONING"),
        (task(app=0, proxy=0), None, 0, ""),
        (task(code="", app=0, proxy=0), None, 0, ""),
        (task(app=3, proxy=0), End.FAILED, 3, ""),
        (task(app=0, proxy=143), End.FAILED, 143, ""),
        (task(app=0, proxy=0, helper=9), None, 0, ""),
        (task(app=0, proxy=None), End.NOT_STARTED, None, ""),
        (task(code="TaskFailedToStart", why="CannotPull", app=None, proxy=None), End.NOT_STARTED, None, ""),
        (task(code="TaskFailedToStart", app=0, proxy=0), End.NOT_STARTED, None, ""),
        (task(code="TaskFailedToStart", app=1, proxy=None), End.FAILED, 1, ""),
        (task(code="UserInitiated", app=0, proxy=0), End.STOPPED, None, ""),
        (task(code="SpotInterruption", app=143, proxy=143), End.STOPPED, None, ""),
    ],
)
def test_only_code_0_by_its_own_will_is_a_success(
    seen: dict[str, Any], end: End | None, exit_code: int | None, pending: str
) -> None:
    judgement = judge(seen, ["app", "proxy"])
    assert (judgement.end, judgement.exit_code, judgement.pending) == (end, exit_code, pending)
    assert bool(judgement.detail) is bool(end)


@pytest.mark.parametrize(("container", "counted"), [("", ["app", "proxy"]), ("app", ["app"]), ("side", ["side"])])
def test_which_containers_count(container: str, counted: list[str]) -> None:
    side = {"name": "side", "essential": False}
    definition = {"containerDefinitions": [*DEFINITION["containerDefinitions"], side]}
    assert counted_containers(definition, container) == counted


def _order(**options: Any) -> Order:
    """Through Ansible's own reading of the arguments, as in the module."""
    given = {"cluster": "c", "task_definition": "migrate", **options}
    found = ArgumentSpecValidator(ARGUMENTS).validate(given)
    assert not found.error_messages
    return order(found.validated_parameters)


@pytest.mark.parametrize(
    ("options", "request_members"),
    [
        ({}, {}),
        (
            {"launch_type": "FARGATE", "platform_version": "1.4.0"},
            {"launchType": "FARGATE", "platformVersion": "1.4.0"},
        ),
        (
            {"capacity_provider_strategy": [{"capacity_provider": "FARGATE_SPOT", "weight": "1"}]},
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]},
        ),
        (
            {"network_configuration": {"subnets": ["s-1"]}},
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s-1"], "assignPublicIp": "DISABLED"}}},
        ),
        (
            {"overrides": {"cpu": 512, "memory": 1024, "ephemeral_storage": {"size_in_gib": 30}, "task_role_arn": "r"}},
            {"overrides": {"cpu": "512", "memory": "1024", "ephemeralStorage": {"sizeInGiB": 30}, "taskRoleArn": "r"}},
        ),
        (
            {"overrides": {"container_overrides": [{"name": "app", "environment": [{"name": "N", "value": 1}]}]}},
            {"overrides": {"containerOverrides": [{"name": "app", "environment": [{"name": "N", "value": "1"}]}]}},
        ),
        ({"group": "g", "started_by": "me"}, {"group": "g", "startedBy": "me"}),
        (
            {"enable_execute_command": False, "propagate_tags": "NONE"},
            {"enableExecuteCommand": False, "propagateTags": "NONE"},
        ),
        ({"tags": {"b": 2, "a": "1"}}, {"tags": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]}),
    ],
)
def test_what_run_task_is_asked_for(options: dict[str, Any], request_members: dict[str, Any]) -> None:
    request = dict(_order(**options).request)
    assert request.pop("clientToken")
    assert request == request_members


def test_a_run_has_a_token_of_its_own_unless_one_is_given() -> None:
    assert _order().request["clientToken"] != _order().request["clientToken"]
    assert _order(client_token="release-7").request["clientToken"] == "release-7"


def test_a_value_of_an_overridden_environment_is_not_shown() -> None:
    variables = [{"name": "PASSWORD", "value": "hush"}]
    wanted = _order(overrides={"container_overrides": [{"name": "app", "environment": variables}]})
    text = json.dumps(shown(wanted))
    assert "PASSWORD" in text
    assert "hush" not in text
    assert "clientToken" not in text
    assert wanted.request["overrides"]["containerOverrides"][0]["environment"] == variables  # what is sent is whole


def _answering(*answers: tuple[int, dict[str, Any]]) -> tuple[Any, list[dict[str, Any]]]:
    """An ECS client whose requests are answered from the list, and the bodies that it sent."""
    client = boto3.client(
        "ecs", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x",
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
    )  # fmt: skip
    sent: list[dict[str, Any]] = []
    left = iter(answers)

    def answer(request: Any, **_more: Any) -> AWSResponse:
        sent.append(json.loads(request.body))
        status, body = next(left)
        raw = SimpleNamespace(stream=lambda *_: iter([json.dumps(body).encode()]))
        return AWSResponse(request.url, status, {}, raw)

    client.meta.events.register("before-send.ecs", answer)
    return client, sent


def _clients(ecs: Any, logs: Any = None) -> Clients:
    return Clients(Connection(), {"ecs": ecs, "logs": logs})


FOUND = [(200, {"clusters": [{"status": "ACTIVE"}]}), (200, {"taskDefinition": DEFINITION})]


@pytest.mark.parametrize(
    ("failures", "words"),
    [
        ([{"arn": "a", "reason": "RESOURCE:MEMORY"}], ("RESOURCE:MEMORY", "no capacity for this size")),
        ([{"reason": "Capacity is unavailable at this time", "detail": "b"}], ("at this time b", "no capacity")),
        ([{"reason": "AGENT"}], ("AGENT", "ECS names none", "describe-clusters")),
        ([], ("ECS gives no reason",)),
    ],
)
def test_an_answer_without_a_task_is_a_failure(failures: list[dict[str, str]], words: tuple[str, ...]) -> None:
    ecs, _sent = _answering(*FOUND, (200, {"tasks": [], "failures": failures}))
    with pytest.raises(TaskError) as failed:
        run(_clients(ecs), Order("c", "migrate"), Waiting(), check_mode=False)
    assert failed.value.end is End.NOT_STARTED
    for text in words:
        assert text in str(failed.value)


def test_a_try_whose_answer_was_lost_cannot_start_a_second_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    ended = (200, {"tasks": [task(app=0, proxy=0)]})
    ecs, sent = _answering(*FOUND, (500, {}), (500, {}), (200, {"tasks": [task("PENDING", "")]}), ended)
    assert run(_clients(ecs), _order(log_lines=0), Waiting(), check_mode=False).task is not None
    tokens = [body["clientToken"] for body in sent if "clientToken" in body]
    assert len(tokens) == 3
    assert len(set(tokens)) == 1


def test_an_inactive_revision_is_refused() -> None:
    ecs, sent = _answering(FOUND[0], (200, {"taskDefinition": {**DEFINITION, "status": "INACTIVE"}}))
    with pytest.raises(run_task.AwsError, match="inactive"):
        run(_clients(ecs), Order("c", "migrate:3"), Waiting(), check_mode=False)
    assert len(sent) == 2


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


class Ecs:
    """DescribeTasks answers from a list, the last entry for ever; exceptions are raised. stop: what StopTask raises."""

    def __init__(self, *seen: Any, stop: Exception | None = None) -> None:
        self.seen = list(seen)
        self.stop = stop
        self.stopped: list[str] = []

    def describe_tasks(self, **_arguments: Any) -> dict[str, Any]:
        found = self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]
        if isinstance(found, Exception):
            raise found
        return {"tasks": [found] if found else []}

    def stop_task(self, **arguments: Any) -> None:
        if self.stop:
            raise self.stop
        self.stopped.append(arguments["reason"])
        self.seen = [task(code="UserInitiated", app=143, proxy=143)]


class Logs:
    """Has nothing, then one line, then both."""

    def __init__(self, *reads: Any) -> None:
        self.reads = list(reads)

    def get_log_events(self, **_arguments: Any) -> dict[str, Any]:
        found = self.reads.pop(0) if len(self.reads) > 1 else self.reads[0]
        if isinstance(found, Exception):
            raise found
        return {"events": [{"message": line + "\n"} for line in found]}


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "X")


RUNNING = task("RUNNING", "")
UNREACHABLE = EndpointConnectionError(endpoint_url="https://x")


def _follower(ecs: Ecs, logs: Logs | None = None, listener: Any = None) -> Follower:
    clock = Clock()
    listener = listener or SimpleNamespace(reason="")
    return Follower(
        _clients(ecs, logs or Logs([])), "c", DEFINITION, ["app"], dict(RUNNING), listener, 20, clock, clock.sleep
    )


@pytest.mark.parametrize(
    "seen",
    [(None, None, RUNNING, task(app=0)), (RUNNING, UNREACHABLE, UNREACHABLE, task(app=0))],
    ids=["not listed yet", "no answer for a while"],
)
def test_a_task_is_followed_through(seen: tuple[Any, ...]) -> None:
    assert _follower(Ecs(*seen)).follow(600, 5) == 15.0


def test_a_task_that_ecs_never_lists_is_no_success() -> None:
    with pytest.raises(TaskError, match="does not know it") as failed:
        _follower(Ecs(None)).follow(600, 5)
    assert failed.value.end is End.STOPPED


def test_who_may_not_look_is_told_that_the_task_was_started() -> None:
    with pytest.raises(CallError, match="the task was started") as failed:
        _follower(Ecs(error("AccessDeniedException"))).follow(600, 5)
    assert failed.value.code == "AccessDeniedException"


def test_a_task_that_is_not_done_in_time_is_stopped() -> None:
    ecs = Ecs(RUNNING)
    with pytest.raises(TaskError, match="it has been stopped") as failed:
        _follower(ecs).follow(20, 5)
    assert failed.value.end is End.TIMED_OUT
    assert ecs.stopped == ["ecs_run_task: not done within 20 s"]


def test_a_task_that_cannot_be_stopped_is_told_with_the_command() -> None:
    with pytest.raises(TaskError, match="IT MAY STILL RUN.*aws ecs stop-task --cluster c --task arn"):
        _follower(Ecs(RUNNING, stop=error("AccessDeniedException"))).follow(20, 5)


def test_a_task_that_does_not_stop_is_told() -> None:
    ecs = Ecs(RUNNING)
    ecs.stop_task = lambda **_arguments: None  # type: ignore[method-assign]
    with pytest.raises(TaskError, match="told to stop, but it is not seen to have stopped"):
        _follower(ecs).follow(20, 5)


def test_a_task_that_nobody_waits_for_is_stopped() -> None:
    def reasons() -> Iterator[str]:
        yield from ("", "", "the playbook has ended")

    ecs, left = Ecs(RUNNING), reasons()

    class Alone:
        reason = property(lambda _self: next(left))

    follower = _follower(ecs, listener=Alone())
    with pytest.raises(TaskError) as failed:
        follower.follow(600, 30)
    assert follower.clock() == 2.0  # not only at the next look
    assert failed.value.end is End.ABANDONED
    assert ecs.stopped == ["ecs_run_task: the playbook has ended"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_is_noted_and_nothing_more(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with Listener() as listener:
        assert listener.reason == ""
        os.kill(os.getpid(), number)
        assert listener.reason == f"it was told to end by {number.name}"
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (task(code="SpotInterruption", why="Spot", app=143), "Spot capacity"),
        (task(code="UserInitiated", why="Task stopped by user", app=143), "somebody, or something else"),
        (task(code="ServiceSchedulerInitiated", why="Task failed container health checks", app=137), "health check"),
        (task(why="Essential container in task exited", app=1), "app ended with exit code 1"),
        (task(code="TaskFailedToStart", why="odd", app=None), "aws ecs describe-tasks --cluster c --tasks"),
        (task(proxy=143, app=2), "app ended with exit code 2"),
    ],
)
def test_the_cause_of_an_end(seen: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskError) as failed:
        _follower(Ecs(seen)).follow(600, 5)
    cause = failed.value.diagnosis.cause
    assert words in f"{cause.sentence} {cause.command}"


@pytest.mark.parametrize(
    ("reads", "lines", "seconds"),
    [
        ((["a"],), ["app: a"], 2.0),
        (([], ["a"], ["a", "b"]), ["app: a", "app: b"], 6.0),
        ((error("ResourceNotFoundException"), ["a"]), ["app: a"], 4.0),
        (([],), [], 8.0),
        ((error("ResourceNotFoundException"),), [], 8.0),
        ((error("AccessDeniedException"),), ["app: no log (AccessDeniedException: no)"], 2.0),
    ],
    ids=["there at once", "late", "late stream", "silent program", "no stream", "may not be read"],
)
def test_the_last_lines_are_waited_for(reads: tuple[Any, ...], lines: list[str], seconds: float) -> None:
    follower = _follower(Ecs(task(app=0)), Logs(*reads))
    follower.follow(600, 5)
    assert follower.logs() == lines
    assert follower.clock() == seconds


def test_a_container_that_never_ran_has_no_log_to_wait_for() -> None:
    follower = _follower(Ecs(task(code="TaskFailedToStart", app=None)), Logs(error("ResourceNotFoundException")))
    with pytest.raises(TaskError):
        follower.follow(600, 5)
    assert follower.clock() == 0.0
