"""A task definition and a service that are as they shall be: finding that out, beside the stock modules."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from tests.benchmarks.ecs.counted import counted
from tests.benchmarks.ecs.modules import OURS, STOCK, module
from tests.benchmarks.ecs.project import PORTS, ROLES, write
from tests.benchmarks.measure import BenchmarkError, Usage

CONVERGE, BY_STOCK = "ecs_task_definition + ecs_service (ours)", "community.aws ecs_taskdefinition + ecs_service"
HISTORIES = (1, 10)
"""How many revisions the family has: the stock module describes every active one of them."""

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
# What both modules take in the same words.
_SERVICE: dict[str, Any] = {
    "launch_type": "FARGATE",
    "platform_version": "LATEST",
    "network_configuration": {
        "subnets": ["subnet-1", "subnet-2"],
        "security_groups": ["sg-1"],
        "assign_public_ip": False,
    },
    "health_check_grace_period_seconds": 60,
    "deployment_configuration": {
        "minimum_healthy_percent": 100,
        "maximum_percent": 200,
        "deployment_circuit_breaker": {"enable": True, "rollback": True},
    },
    "enable_execute_command": False,
    "propagate_tags": "SERVICE",
    "tags": {"Application": "shop", "Environment": "bench"},
}
Converge = Callable[[str, Mapping[str, str]], tuple[Usage, bool]]


@dataclass(frozen=True)
class Stage:
    """A cluster and a target group of this run's own, and a definition that was rendered from the compose project."""

    name: str
    target_group: str
    definition: dict[str, Any]

    @property
    def container(self) -> str:
        """The one behind the load balancer."""
        return next(item["name"] for item in self.definition["containerDefinitions"] if item["name"].endswith("-web"))

    def ours(self, name: str, environment: Mapping[str, str]) -> tuple[Usage, bool]:
        """As roles/deploy does it."""
        used, registered = module(
            OURS, "ecs_task_definition", {"definition": {**self.definition, "family": name}}, environment
        )
        balancer = {
            "target_group_arn": self.target_group,
            "container_name": self.container,
            "container_port": PORTS["web"],
        }
        options = {
            **_SERVICE,
            "cluster": self.name,
            "name": name,
            "task_definition": registered["arn"],
            "load_balancers": [balancer],
        }
        more, converged = module(OURS, "ecs_service", options, environment)
        return _together(used, more), registered["changed"] or converged["changed"]

    def stock(self, name: str, environment: Mapping[str, str]) -> tuple[Usage, bool]:
        """The same in the stock modules' words. desired_count is given: to them a count that is not given is 0."""
        wanted = self.definition
        options = {
            "state": "present",
            "family": name,
            "containers": wanted["containerDefinitions"],
            "volumes": wanted["volumes"],
            "network_mode": wanted["networkMode"],
            "launch_type": "FARGATE",
            "cpu": wanted["cpu"],
            "memory": wanted["memory"],
            "task_role_arn": wanted["taskRoleArn"],
            "execution_role_arn": wanted["executionRoleArn"],
            "runtime_platform": wanted["runtimePlatform"],
        }
        used, registered = module(STOCK, "ecs_taskdefinition", options, environment)
        balancer = {
            "targetGroupArn": self.target_group,
            "containerName": self.container,
            "containerPort": PORTS["web"],
        }
        options = {
            **_SERVICE,
            "state": "present",
            "cluster": self.name,
            "name": name,
            # By name: it takes an ARN for a change, each time.
            "task_definition": f"{name}:{registered['taskdefinition']['revision']}",
            "desired_count": 0,
            "load_balancers": [balancer],
        }
        more, converged = module(STOCK, "ecs_service", options, environment)
        return _together(used, more), registered["changed"] or converged["changed"]


def _together(one: Usage, other: Usage) -> Usage:
    """One after the other."""
    return Usage(one.seconds + other.seconds, one.cpu + other.cpu, max(one.peak_mb, other.peak_mb))


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """All under one unique name in the pretend AWS that the environment leads to, and gone afterwards."""
    name = f"bench-{uuid.uuid4().hex[:8]}"
    ecs, ec2, balancing, iam = (boto3.client(service) for service in ("ecs", "ec2", "elbv2", "iam"))
    with contextlib.ExitStack() as undo:
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]["Arn"]
        undo.callback(iam.delete_role, RoleName=name)
        ecs.create_cluster(clusterName=name)
        undo.callback(ecs.delete_cluster, cluster=name)
        vpc = ec2.create_vpc(CidrBlock="10.99.0.0/24")["Vpc"]["VpcId"]
        undo.callback(ec2.delete_vpc, VpcId=vpc)
        group = balancing.create_target_group(
            Name=name, Protocol="HTTP", Port=PORTS["web"], VpcId=vpc, TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        undo.callback(balancing.delete_target_group, TargetGroupArn=group)
        undo.callback(_remove, ecs, name)
        yield Stage(name, group, _definition(role))


def _definition(role: str) -> dict[str, Any]:
    """That of an application of the compose project."""
    with tempfile.TemporaryDirectory(prefix="bench-ecs-") as folder:
        options = write(Path(folder), len(ROLES))
        _used, rendered = module(
            OURS, "ecs_task_definition_render", {**options, "execution_role_arn": role, "task_role_arn": role}
        )
    return dict(rendered["task_definitions"][0])


def _remove(ecs: Any, name: str) -> None:
    """The services and the task definitions."""
    for arn in ecs.list_services(cluster=name)["serviceArns"]:
        ecs.delete_service(cluster=name, service=arn, force=True)
    for family in ecs.list_task_definition_families(familyPrefix=name)["families"]:
        arns = ecs.list_task_definitions(familyPrefix=family)["taskDefinitionArns"]
        for arn in arns:
            ecs.deregister_task_definition(taskDefinition=arn)
        ecs.delete_task_definitions(taskDefinitions=arns)


def _history(stage: Stage, family: str, revisions: int) -> None:
    """All revisions but the newest: each with another image, as deployments leave them."""
    ecs = boto3.client("ecs")
    for number in range(1, revisions):
        containers = [
            {**item, "image": f"{item['image'].partition('@')[0]}@sha256:{number:064}"}
            for item in stage.definition["containerDefinitions"]
        ]
        ecs.register_task_definition(**{**stage.definition, "family": family, "containerDefinitions": containers})


@dataclass(frozen=True)
class Tools:
    """What is measured, and how many calls each makes."""

    timed: dict[str, Callable[[], Usage]]
    calls: dict[str, int]


def label(tool: str, revisions: int) -> str:
    return f"{tool}, {revisions} revision{'s' if revisions > 1 else ''}"


def tools(stage: Stage) -> Tools:
    """Everything made and converged once; counted on a way of its own, so that the way costs no measured time."""
    timed: dict[str, Callable[[], Usage]] = {}
    calls: dict[str, int] = {}
    with counted(os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_CA_BUNDLE"]) as way:
        for revisions in HISTORIES:
            for short, tool, converge in (("ours", CONVERGE, stage.ours), ("stock", BY_STOCK, stage.stock)):
                name, key = f"{stage.name}-{short}-{revisions}", label(tool, revisions)
                _history(stage, name, revisions)
                converge(name, {})
                way.calls.clear()
                _again(converge, name, {"AWS_ENDPOINT_URL": way.url})
                calls[key] = way.calls.total()
                timed[key] = functools.partial(_again, converge, name, {})
    return Tools(timed, calls)


def _again(converge: Converge, name: str, environment: Mapping[str, str]) -> Usage:
    """A converge that must find nothing to do."""
    used, changed = converge(name, environment)
    if changed:
        raise BenchmarkError(f"{name} was changed where nothing was to do")
    return used
