"""The shared lab for the ECS modules: a cluster, roles, a log group, and one small image in its ECR."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from lab import control
from lab.aws.settings import place

ROOT = Path(__file__).resolve().parents[3]
IMAGE = "localhost/python:3.11-slim"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
MAY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["ecr:*", "logs:*", "secretsmanager:GetSecretValue"], "Resource": "*"}],
}


@dataclass(frozen=True)
class Ran:
    """One module's run: exit code, result, and everything that was printed."""

    code: int
    result: dict[str, Any]
    output: str


@dataclass(frozen=True)
class Lab:
    """What a test works with. name: unique to the test run."""

    name: str
    environment: dict[str, str]
    role: str
    image: str

    def client(self, service: str) -> Any:
        return boto3.session.Session().client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=self.environment["AWS_DEFAULT_REGION"],
            verify=self.environment["AWS_CA_BUNDLE"],
        )

    def run(self, module: str, options: dict[str, Any], *, check: bool = False, diff: bool = False) -> Ran:
        """Runs a module in a process of its own, with its arguments on the way in, as Ansible does."""
        arguments = {**options, "_ansible_check_mode": check, "_ansible_diff": diff}
        done = subprocess.run(
            [sys.executable, str(ROOT / "plugins" / "modules" / f"{module}.py")],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
            env={**self.environment, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / '.ansible' / 'collections'}"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.stdout.startswith("{") or "\n{" in done.stdout, output
        return Ran(done.returncode, json.loads(done.stdout), output)

    def definition(self, command: list[str], **members: Any) -> dict[str, Any]:
        container = {
            "name": "app",
            "image": self.image,
            "command": command,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": f"/{self.name}",
                    "awslogs-region": self.environment["AWS_DEFAULT_REGION"],
                    "awslogs-stream-prefix": "app",
                },
            },
            **members,
        }
        return {
            "family": self.name,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": self.role,
            "containerDefinitions": [container],
        }


@pytest.fixture(scope="module")  # gone before another test empties the account
def lab() -> Iterator[Lab]:
    """Everything under one unique name, and gone afterwards."""
    environment = control.environment()
    name = f"ecs-test-{uuid.uuid4().hex[:8]}"
    found = Lab(name, environment, "", "")
    iam, ecs, logs, ecr = (found.client(service) for service in ("iam", "ecs", "logs", "ecr"))
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps(MAY))
    logs.create_log_group(logGroupName=f"/{name}")
    ecs.create_cluster(clusterName=name)
    ecr.create_repository(repositoryName=name)
    pushed = found.run(
        "ecr_image", {"repository": name, "tag": "1", "source": IMAGE, "registry": f"127.0.0.1:{place().port}"}
    )
    assert pushed.code == 0, pushed.output
    yield Lab(name, environment, role, pushed.result["image"])
    for arn in ecs.list_services(cluster=name)["serviceArns"]:
        ecs.delete_service(cluster=name, service=arn, force=True)
    ecs.delete_cluster(cluster=name)
    ecr.delete_repository(repositoryName=name, force=True)
    logs.delete_log_group(logGroupName=f"/{name}")
    iam.delete_role_policy(RoleName=name, PolicyName="may")
    iam.delete_role(RoleName=name)


@pytest.fixture
def service(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Callable[..., Ran]]:
    """Runs ecs_service for a service of this test's own, which is deleted afterwards."""
    name = f"{lab.name}-{request.node.name.replace('test_', '')[:30].rstrip('_')}".replace("_", "-")
    options = {"cluster": lab.name, "name": name, "wait_interval": 1, "wait_timeout": 70}
    yield lambda check=False, **more: lab.run("ecs_service", {**options, **more}, check=check)
    lab.run("ecs_service", {**options, "state": "absent", "wait": False})


@contextmanager
def balancer(lab: Lab, test: str, sides: str, **checks: Any) -> Iterator[tuple[str, str, list[str]]]:
    """A load balancer that sends all on port 80 to the first of some target groups: its DNS name, listener, groups."""
    elb, name = lab.client("elbv2"), f"{lab.name}-{abs(hash(test)) % 10_000}"
    made = elb.create_load_balancer(Name=name, Subnets=["subnet-1", "subnet-2"], Scheme="internal")["LoadBalancers"][0]
    groups = [
        elb.create_target_group(
            Name=f"{name}-{side}",
            Protocol="HTTP",
            Port=8000,
            VpcId="vpc-1",
            TargetType="ip",
            HealthCheckPath="/",
            **checks,
        )["TargetGroups"][0]["TargetGroupArn"]
        for side in sides
    ]
    listener = elb.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=forward(groups[0])
    )["Listeners"][0]["ListenerArn"]
    try:
        yield made["DNSName"], listener, groups
    finally:
        elb.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])
        for group in groups:
            elb.delete_target_group(TargetGroupArn=group)


def forward(group: str) -> list[dict[str, str]]:
    return [{"Type": "forward", "TargetGroupArn": group}]
