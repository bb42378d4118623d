"""ELB and ECS: targets are asked whether they are healthy, and a task whose target is not is replaced."""

from __future__ import annotations

import threading
from typing import Any

from lab.aws import target_health
from lab.aws.gaps import _hooks, gap


@gap(
    service="elasticloadbalancing",
    lacks="every target is healthy, whatever answers there; ECS asks nobody",
    restores="targets are asked by the target group's health check (at a tenth of its interval); DescribeTargetHealth "
    "says state and reason; to ECS a task is healthy only with its targets and its own health checks, and one whose "
    "target is unhealthy is ended",
    how="a thread in the emulator's process asks the containers",
)
def elb_target_health() -> None:
    """Ask the targets."""
    from ministack.services import ecs

    complete, survived = ecs._complete_service_deployment, ecs._record_service_task_healthy

    def when_healthy(cluster: str, key: str, expected_deployment_id: str | None = None) -> None:
        service = ecs._services.get(key) or {}
        primary = ecs._primary_deployment(service) if service.get("loadBalancers") else None
        if primary is None or target_health.all_healthy(service, primary["id"]):
            complete(cluster, key, expected_deployment_id)

    def if_healthy(key: str, task: dict[str, Any]) -> None:
        if target_health.is_healthy(ecs._services.get(key) or {}, task):
            survived(key, task)

    ecs._complete_service_deployment, ecs._record_service_task_healthy = when_healthy, if_healthy

    @_hooks.after("elasticloadbalancing", "DescribeTargetHealth")
    def with_verdicts(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
        text = answer[2].decode() if isinstance(answer[2], bytes) else str(answer[2])
        group = str(call.params.get("TargetGroupArn", ""))
        return answer[0], answer[1], target_health.described(text, group).encode()

    target_health.asking.set()
    threading.Thread(target=target_health.watch, daemon=True, name="target-health").start()
