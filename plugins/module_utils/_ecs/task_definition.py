# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Task definitions: a revision is registered only for a real change, found by comparing the whole definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import pages
from ansible_collections.replatform.aws.plugins.module_utils._aws.diff import Change, ansible_diff, changes
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import CallError, calling, error_code
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import STAND_IN
from ansible_collections.replatform.aws.plugins.module_utils._ecs.fargate import problems
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import RefusedError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.normalize import normalize


@dataclass(frozen=True)
class Outcome:
    """changed: whether a revision was (in check mode: would be) registered or deregistered."""

    changed: bool
    arn: str
    revision: int | None
    changes: tuple[Change, ...]
    diff: dict[str, str]


def describe(client: Any, reference: str) -> dict[str, Any] | None:
    """The task definition with its tags, in the request's shape plus AWS's own members; None if there is none."""
    try:
        with calling(f"DescribeTaskDefinition of {reference}"):
            answer = client.describe_task_definition(taskDefinition=reference, include=["TAGS"])
    except CallError as error:
        # AWS has no code of its own for "not found": ClientException, and the message says it.
        if error_code(error) == "ClientException" and "Unable to describe" in error.what:
            return None
        raise
    definition = dict(answer["taskDefinition"])
    if answer.get("tags"):
        definition["tags"] = answer["tags"]
    return definition


def present(client: Any, wanted: Mapping[str, Any], *, check_mode: bool) -> Outcome:
    """The newest active revision equals `wanted` afterwards."""
    if "FARGATE" in (wanted.get("requiresCompatibilities") or ()):
        wrong = problems(wanted)
        if wrong:
            raise RefusedError(wrong, f"the task definition {wanted.get('family')}")
    family = wanted["family"]
    live = describe(client, family)
    before, after = normalize(live or {}), normalize(wanted)
    found = tuple(changes(before, after))
    diff = ansible_diff(before, after, f"task definition {family}")
    if live and not found:
        return Outcome(False, live["taskDefinitionArn"], int(live["revision"]), (), diff)
    if check_mode:
        return Outcome(True, STAND_IN, None, found, diff)
    with calling(f"RegisterTaskDefinition of {family}"):
        made = client.register_task_definition(**wanted)["taskDefinition"]
    return Outcome(True, made["taskDefinitionArn"], int(made["revision"]), found, diff)


def absent(client: Any, family: str, *, check_mode: bool) -> Outcome:
    """No active revision of the family is left; inactive ones stay readable, and running tasks go on."""
    arns = [
        arn
        for arn in pages(client, "list_task_definitions", "taskDefinitionArns", familyPrefix=family, status="ACTIVE")
        if arn.rpartition("/")[2].rpartition(":")[0] == family  # familyPrefix is a prefix indeed
    ]
    if not check_mode:
        for arn in arns:
            with calling(f"DeregisterTaskDefinition of {arn}"):
                client.deregister_task_definition(taskDefinition=arn)
    diff = ansible_diff({"active": arns}, {"active": []}, f"task definition {family}")
    return Outcome(bool(arns), "", None, (), diff)
