# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS will say about a task definition, found before it is asked: botocore's model and the rules of Fargate."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError

# cpu units -> memory in MiB
SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4097, 1024)),
    1024: tuple(range(2048, 8193, 1024)),
    2048: tuple(range(4096, 16385, 1024)),
    4096: tuple(range(8192, 30721, 1024)),
    8192: tuple(range(16384, 61441, 4096)),
    16384: tuple(range(32768, 122881, 8192)),
}
_NOT_ON_FARGATE = (
    "privileged",
    "links",
    "extraHosts",
    "dnsServers",
    "dnsSearchDomains",
    "dockerSecurityOptions",
    "disableNetworking",
    "hostname",
    "resourceRequirements",
)
_NOT_OF_LINUX_PARAMETERS = ("devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness")


def smallest_size(cpu: int, memory: int) -> tuple[int, int] | None:
    """The smallest Fargate size with at least these units and MiB; None if there is none."""
    for units, sizes in SIZES.items():
        fitting = [size for size in sizes if size >= memory]
        if units >= cpu and fitting:
            return units, fitting[0]
    return None


def problems(definition: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong with a RegisterTaskDefinition request for Fargate."""
    by_model = list(_by_model(definition))
    # The rules below read fields whose types the model has just vouched for.
    return by_model or [*_by_task(definition), *_by_containers(definition)]


@cache
def model() -> tuple[Any, Any]:
    """botocore's validator, and the shape of RegisterTaskDefinition: read from a file of 1 MB, so once."""
    try:
        # The model alone: a session brings the whole client with it.
        loaders, models, validate = (import_module(f"botocore.{name}") for name in ("loaders", "model", "validate"))
    except ImportError as error:
        raise AwsError(
            "the Python library botocore is missing",
            "the Python that runs this task",
            "install the collection's requirements/control.txt into the interpreter that Ansible uses.",
        ) from error
    service = models.ServiceModel(loaders.Loader().load_service_model("ecs", "service-2"), "ecs")
    return validate.ParamValidator(), service.operation_model("RegisterTaskDefinition").input_shape


def _by_model(definition: Mapping[str, Any]) -> Iterator[str]:
    validator, shape = model()
    report = validator.validate(dict(definition), shape)
    if report.has_errors():
        yield from report.generate_report().splitlines()
    yield from _by_enum(definition, shape, "")


def _by_enum(value: Any, shape: Any, path: str) -> Iterator[str]:
    """botocore leaves enumerations to the service."""
    if shape.type_name == "structure" and isinstance(value, Mapping):
        for name, member in shape.members.items():
            if name in value:
                yield from _by_enum(value[name], member, f"{path}.{name}" if path else name)
    elif shape.type_name == "list" and isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _by_enum(item, shape.member, f"{path}[{index}]")
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {', '.join(shape.enum)}"


def _by_task(definition: Mapping[str, Any]) -> Iterator[str]:
    if definition.get("networkMode") != "awsvpc":
        yield "networkMode: Fargate needs awsvpc"
    cpu, memory = str(definition.get("cpu", "")), str(definition.get("memory", ""))
    largest = max(SIZES)
    if cpu.isdecimal() and memory.isdecimal() and smallest_size(int(cpu), int(memory)) is None:
        yield (
            f"cpu {cpu} with memory {memory} is more than Fargate's largest size, {largest} with {SIZES[largest][-1]}: "
            "lower the limits, or give services tasks of their own"
        )
    elif not (cpu.isdecimal() and memory.isdecimal() and int(memory) in SIZES.get(int(cpu), ())):
        yield f"cpu {cpu or 'not set'} with memory {memory or 'not set'} is no Fargate size"
    if definition.get("ipcMode"):
        yield "ipcMode: not on Fargate"
    if definition.get("pidMode") not in (None, "task"):
        yield "pidMode: Fargate knows task only"
    if definition.get("placementConstraints"):
        yield "placementConstraints: not on Fargate"
    for volume in definition.get("volumes") or ():
        if volume.get("dockerVolumeConfiguration") or (volume.get("host") or {}).get("sourcePath"):
            yield f"volumes.{volume.get('name')}: Fargate has no volumes of Docker and none of a host"
    if not definition.get("executionRoleArn") and any(
        container.get("secrets") or (container.get("logConfiguration") or {}).get("logDriver") == "awslogs"
        for container in definition["containerDefinitions"]
    ):
        yield "executionRoleArn: needed to read secrets and to write logs"


def _by_containers(definition: Mapping[str, Any]) -> Iterator[str]:
    containers = definition["containerDefinitions"]
    if not containers:
        yield "containerDefinitions: a task needs a container"
    elif not any(container.get("essential", True) for container in containers):
        yield "containerDefinitions: one container at least has to be essential"
    yield from _resources(definition, containers)
    ports = Counter(
        (port["containerPort"], port.get("protocol", "tcp"))
        for container in containers
        for port in container.get("portMappings") or ()
        if port.get("containerPort")
    )
    for (port, protocol), count in ports.items():
        if count > 1:
            yield f"port {port}/{protocol}: {count} containers of one task cannot share it: give one a task of its own"
    by_name = {container.get("name", ""): container for container in containers}
    if len(by_name) < len(containers):
        yield "containerDefinitions: two containers have the same name"
    volumes = {volume.get("name") for volume in definition.get("volumes") or ()}
    for container in containers:
        for problem in (*_by_container(container, volumes), *_by_order(container, by_name)):
            yield f"{container.get('name')}.{problem}"
    for name in (*by_name, *volumes):
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", str(name)):
            yield f"{name}: a name has letters, digits, - and _, 255 at most"


def _resources(definition: Mapping[str, Any], containers: list[dict[str, Any]]) -> Iterator[str]:
    for name in ("cpu", "memory"):
        size = str(definition.get(name, ""))
        total = sum(int(container.get(name) or 0) for container in containers)
        if size.isdecimal() and total > int(size):
            yield f"{name}: the containers ask for {total}, the task has {size}"


def _by_container(container: Mapping[str, Any], volumes: set[Any]) -> Iterator[str]:
    if not container.get("image"):
        yield "image: none is named"
    for name in _NOT_ON_FARGATE:
        if container.get(name):
            yield f"{name}: not on Fargate"
    yield from _by_kernel(container)
    yield from _by_health(container.get("healthCheck") or {})
    if not 0 <= int(container.get("stopTimeout") or 0) <= 120:
        yield "stopTimeout: at most 120 s"
    for point in container.get("mountPoints") or ():
        if point.get("sourceVolume") not in volumes:
            yield f"mountPoints: no volume {point.get('sourceVolume')}"
    for mapping in container.get("portMappings") or ():
        if mapping.get("hostPort", mapping.get("containerPort")) not in (0, mapping.get("containerPort")):
            yield "portMappings: hostPort has to equal containerPort"
    names = Counter(item.get("name") for key in ("environment", "secrets") for item in container.get(key) or ())
    yield from (f"environment.{name}: set {count} times" for name, count in names.items() if count > 1)
    if container.get("memory") and int(container.get("memoryReservation") or 0) > int(container["memory"]):
        yield "memoryReservation: more than memory"


def _by_kernel(container: Mapping[str, Any]) -> Iterator[str]:
    parameters = container.get("linuxParameters") or {}
    for name in _NOT_OF_LINUX_PARAMETERS:
        if parameters.get(name) not in (None, [], 0):
            yield f"linuxParameters.{name}: not on Fargate"
    if not set((parameters.get("capabilities") or {}).get("add") or ()) <= {"SYS_PTRACE"}:
        yield "linuxParameters.capabilities.add: Fargate adds SYS_PTRACE only"
    for limit in container.get("ulimits") or ():
        if limit["name"] != "nofile":
            yield f"ulimits.{limit['name']}: Fargate changes nofile only"
        if limit["softLimit"] > limit["hardLimit"]:
            yield f"ulimits.{limit['name']}: the soft limit {limit['softLimit']} is above the hard one"


def _by_health(check: Mapping[str, Any]) -> Iterator[str]:
    ranges = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
    for name, (low, high) in ranges.items():
        if check.get(name) is not None and not low <= int(check[name]) <= high:
            yield f"healthCheck.{name}: {check[name]} is not in {low} to {high}"


def _awaited(name: str, by_name: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """All that a container waits for, whether itself or through others."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        links = by_name.get(ahead.pop(), {}).get("dependsOn") or ()
        new = {link["containerName"] for link in links} - found
        found |= new
        ahead += new
    return found


def _by_order(container: Mapping[str, Any], by_name: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    name = container.get("name", "")
    if name in _awaited(name, by_name):
        yield f"dependsOn: {name} waits for itself, through others"
    for link in container.get("dependsOn") or ():
        other = by_name.get(link["containerName"])
        if other is None:
            yield f"dependsOn: no container {link['containerName']}"
        elif link["condition"] in ("COMPLETE", "SUCCESS") and other.get("essential", True):
            yield f"dependsOn: {link['containerName']} is essential, so it can never be waited for to end"
        elif link["condition"] == "HEALTHY" and not other.get("healthCheck"):
            yield f"dependsOn: {link['containerName']} has no health check (ECS ignores the image's own)"
