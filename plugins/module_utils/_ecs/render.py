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

from ansible_collections.replatform.aws.plugins.module_utils._ecs import fargate, keys, mounts
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import Project
from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Draft, Task
from ansible_collections.replatform.aws.plugins.module_utils._ecs.environment import (
    Kind,
    Neighbour,
    Variable,
    classify,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import Fate, Ledger, RefusedError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Choice, Decisions, choices, overrides

MINIMUM_MEMORY = 512  # MiB for a container that names no limit
VERSION_TAG = "SecretVersion:"
MOST_TAGS = 50  # of a task definition
LONGEST_KEY = 128  # characters of a tag's key


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
    return [
        Neighbour(
            _names(name, model),
            chosen[name],
            chosen[name].role == "container" and mine.role == "container" and chosen[name].task == mine.task,
        )
        for name, model in project.services.items()
        if name != service
    ]


def _names(name: str, model: Mapping[str, Any]) -> tuple[str, ...]:
    found = [name, model.get("container_name"), model.get("hostname")]
    for network in (model.get("networks") or {}).values():
        found += (network or {}).get("aliases") or []
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
    keys.apply_project(ledger, project.model)
    environment = variables(project, request.decisions)
    tasks = _tasks(chosen)
    drafts = {}
    for name, model in project.services.items():
        if chosen[name].role == "replaced":
            ledger.replaced(name, "", chosen[name].by, "a managed service does this one's work")
        elif chosen[name].role == "left_out":
            ledger.without_effect(name, "", "left out by services")
        else:
            draft = Draft(name, model, changed[name], chosen, tasks[chosen[name].task], ledger, request.secrets)
            _container(draft, environment[name], request)
            drafts[name] = draft
    refusals = ledger.refusals()
    if not drafts:
        refusals.append("no service becomes a container: nothing is left to run")
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


def _container(draft: Draft, environment: list[Variable], request: Request) -> None:
    draft.container["name"] = draft.service
    keys.apply_service(draft)
    _environment(draft, environment)
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
        draft.refused("image", f"no image is named: give one in overrides.{draft.service}.image")
    container["readonlyRootFilesystem"] = not override.writable_root
    if not override.writable_root:
        for target in override.scratch:
            mounts.scratch(draft, f"overrides.scratch.{target}", target, "because the root file system is read-only")
    if request.log_group:
        container["logConfiguration"] = {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": request.log_group,
                "awslogs-region": request.region,
                "awslogs-stream-prefix": draft.service,
            },
        }


def _environment(draft: Draft, environment: list[Variable]) -> None:
    """Entries by name; a value appears in the container's own environment only."""
    plain, secret = [], draft.container.setdefault("secrets", [])
    for variable in environment:
        path = f"environment.{variable.name}"
        arn = draft.secrets.get(f"{draft.service}/{variable.name}") or draft.secrets.get(variable.name)
        if arn:
            secret.append({"name": variable.name, "valueFrom": arn})
            draft.mapped(path, "secrets", variable.reason or "its ARN is given")
        elif variable.kind is Kind.PLAIN:
            plain.append({"name": variable.name, "value": variable.value})
            draft.mapped(path, "environment", variable.reason)
        elif variable.kind is Kind.SECRET:
            draft.refused(
                path,
                f"a secret ({variable.reason}) without an ARN: run compose_secrets and pass its `secrets`, or list it "
                f"in overrides.{draft.service}.plain",
            )
        else:
            _left_out(draft, path, variable)
    known = {variable.name for variable in environment} | {item["name"] for item in secret}
    for key, arn in draft.secrets.items():
        service, slash, name = key.partition("/")
        if slash and service == draft.service and name not in known:
            secret.append({"name": name, "valueFrom": arn})
    draft.container["environment"] = plain


def _left_out(draft: Draft, path: str, variable: Variable) -> None:
    if variable.kind is Kind.TASK_ROLE:
        draft.replaced(path, "taskRoleArn", variable.reason)
    elif variable.kind is Kind.ENDPOINT:
        draft.replaced(path, "s3", variable.reason)
    elif variable.kind is Kind.LOST:
        draft.ledger.add(draft.service, path, Fate.REFUSED, "", variable.reason)
    else:
        draft.without_effect(path, variable.reason)


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
    size = fargate.smallest_size(cpu, memory)
    if size is None:
        raise RefusedError(
            [f"{cpu} cpu units and {memory} MiB are more than Fargate's largest size"], f"the task {task.name}"
        )
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


def _architecture(task: Task) -> str:
    found = sorted(set(task.architectures.values()))
    if len(found) > 1:
        raise RefusedError(
            [f"services of one task ask for {' and '.join(found)}: give them tasks of their own"],
            f"the task {task.name}",
        )
    return found[0] if found else "X86_64"


def _warnings(drafts: Mapping[str, Draft]) -> list[str]:
    return [
        f"services.{name}: no user is named, so the image decides whether the program runs as root"
        for name, draft in drafts.items()
        if not draft.container.get("user")
    ]
