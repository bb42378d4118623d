"""Tasks of ECS services, in the emulator's process: found, and ended for their health."""

from __future__ import annotations

from typing import Any

from lab.aws import engine


def of_service(service: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of a service that have not stopped."""
    from ministack.services import ecs

    return [
        task for task in list(ecs._tasks.values())
        if task.get("group") == f"service:{service['serviceName']}" and task.get("clusterArn") == service["clusterArn"]
        and task.get("lastStatus") in ecs._PRE_STOP_STATUSES
    ]  # fmt: skip


def target_groups(balancer: dict[str, Any]) -> tuple[str, str]:
    """The target group and the alternate one of a service's load balancer; '' for one that is not named."""
    advanced = balancer.get("advancedConfiguration") or {}
    return str(balancer.get("targetGroupArn") or ""), str(advanced.get("alternateTargetGroupArn") or "")


def end_unhealthy(task: dict[str, Any], reason: str) -> None:
    """As ECS's scheduler ends it: the circuit breaker counts it, and the service starts another."""
    from ministack.services import ecs

    if ecs._mark_task_stopped(task["taskArn"], task, reason, "ServiceSchedulerInitiated", exit_code=137):
        ecs._record_service_task_failure(task)
        ecs._cleanup_task_resources(task, engine.client())
