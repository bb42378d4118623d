# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One container on its way from a compose service to a container definition."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import Fate, Ledger
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Choice, Override

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


@dataclass
class Task:
    """What the containers of one task definition share."""

    name: str
    services: tuple[str, ...]
    volumes: dict[str, dict[str, Any]] = field(default_factory=dict)
    architectures: dict[str, str] = field(default_factory=dict)  # by service
    awaited: dict[str, set[str]] = field(default_factory=dict)  # service -> conditions that others wait for


@dataclass
class Draft:
    """A container being built. Handlers write into `container`, `task` and `ledger`, and into nothing else."""

    service: str
    model: Mapping[str, Any]
    override: Override
    choices: Mapping[str, Choice]
    task: Task
    ledger: Ledger
    secrets: Mapping[str, str]
    container: dict[str, Any] = field(default_factory=dict)

    def mapped(self, path: str, target: str, reason: str = "") -> None:
        self.ledger.mapped(self.service, path, target, reason)

    def replaced(self, path: str, target: str, reason: str = "") -> None:
        self.ledger.replaced(self.service, path, target, reason)

    def without_effect(self, path: str, reason: str) -> None:
        self.ledger.without_effect(self.service, path, reason)

    def refused(self, path: str, reason: str) -> None:
        self.ledger.refused(self.service, path, reason)

    def strangers(self, path: str, value: Mapping[str, Any], known: set[str]) -> None:
        """Refuses members that this version does not know; extension fields are of no effect."""
        for key in value:
            if key in known:
                continue
            if key.startswith("x-"):
                self.without_effect(f"{path}.{key}", "an extension field")
            else:
                self.refused(f"{path}.{key}", UNKNOWN)


Handler = Callable[[Draft, str, Any], None]


@dataclass(frozen=True)
class Rule:
    """What becomes of a key. fate and becomes tell docs/compose.md what apply does, and on what it depends."""

    apply: Handler
    fate: Fate
    becomes: str


UNKNOWN = "this key is not known; update the collection, take it out, or accept its loss in overrides"


def seconds(text: Any) -> float:
    """A compose duration ("1m30s") in seconds. Raises ValueError for anything else."""
    if isinstance(text, int | float):
        return float(text)
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)", str(text))
    if not parts or "".join(n + unit for n, unit in parts) != str(text):
        raise ValueError(f"{text!r} is no duration")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def clamp(draft: Draft, path: str, value: float, low: int, high: int, target: str) -> int:
    """The whole number nearest to value within ECS's range; the ledger says when it differs."""
    whole = min(max(round(value), low), high)
    changed = abs(whole - value) > 1e-9
    draft.mapped(path, target, f"{value:g} became {whole}: ECS takes {low} to {high}" if changed else "")
    return whole


def mib(size: Any) -> int:
    """Bytes (as compose prints them) in whole MiB, rounded up."""
    return -(-int(size) // (1024 * 1024))
