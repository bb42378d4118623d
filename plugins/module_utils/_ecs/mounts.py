# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Volumes, tmpfs, compose secrets and configs: what a container finds in its file system."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Draft
from ansible_collections.replatform.aws.plugins.module_utils._ecs.members import known


def volumes(draft: Draft, path: str, value: Any) -> None:
    """Every mount of the long form, one ledger entry each."""
    for index, mount in enumerate(value or ()):
        here = f"{path}[{index}]"
        draft.strangers(here, mount, known("volumes"))
        for part in ("bind", "volume", "tmpfs", "image"):
            draft.strangers(f"{here}.{part}", mount.get(part) or {}, known("volumes", part))
        if mount.get("type") == "tmpfs":
            size = (mount.get("tmpfs") or {}).get("size")
            scratch(draft, here, mount["target"], f"not limited to {size} bytes" if size else "")
        else:
            _stored(draft, here, mount)


def tmpfs(draft: Draft, path: str, value: Any) -> None:
    """Fargate has no tmpfs: an empty volume on the task's own disk does the same for files that may be lost."""
    for index, item in enumerate([value] if isinstance(value, str) else value or ()):
        target, _colon, options = str(item).partition(":")
        scratch(draft, f"{path}[{index}]", target, f"its options ({options}) have no counterpart" if options else "")


def scratch(draft: Draft, path: str, target: str, note: str = "") -> None:
    """An empty volume that lives as long as the task."""
    name = _scratch_name(draft.service, target)
    draft.task.volumes[name] = {"name": name}
    mount(draft, name, target, read_only=False)
    reason = "an empty volume for the life of a task, on disk instead of in memory"
    draft.mapped(path, "volumes", f"{reason}; {note}" if note else reason)


def _scratch_name(service: str, target: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", f"{service}-scratch{target.rstrip('/').replace('/', '-')}")[:255]


def mount(draft: Draft, name: str, target: str, *, read_only: bool) -> None:
    """A mount point, unless this container already has one there."""
    points = draft.container.setdefault("mountPoints", [])
    if all(point["containerPath"].rstrip("/") != target.rstrip("/") for point in points):
        points.append({"sourceVolume": name, "containerPath": target, "readOnly": read_only})


def _stored(draft: Draft, path: str, found: Mapping[str, Any]) -> None:
    """A named volume or a bind mount: only the user knows whether its files matter."""
    source, target = str(found.get("source", "")), str(found["target"])
    decisions = draft.override.volumes
    decision = next((decisions[key] for key in (target, source) if key in decisions), None)
    key = source if found.get("type") == "volume" and source else target
    if decision == "scratch":
        scratch(draft, path, target, "scratch by overrides: files written there end with the task")
    elif decision == "left_out":
        draft.without_effect(path, "left out by overrides")
    elif (
        isinstance(decision, Mapping)
        and set(decision) <= {"efs", "access_point", "root_directory"}
        and "efs" in decision
    ):
        _file_system(draft, path, found, decision)
    elif decision is not None:
        draft.refused(path, f"overrides.volumes.{key} is not understood: use scratch, left_out, or {{efs: fs-…}}")
    elif found.get("type") == "volume":
        draft.refused(
            path,
            f"the volume at {target} may hold files that matter: say in overrides.{draft.service}.volumes.{key} "
            "whether it is scratch, or {efs: fs-…}",
        )
    else:
        draft.refused(
            path,
            f"{target} comes from this machine, which a task does not have: copy it into the image, or say left_out "
            f"or scratch in overrides.{draft.service}.volumes.{key}",
        )


def _file_system(draft: Draft, path: str, found: Mapping[str, Any], decision: Mapping[str, Any]) -> None:
    if (found.get("volume") or {}).get("subpath"):
        draft.refused(
            f"{path}.volume.subpath",
            "ECS mounts a file system whole: give its root_directory in overrides, or accept this",
        )
    name = re.sub(r"[^A-Za-z0-9_-]", "-", f"efs-{decision['efs']}-{found.get('source') or found['target']}")[:255]
    efs: dict[str, Any] = {"fileSystemId": decision["efs"], "transitEncryption": "ENABLED"}
    if decision.get("access_point"):
        efs["authorizationConfig"] = {"accessPointId": decision["access_point"], "iam": "ENABLED"}
    elif decision.get("root_directory"):
        efs["rootDirectory"] = decision["root_directory"]
    draft.task.volumes[name] = {"name": name, "efsVolumeConfiguration": efs}
    mount(draft, name, str(found["target"]), read_only=bool(found.get("read_only")))
    draft.mapped(path, "volumes", "an EFS file system, encrypted on the way")


def compose_secrets(draft: Draft, path: str, value: Any) -> None:
    """Files under /run/secrets: Fargate hands secrets over as environment variables only."""
    for index, item in enumerate(value or ()):
        here, source = f"{path}[{index}]", str(item["source"])
        draft.strangers(here, item, known("secrets"))
        variable = draft.override.secrets_as.get(source)
        arn = draft.secrets.get(f"{draft.service}/{variable}") or draft.secrets.get(str(variable))
        if not variable:
            draft.refused(
                here,
                f"Fargate has no secret files: name the variable that takes the secret's place in "
                f"overrides.{draft.service}.secrets_as.{source}, or bring the file in another way",
            )
        elif not arn:
            draft.refused(here, f"no ARN for {variable}: give it in `secrets`")
        else:
            draft.container.setdefault("secrets", []).append({"name": variable, "valueFrom": arn})
            draft.mapped(here, "secrets", f"as the variable {variable}")


def configs(draft: Draft, path: str, value: Any) -> None:
    """Files that compose puts into a container."""
    for index, item in enumerate(value or ()):
        draft.strangers(f"{path}[{index}]", item, known("configs"))
        draft.refused(
            f"{path}[{index}]",
            f"Fargate puts no files into a container: copy {item.get('source')} into the image, or accept its loss",
        )
