# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes every key of a compose model to its rule, and the rule's outcome to the ledger: one entry for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Draft, Node, Rule, Task
from ansible_collections.replatform.aws.plugins.module_utils._ecs.keys import (
    MEANING_WHEN_EMPTY,
    OWN_EXTENSION,
    PROJECT_KEYS,
    SERVICE_KEYS,
    WHOLE,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import (
    EMPTY,
    EXTENSION,
    UNKNOWN,
    Fate,
    Ledger,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Override


def above(patterns: Iterable[str]) -> frozenset[str]:
    """What patterns stand below: `ports[].target` has `ports` and `ports[]` above it."""
    return frozenset(pattern[: cut.start()] for pattern in patterns for cut in re.finditer(r"\.|\[\]", pattern))


class _Walk:
    """One model and one table of rules."""

    def __init__(self, draft: Draft, rules: Mapping[str, Rule]) -> None:
        self.draft, self.rules = draft, rules
        self.known = above(rules) | rules.keys()

    def members(self, node: Node | None, members: Mapping[str, Any], pattern: str = "") -> None:
        """All keys of a mapping."""
        for key, value in members.items():
            child = Node(f"{node.path}.{key}" if node else key, key, value, node)
            lead = f"{pattern}." if pattern else ""
            found = next((known for known in (f"{lead}{key}", f"{lead}*") if known in self.known), "")
            if found:
                self.visit(child, found)
            else:
                self.draft.settle(child.path, EXTENSION if key.startswith("x-") else UNKNOWN)

    def visit(self, node: Node, pattern: str) -> None:
        """A key that has a rule, or has rules below it. What is refused or lost is so with all below it."""
        rule = self.rules.get(pattern) or self.rules.get(f"{pattern}{WHOLE}")
        if node.value in ([], {}) and pattern not in MEANING_WHEN_EMPTY:
            self.draft.settle(node.path, EMPTY)
            return
        if rule:
            outcome = rule.apply(self.draft, node)
            self.draft.settle(node.path, outcome)
            if outcome.fate in (Fate.REFUSED, Fate.WITHOUT_EFFECT) or f"{pattern}{WHOLE}" in self.rules:
                return
        if isinstance(node.value, Mapping) and self._has_below(pattern):
            self.members(node, node.value, pattern)
        elif f"{pattern}[]" in self.known:
            for child in self._items(node):
                self.visit(child, f"{pattern}[]")
        elif not rule:
            self.draft.settle(node.path, EMPTY if node.value is None else UNKNOWN)

    def _has_below(self, pattern: str) -> bool:
        return any(known.startswith(f"{pattern}.") for known in self.known)

    @staticmethod
    def _items(node: Node) -> Iterator[Node]:
        items = node.value if isinstance(node.value, list) else [node.value]
        for index, item in enumerate(items):
            yield Node(f"{node.path}[{index}]", str(index), item, node)


def apply_service(draft: Draft) -> None:
    """Every key of a service."""
    if "x-replatform" in draft.model:
        draft.settle("x-replatform", OWN_EXTENSION)
    own = {key: value for key, value in draft.model.items() if key != "x-replatform"}
    _Walk(draft, SERVICE_KEYS).members(None, own)


def apply_project(ledger: Ledger, model: Mapping[str, Any]) -> None:
    """The keys beside `services`."""
    draft = Draft("", model, Override(), {}, Task("", ()), ledger, {})
    _Walk(draft, PROJECT_KEYS).members(None, {key: value for key, value in model.items() if key != "services"})
