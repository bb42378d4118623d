# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of health checks, of CPU and memory, and of what a container may ask of the kernel."""

from __future__ import annotations

from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import (
    Draft,
    Node,
    Range,
    Rule,
    mib,
    rule,
    seconds,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import (
    Outcome,
    mapped,
    refused,
    replaced,
    without_effect,
)

_TEST = mapped("healthCheck.command")
_TEST_AND_TIMEOUT = mapped("healthCheck.command", "with the timeout of 30 s that compose takes; ECS would take 5")
_NO_TEST = without_effect("no test is set; ECS ignores the image's own health check")
_DEFAULT = without_effect("the default")


def _is_checked(check: Any) -> bool:
    test = check.get("test")
    return bool(test) and test[0] != "NONE" and not check.get("disable")


@rule(_TEST, _TEST_AND_TIMEOUT, _NO_TEST)
def health_test(draft: Draft, node: Node) -> Outcome:
    if not node.up or not _is_checked(node.up.value):
        return _NO_TEST
    check = draft.container.setdefault("healthCheck", {})
    check["command"] = list(node.value)
    if seconds(node.beside("timeout") or 0):
        return _TEST
    check["timeout"] = 30
    return _TEST_AND_TIMEOUT


@rule(_NO_TEST, _DEFAULT)
def health_disable(_draft: Draft, node: Node) -> Outcome:
    return _NO_TEST if node.value or not node.beside("test") else _DEFAULT


def _health_number(low: int, high: int, member: str, default: str) -> Rule:
    allowed = Range(low, high, f"healthCheck.{member}")
    unset = without_effect(f"0 is compose's default, {default}")

    @rule(*allowed.outcomes, unset, _NO_TEST)
    def apply(draft: Draft, node: Node) -> Outcome:
        if not node.up or not _is_checked(node.up.value):
            return _NO_TEST
        value = float(node.value) if member == "retries" else seconds(node.value)
        if not value:
            return unset
        number, outcome = allowed.nearest(value)
        draft.container.setdefault("healthCheck", {})[member] = number
        return outcome

    return apply


health_interval = _health_number(5, 300, "interval", "30 s, as is ECS's")
health_timeout = _health_number(2, 60, "timeout", "30 s, which is written")
health_retries = _health_number(1, 10, "retries", "3, as is ECS's")
health_start_period = _health_number(0, 300, "startPeriod", "as is ECS's")

_ONE_INTERVAL = without_effect("ECS checks at one interval from the start")


@rule(_ONE_INTERVAL, _NO_TEST)
def health_start_interval(_draft: Draft, node: Node) -> Outcome:
    return _ONE_INTERVAL if node.up and _is_checked(node.up.value) else _NO_TEST


_CPU = mapped("cpu", "in units of 1/1024; on a task alone it is a share, the task's size is the limit")
_CPU_OVERRIDDEN = replaced("cpu", "by overrides")
_NO_LIMIT = without_effect("0 is no limit")


@rule(_CPU, _CPU_OVERRIDDEN, _NO_LIMIT)
def cpus(draft: Draft, node: Node) -> Outcome:
    if draft.override.cpu is not None:
        return _CPU_OVERRIDDEN
    if float(node.value) <= 0:
        return _NO_LIMIT
    # The kernel gives no share below 2.
    draft.container["cpu"] = max(int(float(node.value) * 1024), int(draft.container.get("cpu", 0)), 2)
    return _CPU


_MEMORY = mapped("memory", "a hard limit, in MiB")
_MEMORY_OVERRIDDEN = replaced("memory", "by overrides")


@rule(_MEMORY, _MEMORY_OVERRIDDEN, _NO_LIMIT)
def memory_limit(draft: Draft, node: Node) -> Outcome:
    if draft.override.memory is not None:
        return _MEMORY_OVERRIDDEN
    if int(node.value) <= 0:
        return _NO_LIMIT
    draft.container["memory"] = max(mib(node.value), 6)
    return _MEMORY


_RESERVATION = mapped("memoryReservation", "in MiB")
_NO_RESERVATION = without_effect("0 is no reservation")
_RESERVATION_OVERRIDDEN = replaced("memory", "overrides give less than this, as a hard limit")


@rule(_RESERVATION, _NO_RESERVATION, _RESERVATION_OVERRIDDEN)
def memory_reservation(draft: Draft, node: Node) -> Outcome:
    if int(node.value) <= 0:
        return _NO_RESERVATION
    size = max(mib(node.value), 6)
    if draft.override.memory is not None and size > draft.override.memory:
        return _RESERVATION_OVERRIDDEN
    draft.container["memoryReservation"] = size
    return _RESERVATION


_INIT = mapped("linuxParameters.initProcessEnabled")


@rule(_INIT)
def init(draft: Draft, node: Node) -> Outcome:
    if node.value:
        draft.container.setdefault("linuxParameters", {})["initProcessEnabled"] = True
    return _INIT


def _capabilities(draft: Draft) -> dict[str, list[str]]:
    found: dict[str, list[str]] = draft.container.setdefault("linuxParameters", {}).setdefault("capabilities", {})
    return found


def _without_prefix(names: Any) -> list[str]:
    return [str(name).upper().removeprefix("CAP_") for name in names]


_DROPPED = mapped("linuxParameters.capabilities.drop")


@rule(_DROPPED)
def cap_drop(draft: Draft, node: Node) -> Outcome:
    _capabilities(draft)["drop"] = _without_prefix(node.value)
    return _DROPPED


_ADDED = mapped("linuxParameters.capabilities.add")
_NOT_ADDED = refused("Fargate adds no capability but SYS_PTRACE: change the image, or run on EC2")


@rule(_ADDED, _NOT_ADDED)
def cap_add(draft: Draft, node: Node) -> Outcome:
    names = _without_prefix(node.value)
    if not set(names) <= {"SYS_PTRACE"}:
        return _NOT_ADDED
    _capabilities(draft)["add"] = names
    return _ADDED


_ULIMIT = mapped("ulimits")
_NO_ULIMIT = refused("Fargate changes the limit nofile only, to a number; accept the platform's own limit")


@rule(_ULIMIT, _NO_ULIMIT)
def ulimit(draft: Draft, node: Node) -> Outcome:
    both = (node.value["soft"], node.value["hard"]) if isinstance(node.value, dict) else (node.value, node.value)
    soft, hard = (int(number) for number in both)
    if node.name != "nofile" or min(soft, hard) < 0:
        return _NO_ULIMIT
    draft.container.setdefault("ulimits", []).append({"name": node.name, "softLimit": soft, "hardLimit": hard})
    return _ULIMIT


ULIMIT_SOFT = mapped("ulimits.softLimit")
ULIMIT_HARD = mapped("ulimits.hardLimit")

_IPC_SYSCTLS = {"msgmax", "msgmnb", "msgmni", "sem", "shm_rmid_forced", "shmall", "shmmax", "shmmni"}
_SYSCTL = mapped("systemControls")
_NO_SYSCTL = refused("Fargate sets network and IPC parameters only; take it out")


@rule(_SYSCTL, _NO_SYSCTL)
def sysctl(draft: Draft, node: Node) -> Outcome:
    space, _dot, rest = node.name.partition(".")
    if not (space == "net" or (space == "kernel" and rest in _IPC_SYSCTLS) or node.name.startswith("fs.mqueue.")):
        return _NO_SYSCTL
    draft.container.setdefault("systemControls", []).append({"namespace": node.name, "value": str(node.value)})
    return _SYSCTL


_STRICT = {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"}
_STRICT_ANYWAY = without_effect("no-new-privileges cannot be said; each task has a virtual machine of its own")
_OTHER_SECURITY = refused("Fargate takes no security options: take them out, or accept their loss")


@rule(_STRICT_ANYWAY, _OTHER_SECURITY)
def security_opt(_draft: Draft, node: Node) -> Outcome:
    return _STRICT_ANYWAY if set(node.value) <= _STRICT else _OTHER_SECURITY


_LABELS = mapped("dockerLabels")


@rule(_LABELS)
def labels(draft: Draft, node: Node) -> Outcome:
    draft.container["dockerLabels"] = {str(key): str(text) for key, text in node.value.items()}
    return _LABELS
