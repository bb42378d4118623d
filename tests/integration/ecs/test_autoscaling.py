"""ecs_service_autoscaling on the lab: made, unchanged, changed, purged, gone; check mode changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.ecs.conftest import Lab, Ran

pytestmark = pytest.mark.lab


def test_scaling_converges(lab: Lab, service: Callable[..., Ran]) -> None:
    definition = lab.run("ecs_task_definition", {"definition": lab.definition(["true"])})
    network = {"subnets": ["subnet-1"], "security_groups": ["sg-1"]}
    made = service(task_definition=definition.result["arn"], launch_type="FARGATE", network_configuration=network)
    name = made.result["service"]["serviceName"]
    cpu = {"name": "cpu", "metric": "cpu", "target_value": 60}
    night = {"name": "night", "schedule": "cron(0 22 * * ? *)", "timezone": "Asia/Seoul", "min_capacity": 1}
    wanted: dict[str, Any] = {
        "cluster": lab.name, "service": name, "min_capacity": 1, "max_capacity": 4, "target_tracking": [cpu],
        "scheduled_actions": [night],
    }  # fmt: skip

    def calls(check: bool = False, **more: Any) -> list[str]:
        ran = lab.run("ecs_service_autoscaling", {**wanted, **more}, check=check)
        assert ran.code == 0, ran.output
        assert ran.result["changed"] is bool(ran.result["calls"])
        found: list[str] = ran.result["calls"]
        return found

    everything = ["register_scalable_target", "put_scaling_policy", "put_scheduled_action"]
    assert [calls(check=True), calls(), calls()] == [everything, everything, []]
    hotter = [{**cpu, "target_value": 70}]
    changed = {"max_capacity": 5, "target_tracking": hotter, "scheduled_actions": []}
    expected = ["register_scalable_target", "put_scaling_policy", "delete_scheduled_action"]
    assert [calls(check=True, **changed), calls(**changed), calls(**changed)] == [expected, expected, []]
    assert calls(max_capacity=5, target_tracking=None, scheduled_actions=None) == []
    gone = ["deregister_scalable_target"]
    assert [calls(check=True, state="absent"), calls(state="absent"), calls(state="absent")] == [gone, gone, []]
    nobody = lab.run("ecs_service_autoscaling", {**wanted, "service": "no-such-service"})
    assert (nobody.code != 0, "Next:" in nobody.result["msg"]) == (True, True)
