# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of ecs_service, and what they mean in the words of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs.options import NETWORK, members
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service import Wanted

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

# What every module takes that follows a deployment.
WAITING: dict[str, dict[str, Any]] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 900},
    "wait_interval": {"type": "int", "default": 5},
    "on_pause": {"type": "str", "choices": ["wait", "return"], "default": "wait"},
    "run_dir": {"type": "path"},
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
    return Wanted(
        cluster=options["cluster"],
        name=options["name"],
        members=members(options, _MEMBERS),
        count=options["desired_count"],
        force=options["force_new_deployment"],
        tags=options["tags"],
        purge_tags=options["purge_tags"],
    )
