# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Follows one deployment of an ECS service to its end. Only COMPLETED with all tasks up and healthy is a success."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError, DeadlineError, calling
from ansible_collections.replatform.aws.plugins.module_utils._aws.waiters import Pending, Progress, silent, wait_for
from ansible_collections.replatform.aws.plugins.module_utils._ecs.diagnose import (
    Clients,
    Diagnosis,
    StoppedTask,
    diagnose,
    likely_cause,
    stopped_tasks,
    target_health,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service_deployments import Pause

CRASHES = 3  # tasks that ended by themselves, where no circuit breaker counts them
CERTAIN = 2  # tasks that ended for a reason that waiting cannot change
STEADY = 15.0  # seconds that tasks have to stay up where no rollout says COMPLETED for this very change
GONE = re.compile(r"roll(ing|ed)? ?back|circuit breaker", re.IGNORECASE)


class End(StrEnum):
    """How a deployment ended badly."""

    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    REPLACED = "replaced"
    STOPPED = "stopped"
    TIMED_OUT = "timed_out"


_IN_WORDS = {
    End.FAILED: "the deployment failed",
    End.ROLLED_BACK: "the deployment was rolled back",
    End.REPLACED: "the deployment was replaced by another one",
    End.STOPPED: "the deployment stopped with its service",
    End.TIMED_OUT: "the deployment did not finish in time",
}


class DeploymentError(AwsError):
    """A deployment did not succeed."""

    def __init__(self, end: End, where: str, diagnosis: Diagnosis, detail: str = "") -> None:
        self.end = end
        self.diagnosis = diagnosis
        why = f": {detail}" if detail else ""
        super().__init__(f"{_IN_WORDS[end]}{why}\n{diagnosis.text()}\n", where, diagnosis.cause.command)

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "end": self.end.value, "diagnosis": self.diagnosis.as_dict()}


@dataclass(frozen=True)
class Judgement:
    """end None and pending '': success."""

    end: End | None = None
    pending: str = ""
    detail: str = ""


def judge(service: Mapping[str, Any], deployment_id: str) -> Judgement:
    """What DescribeServices says about one deployment. Pure."""
    if service.get("status") != "ACTIVE":
        return Judgement(End.STOPPED, detail=f"the service is {service.get('status')}")
    deployments = service.get("deployments") or ()
    mine = next((item for item in deployments if item["id"] == deployment_id), None)
    primary: Mapping[str, Any] = next((item for item in deployments if item.get("status") == "PRIMARY"), {})
    reason = str((mine or {}).get("rolloutStateReason") or "")
    if mine is None or mine.get("status") != "PRIMARY":
        why = f"{reason} {primary.get('rolloutStateReason') or ''}".strip()
        failed = (mine or {}).get("rolloutState") == "FAILED" or bool(GONE.search(why))
        return Judgement(End.ROLLED_BACK if failed else End.REPLACED, detail=why)
    if mine.get("rolloutState") == "FAILED":
        return Judgement(End.FAILED, detail=reason)
    wanted, running = int(service.get("desiredCount", 0)), int(mine.get("runningCount", 0))
    if not wanted and not service.get("runningCount"):
        return Judgement()  # nothing shall run and nothing runs, whatever the rollout is called
    if mine.get("rolloutState", "COMPLETED") == "COMPLETED" and running == wanted:
        return Judgement()
    failed_tasks = int(mine.get("failedTasks") or 0)
    state = f"{running} of {wanted} tasks run" + (f", {failed_tasks} failed" if failed_tasks else "")
    return Judgement(pending=state if running < wanted else f"{state}, older tasks are draining")


@dataclass
class Follower:
    """Watches one deployment. started: it is a rollout of its own (else only the count was changed)."""

    clients: Clients
    cluster: str
    name: str
    deployment_id: str
    started: bool
    known: frozenset[str] = frozenset()
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    service: dict[str, Any] = field(default_factory=dict)
    stopped: list[StoppedTask] = field(default_factory=list)
    steady_since: float | None = None
    ended: int = 0
    pause: Pause | None = None  # at which the follower stopped, where traffic shifts

    @property
    def where(self) -> str:
        return f"service {self.name} of cluster {self.cluster}, deployment {self.deployment_id}"

    def follow(self, timeout: float, interval: float, progress: Progress = silent) -> float:
        """Seconds until success. Raises DeploymentError for every other end."""
        try:
            waited = wait_for(
                self._check,
                what=f"the deployment of {self.name}",
                where=self.where,
                timeout=timeout,
                interval=interval,
                progress=progress,
                clock=self.clock,
                sleep=self.sleep,
            )
        except DeadlineError as error:
            self._look_for_stopped()
            raise self._failure(End.TIMED_OUT, error.what) from error
        return waited.seconds

    def _check(self) -> bool | Pending:
        with calling(f"DescribeServices of {self.name}"):
            found = self.clients.get("ecs").describe_services(cluster=self.cluster, services=[self.name])["services"]
        if not found:
            raise self._failure(End.STOPPED, "the service is gone")
        self.service = found[0]
        judgement = self._judgement()
        if judgement.end:
            self._look_for_stopped()
            raise self._failure(judgement.end, judgement.detail)
        if judgement.pending or not self.started:
            self._stop_if_hopeless()
        if judgement.pending:
            self.steady_since = None
            return Pending(judgement.pending)
        return self._unsettled() or True

    def _judgement(self) -> Judgement:
        return judge(self.service, self.deployment_id)

    def _unsettled(self) -> Pending | None:
        return self._healthy() or self._steady()

    def _healthy(self) -> Pending | None:
        """ECS waits for healthy targets itself; this catches what it does not count."""
        wanted = int(self.service.get("desiredCount", 0))
        if not wanted or not self.service.get("loadBalancers"):
            return None
        lines = target_health(self.clients.get("elbv2"), self.service)
        healthy = sum(": healthy" in line for line in lines)
        if healthy >= wanted:
            return None
        self._stop_if_hopeless()
        return Pending(f"all tasks run, {healthy} of {wanted} targets are healthy")

    def _steady(self) -> Pending | None:
        if self.started or not self.service.get("desiredCount"):
            return None
        now = self.clock()
        if self.steady_since is None or len(self.stopped) != self.ended:  # a crash may be over before anybody looks
            self.steady_since, self.ended = now, len(self.stopped)
        if now - self.steady_since >= STEADY:
            return None
        return Pending(f"all tasks run; they have to stay up for {STEADY:.0f} s")

    def _look_for_stopped(self) -> None:
        self.stopped = stopped_tasks(self.clients.get("ecs"), self.cluster, self.name, self.deployment_id, self.known)

    def _stop_if_hopeless(self) -> None:
        """Ends the wait when failure is certain, instead of waiting for the circuit breaker's last try."""
        self._look_for_stopped()
        count = len(self.stopped)
        if count >= CERTAIN and likely_cause(self.stopped).certain:
            raise self._failure(End.FAILED, f"{count} tasks could not start, and trying again cannot help")
        breaker = (self.service.get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker") or {}
        if count >= CRASHES and not (self.started and breaker.get("enable")):
            raise self._failure(End.FAILED, f"{count} tasks ended by themselves; nothing would stop that")

    def _failure(self, end: End, detail: str) -> DeploymentError:
        return DeploymentError(end, self.where, diagnose(self.clients, self.service, self.stopped), detail)
