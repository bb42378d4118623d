# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of ecs_service, and what they mean in the words of the API."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.common.dict_transformations import snake_dict_to_camel_dict

from ansible_collections.replatform.aws.plugins.module_utils._aws.waiters import Progress, silent
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import PROGRESS_FILE
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Progress as EventFile
from ansible_collections.replatform.aws.plugins.module_utils._ecs.one_task import Job
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service import Waiting, Wanted

NETWORK = {
    "subnets": {"type": "list", "elements": "str", "required": True},
    "security_groups": {"type": "list", "elements": "str"},
    "assign_public_ip": {"type": "bool", "default": False},
}
_BALANCER = {
    "target_group_arn": {"type": "str", "required": True},
    "container_name": {"type": "str", "required": True},
    "container_port": {"type": "int", "required": True},
    "advanced_configuration": {"type": "dict"},
}
ROLLOUT = {
    "minimum_healthy_percent": {"type": "int"},
    "maximum_percent": {"type": "int"},
    "deployment_circuit_breaker": {"type": "dict"},
    "alarms": {"type": "dict"},
    "strategy": {"type": "str", "choices": ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"]},
    "bake_time_in_minutes": {"type": "int"},
    "lifecycle_hooks": {"type": "list", "elements": "dict"},
    "linear_configuration": {"type": "dict"},
    "canary_configuration": {"type": "dict"},
    "early_success_criteria": {"type": "dict"},
}
# option -> (member of the API, specification)
_MEMBERS: dict[str, tuple[str, dict[str, Any]]] = {
    "task_definition": ("taskDefinition", {"type": "str"}),
    "launch_type": ("launchType", {"type": "str", "choices": ["FARGATE", "EC2", "EXTERNAL"]}),
    "capacity_provider_strategy": ("capacityProviderStrategy", {"type": "list", "elements": "dict"}),
    "platform_version": ("platformVersion", {"type": "str"}),
    "network_configuration": ("networkConfiguration", {"type": "dict", "options": NETWORK}),
    "load_balancers": ("loadBalancers", {"type": "list", "elements": "dict", "options": _BALANCER}),
    "service_registries": ("serviceRegistries", {"type": "list", "elements": "dict"}),
    "health_check_grace_period_seconds": ("healthCheckGracePeriodSeconds", {"type": "int"}),
    "deployment_configuration": ("deploymentConfiguration", {"type": "dict", "options": ROLLOUT}),
    "placement_constraints": ("placementConstraints", {"type": "list", "elements": "dict"}),
    "placement_strategy": ("placementStrategy", {"type": "list", "elements": "dict"}),
    "availability_zone_rebalancing": (
        "availabilityZoneRebalancing",
        {"type": "str", "choices": ["ENABLED", "DISABLED"]},
    ),
    "enable_execute_command": ("enableExecuteCommand", {"type": "bool"}),
    "enable_ecs_managed_tags": ("enableECSManagedTags", {"type": "bool"}),
    "propagate_tags": ("propagateTags", {"type": "str", "choices": ["TASK_DEFINITION", "SERVICE", "NONE"]}),
    "service_connect_configuration": ("serviceConnectConfiguration", {"type": "dict"}),
    "volume_configurations": ("volumeConfigurations", {"type": "list", "elements": "dict"}),
    "vpc_lattice_configurations": ("vpcLatticeConfigurations", {"type": "list", "elements": "dict"}),
    "deployment_controller": (
        "deploymentController",
        {"type": "dict", "options": {"type": {"type": "str", "choices": ["ECS", "CODE_DEPLOY", "EXTERNAL"]}}},
    ),
    "monitoring": ("monitoring", {"type": "dict"}),
    "gateway_connectors": ("gatewayConnectors", {"type": "list", "elements": "dict"}),
}

# What every module takes that follows something to its end.
FOLLOWING: dict[str, dict[str, Any]] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 900},
    "wait_interval": {"type": "int", "default": 5},
    "run_dir": {"type": "path"},
}
# And what those take that follow a deployment.
WAITING: dict[str, dict[str, Any]] = {
    **FOLLOWING,
    "on_pause": {"type": "str", "choices": ["wait", "return"], "default": "wait"},
}

ARGUMENTS: dict[str, dict[str, Any]] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "cluster": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "desired_count": {"type": "int"},
    "force_new_deployment": {"type": "bool", "default": False},
    **{option: specification for option, (_member, specification) in _MEMBERS.items()},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
    **WAITING,
}


def wanted(options: Mapping[str, Any]) -> Wanted:
    """The service that the options describe, in the words of the API."""
    members = {
        member: _camel(_without_unset(options[option]))
        for option, (member, _specification) in _MEMBERS.items()
        if options.get(option) is not None
    }
    if options.get("network_configuration"):
        members["networkConfiguration"] = _network(options["network_configuration"])
    return Wanted(
        cluster=options["cluster"],
        name=options["name"],
        members=members,
        count=options["desired_count"],
        force=options["force_new_deployment"],
        tags=options["tags"],
        purge_tags=options["purge_tags"],
    )


def job(options: Mapping[str, Any]) -> Job:
    """The task that the options of ecs_run_task describe."""
    members: dict[str, Any] = {
        name: _camel(_without_unset(options[option]))
        for option, name in {
            "task_definition": "taskDefinition",
            "launch_type": "launchType",
            "capacity_provider_strategy": "capacityProviderStrategy",
            "platform_version": "platformVersion",
            "overrides": "overrides",
            "enable_execute_command": "enableExecuteCommand",
            "propagate_tags": "propagateTags",
        }.items()
        if options.get(option) is not None
    }
    if options.get("network_configuration"):
        members["networkConfiguration"] = _network(options["network_configuration"])
    if options.get("tags"):
        members["tags"] = [{"key": key, "value": str(value)} for key, value in sorted(options["tags"].items())]
    members["startedBy"] = "replatform.aws"
    return Job(options["cluster"], members, tuple(options.get("containers") or ()))


def _network(given: Mapping[str, Any]) -> dict[str, Any]:
    members = dict(_camel(_without_unset(given)))
    members["assignPublicIp"] = "ENABLED" if members["assignPublicIp"] else "DISABLED"
    return {"awsvpcConfiguration": members}


def _without_unset(value: Any) -> Any:
    """Suboptions that were not given come as None."""
    if isinstance(value, Mapping):
        return {key: _without_unset(member) for key, member in value.items() if member is not None}
    return [_without_unset(item) for item in value] if isinstance(value, list) else value


def _camel(value: Any) -> Any:
    if isinstance(value, Mapping):
        return snake_dict_to_camel_dict(value)
    return [_camel(item) for item in value] if isinstance(value, list) else value


def waiting(options: Mapping[str, Any], *, check_mode: bool) -> Waiting:
    """How long to follow a deployment, and where to show it: check mode has nothing to show, and leaves no folder."""
    return Waiting(
        wait=options["wait"],
        timeout=float(options["wait_timeout"]),
        interval=float(max(options["wait_interval"], 1)),
        progress=silent if check_mode else _progress(options),
        on_pause=options.get("on_pause", "wait"),
    )


def _progress(options: Mapping[str, Any]) -> Progress:
    """Writes each new state as a phase into the run folder, where the callback finds it."""
    if not options["run_dir"]:
        return silent
    folder = Path(options["run_dir"]) / f"ecs-{options['cluster'].rpartition('/')[2]}-{options['name']}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    events = EventFile(folder / PROGRESS_FILE, "ecs")
    return lambda line, _seconds: events.begin(line, 0, 0)
