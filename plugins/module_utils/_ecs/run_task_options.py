# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of ecs_run_task, and what they mean in the words of the API."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs.options import NETWORK, members
from ansible_collections.replatform.aws.plugins.module_utils._ecs.run_task import Order

_PAIR = {"name": {"type": "str", "required": True}, "value": {"type": "str", "required": True}}
_TYPED = {"type": {"type": "str", "required": True}, "value": {"type": "str", "required": True}}
_CONTAINER = {
    "name": {"type": "str", "required": True},
    "command": {"type": "list", "elements": "str"},
    "environment": {"type": "list", "elements": "dict", "options": _PAIR},
    "environment_files": {"type": "list", "elements": "dict", "options": _TYPED},
    "cpu": {"type": "int"},
    "memory": {"type": "int"},
    "memory_reservation": {"type": "int"},
    "resource_requirements": {"type": "list", "elements": "dict", "options": _TYPED},
}
_OVERRIDES = {
    "container_overrides": {"type": "list", "elements": "dict", "options": _CONTAINER},
    "cpu": {"type": "str"},
    "memory": {"type": "str"},
    "ephemeral_storage": {"type": "dict", "options": {"size_in_gib": {"type": "int", "required": True}}},
    "execution_role_arn": {"type": "str"},
    "task_role_arn": {"type": "str"},
}
_PROVIDER = {
    "capacity_provider": {"type": "str", "required": True},
    "weight": {"type": "int"},
    "base": {"type": "int"},
}
# option -> (member of the API, specification)
_MEMBERS: dict[str, tuple[str, dict[str, Any]]] = {
    "network_configuration": ("networkConfiguration", {"type": "dict", "options": NETWORK}),
    "launch_type": ("launchType", {"type": "str", "choices": ["FARGATE", "EC2", "EXTERNAL"]}),
    "capacity_provider_strategy": (
        "capacityProviderStrategy",
        {"type": "list", "elements": "dict", "options": _PROVIDER},
    ),
    "platform_version": ("platformVersion", {"type": "str"}),
    "overrides": ("overrides", {"type": "dict", "options": _OVERRIDES}),
    "group": ("group", {"type": "str"}),
    "started_by": ("startedBy", {"type": "str"}),
    "client_token": ("clientToken", {"type": "str", "no_log": False}),
    "enable_execute_command": ("enableExecuteCommand", {"type": "bool"}),
    "propagate_tags": ("propagateTags", {"type": "str", "choices": ["TASK_DEFINITION", "NONE"]}),
}

ARGUMENTS: dict[str, dict[str, Any]] = {
    "cluster": {"type": "str", "required": True},
    "task_definition": {"type": "str", "required": True},
    **{option: specification for option, (_member, specification) in _MEMBERS.items()},
    "tags": {"type": "dict"},
    "container": {"type": "str"},
    "log_lines": {"type": "int", "default": 20},
    "wait_timeout": {"type": "int", "default": 1800},
    "wait_interval": {"type": "int", "default": 5},
    "run_dir": {"type": "path"},
}


def order(options: Mapping[str, Any]) -> Order:
    """The task that the options describe, in the words of the API."""
    request = members(options, _MEMBERS)
    storage = request.get("overrides", {}).get("ephemeralStorage")
    if storage:
        request["overrides"]["ephemeralStorage"] = {"sizeInGiB": storage["sizeInGib"]}
    if options.get("tags"):
        request["tags"] = [{"key": str(key), "value": str(value)} for key, value in sorted(options["tags"].items())]
    # One token for all tries of this one call: a try whose answer was lost cannot start a second task.
    request.setdefault("clientToken", str(uuid.uuid4()))
    return Order(
        cluster=options["cluster"],
        task_definition=options["task_definition"],
        request=request,
        container=options["container"] or "",
        log_lines=max(options["log_lines"], 0),
    )
