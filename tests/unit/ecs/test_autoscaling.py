"""The plan of an ECS service's autoscaling: each member alone, what is not given stays, AWS's echo is no change."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.autoscaling import (
    Live,
    Scaling,
    plan,
    plan_absent,
    read,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.autoscaling_options import scaling

UNSET: dict[str, Any] = {
    "cluster": "arn:aws:ecs:r:1:cluster/c", "service": "web", "min_capacity": None, "max_capacity": None,
    "suspended": None, "target_tracking": None, "scheduled_actions": None, "purge": True,
}  # fmt: skip
CPU: dict[str, Any] = {
    "name": "cpu", "metric": "cpu", "resource_label": None, "customized_metric": None, "target_value": 60.0,
    "scale_in_cooldown": None, "scale_out_cooldown": None, "disable_scale_in": False,
}  # fmt: skip
NIGHT: dict[str, Any] = {
    "name": "night", "schedule": "cron(0 22 * * ? *)", "timezone": "UTC", "start_time": "2027-01-31T09:00:00+09:00",
    "end_time": None, "min_capacity": 1, "max_capacity": None,
}  # fmt: skip
ALL = {**UNSET, "min_capacity": 2, "max_capacity": 6, "target_tracking": [CPU], "scheduled_actions": [NIGHT]}


class Answers:
    """application-autoscaling as AWS answers, with what it adds."""

    pages = {
        "describe_scalable_targets": {"ScalableTargets": [{
            "ServiceNamespace": "ecs", "ResourceId": "service/c/web", "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": 2, "MaxCapacity": 6, "RoleARN": "arn:role", "CreationTime": 1, "SuspendedState": {
                "DynamicScalingInSuspended": False, "DynamicScalingOutSuspended": False,
                "ScheduledScalingSuspended": False,
            },
        }]},
        "describe_scaling_policies": {"ScalingPolicies": [{
            "PolicyARN": "arn:policy", "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling", "Alarms": [{}],
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 60, "DisableScaleIn": False,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
            },
        }]},
        "describe_scheduled_actions": {"ScheduledActions": [{
            "ScheduledActionName": "night", "ScheduledActionARN": "arn:action", "Schedule": "cron(0 22 * * ? *)",
            "StartTime": dt.datetime(2027, 1, 31, tzinfo=dt.UTC), "ScalableTargetAction": {"MinCapacity": 1},
        }]},
    }  # fmt: skip

    def get_paginator(self, operation: str) -> Any:
        self.operation = operation
        return self

    def paginate(self, **_arguments: Any) -> list[dict[str, Any]]:
        return [self.pages[self.operation]]


LIVE = read(Answers(), Scaling("c", "web"))


def calls(options: dict[str, Any], live: Live = LIVE) -> list[str]:
    return [call.operation for call in plan(scaling(options), live).calls]


def test_what_aws_adds_is_no_change() -> None:
    assert calls(ALL) == []
    assert calls(UNSET) == []


@pytest.mark.parametrize(
    ("option", "value", "made"),
    [
        ("min_capacity", 1, ["register_scalable_target"]),
        ("max_capacity", 7, ["register_scalable_target"]),
        ("suspended", ["scale_in"], ["register_scalable_target"]),
        ("suspended", [], []),
        ("target_tracking", [{**CPU, "target_value": 61.0}], ["put_scaling_policy"]),
        ("target_tracking", [{**CPU, "metric": "memory"}], ["put_scaling_policy"]),
        ("target_tracking", [{**CPU, "scale_in_cooldown": 60}], ["put_scaling_policy"]),
        ("target_tracking", [{**CPU, "scale_out_cooldown": 60}], ["put_scaling_policy"]),
        ("target_tracking", [{**CPU, "disable_scale_in": True}], ["put_scaling_policy"]),
        ("target_tracking", [CPU, {**CPU, "name": "more"}], ["put_scaling_policy"]),
        ("target_tracking", [], ["delete_scaling_policy"]),
        ("scheduled_actions", [{**NIGHT, "schedule": "rate(1 day)"}], ["put_scheduled_action"]),
        ("scheduled_actions", [{**NIGHT, "timezone": "Asia/Seoul"}], ["put_scheduled_action"]),
        ("scheduled_actions", [{**NIGHT, "start_time": None}], ["put_scheduled_action"]),
        ("scheduled_actions", [{**NIGHT, "start_time": "2027-01-31T00:00:00+00:00"}], []),
        ("scheduled_actions", [{**NIGHT, "end_time": "2028-01-31T00:00:00+00:00"}], ["put_scheduled_action"]),
        ("scheduled_actions", [{**NIGHT, "max_capacity": 3}], ["put_scheduled_action"]),
        ("scheduled_actions", [], ["delete_scheduled_action"]),
    ],
)
def test_each_member_converges_alone(option: str, value: Any, made: list[str]) -> None:
    assert calls({**ALL, option: value}) == made


def test_a_limit_that_a_scheduled_action_has_set_stays() -> None:
    night = Live({"MinCapacity": 1, "MaxCapacity": 6}, LIVE.policies, LIVE.schedules)
    assert calls(ALL, night) == []
    assert calls({**ALL, "max_capacity": 7}, night) == ["register_scalable_target"]
    (made,) = plan(scaling({**ALL, "max_capacity": 7}), night).calls
    assert (made.arguments["MinCapacity"], made.arguments["MaxCapacity"]) == (1, 7)


def test_without_purge_nothing_goes() -> None:
    assert calls({**ALL, "target_tracking": [], "scheduled_actions": [], "purge": False}) == []


def test_a_new_target_comes_before_what_hangs_on_it() -> None:
    made = ["register_scalable_target", "put_scaling_policy", "put_scheduled_action"]
    assert calls(ALL, Live()) == made
    whole = plan(scaling(ALL), Live())
    assert all(call.arguments["ResourceId"] == "service/c/web" for call in whole.calls)
    assert whole.before == {}


def test_absent_takes_the_target_and_all_with_it() -> None:
    assert [call.operation for call in plan_absent(Scaling("c", "web"), LIVE).calls] == ["deregister_scalable_target"]
    assert plan_absent(Scaling("c", "web"), Live()).calls == ()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({**UNSET, "min_capacity": 1}, "no scalable target yet"),
        ({**UNSET, "min_capacity": 3, "max_capacity": 2}, "more than max_capacity"),
        ({**ALL, "target_tracking": [CPU, CPU]}, "there twice"),
        ({**ALL, "scheduled_actions": [{**NIGHT, "start_time": "tomorrow"}]}, "with its offset"),
        ({**ALL, "scheduled_actions": [{**NIGHT, "end_time": "2027-01-31T09:00:00"}]}, "with its offset"),
    ],
)
def test_bad_input_is_told(options: dict[str, Any], match: str) -> None:
    with pytest.raises(AwsError, match=match):
        plan(scaling(options), Live())
