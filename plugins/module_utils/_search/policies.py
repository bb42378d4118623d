# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies of Index State Management, which is a plugin: a side may lack it.

They are made last and attached to nothing: a rollover or a deletion must not meet a half-copied index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Difference
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, Missing, path
from ansible_collections.replatform.aws.plugins.module_utils._search.plan import chosen
from ansible_collections.replatform.aws.plugins.module_utils._search.settings import differing

PLACE = "/_plugins/_ism/policies"
PAGE = 100
KIND = "ism-policy"
# What an answer tells of a policy beside what it was made with.
_OWN = ("policy_id", "last_updated_time", "schema_version", "user")


@dataclass(frozen=True)
class Policy:
    """body: as it is made. seq_no, primary_term: which version of it an update has to name."""

    body: dict[str, Any]
    seq_no: int
    primary_term: int


def _body(answer: dict[str, Any]) -> dict[str, Any]:
    body = {name: value for name, value in answer.items() if name not in _OWN and value is not None}
    if "ism_template" in body:
        templates = body["ism_template"] if isinstance(body["ism_template"], list) else [body["ism_template"]]
        body["ism_template"] = [{key: item[key] for key in item if key not in _OWN} for item in templates]
    return body


def policies(client: Client, exclude: Sequence[str]) -> dict[str, Policy] | None:
    """What a side has, by name; None where there is no such plugin. `exclude: [ism-policy/*]` asks nobody."""
    if f"{KIND}/*" in exclude:
        return None
    found: dict[str, Policy] = {}
    while True:
        try:
            answer = client.call("GET", PLACE, size=PAGE, **{"from": len(found)})
        except Missing:
            return None
        except CopyError as error:
            if "no handler found" in str(error):
                return None
            raise
        page = answer.get("policies") or ()
        for item in page:
            found[item["_id"]] = Policy(_body(item["policy"]), int(item["_seq_no"]), int(item["_primary_term"]))
        if not page or len(found) >= int(answer.get("total_policies", 0)):
            names = {f"{KIND}/{name}": name for name in found}
            return {names[name]: found[names[name]] for name in chosen(names, (), exclude)}


def refuse_without_plugin(source: Client, target: Client, exclude: Sequence[str]) -> str:
    """Why the source's policies cannot be brought; '' if they can, or there are none."""
    ours = policies(source, exclude)
    if not ours or policies(target, exclude) is not None:
        return ""
    return (
        f"The source has the policies {', '.join(sorted(ours))}, and the target has no Index State Management. Install "
        f"the plugin there, or leave them out with exclude: [{KIND}/*]."
    )


def put(source: Client, target: Client, exclude: Sequence[str]) -> bool:
    """Bring the policies. What the target has beyond them stays."""
    ours, theirs = policies(source, exclude) or {}, policies(target, exclude) or {}
    changed = False
    for name, policy in sorted(ours.items()):
        there = theirs.get(name)
        if there is not None and not differing(policy.body, there.body):
            continue
        version = {"if_seq_no": there.seq_no, "if_primary_term": there.primary_term} if there else {}
        try:
            target.call("PUT", PLACE + path(name), {"policy": policy.body}, **version)
        except CopyError as error:
            raise type(error)(
                f"The policy {name} could not be made on the target: {error} Mend it, or leave it out with "
                f"exclude: [{KIND}/{name}]."
            ) from error
        changed = True
    return changed


def differences(source: Client, target: Client, exclude: Sequence[str]) -> Iterator[Difference]:
    """Policies of the source that the target lacks or has otherwise."""
    ours, theirs = policies(source, exclude) or {}, policies(target, exclude) or {}
    for name, policy in sorted(ours.items()):
        if name not in theirs:
            yield Difference("definitions", f"{KIND} {name}", "missing")
        elif paths := differing(policy.body, theirs[name].body):
            yield Difference("definitions", f"{KIND} {name}", "changed", ", ".join(paths))
