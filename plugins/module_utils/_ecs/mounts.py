# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Volumes, tmpfs, compose secrets and configs: what a container finds in its file system."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Draft, Node, rule
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import (
    Outcome,
    mapped,
    refused,
    without_effect,
)

# Fargate's own rule: a volume is root's with mode 0755; a path in the image's VOLUME keeps its owner, mode and files.
_OWNER = "it is root's, unless the image's Dockerfile names the path in VOLUME"
_IN_MEMORY = mapped("volumes", f"an empty volume for the life of a task, on disk instead of in memory; {_OWNER}")
_WITH_OPTIONS = mapped("volumes", f"{_IN_MEMORY.reason}; its options ({{options}}) have no counterpart")
ROOT_IS_READ_ONLY = mapped("volumes", f"{_IN_MEMORY.reason}; because the root file system is read-only")


@rule(_IN_MEMORY, _WITH_OPTIONS)
def tmpfs(draft: Draft, node: Node) -> Outcome:
    """Fargate has no tmpfs: an empty volume on the task's own disk does the same for files that may be lost."""
    target, _colon, options = str(node.value).partition(":")
    scratch(draft, target)
    return _WITH_OPTIONS.of(options=options) if options else _IN_MEMORY


def scratch(draft: Draft, target: str, *, volume: str = "", read_only: bool = False) -> None:
    """An empty volume that lives as long as the task. A named one is shared by the task's containers, as in compose."""
    path = target.rstrip("/")
    wanted = f"scratch-{volume}" if volume else f"{draft.service}-scratch{path.replace('/', '-')}"
    what = ("volume", volume) if volume else (draft.service, path)
    _mount(draft, {"name": draft.task.volume_name(wanted, what)}, target, read_only=read_only)


def _mount(draft: Draft, volume: dict[str, Any], target: str, *, read_only: bool) -> None:
    """A volume and its mount point, unless this container already has one there."""
    points = draft.container.setdefault("mountPoints", [])
    if all(point["containerPath"].rstrip("/") != target.rstrip("/") for point in points):
        draft.task.volumes[volume["name"]] = volume
        points.append({"sourceVolume": volume["name"], "containerPath": target, "readOnly": read_only})


_SCRATCH = mapped(
    "volumes",
    "scratch by overrides: it starts empty, its files end with the task, and only containers of one task share it; "
    f"{_OWNER}",
)
_LEFT_OUT = without_effect("left out by overrides")
_EFS = mapped("volumes", "an EFS file system, encrypted on the way")
_NOT_UNDERSTOOD = refused(
    "overrides.{service}.volumes.{key} is not understood: use scratch, left_out, or {efs: fs-…}, with access_point or "
    "root_directory"
)
_VOLUME = refused(
    "the volume at {at} may hold files that matter: say in overrides.{service}.volumes.{key} whether it is scratch, or "
    "{efs: fs-…}"
)
_FROM_IMAGE = refused(
    "{at} comes from another image: copy it into this one (COPY --from), or say left_out or scratch in "
    "overrides.{service}.volumes.{key}"
)
_FROM_MACHINE = refused(
    "{at} comes from this machine, which a task does not have: copy it into the image, or say left_out or scratch in "
    "overrides.{service}.volumes.{key}"
)


def _decision(draft: Draft, found: Mapping[str, Any]) -> tuple[str, Any]:
    """What the user says of this mount, by its place in the container or by its source, and what it is called there."""
    places = (str(found["target"]), str(found.get("source")))
    key = next((place for place in places if place in draft.override.volumes), _named(found) or places[0])
    return key, draft.override.volumes.get(key)


def _named(found: Mapping[str, Any]) -> str:
    """The volume's name; '' for what comes from elsewhere, whose source may be a path of this machine."""
    return str(found.get("source") or "") if found.get("type") in ("volume", "cluster") else ""


def _is_file_system(decision: Any) -> bool:
    return (
        isinstance(decision, Mapping)
        and set(decision) in ({"efs"}, {"efs", "access_point"}, {"efs", "root_directory"})
        and bool(decision["efs"])
    )


@rule(_IN_MEMORY, _SCRATCH, _LEFT_OUT, _EFS, _NOT_UNDERSTOOD, _VOLUME, _FROM_IMAGE, _FROM_MACHINE)
def mount(draft: Draft, node: Node) -> Outcome:
    """A mount of the long form: only the user knows whether its files matter."""
    found = node.value
    kind, named, target = found.get("type"), _named(found), str(found["target"])
    key, decision = _decision(draft, found)
    if kind == "tmpfs" or decision == "scratch":
        scratch(draft, target, volume=named, read_only=bool(found.get("read_only")))
        return _SCRATCH if decision == "scratch" else _IN_MEMORY
    if decision == "left_out":
        return _LEFT_OUT
    if _is_file_system(decision):
        _file_system(draft, found, decision)
        return _EFS
    if decision is not None:
        refusal = _NOT_UNDERSTOOD
    elif kind == "image":
        refusal = _FROM_IMAGE
    else:
        refusal = _VOLUME if kind in ("volume", "cluster") else _FROM_MACHINE
    return refusal.of(at=target, key=key)


def _file_system(draft: Draft, found: Mapping[str, Any], decision: Mapping[str, Any]) -> None:
    efs: dict[str, Any] = {"fileSystemId": decision["efs"], "transitEncryption": "ENABLED"}
    subpath = (found.get("volume") or {}).get("subpath")
    if decision.get("access_point"):
        efs["authorizationConfig"] = {"accessPointId": decision["access_point"], "iam": "ENABLED"}
    elif decision.get("root_directory") or subpath:
        efs["rootDirectory"] = posixpath.join(decision.get("root_directory") or "/", subpath or "").rstrip("/") or "/"
    name = draft.task.volume_name(f"efs-{decision['efs']}-{_named(found) or found['target']}", efs)
    volume = {"name": name, "efsVolumeConfiguration": efs}
    _mount(draft, volume, str(found["target"]), read_only=bool(found.get("read_only")))


_SUBPATH = mapped("volumes.efsVolumeConfiguration.rootDirectory", "the folder of the file system; it has to exist")
_SUBPATH_OF_SCRATCH = without_effect("the volume starts empty and has no folders")
_SUBPATH_OF_POINT = refused("an access point is at a folder already: name one that is at this folder, and accept this")


@rule(_SUBPATH, _SUBPATH_OF_SCRATCH, _SUBPATH_OF_POINT)
def subpath(draft: Draft, node: Node) -> Outcome:
    options = node.up
    decision = _decision(draft, options.up.value)[1] if options and options.up else None
    if not isinstance(decision, Mapping):
        return _SUBPATH_OF_SCRATCH
    return _SUBPATH_OF_POINT if decision.get("access_point") else _SUBPATH


MOUNT_TYPE = mapped("volumes")
MOUNT_SOURCE = mapped("mountPoints.sourceVolume")
MOUNT_TARGET = mapped("mountPoints.containerPath")
MOUNT_READ_ONLY = mapped("mountPoints.readOnly")
MOUNT_CONSISTENCY = without_effect("for Docker Desktop")
MOUNT_BIND = without_effect("how this machine hands a folder of its own to a container")
MOUNT_IMAGE = without_effect("of an image's folder, which overrides replace")
NO_COPY = without_effect("ECS copies the image's files only where its Dockerfile names the path in VOLUME")
VOLUME_LABELS = without_effect("for the engine's own list of volumes")
TMPFS_SIZE = without_effect("the task's disk is the limit (ephemeralStorage)")
TMPFS_MODE = without_effect("the mode is 0755, or the folder's in the image where its Dockerfile names it in VOLUME")


_VARIABLE = mapped("secrets", "as the variable {variable}")
_NO_FILE = refused(
    "Fargate has no secret files: name the variable that takes the secret's place in "
    "overrides.{service}.secrets_as.{source}, or bring the file in another way"
)
_NO_ARN = refused("no ARN for {variable}: give it in `secrets`")


@rule(_VARIABLE, _NO_FILE, _NO_ARN)
def secret(draft: Draft, node: Node) -> Outcome:
    """A file under /run/secrets: Fargate hands secrets over as environment variables only."""
    source = str(node.value["source"])
    variable = draft.override.secrets_as.get(source)
    if not variable:
        return _NO_FILE.of(source=source)
    arn = draft.secrets.get(f"{draft.service}/{variable}") or draft.secrets.get(variable)
    if not arn:
        return _NO_ARN.of(variable=variable)
    draft.give_secret(variable, arn)
    return _VARIABLE.of(variable=variable)


SECRET_SOURCE = mapped("secrets.valueFrom")
SECRET_FILE = without_effect("there is no file: the program reads the variable")

_CONFIG = refused("Fargate puts no files into a container: copy {source} into the image, or accept its loss")


@rule(_CONFIG)
def config(_draft: Draft, node: Node) -> Outcome:
    """A file that compose puts into a container."""
    return _CONFIG.of(source=node.value.get("source"))
