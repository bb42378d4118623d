# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A change as a plan: read the live state, plan the calls that make it as desired, make them unless in check mode.

A resource's own file is `read` (calls that only look) and `plan` (pure). What check mode reports is the very list of
calls that the real run makes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.diff import ansible_diff, as_text
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import CallError, calling

STAND_IN = "(known after provision)"  # what the filter known_after_provision gives for an id that does not exist yet


@dataclass(frozen=True)
class Call:
    """One boto3 call: the client's method and its arguments. `arguments` may hold a secret: it is never shown."""

    operation: str
    arguments: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Plan:
    """What is, what shall be, and the calls between them. `before` is {} where the resource does not exist."""

    where: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    calls: tuple[Call, ...]

    @property
    def changed(self) -> bool:
        """True if anything has to be done."""
        return bool(self.calls)


def look(client: Any, operation: str, where: str, absent: tuple[str, ...] = (), **arguments: Any) -> Any:
    """The answer of one reading call; None where AWS answers with one of the codes in `absent`. Raises CallError."""
    try:
        with calling(f"{operation} of {where}"):
            return getattr(client, operation)(**arguments)
    except CallError as error:
        if error.code in absent:
            return None
        raise


def _ignore(_operation: str, _answer: Mapping[str, Any]) -> None:
    """Most calls say all they have to say by succeeding."""


def carry_out(
    client: Any,
    plan: Plan,
    check_mode: bool,
    inspect: Callable[[str, Mapping[str, Any]], None] = _ignore,
) -> dict[str, Any]:
    """Make the plan's calls unless in check mode; the result has what every module returns: changed, calls and diff.

    inspect: is shown every answer, for calls that answer 200 with failures inside; it raises an AwsError.
    """
    if not check_mode:
        for call in plan.calls:
            with calling(f"{call.operation} of {plan.where}"):
                answer = getattr(client, call.operation)(**call.arguments)
            inspect(call.operation, answer)
    return {
        "changed": plan.changed,
        "calls": [call.operation for call in plan.calls],
        "diff": ansible_diff(plan.before, plan.after if plan.changed else plan.before, plan.where),
    }


def differs(before: Any, after: Any) -> bool:
    """True if two JSON values are not the same (True and 1 are not)."""
    return as_text(before) != as_text(after)


def wanted_tags(live: Mapping[str, str], tags: Mapping[str, Any] | None, purge: bool) -> dict[str, str]:
    """The tags that shall be there: unset leaves them alone, purge takes away what is not named. AWS's own stay out."""
    own = own_tags(live)
    if tags is None:
        return own
    named = {str(key): str(value) for key, value in tags.items()}
    return named if purge else {**own, **named}


def own_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Without the tags that AWS itself sets (aws:…), which nobody can change."""
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """The form that most services take."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def from_tag_list(tags: list[dict[str, str]] | None) -> dict[str, str]:
    """The form that most services give."""
    return {tag["Key"]: tag["Value"] for tag in tags or []}


@dataclass(frozen=True)
class TagCalls:
    """How one service tags: the argument that names the resource, its two methods, the names of their arguments."""

    resource: Mapping[str, Any]
    add: str = "tag_resource"
    remove: str = "untag_resource"
    tags: str = "Tags"
    keys: str = "TagKeys"

    def between(self, before: Mapping[str, str], after: Mapping[str, str]) -> list[Call]:
        """The calls that turn the tags `before` into `after`."""
        calls = []
        if gone := sorted({*before} - {*after}):
            calls.append(Call(self.remove, {**self.resource, self.keys: gone}))
        if new := {key: value for key, value in after.items() if before.get(key) != value}:
            calls.append(Call(self.add, {**self.resource, self.tags: tag_list(new)}))
        return calls


def _policy(value: Any, key: str = "") -> Any:
    # One spelling: AWS takes a string for a list of one, and gives lists of principals and actions in any order.
    if isinstance(value, Mapping):
        return {name: _policy(value[name], name) for name in sorted(value)}
    if isinstance(value, list) and key != "Statement":
        items = sorted((_policy(item) for item in value), key=as_text)
        return items[0] if len(items) == 1 else items
    if isinstance(value, list):
        return sorted((_policy(item) for item in value), key=as_text)
    return value if isinstance(value, str) else json.dumps(value)


def canonical_policy(document: Any) -> Any:
    """A policy (text or dict) in one spelling, so that two of them can be compared; {} for none."""
    if not document:
        return {}
    parsed = json.loads(document) if isinstance(document, str) else document
    if isinstance(parsed.get("Statement"), Mapping):
        parsed = {**parsed, "Statement": [parsed["Statement"]]}
    return _policy(parsed)


def policy_text(document: Any) -> str:
    """The policy as the compact text that AWS takes."""
    parsed = json.loads(document) if isinstance(document, str) else document
    return json.dumps(parsed, separators=(",", ":"), sort_keys=True)
