# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A resource policy of CloudWatch Logs: which service may write to which log groups."""

from __future__ import annotations

from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import (
    Call,
    Plan,
    canonical_policy,
    differs,
    look,
    policy_text,
)


def read(client: Any, name: str) -> Any:
    """The live policy in one spelling; {} where there is none. An account has ten of them at most."""
    answer = look(client, "describe_resource_policies", "CloudWatch Logs")
    for policy in answer["resourcePolicies"]:
        if policy["policyName"] == name:
            return canonical_policy(policy["policyDocument"])
    return {}


def plan(name: str, policy: Any, live: Any) -> Plan:
    """One call, or none."""
    after = canonical_policy(policy)
    call = Call("put_resource_policy", {"policyName": name, "policyDocument": policy_text(policy)})
    return Plan(f"resource policy {name}", live, after, (call,) if differs(live, after) else ())
