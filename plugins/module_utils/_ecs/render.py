# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A compose project becomes RegisterTaskDefinition requests and a ledger that accounts for every key. No AWS call."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs import fargate, walk
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import Project
from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Draft, Task, container_name
from ansible_collections.replatform.aws.plugins.module_utils._ecs.environment import (
    Neighbour,
    Variable,
    classify,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import (
    Ledger,
    RefusedError,
    refused,
    replaced,
    without_effect,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.mounts import ROOT_IS_READ_ONLY, scratch
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Choice, Decisions, choices, overrides
from ansible_collections.replatform.aws.plugins.module_utils._ecs.variables import add_own_secrets

MINIMUM_MEMORY = 512  # MiB for a container that names no limit
VERSION_TAG = "SecretVersion:"
MOST_TAGS = 50  # of a task definition
LONGEST_KEY = 128  # characters of a tag's key
_MANAGED = replaced("{by}", "a managed service does this one's work")
_LEFT_OUT = without_effect("left out by services")
_NO_IMAGE = refused("no image is named: give one in overrides.{service}.image")


@dataclass(frozen=True)
class Request:
    """What the user gives beside the project. secrets: NAME or service/NAME -> valueFrom."""

    decisions: Decisions = field(default_factory=Decisions)
    secrets: Mapping[str, str] = field(default_factory=dict)
    family: str = ""
    execution_role_arn: str = ""
    task_role_arn: str = ""
    log_group: str = ""
    region: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    secret_versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Request:
        """From the options of ecs_task_definition_render."""
        return cls(
            decisions=Decisions.from_params(params),
            secrets=params["secrets"],
            family=params["family"] or "",
            execution_role_arn=params["execution_role_arn"] or "",
            task_role_arn=params["task_role_arn"] or "",
            log_group=params["log_group"] or "",
            region=params["log_region"] or "",
            tags=params["tags"],
            secret_versions=params["secret_versions"],
        )

    def all_tags(self) -> list[dict[str, str]]:
        """A task reads its secrets when it starts: their versions make a new one a change that the diff names."""
        versions = {f"{VERSION_TAG}{name}"[-LONGEST_KEY:]: version for name, version in self.secret_versions.items()}
        if len(self.tags) + len(versions) > MOST_TAGS:
            text = json.dumps(versions, sort_keys=True).encode()
            versions = {f"{VERSION_TAG}all": hashlib.sha256(text).hexdigest()}
        merged = {**self.tags, **versions}
        return [{"key": key, "value": str(merged[key])} for key in sorted(merged)]


@dataclass(frozen=True)
class Rendered:
    """task_definitions: one RegisterTaskDefinition request per task, the one named main first."""

    task_definitions: list[dict[str, Any]]
    ledger: list[dict[str, str]]
    warnings: list[str]


def neighbours(project: Project, chosen: Mapping[str, Choice], service: str) -> list[Neighbour]:
    """All other services, as this one sees them."""
    mine = chosen[service]
    links = [str(link).partition(":") for link in project.services[service].get("links") or ()]
    return [
        Neighbour(
            _names(name, model, [alias for linked, _colon, alias in links if linked == name]),
            chosen[name],
            chosen[name].role == "container" and mine.role == "container" and chosen[name].task == mine.task,
        )
        for name, model in project.services.items()
        if name != service
    ]


def _names(name: str, model: Mapping[str, Any], links: list[str]) -> tuple[str, ...]:
    """Everything that a service answers to: names, aliases, and an address that the compose file fixes."""
    found = [name, model.get("container_name"), model.get("hostname"), *links]
    for network in (model.get("networks") or {}).values():
        found += [*((network or {}).get("aliases") or []), (network or {}).get("ipv4_address")]
    return tuple(dict.fromkeys(str(item) for item in found if item))


def variables(project: Project, decisions: Decisions) -> dict[str, list[Variable]]:
    """The classified environment of every service that becomes a container."""
    chosen = choices(project.services, decisions)
    changed = overrides(project.services, decisions)
    return {
        name: classify(model.get("environment") or {}, neighbours(project, chosen, name), changed[name])
        for name, model in project.services.items()
        if chosen[name].role == "container"
    }


def render(project: Project, request: Request) -> Rendered:
    """Raises RefusedError with all that has to be decided, SettingsError for an option that is not understood."""
    chosen = choices(project.services, request.decisions)
    changed = overrides(project.services, request.decisions)
    accepted = frozenset((name, path) for name, override in changed.items() for path in override.accept)
    ledger = Ledger(accepted)
    walk.apply_project(ledger, project.model)
    environment = variables(project, request.decisions)
    tasks = _tasks(chosen)
    drafts = {}
    for name, model in project.services.items():
        if chosen[name].role == "replaced":
            ledger.add(name, "", _MANAGED.of(by=chosen[name].by))
        elif chosen[name].role == "left_out":
            ledger.add(name, "", _LEFT_OUT)
        else:
            found = {variable.name: variable for variable in environment[name]}
            whole = {**model, "environment": found} if found else model  # with the variables that overrides add
            task = tasks[chosen[name].task]
            drafts[name] = Draft(name, whole, changed[name], chosen, task, ledger, request.secrets, found)
            _container(drafts[name], request)
    refusals = ledger.refusals()
    if not drafts:
        refusals.append("no service becomes a container: nothing is left to run")
    refusals += [text for task in tasks.values() for text in _mixed(task)]
    if refusals:
        raise RefusedError(refusals, f"the compose project {project.name}")
    definitions = [
        _definition(task, [drafts[name] for name in task.services], project, request) for task in tasks.values()
    ]
    wrong = [f"{definition['family']}: {text}" for definition in definitions for text in fargate.problems(definition)]
    if wrong:
        raise RefusedError(wrong, f"the task definitions of {project.name}")
    return Rendered(definitions, ledger.as_list(), [*project.warnings, *_warnings(drafts)])


def _tasks(chosen: Mapping[str, Choice]) -> dict[str, Task]:
    members: dict[str, list[str]] = {}
    for name, choice in chosen.items():
        if choice.role == "container":
            members.setdefault(choice.task, []).append(name)
    order = sorted(members, key=lambda task: (task != "main", task))
    return {task: Task(task, tuple(members[task])) for task in order}


def _container(draft: Draft, request: Request) -> None:
    draft.container["name"] = container_name(draft.service)
    walk.apply_service(draft)
    add_own_secrets(draft)
    container, override = draft.container, draft.override
    for name, value in (
        ("image", override.image),
        ("user", override.user),
        ("cpu", override.cpu),
        ("memory", override.memory),
    ):
        if value is not None:
            container[name] = value
    if not container.get("image") and not draft.model.get("build"):
        draft.settle("image", _NO_IMAGE)
    container["readonlyRootFilesystem"] = not override.writable_root
    if not override.writable_root:
        for target in override.scratch:
            scratch(draft, target)
            draft.settle(f"overrides.scratch.{target}", ROOT_IS_READ_ONLY)
    if request.log_group:
        container["logConfiguration"] = {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": request.log_group,
                "awslogs-region": request.region,
                "awslogs-stream-prefix": draft.service,
            },
        }


def _definition(task: Task, drafts: list[Draft], project: Project, request: Request) -> dict[str, Any]:
    family = request.family or project.name
    containers = []
    for draft in drafts:
        awaited = task.awaited.get(draft.service, set())
        containers.append({**draft.container, "essential": "SUCCESS" not in awaited})
    cpu = sum(int(container.get("cpu") or 0) for container in containers)
    memory = sum(
        int(container.get("memory") or container.get("memoryReservation") or MINIMUM_MEMORY) for container in containers
    )
    size = fargate.smallest_size(cpu, memory) or (cpu, memory)
    definition: dict[str, Any] = {
        "family": re.sub(r"[^A-Za-z0-9_-]", "-", family if task.name == "main" else f"{family}-{task.name}"),
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": str(size[0]),
        "memory": str(size[1]),
        "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": _architecture(task)},
        "containerDefinitions": [
            {key: value for key, value in container.items() if value != []} for container in containers
        ],
        "volumes": list(task.volumes.values()),
    }
    optional = {
        "executionRoleArn": request.execution_role_arn,
        "taskRoleArn": request.task_role_arn,
        "tags": request.all_tags(),
    }
    return definition | {key: value for key, value in optional.items() if value}


def _mixed(task: Task) -> list[str]:
    found = sorted(set(task.architectures.values()))
    asked = ", ".join(f"{name} for {wanted}" for name, wanted in sorted(task.architectures.items()))
    return [f"the task {task.name} has one architecture, but {asked}: give them tasks of their own"] * (len(found) > 1)


def _architecture(task: Task) -> str:
    return next(iter(task.architectures.values()), "X86_64")


def _warnings(drafts: Mapping[str, Draft]) -> list[str]:
    return [
        f"services.{name}: no user is named, so the image decides whether the program runs as root"
        for name, draft in drafts.items()
        if not draft.container.get("user")
    ]
