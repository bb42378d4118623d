# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An ECS service converges: what is given is compared whole with the live service; what is not given is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.diff import SortKey, ansible_diff, as_text, canonical
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError, CallError, calling, error_code
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import STAND_IN
from ansible_collections.replatform.aws.plugins.module_utils._aws.waiters import Pending, Progress, silent, wait_for
from ansible_collections.replatform.aws.plugins.module_utils._ecs.deployment import Follower
from ansible_collections.replatform.aws.plugins.module_utils._ecs.diagnose import Clients, stopped_tasks
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service_deployments import Pause, newer_than, newest
from ansible_collections.replatform.aws.plugins.module_utils._ecs.task_definition import describe
from ansible_collections.replatform.aws.plugins.module_utils._ecs.traffic import ShiftFollower, shifts_traffic

# What UpdateService takes, beside the count and forceNewDeployment.
CONVERGING = (
    "taskDefinition",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "deploymentController",
    "availabilityZoneRebalancing",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "platformVersion",
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "loadBalancers",
    "propagateTags",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "monitoring",
    "gatewayConnectors",
)
# What only CreateService takes.
FIXED = ("launchType", "schedulingStrategy")
# Members that DescribeServices shows on the deployment only.
_ON_DEPLOYMENT = ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")
# Members that only DescribeServiceRevisions shows.
_ON_REVISION = ("monitoring", "gatewayConnectors")
_UNORDERED: dict[str, SortKey] = {
    "networkConfiguration.awsvpcConfiguration.subnets": as_text,
    "networkConfiguration.awsvpcConfiguration.securityGroups": as_text,
    "loadBalancers": as_text,
    "serviceRegistries": as_text,
    "capacityProviderStrategy": as_text,
    "placementConstraints": as_text,
    "volumeConfigurations": as_text,
    "deploymentConfiguration.alarms.alarmNames": as_text,
}


class ServiceError(AwsError):
    """The service cannot become what was asked for."""


@dataclass(frozen=True)
class Wanted:
    """members: API member -> value, of what was given only. count None: leave it alone (a new service gets 0)."""

    cluster: str
    name: str
    members: Mapping[str, Any] = field(default_factory=dict)
    count: int | None = None
    force: bool = False
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True


@dataclass(frozen=True)
class Waiting:
    """timeout and interval in seconds. on_pause: whether to `wait` at a pause hook for somebody, or to `return`."""

    wait: bool = True
    timeout: float = 900
    interval: float = 5
    progress: Progress = silent
    on_pause: str = "wait"


@dataclass(frozen=True)
class Followed:
    """How long a deployment was followed, and the pause at which that ended, if it did."""

    seconds: float = 0.0
    pause: Pause | None = None


@dataclass(frozen=True)
class Converged:
    """deployment: the id that was followed or started; '' if none was. seconds: how long it was followed."""

    changed: bool
    service: dict[str, Any]
    deployment: str
    seconds: float
    changes: list[str]
    diff: dict[str, str]
    pause: Pause | None = None


def find(ecs: Any, cluster: str, name: str) -> dict[str, Any] | None:
    """The service, or None if there is none that is active."""
    with calling(f"DescribeServices of {name} in {cluster}"):
        found = ecs.describe_services(cluster=cluster, services=[name], include=["TAGS"])["services"]
    return next((item for item in found if item.get("status") == "ACTIVE"), None)


def present(clients: Clients, wanted: Wanted, waiting: Waiting, *, check_mode: bool) -> Converged:
    """Creates or updates the service with one call, and follows what that starts."""
    ecs = clients.get("ecs")
    members = _with_arn(ecs, wanted, check_mode=check_mode)
    wanted = Wanted(**{**wanted.__dict__, "members": members})
    live = _find(ecs, wanted, check_mode=check_mode)
    if live is None:
        return _create(clients, wanted, waiting, check_mode=check_mode)
    _refuse_fixed(wanted, live)
    return _update(clients, wanted, _with_revision(ecs, wanted, live), waiting, check_mode=check_mode)


def _with_revision(ecs: Any, wanted: Wanted, live: dict[str, Any]) -> dict[str, Any]:
    """The service with what only its revision shows, where that is asked for."""
    arns = [item["arn"] for item in live.get("currentServiceRevisions") or ()]
    if not arns or not any(name in wanted.members for name in _ON_REVISION):
        return live
    with calling(f"DescribeServiceRevisions of {wanted.name}"):
        found = ecs.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"]
    newest_revision: dict[str, Any] = max(found, key=lambda item: str(item.get("createdAt")), default={})
    return {**live, **{name: newest_revision[name] for name in _ON_REVISION if name in newest_revision}}


def _find(ecs: Any, wanted: Wanted, *, check_mode: bool) -> dict[str, Any] | None:
    """As find; in check mode the cluster may be one that would be created before."""
    try:
        return find(ecs, wanted.cluster, wanted.name)
    except CallError as error:
        if check_mode and error_code(error) == "ClusterNotFoundException":
            return None
        raise


def _with_arn(ecs: Any, wanted: Wanted, *, check_mode: bool) -> dict[str, Any]:
    """A family or family:revision becomes the ARN that the live service will show."""
    members = dict(wanted.members)
    reference = members.get("taskDefinition")
    if reference and not reference.startswith("arn:") and reference != STAND_IN:
        found = describe(ecs, reference)
        if found is None and not check_mode:
            raise ServiceError("there is no such task definition", reference, "register it with ecs_task_definition.")
        members["taskDefinition"] = found["taskDefinitionArn"] if found else STAND_IN
    return members


def _refuse_fixed(wanted: Wanted, live: Mapping[str, Any]) -> None:
    # A service with a strategy has no launch type of its own.
    for name in FIXED:
        if wanted.members.get(name) not in (None, live.get(name)) and live.get(name):
            raise ServiceError(
                f"{name} is {live[name]} and cannot be changed to {wanted.members[name]}",
                f"service {wanted.name} of cluster {wanted.cluster}",
                "give the service another name, or delete it with state: absent and create it again.",
            )


def _create(clients: Clients, wanted: Wanted, waiting: Waiting, *, check_mode: bool) -> Converged:
    shown = {**wanted.members, "desiredCount": wanted.count or 0, "tags": dict(wanted.tags or {})}
    diff = ansible_diff({}, canonical(shown, _UNORDERED), f"service {wanted.name}")
    if "taskDefinition" not in wanted.members:
        raise ServiceError("a new service needs a task definition", wanted.name, "give the option task_definition.")
    if check_mode:
        return Converged(True, {}, "", 0.0, sorted(shown), diff)
    request = {
        **wanted.members,
        "cluster": wanted.cluster,
        "serviceName": wanted.name,
        "desiredCount": wanted.count or 0,
    }
    if wanted.tags:
        request["tags"] = [{"key": key, "value": str(value)} for key, value in sorted(wanted.tags.items())]
    with calling(f"CreateService {wanted.name} in {wanted.cluster}"):
        made = clients.get("ecs").create_service(**request)["service"]
    # A deployment that is born COMPLETED (as with zero tasks) is no rollout: then the tasks have to prove themselves.
    started = _primary(made).get("rolloutState") == "IN_PROGRESS"
    shifts = started and waiting.wait and shifts_traffic(made.get("deploymentConfiguration"))
    arn = newer_than(clients.get("ecs"), wanted.cluster, wanted.name, "") if shifts else ""
    followed = _follow(clients, wanted, made, waiting, started=started, arn=arn)
    return _result(clients, wanted, made, followed, sorted(shown), diff)


def _update(clients: Clients, wanted: Wanted, live: dict[str, Any], waiting: Waiting, *, check_mode: bool) -> Converged:
    ecs = clients.get("ecs")
    request, before, after = differences(wanted, live)
    tags_before, tags_after = _tags(wanted, live)
    if tags_before != tags_after:
        before["tags"], after["tags"] = tags_before, tags_after
    diff = ansible_diff(before, after, f"service {wanted.name}")
    names = sorted(after)
    if check_mode or not names:
        followed = Followed() if names or check_mode else _resume(clients, wanted, live, waiting)
        return Converged(bool(names), live, "", followed.seconds, names, diff, followed.pause)
    _retag(ecs, live["serviceArn"], tags_before, tags_after)
    if not request:
        return _result(clients, wanted, live, Followed(), names, diff)
    known = _already_stopped(ecs, wanted, live)
    shifts = shifts_traffic(request.get("deploymentConfiguration") or live.get("deploymentConfiguration"))
    last = newest(ecs, wanted.cluster, wanted.name) if shifts else ""
    with calling(f"UpdateService {wanted.name} in {wanted.cluster}"):
        made = ecs.update_service(cluster=wanted.cluster, service=wanted.name, **request)["service"]
    started = _primary(made).get("id") != _primary(live).get("id")
    arn = newer_than(ecs, wanted.cluster, wanted.name, last) if shifts and started and waiting.wait else ""
    followed = _follow(clients, wanted, made, waiting, started=started, known=known, arn=arn)
    return _result(clients, wanted, made, followed, names, diff)


def differences(wanted: Wanted, live: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """(request of UpdateService, before, after): only what differs, each member whole. Pure."""
    request: dict[str, Any] = {}
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name in CONVERGING:
        if name not in wanted.members:
            continue
        now = _live_member(live, name)
        merged = _overlay(now, wanted.members[name])
        old, new = canonical({name: now}, _UNORDERED).get(name), canonical({name: merged}, _UNORDERED).get(name)
        if as_text(old) != as_text(new):
            request[name], before[name], after[name] = merged, old, new
    if wanted.count is not None and wanted.count != live.get("desiredCount"):
        request["desiredCount"] = after["desiredCount"] = wanted.count
        before["desiredCount"] = live.get("desiredCount")
    if wanted.force:
        request["forceNewDeployment"] = after["forceNewDeployment"] = True
    return request, before, after


def _live_member(live: Mapping[str, Any], name: str) -> Any:
    return _primary(live).get(name) if name in _ON_DEPLOYMENT else live.get(name)


def _overlay(now: Any, given: Any) -> Any:
    """Members of a mapping that are not given stay as they are; a list is given whole."""
    if isinstance(now, Mapping) and isinstance(given, Mapping):
        return {**now, **{key: _overlay(now.get(key), value) for key, value in given.items()}}
    return given


def _primary(service: Mapping[str, Any]) -> dict[str, Any]:
    return next((dict(item) for item in service.get("deployments") or () if item.get("status") == "PRIMARY"), {})


def _tags(wanted: Wanted, live: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    now = {tag["key"]: tag["value"] for tag in live.get("tags") or ()}
    if wanted.tags is None:
        return now, now
    given = {str(key): str(value) for key, value in wanted.tags.items()}
    own = {key: value for key, value in now.items() if key.startswith("aws:")}
    return now, {**own, **given} if wanted.purge_tags else {**now, **given}


def _retag(ecs: Any, arn: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    gone = sorted(set(before) - set(after))
    new = [{"key": key, "value": value} for key, value in sorted(after.items()) if before.get(key) != value]
    with calling(f"the tags of {arn}"):
        if gone:
            ecs.untag_resource(resourceArn=arn, tagKeys=gone)
        if new:
            ecs.tag_resource(resourceArn=arn, tags=new)


def _already_stopped(ecs: Any, wanted: Wanted, live: Mapping[str, Any]) -> frozenset[str]:
    """Tasks that ended before this change: they say nothing about it."""
    found = stopped_tasks(ecs, wanted.cluster, wanted.name, _primary(live).get("id", ""), frozenset())
    return frozenset(task.arn for task in found)


def _resume(clients: Clients, wanted: Wanted, live: dict[str, Any], waiting: Waiting) -> Followed:
    """Nothing to change, but an earlier run's rollout may still be under way: its end counts."""
    if _primary(live).get("rolloutState") != "IN_PROGRESS":
        return Followed()
    shifts = shifts_traffic(live.get("deploymentConfiguration"))
    arn = newest(clients.get("ecs"), wanted.cluster, wanted.name) if shifts else ""
    return _follow(clients, wanted, live, waiting, started=True, arn=arn)


def _follow(
    clients: Clients,
    wanted: Wanted,
    service: Mapping[str, Any],
    waiting: Waiting,
    *,
    started: bool,
    known: frozenset[str] = frozenset(),
    arn: str = "",
) -> Followed:
    """known: tasks that stopped before. arn: ECS's record of the deployment, where traffic shifts."""
    if not waiting.wait:
        return Followed()
    follower = Follower(clients, wanted.cluster, wanted.name, str(_primary(service).get("id", "")), started, known)
    if arn:
        follower = ShiftFollower(**follower.__dict__, arn=arn, on_pause=waiting.on_pause)
    seconds = follower.follow(waiting.timeout, waiting.interval, waiting.progress)
    return Followed(seconds, follower.pause)


def _result(
    clients: Clients,
    wanted: Wanted,
    made: Mapping[str, Any],
    followed: Followed,
    names: list[str],
    diff: dict[str, str],
) -> Converged:
    service = find(clients.get("ecs"), wanted.cluster, wanted.name) or dict(made)
    deployment = str(_primary(made).get("id", ""))
    return Converged(True, service, deployment, followed.seconds, names, diff, followed.pause)


def absent(clients: Clients, wanted: Wanted, waiting: Waiting, *, check_mode: bool) -> Converged:
    """Deletes the service and its tasks."""
    ecs = clients.get("ecs")
    live = _find(ecs, wanted, check_mode=check_mode)
    diff = ansible_diff({"status": "ACTIVE"} if live else {}, {}, f"service {wanted.name}")
    if live is None or check_mode:
        return Converged(live is not None, live or {}, "", 0.0, ["status"] if live else [], diff)
    with calling(f"DeleteService {wanted.name} in {wanted.cluster}"):
        ecs.delete_service(cluster=wanted.cluster, service=wanted.name, force=True)

    def gone() -> bool | Pending:
        with calling(f"DescribeServices of {wanted.name}"):
            found = ecs.describe_services(cluster=wanted.cluster, services=[wanted.name])["services"]
        status = found[0]["status"] if found else "INACTIVE"
        return True if status == "INACTIVE" else Pending(f"the service is {status}")

    seconds = 0.0
    if waiting.wait:
        seconds = wait_for(
            gone,
            what=f"the deletion of {wanted.name}",
            where=f"cluster {wanted.cluster}",
            timeout=waiting.timeout,
            interval=waiting.interval,
            progress=waiting.progress,
        ).seconds
    return Converged(True, {}, "", seconds, ["status"], diff)
