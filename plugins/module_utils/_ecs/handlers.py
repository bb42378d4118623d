# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of keys that need more than copying: the program, who runs it, and the order of start and stop."""

from __future__ import annotations

from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import (
    Draft,
    Node,
    Range,
    Rule,
    container_name,
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

_CONDITIONS = {
    "service_started": "START",
    "service_healthy": "HEALTHY",
    "service_completed_successfully": "SUCCESS",
}

_ENTRYPOINT = mapped("entryPoint", "the image's own command is then ignored, as in compose")
_ENTRYPOINT_UNSET = without_effect("not set: the image's entrypoint is used")
_ENTRYPOINT_CLEARED = refused("an empty entrypoint clears the image's; ECS cannot say that: name the program to start")


@rule(_ENTRYPOINT, _ENTRYPOINT_UNSET, _ENTRYPOINT_CLEARED)
def entrypoint(draft: Draft, node: Node) -> Outcome:
    if node.value:
        draft.container["entryPoint"] = list(node.value)
        return _ENTRYPOINT
    return _ENTRYPOINT_UNSET if node.value is None else _ENTRYPOINT_CLEARED


_COMMAND = mapped("command")
_COMMAND_UNSET = without_effect("not set: the image's command is used, unless an entrypoint is set")
_COMMAND_CLEARED = refused("an empty command clears the image's; ECS cannot say that: give the entrypoint too")


@rule(_COMMAND, _COMMAND_UNSET, _COMMAND_CLEARED)
def command(draft: Draft, node: Node) -> Outcome:
    if node.value:
        draft.container["command"] = list(node.value)
        return _COMMAND
    return _COMMAND_UNSET if node.value is None or draft.model.get("entrypoint") else _COMMAND_CLEARED


_IMAGE = mapped("image")
_IMAGE_PUSHED = replaced("image", "overrides name the image that was pushed")
_IMAGE_OF_BUILD = without_effect("the name of a local build; see build")


@rule(_IMAGE, _IMAGE_PUSHED, _IMAGE_OF_BUILD)
def image(draft: Draft, node: Node) -> Outcome:
    if draft.override.image:
        return _IMAGE_PUSHED
    if draft.model.get("build"):
        return _IMAGE_OF_BUILD
    draft.container["image"] = node.value
    return _IMAGE


_BUILT = replaced("image", "the image is built before, pushed, and named in overrides")
_NOT_BUILT = refused("push the image and name it, by digest, in overrides.{service}.image")


@rule(_BUILT, _NOT_BUILT)
def build(draft: Draft, _node: Node) -> Outcome:
    return _BUILT if draft.override.image else _NOT_BUILT


_USER = mapped("user")
_USER_OVERRIDDEN = replaced("user", "by overrides")
_ROOT = refused("root in a container: name another user, or say overrides.{service}.run_as_root")


@rule(_USER, _USER_OVERRIDDEN, _ROOT)
def user(draft: Draft, node: Node) -> Outcome:
    if draft.override.user:
        return _USER_OVERRIDDEN
    if str(node.value).partition(":")[0] in ("0", "root") and not draft.override.run_as_root:
        return _ROOT
    draft.container["user"] = str(node.value)
    return _USER


_READ_ONLY = mapped("readonlyRootFilesystem")
_READ_ONLY_ANYWAY = mapped("readonlyRootFilesystem", "read-only all the same, unless overrides say writable_root")
_WRITABLE = replaced("readonlyRootFilesystem", "writable by overrides")


@rule(_READ_ONLY, _READ_ONLY_ANYWAY, _WRITABLE)
def read_only(draft: Draft, node: Node) -> Outcome:
    """The container definition's member is written by render, for every container."""
    if draft.override.writable_root:
        return _WRITABLE
    return _READ_ONLY if node.value else _READ_ONLY_ANYWAY


_ARCHITECTURES = {
    "linux/amd64": "X86_64",
    "linux/x86_64": "X86_64",
    "linux/arm64": "ARM64",
    "linux/arm64/v8": "ARM64",
}
_ARCHITECTURE = mapped("runtimePlatform.cpuArchitecture", "of the whole task")
_NO_ARCHITECTURE = refused("Fargate runs linux/amd64 and linux/arm64: build the image for one of them")


@rule(_ARCHITECTURE, _NO_ARCHITECTURE)
def platform(draft: Draft, node: Node) -> Outcome:
    architecture = _ARCHITECTURES.get(str(node.value).lower())
    if not architecture:
        return _NO_ARCHITECTURE
    draft.task.architectures[draft.service] = architecture
    return _ARCHITECTURE


_ESSENTIAL = mapped("essential", "a task that has to end by itself is run with RunTask, or awaited by another")
_RESTARTED = replaced("ECS service", "the service starts a new task in place of one that stopped")


@rule(_ESSENTIAL, _RESTARTED)
def restart(_draft: Draft, node: Node) -> Outcome:
    return _ESSENTIAL if node.value in ("no", "false", False) else _RESTARTED


_STOP = Range(2, 120, "stopTimeout")


@rule(*_STOP.outcomes)
def stop_grace_period(draft: Draft, node: Node) -> Outcome:
    draft.container["stopTimeout"], outcome = _STOP.nearest(seconds(node.value))
    return outcome


_UP_BEFORE = replaced("{by}", "it is up before the tasks are started")
_NOT_CHOSEN = without_effect("the service is in no chosen profile and not required, or left out by services")
_ORDERED = mapped("dependsOn")
_ELSEWHERE = refused(
    "{name} does not run in this task: give both services the same `task`, or accept that they start in any order"
)


@rule(_ORDERED, _UP_BEFORE, _NOT_CHOSEN, _ELSEWHERE)
def depends_on(draft: Draft, node: Node) -> Outcome:
    """Order of start within a task; a replaced service is up before any task is started."""
    choice = draft.choices.get(node.name)
    if choice is None or choice.role == "left_out":
        return _NOT_CHOSEN
    if choice.role == "replaced":
        return _UP_BEFORE.of(by=choice.by)
    if node.name not in draft.task.services:
        return _ELSEWHERE.of(name=node.name)
    condition = _CONDITIONS[node.value.get("condition") or "service_started"]
    draft.task.awaited.setdefault(node.name, set()).add(condition)
    draft.container.setdefault("dependsOn", []).append(
        {"containerName": container_name(node.name), "condition": condition}
    )
    return _ORDERED


def _of_link(outcome: Outcome) -> Rule:
    """A member of depends_on: it has the outcome unless the service it names is replaced."""

    @rule(outcome, _UP_BEFORE)
    def apply(draft: Draft, node: Node) -> Outcome:
        choice = draft.choices.get(node.up.name) if node.up else None
        return _UP_BEFORE.of(by=choice.by) if choice and choice.role == "replaced" else outcome

    return apply


depends_condition = _of_link(
    mapped("dependsOn.condition", "service_started: START; _healthy: HEALTHY; _completed_successfully: SUCCESS")
)
depends_required = _of_link(without_effect("the service is in this task, so it is always there"))
depends_restart = _of_link(without_effect("an essential container that stops ends its task, and all others with it"))
