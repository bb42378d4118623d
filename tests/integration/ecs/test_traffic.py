"""Deployments that shift traffic, on the lab: real containers behind a load balancer, stages, pauses, the way back."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3

from tests.integration.ecs.conftest import Lab, Ran, balancer, forward

pytestmark = pytest.mark.lab

SERVER = """
import http.server, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ["COLOUR"].encode())
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Answer).serve_forever()
"""
BREAKER = {"enable": True, "rollback": True}
PAUSE = {"target_type": "PAUSE", "lifecycle_stages": ["POST_TEST_TRAFFIC_SHIFT"]}


@dataclass(frozen=True)
class Balanced:
    """A service behind a load balancer: deploy(revision, strategy options) and act(action)."""

    lab: Lab
    name: str
    host: str
    balancer: dict[str, Any]

    def revision(self, colour: str, **members: Any) -> str:
        definition = self.lab.definition(["python", "-c", SERVER], environment=[{"name": "COLOUR", "value": colour}])
        definition["containerDefinitions"][0] |= {"portMappings": [{"containerPort": 8000}], **members}
        ran = self.lab.run("ecs_task_definition", {"definition": {**definition, "family": self.name}})
        assert ran.code == 0, ran.output
        return str(ran.result["arn"])

    def deploy(self, arn: str, strategy: str = "BLUE_GREEN", *, check: bool = False, **rollout: Any) -> Ran:
        options = {
            "cluster": self.lab.name, "name": self.name, "task_definition": arn, "launch_type": "FARGATE",
            "network_configuration": {"subnets": ["subnet-1"], "security_groups": ["sg-1"]},
            "load_balancers": [self.balancer], "desired_count": 1, "wait_interval": 1, "wait_timeout": 90,
            "on_pause": "return", "deployment_configuration": {
                "strategy": strategy, "bake_time_in_minutes": 0, "deployment_circuit_breaker": BREAKER,
                "lifecycle_hooks": [], **rollout,
            },
        }  # fmt: skip
        return self.lab.run("ecs_service", options, check=check)

    def act(self, action: str, *, check: bool = False, **more: Any) -> Ran:
        options = {"cluster": self.lab.name, "service": self.name, "action": action, "wait_interval": 1, **more}
        return self.lab.run("ecs_service_deployment", options, check=check)

    def answer(self, **headers: str) -> str:
        found = urllib3.request("GET", f"http://{self.host}/", headers=headers, timeout=10, retries=False)
        assert found.status == 200, found.data
        return found.data.decode()

    def tasks(self) -> int:
        arns = self.lab.client("ecs").list_tasks(cluster=self.lab.name, serviceName=self.name)["taskArns"]
        return len(arns)


@pytest.fixture
def balanced(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Balanced]:
    """A load balancer with a rule for everybody and one for those who send `x-test`, and two target groups."""
    header = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "x-test", "Values": ["1"]}}
    path = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
    elb, name = lab.client("elbv2"), f"{lab.name}-{abs(hash(request.node.name)) % 10_000}"
    with balancer(lab, request.node.name, "ab") as (host, listener, groups):
        test, production = (
            elb.create_rule(
                ListenerArn=listener, Priority=priority, Conditions=[condition], Actions=forward(groups[0])
            )["Rules"][0]["RuleArn"]
            for priority, condition in ((10, header), (20, path))
        )
        yield Balanced(lab, name, host, {
            "target_group_arn": groups[0], "container_name": "app", "container_port": 8000,
            "advanced_configuration": {
                "alternate_target_group_arn": groups[1], "production_listener_rule": production,
                "test_listener_rule": test, "role_arn": lab.role,
            },
        })  # fmt: skip
        lab.run("ecs_service", {"cluster": lab.name, "name": name, "state": "absent", "wait": False})


def test_blue_green_is_looked_at_through_the_test_rule_before_it_goes_on(balanced: Balanced) -> None:
    blue = balanced.revision("blue")
    first = balanced.deploy(blue)
    assert (first.code, "pause" in first.result) == (0, False), first.output
    assert balanced.answer() == balanced.answer(**{"x-test": "1"}) == "blue"

    green = balanced.revision("green")
    ran = balanced.deploy(green, lifecycle_hooks=[PAUSE])
    assert ran.code == 0, ran.output
    assert ran.result["pause"]["stage"] == "POST_TEST_TRAFFIC_SHIFT"
    assert (balanced.answer(), balanced.answer(**{"x-test": "1"})) == ("blue", "green")
    again = balanced.deploy(green, lifecycle_hooks=[PAUSE])
    assert (again.result["changed"], again.result["pause"]) == (False, ran.result["pause"])
    checked = balanced.act("continue", check=True)
    assert (checked.result["changed"], checked.result["status"]) == (True, "IN_PROGRESS")

    done = balanced.act("continue")
    assert (done.code, done.result["changed"], done.result["status"]) == (0, True, "SUCCESSFUL"), done.output
    assert balanced.answer() == "green"
    assert balanced.tasks() == 1
    assert balanced.act("continue").result["changed"] is False


def test_a_pause_can_be_turned_back_and_a_second_time_changes_nothing(balanced: Balanced) -> None:
    assert balanced.deploy(balanced.revision("blue")).code == 0
    ran = balanced.deploy(balanced.revision("green"), lifecycle_hooks=[PAUSE])
    assert ran.result["pause"]["timeout_action"] == "ROLLBACK", ran.output
    assert balanced.act("rollback", check=True).result["changed"] is True
    back = balanced.act("rollback")
    assert (back.code, back.result["status"]) == (0, "ROLLBACK_SUCCESSFUL"), back.output
    assert balanced.answer() == balanced.answer(**{"x-test": "1"}) == "blue"
    again = balanced.act("rollback")
    assert (again.code, again.result["changed"]) == (0, False), again.output
    told = balanced.act("follow")
    assert (told.code != 0, told.result["end"]) == (True, "rolled_back")
    assert "ContinueServiceDeployment" in told.result["msg"]


def test_a_green_revision_that_crashes_is_turned_back_and_told(balanced: Balanced) -> None:
    assert balanced.deploy(balanced.revision("blue")).code == 0
    started = time.monotonic()
    ran = balanced.deploy(balanced.revision("red", command=["python", "-c", "raise SystemExit(7)"]))
    assert ran.code != 0
    assert (ran.result["end"], time.monotonic() - started < 60) == ("rolled_back", True), ran.output
    assert "exit code 7" in ran.result["diagnosis"]["cause"]
    assert balanced.answer() == "blue"


def test_a_linear_shift_shares_the_traffic(balanced: Balanced) -> None:
    assert balanced.deploy(balanced.revision("blue")).code == 0
    hook = {"target_type": "PAUSE", "lifecycle_stages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}
    shift = {"step_percent": 50, "step_bake_time_in_minutes": 0}
    ran = balanced.deploy(balanced.revision("green"), "LINEAR", linear_configuration=shift, lifecycle_hooks=[hook])
    assert ran.code == 0, ran.output
    assert Counter(balanced.answer() for _request in range(20)) == {"blue": 20}
    ran = balanced.act("continue", on_pause="return")
    assert ran.result["pause"]["stage"] == "PRE_PRODUCTION_TRAFFIC_SHIFT", ran.output
    assert set(Counter(balanced.answer() for _request in range(60))) == {"blue", "green"}
    done = balanced.act("continue")
    assert (done.code, done.result["status"], balanced.answer()) == (0, "SUCCESSFUL", "green"), done.output


def test_a_canary_goes_first(balanced: Balanced) -> None:
    assert balanced.deploy(balanced.revision("blue")).code == 0
    shift = {"canary_percent": 10, "canary_bake_time_in_minutes": 0}
    ran = balanced.deploy(balanced.revision("green"), "CANARY", canary_configuration=shift)
    assert (ran.code, balanced.answer()) == (0, "green"), ran.output
    rules = json.dumps(balanced.lab.client("elbv2").describe_rules(
        RuleArns=[balanced.balancer["advanced_configuration"]["production_listener_rule"]]
    )["Rules"][0]["Actions"])  # fmt: skip
    assert '"Weight": 100' in rules


def test_a_rolling_service_goes_back_to_what_ran_before(lab: Lab, service: Callable[..., Ran]) -> None:
    serve = ["python", "-c", "import time; time.sleep(3600)"]
    network = {"subnets": ["subnet-1"], "security_groups": ["sg-1"]}
    options = {"launch_type": "FARGATE", "network_configuration": network, "desired_count": 1}
    arns = []
    for version in ("1", "2"):
        definition = lab.definition(serve, environment=[{"name": "VERSION", "value": version}])
        ran = lab.run("ecs_task_definition", {"definition": {**definition, "family": f"{lab.name}-back"}})
        arns.append(ran.result["arn"])
        deployed = service(task_definition=arns[-1], **options)
        assert deployed.code == 0, deployed.output
    name = deployed.result["service"]["serviceName"]
    back = {"cluster": lab.name, "service": name, "action": "rollback", "wait_interval": 1}
    checked, ran, again = (lab.run("ecs_service_deployment", back, check=check) for check in (True, False, False))
    assert [item.result["changed"] for item in (checked, ran, again)] == [True, True, False], ran.output
    assert ran.result["task_definition"] == arns[0]
    live = lab.client("ecs").describe_services(cluster=lab.name, services=[name])["services"][0]
    assert live["taskDefinition"] == arns[0]
    nothing = lab.run("ecs_service_deployment", {**back, "service": "no-such-service"})
    assert (nothing.code != 0, "Next:" in nothing.result["msg"]) == (True, True)
