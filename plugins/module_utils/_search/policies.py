# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies of Index State Management (ISM), the plugin that rolls indices over and deletes them, as definitions.

A copy makes them and attaches none: to a policy, an index that is being copied is a new one, or one that is old enough
to be deleted. The plugin attaches one by itself to every index that is younger than the policy's template; see
`UNMANAGED`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._search.canonical import fields
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, Missing, path
from ansible_collections.replatform.aws.plugins.module_utils._search.plan import Index

NAME = "ism-policy"

POLICY_OF_INDEX = (
    "index.plugins.index_state_management.policy_id",
    "index.opendistro.index_state_management.policy_id",
)
"""What the plugin answers an index's policy under. Before Open Distro 1.13 these were settings that attached it."""

UNMANAGED = {
    "index.plugins.index_state_management.auto_manage": "false",
    "index.opendistro.index_state_management.auto_manage": "false",
}
"""Settings that keep the plugin from attaching a policy by itself; asked to attach one, it does. Before 3.4 one of them
alone does not, for the other's default counts."""

_PAGE = 1000

_ANSWERED = {"policy_id", "last_updated_time", "schema_version", "user"}
"""What the plugin itself adds to a policy."""

_SAID_BY_NEWER = {"rollover": {"copy_alias": False, "prevent_empty_rollover": False}}
"""Members of actions that newer versions answer where nothing was said, and that older ones refuse."""

_RETRY = {"count": 3, "backoff": "exponential", "delay": "1m"}
"""What an action without `retry` gets, from 2.0 on."""


def policies(client: Client) -> dict[str, Any] | None:
    """All policies by name, as they could be put; None where the plugin is not there."""
    try:
        found = _listed(client, "policies", lambda answer: answer["policies"], "total_policies")
    except CopyError as error:
        if _absent(error):
            return None
        raise
    return {one["_id"]: _definition(one["policy"]) for one in found}


def put(client: Client, name: str, policy: Mapping[str, Any]) -> None:
    """Make a policy, or make it another. Indices that it manages go on with what it was until they are told."""
    place = f"{_base(client)}/policies{path(name)}"
    condition = {}
    try:
        there = client.call("GET", place)
        condition = {"if_seq_no": there["_seq_no"], "if_primary_term": there["_primary_term"]}
    except Missing:
        pass
    client.call("PUT", place, {"policy": policy}, **condition)


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The paths at which two policies differ."""
    return list(fields(_with_retries(one), _with_retries(other)))


def with_policies(client: Client, indices: Mapping[str, Index]) -> dict[str, Index]:
    """The same indices, each that a policy manages with that policy among its settings."""
    try:
        found = _listed(client, "explain", _explained, "total_managed_indices")
    except CopyError as error:
        # Before 1.13 the plugin explained indices by name only, and the policy was a setting.
        if not _absent(error) and "(HTTP 400" not in str(error):
            raise
        return dict(indices)
    told = dict(indices)
    for name, answer in found:
        policy = next((answer[key] for key in ("policy_id", *POLICY_OF_INDEX) if answer.get(key)), None)
        if policy and name in told:
            told[name] = replace(told[name], settings={**told[name].settings, POLICY_OF_INDEX[0]: policy})
    return told


def attaching(target: Client, index: str, policy: str) -> str:
    """The request that attaches a policy to an index on the target."""
    return f"POST {_base(target)}/add{path(target.actual(index))} {json.dumps({'policy_id': policy})}"


def _base(client: Client) -> str:
    return "/_plugins/_ism" if client.distribution == "opensearch" else "/_opendistro/_ism"


def _listed(client: Client, what: str, entries: Callable[[Any], list[Any]], total: str) -> list[Any]:
    found: list[Any] = []
    # Without parameters at first: where there is no plugin, old servers take the path for a document's.
    more: dict[str, int] = {}
    while True:
        try:
            answer = client.call("GET", f"{_base(client)}/{what}", **more)
        except CopyError as error:
            if "(HTTP 403" not in str(error):
                raise
            raise CopyError(f"{error} Or leave all policies of indices out with exclude: ['{NAME}/*'].") from error
        page = entries(answer)
        found += page
        if not page or len(found) >= answer.get(total, 0):
            return found
        more = {"from": len(found), "size": _PAGE}


def _explained(answer: Mapping[str, Any]) -> list[Any]:
    return [(name, told) for name, told in answer.items() if isinstance(told, dict)]


def _absent(error: CopyError) -> bool:
    """Whether a server without the plugin answers so: each version in its own way."""
    text = str(error)
    return isinstance(error, Missing) or "(HTTP 405" in text or "no handler found for uri" in text


def _definition(answer: Mapping[str, Any]) -> dict[str, Any]:
    policy = {name: value for name, value in answer.items() if name not in _ANSWERED and value is not None}
    if "ism_template" in policy:
        templates = policy["ism_template"]
        # With its old time, a template would be older than every copied index, and take hold of all that it matches.
        policy["ism_template"] = [
            {name: value for name, value in one.items() if name != "last_updated_time"}
            for one in (templates if isinstance(templates, list) else [templates])
        ]
    policy["states"] = [
        {**state, "actions": [_action(action) for action in state.get("actions", [])]} for state in policy["states"]
    ]
    return policy


def _action(action: Mapping[str, Any]) -> dict[str, Any]:
    plain = dict(action)
    for kind in _SAID_BY_NEWER.keys() & action.keys():
        said = _SAID_BY_NEWER[kind].items()
        plain[kind] = {name: value for name, value in action[kind].items() if (name, value) not in said}
    return plain


def _with_retries(policy: Mapping[str, Any]) -> dict[str, Any]:
    states = [
        {**state, "actions": [{"retry": _RETRY, **action} for action in state["actions"]]} for state in policy["states"]
    ]
    return {**policy, "states": states}
