"""What UpdateService is asked for: exactly what differs of what was given; and how a deployment's end is told."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from ansible.module_utils.common.dict_transformations import snake_dict_to_camel_dict

from ansible_collections.replatform.aws.plugins.module_utils._ecs.deployment import End, judge
from ansible_collections.replatform.aws.plugins.module_utils._ecs.diagnose import Container, StoppedTask, likely_cause
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service import CONVERGING, Wanted, differences
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service_options import ARGUMENTS, ROLLOUT, wanted

LIVE: dict[str, Any] = {
    "serviceName": "web",
    "status": "ACTIVE",
    "desiredCount": 3,
    "runningCount": 3,
    "taskDefinition": "arn:td:1",
    "platformVersion": "LATEST",
    "healthCheckGracePeriodSeconds": 60,
    "enableExecuteCommand": False,
    "enableECSManagedTags": False,
    "propagateTags": "NONE",
    "loadBalancers": [{"targetGroupArn": "arn:tg", "containerName": "app", "containerPort": 80}],
    "networkConfiguration": {
        "awsvpcConfiguration": {"subnets": ["s-1", "s-2"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
    },
    "deploymentConfiguration": {
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    },
    "deployments": [{"id": "d-1", "status": "PRIMARY", "rolloutState": "COMPLETED", "runningCount": 3}],
}
SAME = {
    "taskDefinition": "arn:td:1",
    "loadBalancers": LIVE["loadBalancers"],
    "networkConfiguration": {
        "awsvpcConfiguration": {"subnets": ["s-2", "s-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
    },
    "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    "healthCheckGracePeriodSeconds": 60,
}


def test_nothing_differs_when_the_given_is_there() -> None:
    assert differences(Wanted("c", "web", SAME), LIVE) == ({}, {}, {})


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("taskDefinition", "arn:td:2"),
        ("platformVersion", "1.4.0"),
        ("healthCheckGracePeriodSeconds", 0),
        ("enableExecuteCommand", True),
        ("enableECSManagedTags", True),
        ("propagateTags", "SERVICE"),
        ("availabilityZoneRebalancing", "ENABLED"),
        ("loadBalancers", [{"targetGroupArn": "arn:tg", "containerName": "app", "containerPort": 81}]),
        ("loadBalancers", []),
        ("networkConfiguration", {"awsvpcConfiguration": {"subnets": ["s-1"]}}),
        ("networkConfiguration", {"awsvpcConfiguration": {"securityGroups": ["sg-2"]}}),
        ("deploymentConfiguration", {"deploymentCircuitBreaker": {"enable": False}}),
        ("deploymentConfiguration", {"maximumPercent": 150}),
        ("capacityProviderStrategy", [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]),
        ("serviceRegistries", [{"registryArn": "arn:r"}]),
        ("placementConstraints", [{"type": "distinctInstance"}]),
        ("placementStrategy", [{"type": "spread", "field": "x"}]),
        ("serviceConnectConfiguration", {"enabled": True}),
        ("volumeConfigurations", [{"name": "v"}]),
        ("vpcLatticeConfigurations", [{"targetGroupArn": "arn:l"}]),
        ("deploymentController", {"type": "EXTERNAL"}),
        ("monitoring", {"metricConfigurations": [{"metricNames": ["m"]}]}),
        ("gatewayConnectors", [{"portName": "p"}]),
    ],
)
def test_each_member_converges_alone(member: str, value: Any) -> None:
    request, before, after = differences(Wanted("c", "web", {**SAME, member: value}), LIVE)
    assert set(request) == {member}
    assert before.get(member) != after.get(member)


def test_everything_that_update_service_takes_converges() -> None:
    ecs = botocore.session.get_session().get_service_model("ecs")
    taken = set(ecs.operation_model("UpdateService").input_shape.members)
    assert taken - set(CONVERGING) == {"cluster", "service", "desiredCount", "forceNewDeployment"}
    assert set(CONVERGING) <= taken
    rollout = set(ecs.shape_for("DeploymentConfiguration").members)
    said = {snake_dict_to_camel_dict({name: 0}).popitem()[0] for name in ROLLOUT}
    assert said == rollout


def test_members_that_are_not_given_are_kept() -> None:
    request, _before, _after = differences(
        Wanted("c", "web", {"deploymentConfiguration": {"maximumPercent": 150}}), LIVE
    )
    assert request["deploymentConfiguration"] == {**LIVE["deploymentConfiguration"], "maximumPercent": 150}


@pytest.mark.parametrize(("count", "sent"), [(None, None), (3, None), (0, 0), (4, 4)])
def test_the_count_is_left_alone_unless_given(count: int | None, sent: int | None) -> None:
    request, _before, _after = differences(Wanted("c", "web", SAME, count=count), LIVE)
    assert request.get("desiredCount") == sent


def test_force_goes_with_everything_else_in_one_request() -> None:
    request, _before, _after = differences(Wanted("c", "web", SAME, count=1, force=True), LIVE)
    assert request == {"desiredCount": 1, "forceNewDeployment": True}


def test_options_become_the_words_of_the_api() -> None:
    options: dict[str, Any] = dict.fromkeys(ARGUMENTS) | {
        "cluster": "c", "name": "web", "force_new_deployment": False, "purge_tags": True,
        "network_configuration": {"subnets": ["s"], "security_groups": None, "assign_public_ip": False},
        "enable_ecs_managed_tags": True,
        "deployment_configuration": {"alarms": {"alarm_names": ["a"], "enable": True}, "strategy": None},
    }  # fmt: skip
    assert wanted(options).members == {
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"], "assignPublicIp": "DISABLED"}},
        "enableECSManagedTags": True,
        "deploymentConfiguration": {"alarms": {"alarmNames": ["a"], "enable": True}},
    }


def _service(*deployments: dict[str, Any], count: int = 2, running: int = 2, status: str = "ACTIVE") -> dict[str, Any]:
    return {"status": status, "desiredCount": count, "runningCount": running, "deployments": list(deployments)}


def _deployment(
    name: str = "new", status: str = "PRIMARY", state: str = "IN_PROGRESS", running: int = 0, reason: str = ""
) -> dict[str, Any]:
    return {"id": name, "status": status, "rolloutState": state, "runningCount": running, "rolloutStateReason": reason}


@pytest.mark.parametrize(
    ("service", "end", "pending"),
    [
        (_service(_deployment(state="COMPLETED", running=2)), None, ""),
        (_service(_deployment(state="IN_PROGRESS", running=2)), None, "2 of 2 tasks run, older tasks are draining"),
        (_service(_deployment(state="IN_PROGRESS", running=1)), None, "1 of 2 tasks run"),
        (_service(_deployment(state="COMPLETED", running=0)), None, "0 of 2 tasks run"),
        (_service(_deployment(state="IN_PROGRESS"), count=0, running=0), None, ""),
        (_service(_deployment(state="FAILED", reason="circuit breaker")), End.FAILED, ""),
        (
            _service(_deployment("old", state="COMPLETED", running=2), _deployment(status="ACTIVE", state="FAILED")),
            End.ROLLED_BACK,
            "",
        ),
        (
            _service(_deployment("old", state="IN_PROGRESS", reason="ECS deployment rollback in progress.")),
            End.ROLLED_BACK,
            "",
        ),
        (_service(_deployment("newer"), _deployment(status="ACTIVE")), End.REPLACED, ""),
        (_service(_deployment("newer")), End.REPLACED, ""),
        (_service(status="DRAINING"), End.STOPPED, ""),
        (_service(status="INACTIVE"), End.STOPPED, ""),
    ],
)
def test_only_a_completed_deployment_is_a_success(service: dict[str, Any], end: End | None, pending: str) -> None:
    judgement = judge(service, "new")
    assert (judgement.end, judgement.pending) == (end, pending)


def _task(reason: str, code: str = "EssentialContainerExited", exit_code: int | None = None) -> StoppedTask:
    return StoppedTask("arn:task/1", "td", code, reason, (Container("app", exit_code, ""),))


@pytest.mark.parametrize(
    ("task", "words", "certain"),
    [
        (_task("CannotPullContainerError: pull image manifest has been retried 1 time(s): not found"), "image", True),
        (_task("CannotPullContainerError: dial tcp 10.0.0.1:443: i/o timeout"), "no way to an AWS endpoint", False),
        (
            _task("ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException"),
            "secret",
            True,
        ),
        (_task("Essential container in task exited", exit_code=1), "exit code 1", False),
        (_task("Essential container in task exited", exit_code=127), "not in the image", False),
        (_task("OutOfMemoryError: Container killed due to memory usage", exit_code=137), "more memory", False),
        (_task("Essential container in task exited", exit_code=137), "killed", False),
        (_task("Task failed container health checks"), "health check fails", False),
        (_task("Task failed ELB health checks in (target-group arn:x)"), "wrong port or path", False),
        (_task("Capacity is unavailable at this time", "TaskFailedToStart"), "capacity", False),
    ],
)
def test_the_likely_cause(task: StoppedTask, words: str, certain: bool) -> None:
    cause = likely_cause([task])
    assert words in cause.sentence
    assert cause.certain is certain
    assert cause.command


def test_unhealthy_targets_are_a_cause_of_their_own() -> None:
    assert "load balancer" in likely_cause([], ["10.0.0.1:80: unhealthy (Target.Timeout)"]).sentence
