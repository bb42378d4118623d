# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Follows one task to its end, one DescribeTasks per look. Only exit code 0 by the program's own will is a success."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import (
    AwsError,
    CallError,
    DeadlineError,
    calling,
)
from ansible_collections.replatform.aws.plugins.module_utils._aws.waiters import (
    Pending,
    Progress,
    Waited,
    silent,
    wait_for,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.abandoned import Listener
from ansible_collections.replatform.aws.plugins.module_utils._ecs.diagnose import (
    UNKNOWN,
    Cause,
    Clients,
    Diagnosis,
    StoppedTask,
    container_log,
    likely_cause,
    stopped_task,
)

LISTED = 60.0  # seconds until DescribeTasks has to know a task that RunTask answered with
STOPPING = 60.0  # seconds to wait for a task that was told to stop; a container has 30 to end unless it says more
LOGS = 8.0  # seconds until the last lines have to be in CloudWatch: the driver sends what it has every 5
LOGS_AGAIN = 2.0  # seconds between two looks at the log
BY_ITSELF = ("", "EssentialContainerExited", "TaskFailedToStart")


class End(StrEnum):
    """How a task ended badly."""

    FAILED = "failed"
    NOT_STARTED = "not_started"
    STOPPED = "stopped"
    TIMED_OUT = "timed_out"
    ABANDONED = "abandoned"


_IN_WORDS = {
    End.FAILED: "the task failed",
    End.NOT_STARTED: "the task could not start",
    End.STOPPED: "the task was stopped before its end",
    End.TIMED_OUT: "the task did not end in time",
    End.ABANDONED: "the task was not followed to its end",
}
_LOST = Cause("the run was ended from outside", "run it again when it may be followed to its end")
_SPOT = Cause("AWS took its Spot capacity back", "run it again; with the provider FARGATE it does not happen")
_OUTSIDE = Cause(
    "somebody, or something else, stopped it",
    "aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=StopTask",
)


class TaskError(AwsError):
    """A task did not end well. exit_code None: no container that counts has one."""

    def __init__(self, end: End, where: str, diagnosis: Diagnosis, detail: str, exit_code: int | None = None) -> None:
        self.end = end
        self.diagnosis = diagnosis
        self.exit_code = exit_code
        super().__init__(f"{_IN_WORDS[end]}: {detail}\n{diagnosis.text()}\n", where, diagnosis.cause.command)

    def facts(self) -> dict[str, Any]:
        found: dict[str, Any] = {"end": self.end.value, "diagnosis": self.diagnosis.as_dict()}
        found["logs"] = list(self.diagnosis.logs)
        for task in self.diagnosis.tasks:
            found |= {"task_arn": task.arn, "containers": containers_of(task)}
        if self.exit_code is not None:
            found["exit_code"] = self.exit_code
        return {**super().facts(), **found}


def containers_of(task: StoppedTask) -> list[dict[str, Any]]:
    """The containers as a module returns them."""
    return [{"name": item.name, "exit_code": item.exit_code, "reason": item.reason} for item in task.containers]


@dataclass(frozen=True)
class Judgement:
    """end None and pending '': success."""

    end: End | None = None
    pending: str = ""
    detail: str = ""
    exit_code: int | None = None


def judge(task: Mapping[str, Any], counted: Sequence[str]) -> Judgement:
    """What DescribeTasks says about a task, of which these containers count. Pure."""
    if task.get("lastStatus") != "STOPPED":
        return Judgement(pending=f"the task is {task.get('lastStatus')}")
    codes = {item["name"]: item.get("exitCode") for item in task.get("containers") or ()}
    stop_code = str(task.get("stopCode") or "")
    why = str(task.get("stoppedReason") or stop_code or "ECS gives no reason")
    if stop_code not in BY_ITSELF:  # a code of 0 then only says that the program ended politely when it was told to
        return Judgement(End.STOPPED, detail=f"{stop_code}, {why}")
    for name in counted:
        if codes.get(name):
            return Judgement(End.FAILED, detail=f"{name} ended with exit code {codes[name]}", exit_code=codes[name])
    if stop_code == "TaskFailedToStart":
        return Judgement(End.NOT_STARTED, detail=why)
    never = [name for name in counted if codes.get(name) is None]
    if never:
        return Judgement(End.NOT_STARTED, detail=f"{', '.join(never)} never ran ({why})")
    return Judgement(exit_code=0)


def cause_of(task: StoppedTask, command: str) -> Cause:
    """A likely cause; `command` shows more where none is known."""
    cause = likely_cause([task])
    if task.stop_code not in BY_ITSELF:  # its exit codes are the stop's, and no cause
        cause = likely_cause([], events=[task.text])
        outside = _SPOT if task.stop_code == "SpotInterruption" else _OUTSIDE
        return outside if cause == UNKNOWN else cause
    return Cause(cause.sentence, command) if cause == UNKNOWN else cause


@dataclass
class Follower:
    """Watches one task. counted: the containers whose exit codes are the task's. log_lines: of each container."""

    clients: Clients
    cluster: str
    definition: Mapping[str, Any]
    counted: Sequence[str]
    task: dict[str, Any]
    listener: Listener
    log_lines: int = 20
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def arn(self) -> str:
        return str(self.task["taskArn"])

    @property
    def where(self) -> str:
        definition = self.definition["taskDefinitionArn"].rpartition("/")[2]
        return f"task {self.arn.rpartition('/')[2]} of {definition} in cluster {self.cluster}"

    def follow(self, timeout: float, interval: float, progress: Progress = silent) -> float:
        """Seconds until it ended well. Raises TaskError for every other end; then nothing of it runs any more."""
        try:
            return self._wait(self._ended, timeout, interval, progress).seconds
        except DeadlineError as error:
            outcome = self._stop(f"not done within {timeout:.0f} s", interval)
            cause = Cause(
                f"the program needs more than {timeout:.0f} s, or waits for something that does not come",
                "read the log lines; raise wait_timeout if it only needs more time, then run it again",
            )
            raise self._failure(End.TIMED_OUT, f"{error.what}; {outcome}", cause=cause) from error

    def _wait(
        self, check: Callable[[], bool | Pending], timeout: float, interval: float, progress: Progress = silent
    ) -> Waited[bool]:
        return wait_for(
            check,
            what=f"the task {self.arn.rpartition('/')[2]}",
            where=self.where,
            timeout=timeout,
            interval=interval,
            progress=progress,
            clock=self.clock,
            sleep=self._sleep,
        )

    def _ended(self) -> bool | Pending:
        if unknown := self._look():
            return unknown
        judgement = judge(self.task, self.counted)
        if judgement.end:
            raise self._failure(judgement.end, judgement.detail, judgement.exit_code)
        return Pending(judgement.pending) if judgement.pending else True

    def _stopped(self) -> bool | Pending:
        if unknown := self._look():
            return unknown
        return self.task["lastStatus"] == "STOPPED" or Pending(f"the task is {self.task['lastStatus']}")

    def _look(self) -> Pending | None:
        """Brings self.task up to date, or says why that was not possible yet."""
        try:
            with calling(f"DescribeTasks of {self.arn}"):
                answer = self.clients.get("ecs").describe_tasks(cluster=self.cluster, tasks=[self.arn])
        except CallError as error:
            if not error.code:  # no answer at all: the task runs on, and the network may come back in time
                return Pending(f"no answer ({error.what})")
            what = f"{error.what}; the task was started, and it is not known how it ends"
            raise CallError(what, self.where, error.next_step, error.code) from error
        if answer["tasks"]:
            self.task = dict(answer["tasks"][0])
            return None
        if self.clock() - self.started < LISTED:
            return Pending("the task is not listed yet")
        raise self._failure(End.STOPPED, "ECS does not know it any more")

    def _sleep(self, seconds: float) -> None:
        """In short pieces, so that a task nobody waits for any more is stopped at once."""
        until = self.clock() + seconds
        while (left := until - self.clock()) > 0:
            if why := self.listener.reason:
                raise self._failure(End.ABANDONED, f"{why}; {self._tell(why)}", cause=_LOST)
            self.sleep(min(left, 1.0))

    def _tell(self, why: str) -> str:
        """Tells ECS to stop the task; what came of that, in words."""
        try:
            with calling(f"StopTask of {self.arn}"):
                self.clients.get("ecs").stop_task(cluster=self.cluster, task=self.arn, reason=f"ecs_run_task: {why}")
        except CallError as error:
            command = f"aws ecs stop-task --cluster {self.cluster} --task {self.arn}"
            return f"IT MAY STILL RUN, as it could not be stopped ({error.what}): {command}"
        return "it was told to stop"

    def _stop(self, why: str, interval: float) -> str:
        """As _tell, and waits until it has stopped."""
        told = self._tell(why)
        if told.startswith("IT MAY"):
            return told
        try:
            self._wait(self._stopped, STOPPING, interval)
        except (DeadlineError, CallError) as error:
            return f"{told}, but it is not seen to have stopped ({error.what})"
        return "it has been stopped"

    def _failure(self, end: End, detail: str, exit_code: int | None = None, cause: Cause | None = None) -> TaskError:
        task = self.result()
        cause = cause or cause_of(task, f"aws ecs describe-tasks --cluster {self.cluster} --tasks {self.arn}")
        logs = () if end is End.ABANDONED else tuple(self.logs())  # nobody is left to read them
        return TaskError(end, self.where, Diagnosis(cause, (task,), logs), detail, exit_code)

    def result(self) -> StoppedTask:
        """The task as last seen, the containers that count before the others."""
        task = stopped_task(self.task)
        return replace(task, containers=tuple(sorted(task.containers, key=lambda item: item.name not in self.counted)))

    def logs(self) -> list[str]:
        """The last lines of each container that ran. They come some seconds late: read until nothing is added."""
        containers = [item for item in self.definition["containerDefinitions"] if self._has_log(item)]
        if not self.log_lines or not containers:
            return []
        until = self.clock() + LOGS
        lines, before = self._read(containers), None
        while (lines != before or not lines) and self.clock() < until:
            self.sleep(LOGS_AGAIN)
            lines, before = self._read(containers), lines
        return lines

    def _has_log(self, container: Mapping[str, Any]) -> bool:
        """Whether it logs to CloudWatch, and has run."""
        options = (container.get("logConfiguration") or {}).get("options") or {}
        codes = {item.name: item.exit_code for item in stopped_task(self.task).containers}
        ran = self.task.get("lastStatus") != "STOPPED" or codes.get(container["name"]) is not None
        return ran and bool(options.get("awslogs-stream-prefix"))

    def _read(self, containers: Sequence[Mapping[str, Any]]) -> list[str]:
        """What cannot be read is said in a line, never raised: how the task ended comes first."""
        lines: list[str] = []
        for container in containers:
            try:
                lines += container_log(self.clients.get("logs"), container, self.arn, self.log_lines) or []
            except CallError as error:
                if error.code != "ResourceNotFoundException":  # a stream begins with its first line
                    lines.append(f"{container['name']}: no log ({error.what})")
        return lines
