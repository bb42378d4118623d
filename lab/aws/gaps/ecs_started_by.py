"""ECS: a task of a service says which deployment started it."""

from __future__ import annotations

from typing import Any

from lab.aws.gaps import gap


@gap(
    service="ecs",
    lacks="`startedBy` of a service's task is the service's name",
    restores="it is the deployment's id, as on AWS: whoever follows a deployment finds its tasks by that",
    how="put into the request that starts the task",
)
def ecs_started_by_deployment() -> None:
    """Name the deployment in the tasks that it starts."""
    from ministack.services import ecs

    run_task = ecs._run_task

    def as_deployment(data: dict[str, Any]) -> Any:
        if data.get("_deploymentId") and str(data.get("group", "")).startswith("service:"):
            data = {**data, "startedBy": data["_deploymentId"]}
        return run_task(data)

    ecs._run_task = as_deployment
