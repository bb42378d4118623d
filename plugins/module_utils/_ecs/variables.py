# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rule of a variable of the environment: into `environment`, into `secrets`, or left out for a reason."""

from __future__ import annotations

from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Draft, Node, rule
from ansible_collections.replatform.aws.plugins.module_utils._ecs.environment import Kind
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import (
    Outcome,
    mapped,
    refused,
    replaced,
    without_effect,
)

_ARN = mapped("secrets", "{why}", "a variable whose ARN is given in `secrets`")
_PLAIN = mapped(
    "environment", "{why}", "as it is, or pointed at what takes a service's place, or as overrides.environment says"
)
_NO_ARN = refused(
    "a secret ({why}) without an ARN: run compose_secrets and pass its `secrets`, or list it in "
    "overrides.{service}.plain"
)
_OTHERS = {
    Kind.TASK_ROLE: replaced("taskRoleArn", "{why}", "a key of AWS or of the replaced S3 store: the task role signs"),
    Kind.ENDPOINT: replaced("s3", "{why}", "the address of a store that S3 replaces: S3's follows from the region"),
    Kind.LOST: refused("{why}", "it points at a service that nobody will reach: say services.{name}.host"),
    Kind.UNSET: without_effect("{why}", "no value where compose was read, or taken out by overrides"),
}


@rule(_ARN, _PLAIN, _NO_ARN, *_OTHERS.values())
def variable(draft: Draft, node: Node) -> Outcome:
    """A value appears in the container's own environment only."""
    found = draft.variables[node.name]
    arn = draft.secrets.get(f"{draft.service}/{found.name}") or draft.secrets.get(found.name)
    if arn:
        draft.give_secret(found.name, arn)
        return _ARN.of(why=found.reason or "its ARN is given")
    if found.kind is Kind.PLAIN:
        draft.container.setdefault("environment", []).append({"name": found.name, "value": found.value})
        return _PLAIN.of(why=found.reason)
    return (_NO_ARN if found.kind is Kind.SECRET else _OTHERS[found.kind]).of(why=found.reason)


def add_own_secrets(draft: Draft) -> None:
    """Secrets given for this service by name that compose does not mention."""
    known = {*draft.variables, *(item["name"] for item in draft.container.get("secrets") or ())}
    for key, arn in draft.secrets.items():
        service, slash, name = key.partition("/")
        if slash and service == draft.service and name not in known:
            draft.give_secret(name, arn)
