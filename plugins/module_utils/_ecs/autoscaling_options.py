# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of ecs_service_autoscaling, and what they mean in the words of the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.dict_transformations import snake_dict_to_camel_dict

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.autoscaling import METRICS, Scaling

_POLICY = {
    "name": {"type": "str", "required": True},
    "metric": {"type": "str", "choices": sorted(METRICS)},
    "resource_label": {"type": "str"},
    "customized_metric": {"type": "dict"},
    "target_value": {"type": "float", "required": True},
    "scale_in_cooldown": {"type": "int"},
    "scale_out_cooldown": {"type": "int"},
    "disable_scale_in": {"type": "bool", "default": False},
}
_ACTION = {
    "name": {"type": "str", "required": True},
    "schedule": {"type": "str", "required": True},
    "timezone": {"type": "str", "default": "UTC"},
    "start_time": {"type": "str"},
    "end_time": {"type": "str"},
    "min_capacity": {"type": "int"},
    "max_capacity": {"type": "int"},
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "cluster": {"type": "str", "required": True},
    "service": {"type": "str", "required": True},
    "min_capacity": {"type": "int"},
    "max_capacity": {"type": "int"},
    "suspended": {"type": "list", "elements": "str", "choices": ["scale_in", "scale_out", "scheduled"]},
    "target_tracking": {
        "type": "list",
        "elements": "dict",
        "options": _POLICY,
        "mutually_exclusive": [("metric", "customized_metric")],
        "required_one_of": [("metric", "customized_metric")],
        "required_if": [("metric", "requests", ["resource_label"])],
    },
    "scheduled_actions": {
        "type": "list",
        "elements": "dict",
        "options": _ACTION,
        "required_one_of": [("min_capacity", "max_capacity")],
    },
    "purge": {"type": "bool", "default": True},
}
_SUSPENDED = {
    "scale_in": "DynamicScalingInSuspended",
    "scale_out": "DynamicScalingOutSuspended",
    "scheduled": "ScheduledScalingSuspended",
}


def scaling(options: Mapping[str, Any]) -> Scaling:
    """What the options describe."""
    target = _said({"MinCapacity": options["min_capacity"], "MaxCapacity": options["max_capacity"]})
    if options["suspended"] is not None:
        target["SuspendedState"] = {member: name in options["suspended"] for name, member in _SUSPENDED.items()}
    return Scaling(
        cluster=options["cluster"].rpartition("/")[2],
        service=options["service"],
        target=target,
        policies=_by_name("target_tracking", options, _policy),
        schedules=_by_name("scheduled_actions", options, _action),
        purge=options["purge"],
    )


def _said(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _by_name(option: str, options: Mapping[str, Any], convert: Any) -> dict[str, dict[str, Any]] | None:
    if options[option] is None:
        return None
    names = [item["name"] for item in options[option]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise AwsError(f"{', '.join(twice)} is there twice", option, "give each a name of its own.")
    return {item["name"]: convert(item) for item in options[option]}


def _policy(item: Mapping[str, Any]) -> dict[str, Any]:
    configuration = _said({
        "TargetValue": item["target_value"],
        "ScaleInCooldown": item["scale_in_cooldown"],
        "ScaleOutCooldown": item["scale_out_cooldown"],
        "DisableScaleIn": item["disable_scale_in"] or None,
    })  # fmt: skip
    if item["metric"]:
        configuration["PredefinedMetricSpecification"] = _said({
            "PredefinedMetricType": METRICS[item["metric"]], "ResourceLabel": item["resource_label"],
        })  # fmt: skip
    else:
        metric = snake_dict_to_camel_dict(item["customized_metric"], capitalize_first=True)
        configuration["CustomizedMetricSpecification"] = metric
    return {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": configuration}


def _action(item: Mapping[str, Any]) -> dict[str, Any]:
    return _said({
        "Schedule": item["schedule"],
        "Timezone": item["timezone"],
        "StartTime": _time(item, "start_time"),
        "EndTime": _time(item, "end_time"),
        "ScalableTargetAction": _said({"MinCapacity": item["min_capacity"], "MaxCapacity": item["max_capacity"]}),
    })  # fmt: skip


def _time(item: Mapping[str, Any], key: str) -> str | None:
    """In UTC, as the live one is compared."""
    if item[key] is None:
        return None
    try:
        found = dt.datetime.fromisoformat(item[key])
    except ValueError:
        found = dt.datetime.min
    if found.tzinfo is None:
        raise AwsError(
            f"{key} is {item[key]!r}",
            f"the scheduled action {item['name']}",
            "write it with its offset, as 2027-01-31T09:00:00+09:00.",
        )
    return found.astimezone(dt.UTC).isoformat()
