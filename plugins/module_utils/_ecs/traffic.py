# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Follows a deployment that shifts traffic (BLUE_GREEN, LINEAR, CANARY) through its stages, pauses and end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.waiters import Pending
from ansible_collections.replatform.aws.plugins.module_utils._ecs.deployment import End, Follower, Judgement
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service_deployments import describe, paused

_ENDS = {
    "ROLLBACK_REQUESTED": (End.ROLLED_BACK, "the rollback begins"),
    "ROLLBACK_IN_PROGRESS": (End.ROLLED_BACK, "the rollback is under way"),
    "ROLLBACK_SUCCESSFUL": (End.ROLLED_BACK, ""),
    "ROLLBACK_FAILED": (End.FAILED, "and so did its rollback"),
    "STOP_REQUESTED": (End.STOPPED, "somebody asked for it"),
    "STOPPED": (End.STOPPED, ""),
}


def shifts_traffic(configuration: Mapping[str, Any] | None) -> bool:
    """Whether deployments with this deploymentConfiguration go through stages. Rolling is AWS's default."""
    return (configuration or {}).get("strategy") not in (None, "ROLLING")


def judge_shift(deployment: Mapping[str, Any]) -> Judgement:
    """What DescribeServiceDeployments says about a deployment. Pure."""
    status = str(deployment.get("status"))
    if status == "SUCCESSFUL":
        return Judgement()
    if status in _ENDS:
        end, note = _ENDS[status]
        why = [deployment.get("statusReason"), (deployment.get("rollback") or {}).get("reason"), note]
        return Judgement(end, detail="; ".join(dict.fromkeys(str(part) for part in why if part)))
    waiting = paused(deployment)
    return Judgement(pending=waiting.line() if waiting else _stage(deployment))


def _stage(deployment: Mapping[str, Any]) -> str:
    """Where it is: the stage, the new revision's tasks, and the share of traffic that they get."""
    target = deployment.get("targetServiceRevision") or {}
    tasks = f"{target.get('runningTaskCount', 0)} of {target.get('requestedTaskCount', 0)} new tasks run"
    shares = [
        f"{target[key]:g} % of {name} traffic"
        for key, name in (("requestedTestTrafficWeight", "test"), ("requestedProductionTrafficWeight", "production"))
        if target.get(key)
    ]
    return ", ".join([str(deployment.get("lifecycleStage") or deployment.get("status")), tasks, *shares])


@dataclass
class ShiftFollower(Follower):
    """As Follower, by ECS's record of the deployment. on_pause `return`: ends at a pause, told in `pause`."""

    arn: str = ""
    on_pause: str = "wait"

    @property
    def where(self) -> str:
        return f"service {self.name} of cluster {self.cluster}, {self.arn}"

    def _judgement(self) -> Judgement:
        deployment = describe(self.clients.get("ecs"), self.arn)
        judgement = judge_shift(deployment)
        self.pause = paused(deployment) if judgement.pending else None
        return Judgement() if self.pause and self.on_pause == "return" else judgement

    def _unsettled(self) -> Pending | None:
        """SUCCESSFUL comes after health checks, alarms and bake time: nothing is left to look at."""
        return None
