"""Every field of a task definition counts: changed one at a time, each change is seen; AWS's echo is no change."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from ansible_collections.replatform.aws.plugins.module_utils._aws.diff import changes
from ansible_collections.replatform.aws.plugins.module_utils._ecs.normalize import normalize
from ansible_collections.replatform.aws.plugins.module_utils._ecs.task_definition import present

SHAPE = botocore.session.get_session().get_service_model("ecs").operation_model("RegisterTaskDefinition").input_shape
# Lists of texts that a program reads in order.
ORDERED = {
    "command",
    "entryPoint",
    "links",
    "dnsServers",
    "dnsSearchDomains",
    "dockerSecurityOptions",
    "credentialSpecs",
}


def _example(shape: Any, name: str = "") -> Any:
    """A value for a shape with every member set, two items in every list, and no default among the values."""
    match shape.type_name:
        case "structure":
            return {key: _example(member, key) for key, member in shape.members.items()}
        case "list":
            first, second = _example(shape.member, name), _example(shape.member, name)
            return [first, _other(second)]
        case "map":
            return {"a": "1", "b": "2"}
    plain = {"boolean": True, "integer": 7, "long": 7, "double": 7.5}
    if shape.type_name in plain:
        return plain[shape.type_name]
    return shape.enum[-1] if shape.enum else f"some {name}"


def _other(value: Any) -> Any:
    """The same shape with other values."""
    if isinstance(value, dict):
        return {key: _other(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_other(item) for item in value]
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value} other"


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path


def _changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    found = copy.deepcopy(value)
    holder = found
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = new(holder[path[-1]])
    return found


EXAMPLE = _example(SHAPE)
LEAVES = list(_leaves(EXAMPLE))
NORMAL = normalize(EXAMPLE)


def test_the_walk_covers_the_shape() -> None:
    assert len(LEAVES) > 200
    assert ("containerDefinitions", 0, "healthCheck", "interval") in LEAVES


def test_every_change_of_one_field_is_seen() -> None:
    unseen = [path for path in LEAVES if normalize(_changed(EXAMPLE, path, _other)) == NORMAL]
    assert unseen == []


class Registry:
    """ECS with one active revision; what is registered is kept."""

    def __init__(self, live: dict[str, Any]) -> None:
        self.live = {**live, "taskDefinitionArn": "arn:td:1", "revision": 1, "status": "ACTIVE"}
        self.registered: list[dict[str, Any]] = []

    def describe_task_definition(self, **_request: Any) -> dict[str, Any]:
        return {"taskDefinition": self.live, "tags": self.live.get("tags", [])}

    def register_task_definition(self, **request: Any) -> dict[str, Any]:
        self.registered.append(request)
        return {"taskDefinition": {"taskDefinitionArn": "arn:td:2", "revision": 2}}


# The rules of Fargate refuse an example that has everything: they are another test's.
ANYWHERE = {**EXAMPLE, "requiresCompatibilities": ["EC2"]}


@pytest.mark.parametrize("path", list(_leaves(ANYWHERE)), ids=lambda path: ".".join(map(str, path)))
def test_a_change_of_one_field_registers_a_revision_and_shows(path: tuple[Any, ...]) -> None:
    ecs, wanted = Registry(ANYWHERE), _changed(ANYWHERE, path, _other)
    checked = present(ecs, wanted, check_mode=True)
    assert (checked.changed, checked.revision, ecs.registered) == (True, None, [])
    done = present(ecs, wanted, check_mode=False)
    assert (done.changed, done.revision, ecs.registered) == (True, 2, [wanted])
    assert done.changes
    assert done.diff["before"] != done.diff["after"]


def test_no_change_registers_none() -> None:
    ecs = Registry(ANYWHERE)
    same = present(ecs, ANYWHERE, check_mode=False)
    assert (same.changed, same.revision, ecs.registered, same.changes) == (False, 1, [], ())
    assert same.diff["before"] == same.diff["after"]


def _members(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield (*path, key)
            yield from _members(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _members(item, (*path, index))


def test_every_member_that_is_taken_out_is_seen_unless_it_was_the_default() -> None:
    unseen = set()
    for path in _members(EXAMPLE):
        after = copy.deepcopy(EXAMPLE)
        holder = after
        for step in path[:-1]:
            holder = holder[step]
        was = holder.pop(path[-1])
        if normalize(after) == NORMAL:
            unseen.add((path[-1], was))
    assert unseen == {
        ("essential", True),
        ("readOnly", False),
        ("privileged", False),
        ("interactive", False),
        ("pseudoTerminal", False),
        ("disableNetworking", False),
        ("readonlyRootFilesystem", False),
        ("initProcessEnabled", False),
        ("configuredAtLaunch", False),
        ("transitEncryption", "DISABLED"),
        ("iam", "DISABLED"),
    }


def test_order_counts_exactly_where_it_means_something() -> None:
    container = EXAMPLE["containerDefinitions"][0]
    for name, value in container.items():
        if not isinstance(value, list):
            continue
        after = copy.deepcopy(EXAMPLE)
        after["containerDefinitions"][0][name].reverse()
        ordered = name in ORDERED or name == "environmentFiles"
        assert (normalize(after) != NORMAL) is ordered, name


SENT = {
    "family": "app",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": "arn:aws:iam::123456789012:role/e",
    "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
    "volumes": [{"name": "tmp"}],
    "tags": [{"key": "b", "value": "2"}, {"key": "a", "value": "1"}],
    "containerDefinitions": [
        {
            "name": "app",
            "image": "a@sha256:1",
            "essential": True,
            "portMappings": [{"containerPort": 80}],
            "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
            "healthCheck": {"command": ["CMD", "true"]},
            "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/scratch"}],
            "readonlyRootFilesystem": True,
        }
    ],
}
# As DescribeTaskDefinition answers to the request above on AWS: defaults filled in, lists in another order.
ANSWERED = {
    **SENT,
    "taskDefinitionArn": "arn:aws:ecs:ap-northeast-2:123456789012:task-definition/app:7",
    "revision": 7,
    "status": "ACTIVE",
    "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.task-iam-role"}],
    "compatibilities": ["EC2", "FARGATE", "MANAGED_INSTANCES"],
    "registeredAt": "2026-11-24T00:00:00Z",
    "registeredBy": "arn:aws:iam::123456789012:role/deploy",
    "placementConstraints": [],
    "enableFaultInjection": False,
    "volumes": [{"name": "tmp", "host": {}}],
    "tags": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}],
    "containerDefinitions": [
        {
            "name": "app",
            "image": "a@sha256:1",
            "cpu": 0,
            "essential": True,
            "portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}],
            "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            "environmentFiles": [],
            "healthCheck": {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3},
            "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/scratch", "readOnly": False}],
            "volumesFrom": [],
            "systemControls": [],
            "readonlyRootFilesystem": True,
        }
    ],
}


def test_what_aws_adds_is_no_change() -> None:
    assert list(changes(normalize(SENT), normalize(ANSWERED))) == []


@pytest.mark.parametrize(
    ("key", "left", "right"),
    [("cpu", "1 vCPU", "1024"), ("cpu", ".5 vcpu", "512"), ("memory", "2 GB", "2048"), ("memory", "2GB", "2048")],
)
def test_units_are_one(key: str, left: str, right: str) -> None:
    assert normalize({key: left}) == normalize({key: right})
