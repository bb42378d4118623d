# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Acts on a deployment that exists: follows it, lets it go on from a pause, or takes the service back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.diff import ansible_diff
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import calling
from ansible_collections.replatform.aws.plugins.module_utils._aws.waiters import Pending, wait_for
from ansible_collections.replatform.aws.plugins.module_utils._ecs.diagnose import Clients
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service import Waiting, Wanted, find, present
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service_deployments import (
    UNDER_WAY,
    Pause,
    ServiceDeploymentError,
    describe,
    newest,
    paused,
    succeeded_before,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.task_definition import describe as describe_definition
from ansible_collections.replatform.aws.plugins.module_utils._ecs.traffic import ShiftFollower, judge_shift


@dataclass(frozen=True)
class Target:
    """arn: a service deployment, '' for the newest. back_to: a task definition, '' for the last good one."""

    cluster: str
    service: str
    arn: str = ""
    back_to: str = ""

    @property
    def where(self) -> str:
        return f"service {self.service} of cluster {self.cluster}"


@dataclass(frozen=True)
class Acted:
    """arn: the service deployment that was acted on or started. task_definition: what the service runs, if known."""

    changed: bool
    arn: str
    status: str = ""
    seconds: float = 0.0
    task_definition: str = ""
    pause: Pause | None = None
    diff: dict[str, str] = field(default_factory=dict)


def _deployment(ecs: Any, target: Target) -> dict[str, Any]:
    arn = target.arn or newest(ecs, target.cluster, target.service)
    if not arn:
        raise ServiceDeploymentError(
            "the service has no deployment", target.where, "create or update it with ecs_service."
        )
    return describe(ecs, arn)


def follow(clients: Clients, target: Target, waiting: Waiting) -> Acted:
    """To its end, or to a pause. Raises DeploymentError for every end but SUCCESSFUL."""
    deployment = _deployment(clients.get("ecs"), target)
    return _followed(clients, target, str(deployment["serviceDeploymentArn"]), waiting, changed=False)


def _followed(
    clients: Clients, target: Target, arn: str, waiting: Waiting, *, changed: bool, diff: dict[str, str] | None = None
) -> Acted:
    follower = ShiftFollower(
        clients, target.cluster, target.service, "", started=True, arn=arn, on_pause=waiting.on_pause
    )
    seconds = follower.follow(waiting.timeout, waiting.interval, waiting.progress) if waiting.wait else 0.0
    status = str(describe(clients.get("ecs"), arn).get("status"))
    return Acted(changed, arn, status, seconds, pause=follower.pause, diff=diff or {})


def go_on(clients: Clients, target: Target, waiting: Waiting, *, check_mode: bool) -> Acted:
    """Lets a paused deployment continue, and follows it. One that waits for nobody is followed only."""
    ecs = clients.get("ecs")
    deployment = _deployment(ecs, target)
    arn, pause = str(deployment["serviceDeploymentArn"]), paused(deployment)
    diff = ansible_diff({"pause": pause.stage}, {"pause": "(continued)"}, target.where) if pause else {}
    if check_mode:
        return Acted(pause is not None, arn, str(deployment.get("status")), pause=pause, diff=diff)
    if pause:
        _answer(ecs, pause, "CONTINUE")
    return _followed(clients, target, arn, waiting, changed=pause is not None, diff=diff)


def _answer(ecs: Any, pause: Pause, action: str) -> None:
    with calling(f"ContinueServiceDeployment of {pause.service_deployment} at {pause.stage}"):
        ecs.continue_service_deployment(
            serviceDeploymentArn=pause.service_deployment, hookId=pause.hook_id, action=action
        )


def roll_back(clients: Clients, target: Target, waiting: Waiting, *, check_mode: bool) -> Acted:
    """The service runs its last good task definition afterwards.

    A deployment under way is turned back by ECS itself. After one that has ended, the last good definition is deployed.
    """
    ecs = clients.get("ecs")
    arn = target.arn or newest(ecs, target.cluster, target.service)
    if arn and not target.back_to:
        deployment = describe(ecs, arn)
        if deployment.get("status") in UNDER_WAY:
            return _turn_back(clients, target, deployment, waiting, check_mode=check_mode)
    return _redeploy(clients, target, waiting, check_mode=check_mode)


def _turn_back(
    clients: Clients, target: Target, deployment: dict[str, Any], waiting: Waiting, *, check_mode: bool
) -> Acted:
    ecs, arn, status = clients.get("ecs"), str(deployment["serviceDeploymentArn"]), str(deployment["status"])
    pause, asked = paused(deployment), status in ("PENDING", "IN_PROGRESS")
    diff = ansible_diff({"status": status}, {"status": "ROLLBACK_SUCCESSFUL"}, target.where)
    if check_mode:
        return Acted(asked, arn, status, pause=pause, diff=diff)
    if pause:
        _answer(ecs, pause, "ROLLBACK")
    elif asked:
        with calling(f"StopServiceDeployment of {arn}"):
            ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    seconds = 0.0
    if waiting.wait:
        seconds = wait_for(
            _turned_back(ecs, arn, target),
            what=f"the rollback of {target.service}",
            where=target.where,
            timeout=waiting.timeout,
            interval=waiting.interval,
            progress=waiting.progress,
        ).seconds
    return Acted(asked, arn, str(describe(ecs, arn).get("status")), seconds, diff=diff)


def _turned_back(ecs: Any, arn: str, target: Target) -> Any:
    def check() -> bool | Pending:
        deployment = describe(ecs, arn)
        status = str(deployment.get("status"))
        if status == "ROLLBACK_SUCCESSFUL":
            return True
        if status in UNDER_WAY:
            return Pending(f"{status}, {judge_shift(deployment).detail or 'the last good revision takes over'}")
        raise ServiceDeploymentError(
            f"the rollback ended {status}: {deployment.get('statusReason') or 'ECS says no more'}",
            target.where,
            "look at what the service runs (aws ecs describe-services), then deploy a good revision with ecs_service.",
        )

    return check


def _redeploy(clients: Clients, target: Target, waiting: Waiting, *, check_mode: bool) -> Acted:
    ecs = clients.get("ecs")
    live = find(ecs, target.cluster, target.service)
    if live is None:
        raise ServiceDeploymentError("there is no such service", target.where, "there is nothing to take back.")
    good = target.back_to or _last_good(ecs, target, str(live["taskDefinition"]))
    wanted = Wanted(target.cluster, target.service, {"taskDefinition": good})
    done = present(clients, wanted, waiting, check_mode=check_mode)
    arn = newest(ecs, target.cluster, target.service)
    status = str(describe(ecs, arn)["status"]) if arn else ""
    return Acted(done.changed, arn, status, done.seconds, good, done.pause, done.diff)


def _last_good(ecs: Any, target: Target, running: str) -> str:
    """The newest that succeeded before the newest registered revision: the same answer, however often it is asked."""
    family = running.rpartition(":")[0]
    registered = describe_definition(ecs, family.rpartition("/")[2]) or {"taskDefinitionArn": running}
    good = succeeded_before(ecs, target.cluster, target.service, str(registered["taskDefinitionArn"]))
    if not good:
        raise ServiceDeploymentError(
            "no earlier revision ran here successfully in the last 90 days (AWS keeps no older record)",
            target.where,
            f"name one: task_definition: {family.rpartition('/')[2]}:<revision>.",
        )
    return good
