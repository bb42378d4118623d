"""ECS: a container that the kernel killed for its memory says so."""

from __future__ import annotations

from typing import Any

from lab.aws import engine
from lab.aws.gaps import gap

_REASON = "OutOfMemoryError: Container killed due to memory usage"


def _killed(container_id: str) -> bool:
    import docker

    try:
        state = engine.client().containers.get(container_id).attrs["State"]
    except docker.errors.APIError:
        return False
    return bool(state.get("OOMKilled"))


@gap(
    service="ecs",
    lacks="a container that was killed for its memory has exit code 137 and no reason",
    restores="its reason is OutOfMemoryError, as on AWS",
    how="asked of the engine when the task stops",
)
def ecs_out_of_memory() -> None:
    """Give the reason."""
    from ministack.services import ecs

    mark = ecs._mark_task_stopped

    def marked(arn: str, task: dict[str, Any], reason: str, stop_code: str, exit_code: int | None = None) -> Any:
        for container, container_id in zip(task.get("containers", []), task.get("_docker_ids") or [], strict=False):
            if container.get("exitCode", exit_code) == 137 and _killed(container_id):
                container["reason"] = _REASON
        return mark(arn, task, reason, stop_code, exit_code=exit_code)

    ecs._mark_task_stopped = marked
