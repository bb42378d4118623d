"""ECS: a container's health check is run, and a task that fails it is stopped."""

from __future__ import annotations

import contextvars
import threading
import time
from typing import Any

from lab.aws import engine, tasks
from lab.aws.gaps import gap

_UNHEALTHY = "Task failed container health checks"


def _command(check: dict[str, Any]) -> list[str]:
    """The check's command as the engine takes it."""
    kind, *words = check["command"]
    return ["sh", "-c", " ".join(words)] if kind == "CMD-SHELL" else list(words)


def _passes(container_id: str, command: list[str], seconds: float) -> bool:
    """Run the command in the container; one that takes longer than its time-out has failed."""
    import docker

    started = time.monotonic()
    try:
        code = engine.client().containers.get(container_id).exec_run(command).exit_code
    except docker.errors.APIError:
        return False
    return code == 0 and time.monotonic() - started <= seconds


def _set_health(task: dict[str, Any], index: int, status: str) -> None:
    task["containers"][index]["healthStatus"] = status
    states = {each.get("healthStatus") for each in task["containers"]} - {"UNKNOWN"} or {"UNKNOWN"}
    task["healthStatus"] = "UNHEALTHY" if "UNHEALTHY" in states else states.pop()


def _watch(task: dict[str, Any], index: int, container_id: str, check: dict[str, Any]) -> None:
    from ministack.services import ecs

    grace = time.monotonic() + float(check.get("startPeriod") or 0)
    interval, allowed = float(check.get("interval") or 30), int(check.get("retries") or 3)
    command, failures = _command(check), 0
    while ecs._task_is_active(task["taskArn"], task):
        if _passes(container_id, command, float(check.get("timeout") or 5)):
            failures = 0
            _set_health(task, index, "HEALTHY")
        elif time.monotonic() > grace and ecs._task_is_active(task["taskArn"], task):
            failures += 1
        if failures >= allowed:
            _set_health(task, index, "UNHEALTHY")
            tasks.end_unhealthy(task, _UNHEALTHY)
            return
        time.sleep(interval)


@gap(
    service="ecs",
    lacks="a container definition's healthCheck is ignored: healthStatus stays UNKNOWN",
    restores="HEALTHY or UNHEALTHY for container and task; an unhealthy task is stopped, the circuit breaker counts it "
    "and the service starts another",
    how="the command runs in the container at its interval, from the emulator's process",
)
def ecs_health_check() -> None:
    """Run health checks."""
    from ministack.services import ecs

    attach = ecs._attach_started_container

    def attached(task: dict[str, Any], container: Any, index: int, *rest: Any) -> Any:
        outcome = attach(task, container, index, *rest)
        definition = ecs._task_defs.get(task["taskDefinitionArn"].rsplit("/", 1)[-1]) or {}
        definitions = definition.get("containerDefinitions") or []
        check = definitions[index].get("healthCheck") if index < len(definitions) else None
        if outcome and check:
            run = contextvars.copy_context().run
            threading.Thread(target=run, args=(_watch, task, index, container.id, check), daemon=True).start()
        return outcome

    ecs._attach_started_container = attached
