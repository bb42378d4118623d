"""Deployments that fail, each for another reason: the verdict, the cause and the next command, within a minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.ecs.conftest import Lab, Ran, balancer

pytestmark = pytest.mark.lab

SOON = 60.0  # seconds from the call to the verdict
NETWORK = {"subnets": ["subnet-1", "subnet-2"], "security_groups": ["sg-1"]}
BREAKER = {"deployment_circuit_breaker": {"enable": True, "rollback": True}}
COMMON: dict[str, Any] = {
    "launch_type": "FARGATE", "network_configuration": NETWORK, "deployment_configuration": BREAKER, "desired_count": 1,
}  # fmt: skip
STAYS = ["python", "-c", "import time; time.sleep(3600)"]
SERVES = ["python", "-m", "http.server", "8000"]
EATS = ["python", "-c", "x = bytearray(2_000_000_000); print(len(x))"]
LATE = ["python", "-c", "import time; time.sleep(8); raise SystemExit(5)"]


@pytest.fixture
def group(lab: Lab, request: pytest.FixtureRequest) -> Iterator[str]:
    """A target group that asks for / and takes 200."""
    with balancer(lab, request.node.name, "a", HealthCheckIntervalSeconds=10, HealthCheckTimeoutSeconds=2) as (
        _name,
        _listener,
        (made,),
    ):
        yield made


def arn(lab: Lab, command: list[str], **members: Any) -> str:
    ran = lab.run("ecs_task_definition", {"definition": lab.definition(command, **members)})
    assert ran.code == 0, ran.output
    return str(ran.result["arn"])


def refused(deploy: Callable[[], Ran], *, after: float = 0.0) -> dict[str, Any]:
    """The result of a deployment that failed soon enough. after: seconds that the program itself takes to fail."""
    started = time.monotonic()
    ran = deploy()
    assert ran.code != 0, ran.output
    assert time.monotonic() - started < SOON + after, ran.output
    assert "Next:" in ran.result["msg"]
    assert ran.result["diagnosis"]["next_command"]
    return ran.result


def test_a_port_where_nothing_listens(lab: Lab, service: Callable[..., Ran], group: str) -> None:
    behind = {"target_group_arn": group, "container_name": "app", "container_port": 8001}
    definition = arn(lab, SERVES, portMappings=[{"containerPort": 8001}])
    result = refused(lambda: service(task_definition=definition, load_balancers=[behind], **COMMON))
    assert result["end"] == "failed"
    assert "nothing answers at the port" in result["diagnosis"]["cause"]


def test_a_path_that_answers_wrongly(lab: Lab, service: Callable[..., Ran], group: str) -> None:
    elb = lab.client("elbv2")
    elb.modify_target_group(TargetGroupArn=group, HealthCheckPath="/no-such-path")
    behind = {"target_group_arn": group, "container_name": "app", "container_port": 8000}
    definition = arn(lab, SERVES, portMappings=[{"containerPort": 8000}])
    result = refused(lambda: service(task_definition=definition, load_balancers=[behind], **COMMON))
    assert "[404]" in result["diagnosis"]["cause"]


def test_a_health_check_that_fails(lab: Lab, service: Callable[..., Ran]) -> None:
    check = {"command": ["CMD-SHELL", "exit 1"], "interval": 5, "timeout": 2, "retries": 1}
    definition = arn(lab, STAYS, healthCheck=check)
    result = refused(lambda: service(task_definition=definition, **COMMON))
    assert result["end"] == "failed"
    assert "health check fails" in result["diagnosis"]["cause"]


def test_a_container_with_too_little_memory(lab: Lab, service: Callable[..., Ran]) -> None:
    definition = arn(lab, EATS, memory=128)
    result = refused(lambda: service(task_definition=definition, **COMMON))
    assert "memory" in result["diagnosis"]["cause"], result


def test_a_program_that_ends_a_while_after_its_start(lab: Lab, service: Callable[..., Ran]) -> None:
    """From zero, where ECS calls the deployment completed as soon as the tasks run."""
    assert service(task_definition=arn(lab, LATE), **{**COMMON, "desired_count": 0}).code == 0
    result = refused(lambda: service(desired_count=1), after=3 * 8)
    assert "exit code 5" in result["diagnosis"]["cause"]


def test_a_deployment_that_is_replaced_midway(lab: Lab, service: Callable[..., Ran]) -> None:
    assert service(task_definition=arn(lab, STAYS), **COMMON).code == 0
    slow = {"command": ["CMD-SHELL", "exit 1"], "interval": 60, "retries": 10, "startPeriod": 300}
    other = arn(lab, STAYS, environment=[{"name": "OTHER", "value": "1"}])
    waits = arn(lab, STAYS, healthCheck=slow)
    replaced = threading.Timer(3.0, lambda: service(task_definition=other))
    replaced.start()
    result = refused(lambda: service(task_definition=waits, deployment_configuration=BREAKER))
    replaced.join()
    assert result["end"] == "replaced"
