# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The autoscaling of an ECS service as a plan: its scalable target, target tracking policies, scheduled actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.diff import canonical
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError, calling
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import Call, Plan, differs

_DIMENSION = "ecs:service:DesiredCount"
# Metrics that AWS keeps for every service, by their short names in the options.
METRICS = {
    "cpu": "ECSServiceAverageCPUUtilization",
    "memory": "ECSServiceAverageMemoryUtilization",
    "requests": "ALBRequestCountPerTarget",
}
# What AWS answers beside what was asked for.
_POLICY_MEMBERS = ("PolicyType", "TargetTrackingScalingPolicyConfiguration", "StepScalingPolicyConfiguration")
_SCHEDULE_MEMBERS = ("Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")
_TARGET_MEMBERS = ("MinCapacity", "MaxCapacity", "SuspendedState")
_NOT_SUSPENDED = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}


@dataclass(frozen=True)
class Scaling:
    """target, and policies and schedules by name, in the API's members. None leaves all of that kind alone.

    purge: policies and schedules that are not named are removed.
    """

    cluster: str
    service: str
    target: Mapping[str, Any] = field(default_factory=dict)
    policies: Mapping[str, Mapping[str, Any]] | None = None
    schedules: Mapping[str, Mapping[str, Any]] | None = None
    purge: bool = True

    @property
    def resource(self) -> dict[str, str]:
        return {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{self.cluster}/{self.service}",
            "ScalableDimension": _DIMENSION,
        }

    @property
    def where(self) -> str:
        return f"autoscaling of service {self.service} in cluster {self.cluster}"


@dataclass(frozen=True)
class Live:
    """What is there. target {} if the service is no scalable target."""

    target: dict[str, Any] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)


def read(client: Any, scaling: Scaling) -> Live:
    """Three calls that only look; one if there is no scalable target, for then there is nothing else."""
    resource = dict(scaling.resource)
    asked = {"ServiceNamespace": "ecs", "ResourceIds": [resource["ResourceId"]], "ScalableDimension": _DIMENSION}
    targets = list(_all(client, "describe_scalable_targets", "ScalableTargets", scaling, asked))
    if not targets:
        return Live()
    policies = _all(client, "describe_scaling_policies", "ScalingPolicies", scaling, resource)
    schedules = _all(client, "describe_scheduled_actions", "ScheduledActions", scaling, resource)
    return Live(
        _members(targets[0], _TARGET_MEMBERS),
        {item["PolicyName"]: _members(item, _POLICY_MEMBERS) for item in policies},
        {item["ScheduledActionName"]: _members(item, _SCHEDULE_MEMBERS) for item in schedules},
    )


def _all(client: Any, operation: str, key: str, scaling: Scaling, arguments: Mapping[str, Any]) -> Iterator[Any]:
    with calling(f"{operation} of the {scaling.where}"):
        for page in client.get_paginator(operation).paginate(**arguments):
            yield from page.get(key) or ()


def _members(item: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The canonical form: AWS's own members gone, times as text in UTC, defaults left out."""
    said = {name: item[name] for name in names if item.get(name) not in (None, {})}
    if "Schedule" in said:
        said.setdefault("Timezone", "UTC")
    if said.get("SuspendedState") == _NOT_SUSPENDED:
        del said["SuspendedState"]
    for name in ("StartTime", "EndTime"):
        if isinstance(said.get(name), dt.datetime):
            said[name] = said[name].astimezone(dt.UTC).isoformat()
    tracking = said.get("TargetTrackingScalingPolicyConfiguration")
    if tracking and tracking.get("DisableScaleIn") is False:
        said["TargetTrackingScalingPolicyConfiguration"] = {k: v for k, v in tracking.items() if k != "DisableScaleIn"}
    return said


def plan(wanted: Scaling, live: Live) -> Plan:
    """Calls that make it so: the target first, for everything else hangs on it. Pure."""
    target = {**live.target, **wanted.target, **_by_the_clock(live)}
    if not live.target and not {"MinCapacity", "MaxCapacity"} <= set(target):
        raise AwsError(
            "the service is no scalable target yet", wanted.where, "give min_capacity and max_capacity to make it one."
        )
    if int(target["MinCapacity"]) > int(target["MaxCapacity"]):
        raise AwsError(
            f"min_capacity {target['MinCapacity']} is more than max_capacity {target['MaxCapacity']}",
            wanted.where,
            "correct one of them.",
        )
    calls = []
    shown = _members(target, _TARGET_MEMBERS)
    if differs(_bare(live.target), _bare(shown)):
        given = {name: target[name] for name in wanted.target}
        calls.append(Call("register_scalable_target", {**wanted.resource, **given}))
    policies = _merged(live.policies, wanted.policies, wanted.purge)
    schedules = _merged(live.schedules, wanted.schedules, wanted.purge)
    for name in _changed(live.policies, policies):
        calls.append(Call("put_scaling_policy", {**wanted.resource, "PolicyName": name, **policies[name]}))
    for name in _changed(live.schedules, schedules):
        calls.append(Call("put_scheduled_action", {**wanted.resource, "ScheduledActionName": name, **schedules[name]}))
    for name in sorted(set(live.policies) - set(policies)):
        calls.append(Call("delete_scaling_policy", {**wanted.resource, "PolicyName": name}))
    for name in sorted(set(live.schedules) - set(schedules)):
        calls.append(Call("delete_scheduled_action", {**wanted.resource, "ScheduledActionName": name}))
    return Plan(wanted.where, _shown(live), _shown(Live(shown, policies, schedules)), tuple(calls))


def _by_the_clock(live: Live) -> dict[str, Any]:
    """Limits of the target that a scheduled action has set: they are in force until another one sets them."""
    set_by_actions = [action.get("ScalableTargetAction") or {} for action in live.schedules.values()]
    return {
        name: live.target[name]
        for name in ("MinCapacity", "MaxCapacity")
        if any(action.get(name) == live.target.get(name) for action in set_by_actions if name in action)
    }


def _merged(
    live: Mapping[str, dict[str, Any]], wanted: Mapping[str, Mapping[str, Any]] | None, purge: bool
) -> dict[str, dict[str, Any]]:
    if wanted is None:
        return dict(live)
    named = {name: dict(value) for name, value in wanted.items()}
    return named if purge else {**live, **named}


def _changed(live: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [name for name in sorted(wanted) if differs(_bare(live.get(name, {})), _bare(wanted[name]))]


def _bare(value: Any) -> Any:
    return canonical(_numbers(value))


def _numbers(value: Any) -> Any:
    """AWS answers 60.0 to 60."""
    if isinstance(value, Mapping):
        return {key: _numbers(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _shown(state: Live) -> dict[str, Any]:
    if not state.target:
        return {}
    return {"target": state.target, "policies": state.policies, "scheduled_actions": state.schedules}


def plan_absent(wanted: Scaling, live: Live) -> Plan:
    """Deregistering the target takes policies and scheduled actions with it; the count stays where it is."""
    calls = (Call("deregister_scalable_target", wanted.resource),) if live.target else ()
    return Plan(wanted.where, _shown(live), {}, calls)
