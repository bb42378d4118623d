# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An IAM role with everything that makes it: trust, boundary, inline and attached policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import pages
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import (
    Call,
    Plan,
    TagCalls,
    canonical_policy,
    differs,
    from_tag_list,
    look,
    own_tags,
    policy_text,
    tag_list,
    wanted_tags,
)


@dataclass(frozen=True)
class Role:
    """A role's whole state. Policies are documents by name, `attached` is ARNs, the session is in seconds."""

    name: str
    path: str
    trust: Any
    boundary: str | None
    description: str
    max_session_duration: int
    inline: Mapping[str, Any]
    attached: tuple[str, ...]
    tags: Mapping[str, str] | None
    purge_tags: bool = True

    def view(self, tags: Mapping[str, str]) -> dict[str, Any]:
        """In the form in which two states are compared and shown."""
        return {
            "path": self.path,
            "trust": canonical_policy(self.trust),
            "boundary": self.boundary or "",
            "description": self.description,
            "max_session_duration": self.max_session_duration,
            "inline": {name: canonical_policy(self.inline[name]) for name in sorted(self.inline)},
            "attached": sorted(self.attached),
            "tags": dict(sorted(tags.items())),
        }


def read(client: Any, name: str) -> Role | None:
    """The live role, or None."""
    where = f"role {name}"
    answer = look(client, "get_role", where, ("NoSuchEntity",), RoleName=name)
    if answer is None:
        return None
    role = answer["Role"]
    inline = {
        policy: look(client, "get_role_policy", where, RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in pages(client, "list_role_policies", "PolicyNames", where, RoleName=name)
    }
    attached = pages(client, "list_attached_role_policies", "AttachedPolicies", where, RoleName=name)
    return Role(
        name=name,
        path=role["Path"],
        trust=role["AssumeRolePolicyDocument"],
        boundary=(role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
        description=role.get("Description", ""),
        max_session_duration=role.get("MaxSessionDuration", 3600),
        inline=inline,
        attached=tuple(policy["PolicyArn"] for policy in attached),
        tags=from_tag_list(role.get("Tags")),
    )


def plan(desired: Role, live: Role | None) -> Plan:
    """The calls that make the live role the desired one. Raises AwsError where only a new role would do."""
    tags = wanted_tags((live.tags if live else None) or {}, desired.tags, desired.purge_tags)
    after = desired.view(tags)
    where = f"IAM role {desired.path}{desired.name}"
    if live is None:
        return Plan(where, {}, after, (_create(desired, tags), *_policies(desired, None)))
    if live.path != desired.path:
        raise AwsError(
            f"the role exists under the path {live.path}, and a path cannot change",
            where,
            f"choose another name, or delete the role {desired.name} if nothing uses it.",
        )
    before = live.view(own_tags(live.tags or {}))
    tagging = TagCalls({"RoleName": desired.name}, "tag_role", "untag_role")
    calls = [*_settings(desired, before, after), *_policies(desired, live), *tagging.between(before["tags"], tags)]
    return Plan(where, before, after, tuple(calls))


def _create(desired: Role, tags: Mapping[str, str]) -> Call:
    arguments = {
        "RoleName": desired.name,
        "Path": desired.path,
        "AssumeRolePolicyDocument": policy_text(desired.trust),
        "Description": desired.description,
        "MaxSessionDuration": desired.max_session_duration,
        "Tags": tag_list(tags),
    }
    if desired.boundary:
        arguments["PermissionsBoundary"] = desired.boundary
    return Call("create_role", arguments)


def _settings(desired: Role, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Call]:
    name = {"RoleName": desired.name}
    calls = []
    if differs(before["trust"], after["trust"]):
        calls.append(Call("update_assume_role_policy", {**name, "PolicyDocument": policy_text(desired.trust)}))
    if before["boundary"] != after["boundary"]:
        calls.append(
            Call("put_role_permissions_boundary", {**name, "PermissionsBoundary": desired.boundary})
            if desired.boundary
            else Call("delete_role_permissions_boundary", name)
        )
    shown = ("description", "max_session_duration")
    if any(before[key] != after[key] for key in shown):
        settings = {"Description": desired.description, "MaxSessionDuration": desired.max_session_duration}
        calls.append(Call("update_role", {**name, **settings}))
    return calls


def _policies(desired: Role, live: Role | None) -> list[Call]:
    name = {"RoleName": desired.name}
    inline = live.inline if live else {}
    attached = set(live.attached) if live else set()
    calls = [
        Call("put_role_policy", {**name, "PolicyName": policy, "PolicyDocument": policy_text(document)})
        for policy, document in sorted(desired.inline.items())
        if differs(canonical_policy(inline.get(policy)), canonical_policy(document))
    ]
    calls += [Call("attach_role_policy", {**name, "PolicyArn": arn}) for arn in sorted({*desired.attached} - attached)]
    calls += [Call("delete_role_policy", {**name, "PolicyName": p}) for p in sorted({*inline} - {*desired.inline})]
    calls += [Call("detach_role_policy", {**name, "PolicyArn": arn}) for arn in sorted(attached - {*desired.attached})]
    return calls
