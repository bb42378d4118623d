"""The deploy role's policies as they are installed, held against what was asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from .playing import ROOT

RESERVE = ROOT / "roles" / "bootstrap" / "vars" / "main" / "reserve.yml"
Call = dict[str, Any]


def _listed(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _matches(text: str, pattern: str) -> bool:
    parts = {"*": ".*", "?": "."}
    return re.fullmatch("".join(parts.get(each) or re.escape(each) for each in pattern), text, re.DOTALL) is not None


@dataclass(frozen=True)
class Grant:
    """One action that one statement allows."""

    sid: str
    action: str
    resources: tuple[str, ...]
    condition: tuple[tuple[str, tuple[str, ...]], ...]

    def allows(self, call: Call) -> bool:
        """Whether it lets this call through: action, ARN, and StringEquals of what the record has."""
        return (
            self.action == call["action"]
            and any(_matches(call["resource"], each) for each in self.resources)
            and all(call["keys"].get(key, "") in values for key, values in self.condition)
        )


def grants(statements: list[dict[str, Any]]) -> Iterator[Grant]:
    """Of the statements that allow. A condition that this module does not know is an error."""
    for statement in statements:
        if statement["Effect"] != "Allow":
            continue
        condition = dict(statement.get("Condition", {}))
        equals = condition.pop("StringEquals", {})
        assert not condition, f"{statement['Sid']}: {sorted(condition)}"
        for action in _listed(statement["Action"]):
            yield Grant(
                statement["Sid"],
                action,
                tuple(_listed(statement["Resource"])),
                tuple((key, tuple(_listed(value))) for key, value in equals.items()),
            )


def actions(document: dict[str, Any]) -> set[str]:
    """All that a document names."""
    return {action for statement in document["Statement"] for action in _listed(statement["Action"])}


def document_of(iam: Any, arn: str) -> dict[str, Any]:
    """The version of a managed policy that counts."""
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    found: dict[str, Any] = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return found


def attached(iam: Any, role: str) -> dict[str, dict[str, Any]]:
    """The documents of a role's managed policies, by name."""
    policies = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return {each["PolicyName"]: document_of(iam, each["PolicyArn"]) for each in policies}


def reserve() -> dict[tuple[str, str], str]:
    """(statement, action) to the reason for which it is allowed and not used."""
    (groups,) = yaml.safe_load(RESERVE.read_text()).values()
    return {
        (sid, action): group["reason"]
        for group in groups
        for sid, actions in group["statements"].items()
        for action in actions
    }
