# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One container on its way from a compose service to a container definition, and what a rule for a key is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs.environment import Variable
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import Ledger, Outcome, mapped
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Choice, Override

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def container_name(service: str) -> str:
    """ECS takes no dots, which compose does."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", service)


@dataclass
class Task:
    """What the containers of one task definition share."""

    name: str
    services: tuple[str, ...]
    volumes: dict[str, dict[str, Any]] = field(default_factory=dict)
    architectures: dict[str, str] = field(default_factory=dict)  # by service
    awaited: dict[str, set[str]] = field(default_factory=dict)  # service -> conditions that others wait for
    port_names: set[str] = field(default_factory=set)  # unique in a task definition
    named: dict[str, object] = field(default_factory=dict)  # volume's name -> what it is the name of

    def volume_name(self, wanted: str, what: object) -> str:
        """A name that ECS takes; the same for the same thing, and never one for two things."""
        base = re.sub(r"[^A-Za-z0-9_-]", "-", wanted)[:250]
        name, number = base, 1
        while self.named.setdefault(name, what) != what:
            number += 1
            name = f"{base}-{number}"
        return name


@dataclass
class Draft:
    """A container being built. Rules write into `container` and `task`, and into nothing else."""

    service: str
    model: Mapping[str, Any]
    override: Override
    choices: Mapping[str, Choice]
    task: Task
    ledger: Ledger
    secrets: Mapping[str, str]
    variables: Mapping[str, Variable] = field(default_factory=dict)
    container: dict[str, Any] = field(default_factory=dict)

    def settle(self, path: str, outcome: Outcome) -> None:
        """Writes down what became of a key."""
        self.ledger.add(self.service, path, outcome.of(service=self.service))

    def give_secret(self, name: str, value_from: str) -> None:
        """Once, however often compose mentions it."""
        listed = self.container.setdefault("secrets", [])
        if (given := {"name": name, "valueFrom": value_from}) not in listed:
            listed.append(given)


@dataclass(frozen=True)
class Node:
    """A place in the compose model: `ports[0].target`, where name is `target` and up is `ports[0]`."""

    path: str
    name: str
    value: Any
    up: Node | None = None

    def beside(self, key: str) -> Any:
        """Another member of the mapping that this one is a member of."""
        return self.up.value.get(key) if self.up and isinstance(self.up.value, Mapping) else None


Handler = Callable[[Draft, Node], Outcome]


@dataclass(frozen=True)
class Rule:
    """What becomes of a key. outcomes: all that `apply` may return."""

    apply: Handler
    outcomes: tuple[Outcome, ...]


def rule(*outcomes: Outcome) -> Callable[[Handler], Rule]:
    """Makes a rule of a function that returns one of these outcomes, with its words filled in."""
    return lambda handler: Rule(handler, outcomes)


def always(outcome: Outcome) -> Rule:
    """The same, whatever the value."""
    return Rule(lambda _draft, _node: outcome, (outcome,))


def copied(target: str) -> Rule:
    """The value as it is."""
    outcome = mapped(target)

    def apply(draft: Draft, node: Node) -> Outcome:
        draft.container[target] = node.value
        return outcome

    return Rule(apply, (outcome,))


def seconds(text: Any) -> float:
    """A compose duration ("1m30s") in seconds. Raises ValueError for anything else."""
    if isinstance(text, int | float):
        return float(text)
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)", str(text))
    if not parts or "".join(n + unit for n, unit in parts) != str(text):
        raise ValueError(f"{text!r} is no duration")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


@dataclass(frozen=True)
class Range:
    """Whole numbers that ECS takes for a member of the container definition."""

    low: int
    high: int
    target: str

    @property
    def outcomes(self) -> tuple[Outcome, Outcome]:
        """As it is; and moved to the nearest."""
        moved = f"{{given}} became {{whole}}: ECS takes whole numbers from {self.low} to {self.high}"
        return mapped(self.target), mapped(self.target, moved)

    def nearest(self, value: float) -> tuple[int, Outcome]:
        """The nearest whole number in the range, and the outcome, which says when it differs."""
        whole = min(max(round(value), self.low), self.high)
        same, moved = self.outcomes
        return whole, same if abs(whole - value) < 1e-9 else moved.of(given=f"{value:g}", whole=whole)


def mib(size: Any) -> int:
    """Bytes (as compose prints them) in whole MiB, rounded up."""
    return -(-int(size) // (1024 * 1024))
