# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One task from its start to its end: its exit code is the result, its last log lines are shown."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import (
    AwsError,
    CallError,
    DeadlineError,
    calling,
)
from ansible_collections.replatform.aws.plugins.module_utils._aws.waiters import Pending, wait_for
from ansible_collections.replatform.aws.plugins.module_utils._ecs.diagnose import (
    Cause,
    Clients,
    Diagnosis,
    StoppedTask,
    last_log_lines,
    likely_cause,
    stopped_task,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service import Waiting
from ansible_collections.replatform.aws.plugins.module_utils._ecs.task_definition import describe

LOGS_ARRIVE = 6  # looks, a second apart: the awslogs driver sends the last lines after the container has ended


class TaskError(AwsError):
    """A task did not start, or did not end well."""

    def __init__(self, what: str, where: str, diagnosis: Diagnosis, arn: str = "") -> None:
        self.diagnosis = diagnosis
        self.arn = arn
        super().__init__(f"{what}\n{diagnosis.text()}\n", where, diagnosis.cause.command)

    def facts(self) -> dict[str, Any]:
        codes = {item.name: item.exit_code for task in self.diagnosis.tasks for item in task.containers}
        return {
            **super().facts(),
            "task": self.arn,
            "exit_codes": codes,
            "logs": list(self.diagnosis.logs),
            "diagnosis": self.diagnosis.as_dict(),
        }


@dataclass(frozen=True)
class Job:
    """request: RunTask's own members, without the count. containers: whose exit codes count; () takes the essential."""

    cluster: str
    request: Mapping[str, Any]
    containers: tuple[str, ...] = ()
    token: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def where(self) -> str:
        return f"{self.request['taskDefinition']} in cluster {self.cluster}"


@dataclass(frozen=True)
class Ended:
    """exit_codes: container -> code. logs: the last lines of all containers that log to CloudWatch."""

    arn: str
    exit_codes: dict[str, int | None]
    logs: tuple[str, ...]
    seconds: float


def check(clients: Clients, job: Job, *, tolerant: bool) -> dict[str, Any]:
    """The task definition. tolerant: {} where it would be registered before, as in check mode."""
    found = describe(clients.get("ecs"), str(job.request["taskDefinition"]))
    if found is None and not tolerant:
        raise AwsError("there is no such task definition", job.where, "register it with ecs_task_definition.")
    strangers = set(job.containers) - {item["name"] for item in (found or {}).get("containerDefinitions", ())}
    if found and strangers:
        raise AwsError(
            f"the task definition has no container {', '.join(sorted(strangers))}", job.where, "correct the option."
        )
    return found or {}


def run(clients: Clients, job: Job, definition: Mapping[str, Any], waiting: Waiting) -> Ended:
    """Starts the task and follows it. Raises TaskError for every end but that all counted containers exit with 0."""
    arn = _start(clients.get("ecs"), job)
    if not waiting.wait:
        return Ended(arn, {}, (), 0.0)
    task, seconds = _follow(clients, job, arn, waiting)
    stopped = stopped_task(task)
    codes = {item.name: item.exit_code for item in stopped.containers}
    logs = _logs(clients, stopped)
    counted = job.containers or tuple(
        item["name"] for item in definition["containerDefinitions"] if item.get("essential", True)
    )
    bad = [f"{name} {_in_words(codes.get(name))}" for name in counted if codes.get(name) != 0]
    if bad:
        cause = likely_cause([stopped])
        raise TaskError(f"the task failed: {', '.join(bad)}", job.where, Diagnosis(cause, (stopped,), tuple(logs)), arn)
    return Ended(arn, codes, tuple(logs), seconds)


def _in_words(code: int | None) -> str:
    return "never ran" if code is None else f"ended with exit code {code}"


def _start(ecs: Any, job: Job) -> str:
    """The same token for every retry of the call: a lost answer starts no second task."""
    with calling(f"RunTask of {job.where}"):
        answer = ecs.run_task(cluster=job.cluster, count=1, clientToken=job.token, **job.request)
    if answer.get("tasks"):
        return str(answer["tasks"][0]["taskArn"])
    failures = [f"{item.get('reason')} {item.get('detail') or ''}".strip() for item in answer.get("failures") or ()]
    told = StoppedTask("", "", "TaskFailedToStart", "; ".join(failures), ())
    raise TaskError(f"the task was not started: {told.reason}", job.where, Diagnosis(likely_cause([told])))


def _follow(clients: Clients, job: Job, arn: str, waiting: Waiting) -> tuple[dict[str, Any], float]:
    ecs = clients.get("ecs")

    def look() -> dict[str, Any] | Pending:
        with calling(f"DescribeTasks of {arn}"):
            found = ecs.describe_tasks(cluster=job.cluster, tasks=[arn])["tasks"]
        if not found:
            raise AwsError("ECS does not know the task any more", arn, "look for its log, and run it again if need be.")
        return (
            dict(found[0]) if found[0]["lastStatus"] == "STOPPED" else Pending(f"the task is {found[0]['lastStatus']}")
        )

    try:
        waited = wait_for(
            look,
            what=f"the task {job.request['taskDefinition']}",
            where=job.where,
            timeout=waiting.timeout,
            interval=waiting.interval,
            progress=waiting.progress,
        )
    except DeadlineError as error:
        raise _stopped_late(clients, job, arn, error) from error
    return waited.value, waited.seconds


def _stopped_late(clients: Clients, job: Job, arn: str, error: DeadlineError) -> AwsError:
    """Ends the task: nobody waits for it any more, and its next run must not meet it."""
    try:
        with calling(f"StopTask of {arn}"):
            task = clients.get("ecs").stop_task(cluster=job.cluster, task=arn, reason="replatform: time-out")["task"]
    except CallError as problem:
        return AwsError(f"{error.what}; it could not be stopped: {problem.what}", job.where, f"stop it by hand: {arn}.")
    logs = _logs(clients, stopped_task(task))
    step = "raise wait_timeout if it needs longer; its log says how far it came"
    told = Diagnosis(Cause("it took longer than it was given", step), (), tuple(logs))
    return TaskError(f"{error.what}; it was stopped", job.where, told, arn)


def _logs(clients: Clients, task: StoppedTask, sleep: Callable[[float], None] = time.sleep) -> Sequence[str]:
    """The last lines. Those of a container that has just ended may need some seconds to arrive."""
    lines: list[str] = []
    for look in range(LOGS_ARRIVE):
        try:
            found = last_log_lines(clients, task)
        except CallError as error:
            return [f"not readable: {error.what}"]
        if found and found == lines:
            break
        lines = found
        if look + 1 < LOGS_ARRIVE:
            sleep(1.0)
    return lines
