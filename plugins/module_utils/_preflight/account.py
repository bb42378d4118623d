# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is this the right account and region, and may we do in it what the move needs?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import CallError, calling
from ansible_collections.replatform.aws.plugins.module_utils._preflight.findings import FACT, PROBLEM, WARNING, Finding
from ansible_collections.replatform.aws.plugins.module_utils._resources import s3_bucket

_AT_ONCE = 100
"""Actions per SimulatePrincipalPolicy call."""


def principal_of(arn: str) -> str:
    """The role behind an assumed-role session, as SimulatePrincipalPolicy wants it; other ARNs as they are.

    The session's ARN leaves the role's path out, so a role with a path must be given by its own ARN instead.
    """
    if ":assumed-role/" not in arn:
        return arn
    account, name = arn.split(":")[4], arn.split("/")[1]
    return f"arn:aws:iam::{account}:role/{name}"


def look_at_account(account_id: str, region: str, connection: Any) -> Iterator[Finding]:
    """Whose credentials these are, held against what the inventory says."""
    client = make_client("sts", connection)
    with calling("GetCallerIdentity"):
        caller = client.get_caller_identity()
    if caller["Account"] != account_id:
        yield Finding(
            PROBLEM,
            "account",
            f"The credentials ({caller['Arn']}) are not of account {account_id}, which the inventory names.",
            "Use the profile of the right account, or correct replatform_account_id.",
        )
    if client.meta.region_name != region:
        yield Finding(
            PROBLEM,
            "account",
            f"The region in use is {client.meta.region_name}, but the inventory says {region}.",
            f"Set AWS_DEFAULT_REGION={region}, or correct replatform_region.",
        )
    yield Finding(FACT, "account", f"{caller['Arn']} in {region}")


def needs(statements: Sequence[dict[str, Any]]) -> Iterator[tuple[list[str], list[str]]]:
    """(actions, resources) of the statements that can be simulated as they stand.

    Left out are denials, statements with a condition (the simulation would need its context), and actions with a
    wildcard.
    A wildcard in an ARN stands for any name, so one is put in.
    """
    for statement in statements:
        actions = [action for action in _listed(statement["Action"]) if "*" not in action]
        if actions and statement.get("Effect", "Allow") == "Allow" and not statement.get("Condition"):
            arns = [arn if arn == "*" else arn.replace("*", "any") for arn in _listed(statement["Resource"])]
            yield actions, arns


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def look_at_permissions(
    principal: str, statements: Sequence[dict[str, Any]], connection: Any, *, check_mode: bool
) -> Iterator[Finding]:
    """Which of the needed actions the principal may not do: all of them in one list.

    In check mode it need not exist yet: bootstrap may be one of the steps that were only tried.
    """
    client = make_client("iam", connection)
    if not principal:
        with calling("GetCallerIdentity"):
            principal = principal_of(make_client("sts", connection).get_caller_identity()["Arn"])
    try:
        denied, asked = _denied(client, principal, statements)
    except CallError as error:
        if error.code != "NoSuchEntity":
            raise
        yield Finding(
            WARNING if check_mode else PROBLEM,
            "permissions",
            f"{principal} does not exist, so nobody knows what it may do.",
            "Run playbooks/bootstrap.yml first, as an administrator.",
        )
        return
    if denied:
        yield Finding(
            PROBLEM,
            "permissions",
            f"{principal} may not do {len(denied)} things that the move needs: {', '.join(sorted(denied))}.",
            "Run playbooks/bootstrap.yml again as an administrator.",
        )
    else:
        yield Finding(FACT, "permissions", f"{principal} may do the {asked} actions that were asked for")


def look_at_bucket(name: str, connection: Any) -> Iterator[Finding]:
    """Whether its name is ours, or can be had."""
    there = s3_bucket.exists(make_client("s3", connection), name)
    yield Finding(FACT, "bucket", f"{name} is this account's" if there else f"the name {name} is free")


def _denied(client: Any, principal: str, statements: Sequence[dict[str, Any]]) -> tuple[set[str], int]:
    """What the principal may not do, and how many actions were asked for."""
    denied: set[str] = set()
    asked = 0
    for actions, arns in needs(statements):
        asked += len(actions)
        for first in range(0, len(actions), _AT_ONCE):
            with calling(f"SimulatePrincipalPolicy of {principal}"):
                answer = client.simulate_principal_policy(
                    PolicySourceArn=principal, ActionNames=actions[first : first + _AT_ONCE], ResourceArns=arns
                )
            denied |= {
                f"{result['EvalActionName']} on {result.get('EvalResourceName', '*')}"
                for result in answer["EvaluationResults"]
                if result["EvalDecision"] != "allowed"
            }
    return denied, asked
