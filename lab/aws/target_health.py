"""Targets of load balancers are asked whether they are healthy, in the emulator's process, and ECS acts on it."""

from __future__ import annotations

import contextvars
import http.client
import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from lab.aws import tasks
from lab.aws.settings import ACCOUNT, REGION

# Seconds between two checks are a tenth of what the target group says, so that a rehearsal need not wait as AWS does.
PACE = 10.0
_TICK = 0.25
_INITIAL = ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")


@dataclass
class Watched:
    """One target. in_a_row: checks with the same outcome; verdict: (state, reason, description)."""

    due: float = 0.0
    passing: bool = False
    in_a_row: int = 0
    verdict: tuple[str, str, str] = _INITIAL
    busy: bool = False

    def note(self, problem: tuple[str, str] | None, healthy_after: int, unhealthy_after: int) -> None:
        """Counts one check. The first that passes is enough for a new target, as on AWS."""
        passing = problem is None
        self.in_a_row = self.in_a_row + 1 if passing is self.passing else 1
        self.passing = passing
        if problem is None and (self.in_a_row >= healthy_after or self.verdict is _INITIAL):
            self.verdict = ("healthy", "", "")
        elif problem is not None and self.in_a_row >= unhealthy_after:
            self.verdict = ("unhealthy", *problem)


asking = threading.Event()  # the gap is filled
watched: dict[tuple[str, str, int], Watched] = {}


def _matches(code: int, matcher: str) -> bool:
    for part in matcher.split(","):
        low, _dash, high = part.strip().partition("-")
        if int(low) <= code <= int(high or low):
            return True
    return False


def ask(group: dict[str, Any], host: str, port: int) -> tuple[str, str] | None:
    """AWS's reason code and description of a check that fails; None of one that passes."""
    chosen = group["HealthCheckPort"]
    connection = http.client.HTTPConnection(
        host, port if chosen == "traffic-port" else int(chosen), timeout=group["HealthCheckTimeoutSeconds"]
    )
    try:
        connection.request("GET", group["HealthCheckPath"], headers={"User-Agent": "ELB-HealthChecker/2.0"})
        code = connection.getresponse().status
    except TimeoutError:
        return "Target.Timeout", "Request timed out"
    except (OSError, http.client.HTTPException):
        return "Target.FailedHealthChecks", "Health checks failed"
    finally:
        connection.close()
    if _matches(code, group["Matcher"]["HttpCode"]):
        return None
    return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{code}]"


def _check(key: tuple[str, str, int], group: dict[str, Any]) -> None:
    found = watched.get(key)
    if found is None:
        return
    found.note(ask(group, key[1], key[2]), group["HealthyThresholdCount"], group["UnhealthyThresholdCount"])
    found.due = time.monotonic() + group["HealthCheckIntervalSeconds"] / PACE
    found.busy = False


def _look(pool: ThreadPoolExecutor) -> None:
    """Checks what is due, forgets what is no target any more, and tells ECS."""
    from ministack.services import alb

    known = set()
    for arn, targets in list(alb._targets.items()):
        group = alb._tgs.get(arn)
        if group is None or group["TargetType"] != "ip" or group["Protocol"] != "HTTP":
            continue
        for target in targets:
            key = (group["TargetGroupArn"], str(target["Id"]), int(target.get("Port") or group["Port"]))
            known.add(key)
            found = watched.setdefault(key, Watched())
            if not found.busy and time.monotonic() >= found.due:
                found.busy = True
                pool.submit(contextvars.copy_context().run, _check, key, group)
    for key in set(watched) - known:
        watched.pop(key, None)
    _tell_ecs()


def _of_task(service: dict[str, Any], task: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The verdicts about a task's targets."""
    from ministack.services import ecs

    address, found = ecs._task_ip(task), []
    for balancer in service.get("loadBalancers") or ():
        groups = tasks.target_groups(balancer)
        mine = [each.verdict for key, each in list(watched.items()) if key[0] in groups and key[1] == address]
        found += mine or [_INITIAL]
    return found


def is_healthy(service: dict[str, Any], task: dict[str, Any]) -> bool:
    """Whether its own health checks and all its targets say so; true while nobody asks them."""
    if not asking.is_set():
        return True
    targets = all(state == "healthy" for state, _reason, _text in _of_task(service, task))
    return targets and (task.get("healthStatus") == "HEALTHY" or not _checks_itself(task))


def _checks_itself(task: dict[str, Any]) -> bool:
    from ministack.services import ecs

    definition = ecs._task_defs.get(task["taskDefinitionArn"].rpartition("/")[2]) or {}
    return any(container.get("healthCheck") for container in definition.get("containerDefinitions") or ())


def all_healthy(service: dict[str, Any], deployment: str) -> bool:
    """Whether every running task of a deployment is healthy for the load balancer."""
    running = (task for task in tasks.of_service(service) if task["lastStatus"] == "RUNNING")
    return all(is_healthy(service, task) for task in running if task.get("_deployment_id") == deployment)


def _tell_ecs() -> None:
    """Ends the tasks of unhealthy targets after the grace period, and lets deployments end that waited for health."""
    from ministack.services import ecs

    for key, service in list(ecs._services.items()):
        if service.get("status") != "ACTIVE":
            continue
        for task in tasks.of_service(service):
            if task["lastStatus"] == "RUNNING":
                since = task.setdefault("_watched_since", time.monotonic())
                _end_if_unhealthy(service, task)
                if not task.get("_startup_stable") and time.monotonic() - since > ecs._ECS_DEPLOYMENT_STEADY_DELAY:
                    ecs._record_service_task_healthy(key, task)
        ecs._complete_service_deployment(key.partition("/")[0], key)


def _end_if_unhealthy(service: dict[str, Any], task: dict[str, Any]) -> None:
    from ministack.services import ecs

    grace = float(service.get("healthCheckGracePeriodSeconds") or 0) / PACE
    why = next((text for state, _reason, text in _of_task(service, task) if state == "unhealthy"), "")
    if not why or time.monotonic() - task["_watched_since"] < grace:
        return
    balancer = service["loadBalancers"][0]
    where = f"(target-group {balancer.get('targetGroupArn')})"
    port = f"(service {service['serviceName']}) (port {balancer.get('containerPort')})"
    event = {
        "id": str(uuid.uuid4()),
        "createdAt": ecs._iso(),
        "message": f"{port} is unhealthy in {where} due to (reason {why})",
    }
    service["events"].insert(0, event)
    reason = f"Task failed ELB health checks in {where}"
    tasks.end_unhealthy(task, reason)


def watch() -> None:
    """For ever; the calling thread is its own."""
    from ministack.core.responses import request_scope

    with request_scope(ACCOUNT, REGION), ThreadPoolExecutor(8, "target-health") as pool:
        while True:
            _look(pool)
            time.sleep(_TICK)


def described(text: str, group: str) -> str:
    """DescribeTargetHealth's answer, with what was found in place of ministack's `healthy`."""
    for (arn, host, port), found in list(watched.items()):
        if arn != group:
            continue
        state, reason, description = found.verdict
        target = f"<Target><Id>{host}</Id><Port>{port}</Port></Target>"
        more = f"<Reason>{reason}</Reason><Description>{description}</Description>" if reason else ""
        text = re.sub(
            re.escape(target) + r"<HealthStatus>healthy</HealthStatus><TargetHealth>.*?</TargetHealth>",
            f"{target}<TargetHealth><State>{state}</State>{more}</TargetHealth>",
            text,
        )
    return text
