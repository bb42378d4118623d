# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A secret whose value is made in Secrets Manager's own generator and never seen by the caller of the module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import (
    Call,
    Plan,
    TagCalls,
    from_tag_list,
    look,
    own_tags,
    tag_list,
    wanted_tags,
)


@dataclass(frozen=True)
class Secret:
    """The desired secret. `fields` are the keys that are no secret, `generate` is the key that gets the value."""

    name: str
    description: str
    fields: Mapping[str, str]
    generate: str
    length: int
    kms_key: str | None
    tags: Mapping[str, str] | None
    purge_tags: bool = True


def read(client: Any, name: str) -> dict[str, Any] | None:
    """The live secret without its value, or None."""
    answer = look(client, "describe_secret", f"secret {name}", ("ResourceNotFoundException",), SecretId=name)
    if answer is None:
        return None
    return {
        "arn": answer["ARN"],
        "deleted": bool(answer.get("DeletedDate")),
        "description": answer.get("Description", ""),
        "kms_key": answer.get("KmsKeyId", ""),
        "tags": from_tag_list(answer.get("Tags")),
    }


def generate(client: Any, desired: Secret) -> str:
    """A new value: the fields and a generated password, as JSON text."""
    answer = look(
        client,
        "get_random_password",
        f"secret {desired.name}",
        PasswordLength=desired.length,
        # A password ends up in connection strings: no sign that a URL, a shell or YAML takes for its own.
        ExcludeCharacters="\"#$%&'()*,/:;<=>?@[\\]^`{|}~+!",
        RequireEachIncludedType=True,
    )
    return json.dumps({**desired.fields, desired.generate: answer["RandomPassword"]})


def plan(desired: Secret, live: Mapping[str, Any] | None, value: str) -> Plan:
    """The calls that make the live secret the desired one. `value` is for a new secret; a value that is there stays."""
    where = f"secret {desired.name}"
    own = own_tags((live or {}).get("tags", {}))
    tags = wanted_tags(own, desired.tags, desired.purge_tags)
    after = {"description": desired.description, "kms_key": desired.kms_key or "", "tags": dict(sorted(tags.items()))}
    settings: dict[str, Any] = {"Description": desired.description}
    if desired.kms_key:
        settings["KmsKeyId"] = desired.kms_key
    if live is None:
        create = {"Name": desired.name, "SecretString": value, "Tags": tag_list(tags), **settings}
        return Plan(where, {}, after, (Call("create_secret", create),))
    before = {"description": live["description"], "kms_key": live["kms_key"], "tags": dict(sorted(own.items()))}
    if live["deleted"]:
        before["deleted"] = True
    calls = [Call("restore_secret", {"SecretId": desired.name})] if live["deleted"] else []
    if any(before[key] != after[key] for key in ("description", "kms_key")):
        calls.append(Call("update_secret", {"SecretId": desired.name, **settings}))
    calls += TagCalls({"SecretId": desired.name}).between(own, tags)
    return Plan(where, before, after, tuple(calls))
