# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Handlers of compose keys that need more than copying: commands, ports, health, resources, order of start."""

from __future__ import annotations

from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Draft, clamp, mib, seconds
from ansible_collections.replatform.aws.plugins.module_utils._ecs.members import known

_IPC_SYSCTLS = {"msgmax", "msgmnb", "msgmni", "sem", "shm_rmid_forced", "shmall", "shmmax", "shmmni"}
_CONDITIONS = {
    "service_started": "START",
    "service_healthy": "HEALTHY",
    "service_completed_successfully": "SUCCESS",
}


def entrypoint(draft: Draft, path: str, value: Any) -> None:
    if value:
        draft.container["entryPoint"] = list(value)
        draft.mapped(path, "entryPoint", "the image's own command is then ignored, as in compose")
    elif value is None:
        draft.without_effect(path, "not set: the image's entrypoint is used")
    else:
        draft.refused(path, "an empty entrypoint clears the image's; ECS cannot say that: name the program to start")


def command(draft: Draft, path: str, value: Any) -> None:
    if value:
        draft.container["command"] = list(value)
        draft.mapped(path, "command")
    elif value is None or draft.model.get("entrypoint"):
        draft.without_effect(path, "not set: the image's command is used, unless an entrypoint is set")
    else:
        draft.refused(path, "an empty command clears the image's; ECS cannot say that: give the entrypoint too")


def image(draft: Draft, path: str, value: Any) -> None:
    if draft.override.image:
        draft.replaced(path, "image", "overrides name the image that was pushed")
    elif draft.model.get("build"):
        draft.without_effect(path, "the name of a local build; see build")
    else:
        draft.container["image"] = value
        draft.mapped(path, "image")


def build(draft: Draft, path: str, _value: Any) -> None:
    if draft.override.image:
        draft.replaced(path, "image", "the image is built before, pushed, and named in overrides")
    else:
        draft.refused(path, f"push the image and name it, by digest, in overrides.{draft.service}.image")


def user(draft: Draft, path: str, value: Any) -> None:
    if draft.override.user:
        draft.replaced(path, "user", "by overrides")
    elif str(value).partition(":")[0] in ("0", "root") and not draft.override.run_as_root:
        draft.refused(path, f"root in a container: name another user, or say overrides.{draft.service}.run_as_root")
    else:
        draft.container["user"] = str(value)
        draft.mapped(path, "user")


def read_only(draft: Draft, path: str, _value: Any) -> None:
    draft.mapped(path, "readonlyRootFilesystem", "read-only unless overrides say writable_root")


def ports(draft: Draft, path: str, value: Any) -> None:
    for index, port in enumerate(value or ()):
        here = f"{path}[{index}]"
        draft.strangers(here, port, known("ports"))
        _port(draft, int(port["target"]), port.get("protocol") or "tcp")
        draft.mapped(
            here, "portMappings", "reached at the task's own address; what the outside may reach is the load balancer's"
        )


def expose(draft: Draft, path: str, value: Any) -> None:
    for index, item in enumerate(value or ()):
        numbers, _slash, protocol = str(item).partition("/")
        first, _dash, last = numbers.partition("-")
        for number in range(int(first), int(last or first) + 1):
            _port(draft, number, protocol or "tcp")
        draft.mapped(f"{path}[{index}]", "portMappings")


def _port(draft: Draft, number: int, protocol: str) -> None:
    mapping = {"containerPort": number, "hostPort": number, "protocol": protocol}
    mappings = draft.container.setdefault("portMappings", [])
    if mapping not in mappings:
        mappings.append(mapping)


def healthcheck(draft: Draft, path: str, value: Any) -> None:
    """All keys of a health check at once: without a test the others mean nothing."""
    value = value or {}
    ranges = {
        "interval": (5, 300, "interval"),
        "timeout": (2, 60, "timeout"),
        "retries": (1, 10, "retries"),
        "start_period": (0, 300, "startPeriod"),
    }
    draft.strangers(path, value, known("healthcheck"))
    test = value.get("test")
    if value.get("disable") or not test or test[0] == "NONE":
        for key in value:
            draft.without_effect(f"{path}.{key}", "no test is set; ECS ignores the image's own health check")
        return
    check: dict[str, Any] = {"command": list(test)}
    draft.mapped(f"{path}.test", "healthCheck.command")
    for key, (low, high, target) in ranges.items():
        if value.get(key) is not None:
            number = float(value[key]) if key == "retries" else seconds(value[key])
            check[target] = clamp(draft, f"{path}.{key}", number, low, high, f"healthCheck.{target}")
    if "disable" in value:
        draft.without_effect(f"{path}.disable", "false is the default")
    if "start_interval" in value:
        draft.without_effect(f"{path}.start_interval", "ECS checks at one interval from the start")
    draft.container["healthCheck"] = check


def cpus(draft: Draft, path: str, value: Any) -> None:
    if draft.override.cpu is not None:
        draft.replaced(path, "cpu", "by overrides")
        return
    draft.container["cpu"] = max(int(float(value) * 1024), int(draft.container.get("cpu", 0)))
    draft.mapped(path, "cpu", "in units of 1/1024; on a task alone it is a share, the task's size is the limit")


def memory_limit(draft: Draft, path: str, value: Any) -> None:
    if draft.override.memory is not None:
        draft.replaced(path, "memory", "by overrides")
    elif int(value):
        draft.container["memory"] = max(mib(value), 6)
        draft.mapped(path, "memory", "a hard limit, in MiB")
    else:
        draft.without_effect(path, "0 is no limit")


def memory_reservation(draft: Draft, path: str, value: Any) -> None:
    if int(value):
        draft.container["memoryReservation"] = max(mib(value), 6)
        draft.mapped(path, "memoryReservation", "in MiB")
    else:
        draft.without_effect(path, "0 is no reservation")


def init(draft: Draft, path: str, value: Any) -> None:
    if value:
        draft.container.setdefault("linuxParameters", {})["initProcessEnabled"] = True
    draft.mapped(path, "linuxParameters.initProcessEnabled")


def cap_drop(draft: Draft, path: str, value: Any) -> None:
    capabilities = draft.container.setdefault("linuxParameters", {}).setdefault("capabilities", {})
    capabilities["drop"] = [str(name).upper().removeprefix("CAP_") for name in value]
    draft.mapped(path, "linuxParameters.capabilities.drop")


def cap_add(draft: Draft, path: str, value: Any) -> None:
    names = [str(name).upper().removeprefix("CAP_") for name in value]
    if set(names) <= {"SYS_PTRACE"}:
        draft.container.setdefault("linuxParameters", {}).setdefault("capabilities", {})["add"] = names
        draft.mapped(path, "linuxParameters.capabilities.add")
    else:
        draft.refused(path, "Fargate adds no capability but SYS_PTRACE: change the image, or run on EC2")


def stop_grace_period(draft: Draft, path: str, value: Any) -> None:
    draft.container["stopTimeout"] = clamp(draft, path, seconds(value), 2, 120, "stopTimeout")


def labels(draft: Draft, path: str, value: Any) -> None:
    draft.container["dockerLabels"] = {str(key): str(text) for key, text in value.items()}
    draft.mapped(path, "dockerLabels")


def ulimits(draft: Draft, path: str, value: Any) -> None:
    for name, limit in value.items():
        soft, hard = (limit["soft"], limit["hard"]) if isinstance(limit, dict) else (limit, limit)
        if isinstance(limit, dict):
            draft.strangers(f"{path}.{name}", limit, known("ulimits"))
        if name == "nofile":
            limits = draft.container.setdefault("ulimits", [])
            limits.append({"name": name, "softLimit": int(soft), "hardLimit": int(hard)})
            draft.mapped(f"{path}.{name}", "ulimits")
        else:
            draft.refused(f"{path}.{name}", "Fargate changes the limit nofile only; accept the platform's own limit")


def sysctls(draft: Draft, path: str, value: Any) -> None:
    for name, setting in value.items():
        space, _dot, rest = name.partition(".")
        if space == "net" or (space == "kernel" and rest in _IPC_SYSCTLS) or name.startswith("fs.mqueue."):
            controls = draft.container.setdefault("systemControls", [])
            controls.append({"namespace": name, "value": str(setting)})
            draft.mapped(f"{path}.{name}", "systemControls")
        else:
            draft.refused(f"{path}.{name}", "Fargate sets network and IPC parameters only; take it out")


def security_opt(draft: Draft, path: str, value: Any) -> None:
    strict = {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"}
    if set(value) <= strict:
        draft.without_effect(path, "Fargate takes no security options; each task has a virtual machine of its own")
    else:
        draft.refused(path, "Fargate takes no security options: take them out, or accept their loss")


def platform(draft: Draft, path: str, value: Any) -> None:
    known = {"linux/amd64": "X86_64", "linux/x86_64": "X86_64", "linux/arm64": "ARM64", "linux/arm64/v8": "ARM64"}
    architecture = known.get(str(value).lower())
    if architecture:
        draft.task.architectures[draft.service] = architecture
        draft.mapped(path, "runtimePlatform.cpuArchitecture")
    else:
        draft.refused(path, "Fargate runs linux/amd64 and linux/arm64: build the image for one of them")


def depends_on(draft: Draft, path: str, value: Any) -> None:
    """Order of start within a task; a replaced service is up before any task is started."""
    for name, link in value.items():
        here = f"{path}.{name}"
        draft.strangers(here, link, known("depends_on"))
        choice = draft.choices.get(name)
        if choice is None:
            draft.without_effect(here, "the service is in no chosen profile and not required")
        elif choice.role == "replaced":
            draft.replaced(here, choice.by, "it is up before the tasks are started")
        elif name not in draft.task.services:
            draft.refused(
                here,
                f"{name} does not run in this task: give both services the same `task`, or accept that they start "
                "in any order",
            )
        else:
            condition = _CONDITIONS[link.get("condition") or "service_started"]
            draft.task.awaited.setdefault(name, set()).add(condition)
            draft.container.setdefault("dependsOn", []).append({"containerName": name, "condition": condition})
            draft.mapped(here, "dependsOn")


def restart(draft: Draft, path: str, value: Any) -> None:
    if value in ("no", "false", False):
        draft.mapped(path, "essential", "a task that has to end by itself is run with RunTask, or awaited by another")
    else:
        draft.replaced(path, "ECS service", "the service starts a new task in place of one that stopped")
