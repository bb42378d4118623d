# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the options of the ECS modules have in common."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.common.dict_transformations import snake_dict_to_camel_dict

from ansible_collections.replatform.aws.plugins.module_utils._aws.waiters import Progress, silent
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import PROGRESS_FILE
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Progress as EventFile
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service import Waiting

NETWORK: dict[str, dict[str, Any]] = {
    "subnets": {"type": "list", "elements": "str", "required": True},
    "security_groups": {"type": "list", "elements": "str"},
    "assign_public_ip": {"type": "bool", "default": False},
}


def without_unset(value: Any) -> Any:
    """Suboptions that were not given come as None."""
    if isinstance(value, Mapping):
        return {key: without_unset(member) for key, member in value.items() if member is not None}
    return [without_unset(item) for item in value] if isinstance(value, list) else value


def camel(value: Any) -> Any:
    """Member names as the API writes them."""
    if isinstance(value, Mapping):
        return snake_dict_to_camel_dict(value)
    return [camel(item) for item in value] if isinstance(value, list) else value


def network(options: Mapping[str, Any]) -> dict[str, Any]:
    """NETWORK's options in the words of the API."""
    members = camel(without_unset(options))
    return {
        "awsvpcConfiguration": {**members, "assignPublicIp": "ENABLED" if members["assignPublicIp"] else "DISABLED"}
    }


def members(options: Mapping[str, Any], known: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
    """The options that were given, by the API's members. known: option -> (member, specification)."""
    return {
        member: network(options[option]) if member == "networkConfiguration" else camel(without_unset(options[option]))
        for option, (member, _specification) in known.items()
        if options.get(option) is not None
    }


def waiting(options: Mapping[str, Any], name: str, *, check_mode: bool) -> Waiting:
    """How long to follow something, and where to show it: check mode has nothing to show, and leaves no folder."""
    return Waiting(
        wait=options.get("wait", True),
        timeout=float(options["wait_timeout"]),
        interval=float(max(options["wait_interval"], 1)),
        progress=silent if check_mode else _progress(options["run_dir"], options["cluster"], name),
        on_pause=options.get("on_pause", "wait"),
    )


def _progress(run_dir: str | None, cluster: str, name: str) -> Progress:
    """Writes each new state as a phase into the run folder, where the callback finds it."""
    if not run_dir:
        return silent
    folder = Path(run_dir) / f"ecs-{cluster.rpartition('/')[2]}-{name}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    events = EventFile(folder / PROGRESS_FILE, "ecs")
    return lambda line, _seconds: events.begin(line, 0, 0)
