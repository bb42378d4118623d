"""ECS's record of service deployments and revisions, in the emulator's process: made, driven to an end, described."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lab.aws import target_health, tasks
from lab.aws.rollout import DONE, Hook, Rollout, Tasks
from lab.aws.settings import ACCOUNT, REGION

TICK = 0.5  # seconds
_OF_REVISION = (
    "serviceArn", "clusterArn", "taskDefinition", "launchType", "capacityProviderStrategy", "platformVersion",
    "loadBalancers", "networkConfiguration", "serviceRegistries",
)  # fmt: skip
_STARTED = time.time() - time.monotonic()  # when the clock of the rollouts stood at 0
records: dict[str, Record] = {}
revisions: dict[str, dict[str, Any]] = {}


def now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()


@dataclass
class Record:
    """A service deployment. key: cluster/service. deployment, before: ids of the new and of the old deployment."""

    arn: str
    key: str
    deployment: str
    before: str
    target: str
    sources: tuple[str, ...]
    configuration: dict[str, Any]
    rollout: Rollout | None
    complete: Callable[[str, str, str], None]  # drains the old tasks: ministack's own
    status: str = "IN_PROGRESS"
    reason: str = ""
    created: str = field(default_factory=now)
    finished: str = ""
    turned_back: bool = False

    @property
    def done(self) -> bool:
        return self.status in DONE

    def service(self) -> dict[str, Any]:
        from ministack.services import ecs

        return ecs._services.get(self.key) or {}

    def of(self, identifier: str) -> dict[str, Any] | None:
        return next((item for item in self.service().get("deployments", ()) if item["id"] == identifier), None)


def shifts(service: dict[str, Any]) -> bool:
    return (service.get("deploymentConfiguration") or {}).get("strategy") not in (None, "ROLLING")


def current(key: str) -> Record | None:
    """The newest record of a service."""
    return next((record for record in reversed(records.values()) if record.key == key), None)


def begin(key: str, complete: Callable[[str, str, str], None]) -> None:
    """Makes the record of the service's primary deployment, unless there is one, and drives it."""
    from ministack.services import ecs

    service = ecs._services[key]
    primary = ecs._primary_deployment(service)
    last = current(key)
    if primary is None or (last and last.deployment == primary["id"]):
        return
    suffix, path = primary["id"].rpartition("/")[2], service["serviceArn"].rpartition(":service/")[2]
    target = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-revision/{path}/{suffix}"
    revisions[target] = {name: service[name] for name in _OF_REVISION if service.get(name)} | {
        "serviceRevisionArn": target, "createdAt": time.time(),
    }  # fmt: skip
    older = next(
        (item for item in service["deployments"] if item is not primary and item.get("rolloutState") == "COMPLETED"),
        None,
    )
    sources = () if last is None or older is None else (last.target,) if last.status == "SUCCESSFUL" else last.sources
    sides = service.setdefault("_sides", {})
    sides[primary["id"]] = 1 - sides.get(older["id"], 0) if older else 0
    configuration = dict(service.get("deploymentConfiguration") or {})
    rollout = Rollout(configuration, first=older is None) if shifts(service) else None
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-deployment/{path}/{secrets.token_urlsafe(16)}"
    record = Record(
        arn, key, primary["id"], older["id"] if older else "", target, sources,
        configuration, rollout, complete,
    )  # fmt: skip
    records[arn] = record
    service["currentServiceDeployment"] = arn
    service["currentServiceRevisions"] = [{"arn": item} for item in (target, *record.sources)]
    if primary.get("rolloutState") == "COMPLETED" and older is None:
        record.status, record.finished = "SUCCESSFUL", now()
        return
    threading.Thread(target=_drive, args=(record,), daemon=True, name=f"rollout-{suffix[:8]}").start()


def _drive(record: Record) -> None:
    from ministack.core.responses import request_scope

    with request_scope(ACCOUNT, REGION):
        while not record.done:
            if record.service().get("status") != "ACTIVE":
                record.status, record.reason = "STOPPED", "The service was deleted."
            elif record.rollout is None:
                _roll(record)
            else:
                _shift(record, record.rollout)
            time.sleep(TICK)
        record.finished = now()


def _roll(record: Record) -> None:
    """A rolling deployment's status, from ministack's own state."""
    from ministack.services import ecs

    mine, primary = record.of(record.deployment), ecs._primary_deployment(record.service()) or {}
    if mine is not None and mine.get("rolloutState") == "FAILED":
        record.reason = str(mine.get("rolloutStateReason") or record.reason)
        back = primary.get("id") == record.before
        settled = back and primary.get("rolloutState") == "COMPLETED"
        record.status = ("ROLLBACK_SUCCESSFUL" if settled else "ROLLBACK_IN_PROGRESS") if back else "STOPPED"
    elif mine is None or primary is not mine:
        record.status, record.reason = "STOPPED", "A newer deployment took its place."
    elif mine.get("rolloutState") == "COMPLETED":
        record.status = "SUCCESSFUL"


def _shift(record: Record, rollout: Rollout) -> None:
    from ministack.services import ecs

    mine, cluster = record.of(record.deployment), record.key.partition("/")[0]
    rollout.advance(_seen(record, mine), time.monotonic())
    record.status, record.reason = rollout.status, rollout.reason
    weigh(record, rollout)
    if rollout.stage == "CLEAN_UP" and rollout.status in ("IN_PROGRESS", "SUCCESSFUL"):
        record.complete(cluster, record.key, record.deployment)
    elif rollout.status == "ROLLBACK_IN_PROGRESS" and not record.turned_back:
        record.turned_back = True
        turn_back(record, rollout.reason)
    ecs._refresh_service_state(cluster, f"service:{record.service()['serviceName']}")


def _seen(record: Record, mine: dict[str, Any] | None) -> Tasks:
    """Tasks of the new revision that survived their start, and all of the old one's."""
    found = tasks.of_service(record.service())
    new = [task for task in found if task.get("_deployment_id") == record.deployment]
    healthy = [
        task for task in new
        if task.get("lastStatus") == "RUNNING" and task.get("_startup_stable")
        and target_health.is_healthy(record.service(), task)
    ]  # fmt: skip
    turning = record.status.startswith("ROLLBACK")
    failed = str(mine.get("rolloutStateReason")) if mine and mine.get("rolloutState") == "FAILED" else ""
    if mine is None and not turning:
        failed = "A newer deployment took its place."
    wanted = int(record.service().get("desiredCount", 0))
    return Tasks(wanted, len(new if turning else healthy), old=len(found) - len(new), failed=failed)


def turn_back(record: Record, reason: str) -> bool:
    """The deployment before becomes the primary one again; ministack then ends the new one's tasks."""
    from ministack.services import ecs

    service, mine, before = record.service(), record.of(record.deployment), record.of(record.before)
    if before is None:
        return False
    if mine is not None:
        mine.update(status="ACTIVE", rolloutState="FAILED", rolloutStateReason=reason, desiredCount=0)
    before.update(status="PRIMARY", rolloutState="COMPLETED", desiredCount=service["desiredCount"])
    service["taskDefinition"] = before["taskDefinition"]
    ecs._reconcile_service_tasks(record.key.partition("/")[0], record.key)
    return True


def side(service: dict[str, Any], deployment: str) -> int:
    """0: the deployment's tasks are in the load balancer's target group; 1: in the alternate one."""
    return int(service.get("_sides", {}).get(deployment, 0))


def weigh(record: Record, rollout: Rollout) -> None:
    """The shares of traffic, written into the listeners' rules."""
    from ministack.services import alb

    service = record.service()
    new = side(service, record.deployment)
    for balancer in service.get("loadBalancers") or ():
        advanced, groups = balancer.get("advancedConfiguration") or {}, tasks.target_groups(balancer)
        if not all(groups):
            continue
        for rule, share in (("productionListenerRule", rollout.production), ("testListenerRule", rollout.test)):
            found = alb._rules.get(advanced.get(rule, ""))
            if found is not None:
                found["Actions"] = [_forward(groups[new], groups[1 - new], share)]


def _forward(new: str, old: str, share: float) -> dict[str, Any]:
    weights = [{"TargetGroupArn": new, "Weight": round(share)}, {"TargetGroupArn": old, "Weight": round(100 - share)}]
    return {"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": weights}}


def described(record: Record) -> dict[str, Any]:
    """As DescribeServiceDeployments shows it."""
    rollout, mine = record.rollout, record.of(record.deployment) or {}
    target = {
        "arn": record.target, "requestedTaskCount": int(record.service().get("desiredCount", 0)),
        "runningTaskCount": mine.get("runningCount", 0), "pendingTaskCount": mine.get("pendingCount", 0),
    }  # fmt: skip
    shown = {
        "serviceDeploymentArn": record.arn, "serviceArn": record.service().get("serviceArn"),
        "clusterArn": record.service().get("clusterArn"), "createdAt": record.created, "startedAt": record.created,
        "targetServiceRevision": target, "sourceServiceRevisions": [{"arn": arn} for arn in record.sources],
        "status": record.status, "deploymentConfiguration": record.configuration,
    }  # fmt: skip
    if record.reason:
        shown["statusReason"] = record.reason
    if record.finished:
        shown["finishedAt"] = record.finished
    if record.status.startswith("ROLLBACK"):
        shown["rollback"] = {"reason": record.reason, "serviceRevisionArn": (record.sources or ("",))[0]}
    if rollout is not None:
        shown["lifecycleStage"] = rollout.stage
        target |= {
            "requestedTestTrafficWeight": rollout.test, "requestedProductionTrafficWeight": rollout.production,
        }  # fmt: skip
        shown["lifecycleHookDetails"] = [_hook(hook) for hook in rollout.hooks]
    return shown


def _hook(hook: Hook) -> dict[str, Any]:
    return {
        "hookId": hook.hook_id, "targetType": "PAUSE", "status": hook.status, "timeoutAction": hook.timeout_action,
        "expiresAt": dt.datetime.fromtimestamp(_STARTED + hook.expires, dt.UTC).isoformat(),
    }  # fmt: skip
