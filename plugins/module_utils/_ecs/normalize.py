# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One form for a task definition, whoever wrote it: a request of ours or an answer of AWS, which echoes defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.diff import SortKey, as_text, by, canonical

# What AWS adds to an answer and no request can say.
ANSWER_ONLY = {
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
}

_C = "containerDefinitions[]"
# Lists whose order means nothing. `command`, `entryPoint`, `environmentFiles` and `links` keep theirs.
UNORDERED: dict[str, SortKey] = {
    "containerDefinitions": by("name"),
    "requiresCompatibilities": as_text,
    "tags": by("key"),
    "volumes": by("name"),
    "placementConstraints": as_text,
    "inferenceAccelerators": by("deviceName"),
    "proxyConfiguration.properties": by("name"),
    f"{_C}.environment": by("name"),
    f"{_C}.secrets": by("name"),
    f"{_C}.portMappings": by("containerPort", "protocol"),
    f"{_C}.mountPoints": by("containerPath"),
    f"{_C}.volumesFrom": by("sourceContainer"),
    f"{_C}.dependsOn": by("containerName"),
    f"{_C}.ulimits": by("name"),
    f"{_C}.systemControls": by("namespace"),
    f"{_C}.extraHosts": by("hostname"),
    f"{_C}.resourceRequirements": by("type"),
    f"{_C}.logConfiguration.secretOptions": by("name"),
    f"{_C}.linuxParameters.capabilities.add": as_text,
    f"{_C}.linuxParameters.capabilities.drop": as_text,
    f"{_C}.linuxParameters.devices": by("hostPath"),
    f"{_C}.linuxParameters.tmpfs": by("containerPath"),
    f"{_C}.restartPolicy.ignoredExitCodes": as_text,
}

# Defaults that AWS echoes, by path: the same as not set.
_DEFAULTS: dict[str, Any] = {
    "enableFaultInjection": False,
    "pidMode": "",
    "ipcMode": "",
    "taskRoleArn": "",
    "executionRoleArn": "",
    "volumes[].configuredAtLaunch": False,
    "volumes[].efsVolumeConfiguration.rootDirectory": "/",
    "volumes[].efsVolumeConfiguration.transitEncryption": "DISABLED",
    "volumes[].efsVolumeConfiguration.authorizationConfig.iam": "DISABLED",
    f"{_C}.cpu": 0,
    f"{_C}.essential": True,
    f"{_C}.privileged": False,
    f"{_C}.readonlyRootFilesystem": False,
    f"{_C}.interactive": False,
    f"{_C}.pseudoTerminal": False,
    f"{_C}.disableNetworking": False,
    f"{_C}.versionConsistency": "enabled",
    f"{_C}.portMappings[].protocol": "tcp",
    f"{_C}.mountPoints[].readOnly": False,
    f"{_C}.volumesFrom[].readOnly": False,
    f"{_C}.linuxParameters.initProcessEnabled": False,
    f"{_C}.healthCheck.interval": 30,
    f"{_C}.healthCheck.timeout": 5,
    f"{_C}.healthCheck.retries": 3,
    f"{_C}.healthCheck.startPeriod": 0,
    f"{_C}.restartPolicy.restartAttemptPeriod": 300,
}


def normalize(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The canonical form: defaults left out, free lists sorted, answer-only members gone."""
    said = {key: value for key, value in definition.items() if key not in ANSWER_ONLY}
    for key, units in (("cpu", _cpu), ("memory", _memory)):
        if said.get(key) is not None:
            said[key] = units(str(said[key]))
    if said.get("networkMode") == "awsvpc":
        said["containerDefinitions"] = [_own_ports(item) for item in said.get("containerDefinitions") or ()]
    form: dict[str, Any] = canonical(_without_defaults(said, ""), UNORDERED)
    return form


def _without_defaults(value: Any, path: str) -> Any:
    if isinstance(value, Mapping):
        found = {}
        for key, member in value.items():
            here = f"{path}.{key}" if path else str(key)
            if here in _DEFAULTS and type(member) is type(_DEFAULTS[here]) and member == _DEFAULTS[here]:
                continue
            found[key] = _without_defaults(member, here)
        return found
    if isinstance(value, list | tuple):
        return [_without_defaults(item, f"{path}[]") for item in value]
    return value


def _own_ports(container: Mapping[str, Any]) -> dict[str, Any]:
    """With an interface of its own, a task's host port is the container port, said or not."""
    ports = [
        {key: value for key, value in port.items() if key != "hostPort" or value not in (0, port.get("containerPort"))}
        for port in container.get("portMappings") or ()
    ]
    return {**container, "portMappings": ports}


def _cpu(text: str) -> str:
    return _scaled(text, r"(\d*\.?\d+)\s*v?cpu", lambda number: round(number * 1024))


def _memory(text: str) -> str:
    return _scaled(text, r"(\d*\.?\d+)\s*gb", lambda number: round(number * 1024))


def _scaled(text: str, pattern: str, units: Callable[[float], int]) -> str:
    """ "1 vCPU" is 1024, "2 GB" is 2048."""
    found = re.fullmatch(pattern, text.strip(), re.IGNORECASE)
    return str(units(float(found.group(1)))) if found else text.strip()
