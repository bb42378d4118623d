# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECS's own record of a service's deployments: which is under way, what it waits for, which succeeded before."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError, calling

# One that may still change the service.
UNDER_WAY = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
APPEARS = 30.0  # seconds within which the deployment that UpdateService started is listed
DESCRIBED = 20  # DescribeServiceRevisions takes that many


class ServiceDeploymentError(AwsError):
    """A service has no deployment of the kind that is needed."""


@dataclass(frozen=True)
class Pause:
    """A deployment that waits for ContinueServiceDeployment. expires_at: when timeout_action is taken by itself."""

    service_deployment: str
    hook_id: str
    stage: str
    expires_at: str
    timeout_action: str

    def as_dict(self) -> dict[str, str]:
        return dict(self.__dict__)

    def line(self) -> str:
        """For a person."""
        until = f"; {self.timeout_action} by itself at {self.expires_at}" if self.expires_at else ""
        return (
            f"paused at {self.stage}{until}; go on with: aws ecs continue-service-deployment --service-deployment-arn "
            f"{self.service_deployment} --hook-id {self.hook_id} --action CONTINUE"
        )


def deployments(ecs: Any, cluster: str, service: str, *statuses: str) -> list[dict[str, Any]]:
    """What ListServiceDeployments says, newest first. AWS keeps 90 days."""
    where = f"ListServiceDeployments of {service} in {cluster}"
    request: dict[str, Any] = {"cluster": cluster, "service": service}
    if statuses:
        request["status"] = list(statuses)
    found: list[dict[str, Any]] = []
    while True:  # botocore has no paginator for it
        with calling(where):
            answer = ecs.list_service_deployments(**request)
        found += answer["serviceDeployments"]
        if not answer.get("nextToken"):
            return sorted(found, key=_created, reverse=True)
        request["nextToken"] = answer["nextToken"]


def _created(deployment: Mapping[str, Any]) -> str:
    return str(deployment.get("createdAt") or "")


def newest(ecs: Any, cluster: str, service: str) -> str:
    """ARN of the newest deployment; '' if there was none."""
    found = deployments(ecs, cluster, service)
    return str(found[0]["serviceDeploymentArn"]) if found else ""


def newer_than(ecs: Any, cluster: str, service: str, known: str, sleep: Callable[[float], None] = time.sleep) -> str:
    """ARN of the deployment that came after `known`: AWS lists it shortly after the call that started it."""
    for _look in range(int(APPEARS)):
        found = newest(ecs, cluster, service)
        if found != known:
            return found
        sleep(1.0)
    raise ServiceDeploymentError(
        f"ECS lists no new deployment {APPEARS:.0f} s after it was asked for one",
        f"service {service} of cluster {cluster}",
        f"aws ecs list-service-deployments --cluster {cluster} --service {service}; then run it again.",
    )


def describe(ecs: Any, arn: str) -> dict[str, Any]:
    """One deployment whole. Raises ServiceDeploymentError where there is none."""
    with calling(f"DescribeServiceDeployments of {arn}"):
        found = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
    if not found:
        raise ServiceDeploymentError("there is no such service deployment", arn, "AWS keeps them for 90 days.")
    return dict(found[0])


def paused(deployment: Mapping[str, Any]) -> Pause | None:
    """The pause hook at which the deployment waits, if it waits."""
    for hook in deployment.get("lifecycleHookDetails") or ():
        if hook.get("targetType") == "PAUSE" and hook.get("status") == "AWAITING_ACTION":
            return Pause(
                service_deployment=str(deployment["serviceDeploymentArn"]),
                hook_id=str(hook["hookId"]),
                stage=str(deployment.get("lifecycleStage") or ""),
                expires_at=str(hook.get("expiresAt") or ""),
                timeout_action=str(hook.get("timeoutAction") or ""),
            )
    return None


def succeeded_before(ecs: Any, cluster: str, service: str, task_definition: str) -> str:
    """ARN of the newest task definition that ran here successfully, of a lower revision than `task_definition`.

    Lower by number, not by time: rolling back twice ends where rolling back once does. '' if there is none.
    """
    family, _colon, revision = task_definition.rpartition(":")
    arns = [item["targetServiceRevisionArn"] for item in deployments(ecs, cluster, service, "SUCCESSFUL")]
    unique = list(dict.fromkeys(arns))
    for start in range(0, len(unique), DESCRIBED):
        some = unique[start : start + DESCRIBED]
        with calling(f"DescribeServiceRevisions of {service}"):
            found = ecs.describe_service_revisions(serviceRevisionArns=some)["serviceRevisions"]
        ran = {item["serviceRevisionArn"]: item["taskDefinition"] for item in found}
        for arn in some:
            own_family, _colon, number = str(ran.get(arn, "")).rpartition(":")
            if own_family == family and int(number) < int(revision):
                return str(ran[arn])
    return ""
