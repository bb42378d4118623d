# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The coverage ledger: what became of every key of the compose model. Nothing is dropped without a word."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError


class Fate(StrEnum):
    """mapped: it is in the task definition. replaced: a managed service does it. refused: the run stops."""

    MAPPED = "mapped"
    REPLACED = "replaced"
    WITHOUT_EFFECT = "without_effect"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """What can become of a key. Words in braces are for `of`. docs/compose.md prints the reason, or `about` if it says
    more than a reason that is words only."""

    fate: Fate
    target: str = ""
    reason: str = ""
    about: str = ""

    def of(self, **words: object) -> Outcome:
        """With the words filled in that are known."""

        def fill(text: str) -> str:
            return re.sub(r"\{(\w+)\}", lambda found: str(words.get(found[1], found[0])), text)

        return replace(self, target=fill(self.target), reason=fill(self.reason))


def mapped(target: str, reason: str = "", about: str = "") -> Outcome:
    return Outcome(Fate.MAPPED, target, reason, about)


def replaced(target: str, reason: str, about: str = "") -> Outcome:
    return Outcome(Fate.REPLACED, target, reason, about)


def without_effect(reason: str, about: str = "") -> Outcome:
    return Outcome(Fate.WITHOUT_EFFECT, "", reason, about)


def refused(reason: str, about: str = "") -> Outcome:
    """reason: why, and what to do."""
    return Outcome(Fate.REFUSED, "", reason, about)


EMPTY = without_effect("empty")
EXTENSION = without_effect("an extension field")
UNKNOWN = refused("this key is not known; update the collection, take it out, or accept its loss in overrides")


@dataclass(frozen=True)
class Entry:
    """service is '' for keys of the project. path is relative to the service: `healthcheck.interval`."""

    service: str
    path: str
    fate: Fate
    target: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        return {
            "service": self.service,
            "path": self.path,
            "fate": self.fate.value,
            "target": self.target,
            "reason": self.reason,
        }


class RefusedError(AwsError):
    """The project cannot become a task definition as it is. `problems` names everything that must be decided."""

    def __init__(self, problems: Iterable[str], where: str) -> None:
        self.problems = tuple(problems)
        text = "\n".join(f"  {number}. {problem}" for number, problem in enumerate(self.problems, 1))
        super().__init__(
            f"{len(self.problems)} thing(s) of the compose project must be decided first:\n{text}\n",
            where,
            "change the compose file, or say in `services` or `overrides` what is meant; then run it again.",
        )

    def facts(self) -> dict[str, object]:
        return {**super().facts(), "problems": list(self.problems)}


@dataclass
class Ledger:
    """Collects one entry per key. `accepted` are (service, path) pairs whose loss the user has accepted."""

    accepted: frozenset[tuple[str, str]] = frozenset()
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)

    def add(self, service: str, path: str, outcome: Outcome) -> None:
        fate, reason = outcome.fate, outcome.reason
        if fate is Fate.REFUSED and (service, path) in self.accepted:
            fate, reason = Fate.WITHOUT_EFFECT, f"accepted in overrides.{service}.accept ({reason})"
        self.entries[service, path] = Entry(service, path, fate, outcome.target, reason)

    def refusals(self) -> list[str]:
        return [
            f"{'services.' + entry.service + '.' if entry.service else ''}{entry.path}: {entry.reason}"
            for entry in self.entries.values()
            if entry.fate is Fate.REFUSED
        ]

    def as_list(self) -> list[dict[str, str]]:
        return [self.entries[key].as_dict() for key in sorted(self.entries)]
