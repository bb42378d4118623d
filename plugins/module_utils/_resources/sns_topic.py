# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An SNS topic with its encryption and its subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import pages
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
class Topic:
    """The desired topic. Subscriptions are (protocol, endpoint); more of them than named here are left alone."""

    name: str
    arn: str
    kms_key: str | None
    policy: Any
    subscriptions: tuple[tuple[str, str], ...]
    tags: Mapping[str, str] | None
    purge_tags: bool = True


def topic_arn(name: str, region: str, account: str) -> str:
    """An SNS topic's ARN is made of its name, so it is known before the topic exists."""
    return f"arn:aws:sns:{region}:{account}:{name}"


def read(client: Any, arn: str) -> dict[str, Any] | None:
    """The live topic, or None."""
    where = f"topic {arn}"
    answer = look(client, "get_topic_attributes", where, ("NotFound", "NotFoundException"), TopicArn=arn)
    if answer is None:
        return None
    attributes = answer["Attributes"]
    subscribed = pages(client, "list_subscriptions_by_topic", "Subscriptions", where, TopicArn=arn)
    return {
        "kms_key": attributes.get("KmsMasterKeyId", ""),
        "policy": canonical_policy(attributes.get("Policy")),
        "subscriptions": sorted([entry["Protocol"], entry["Endpoint"]] for entry in subscribed),
        "tags": from_tag_list(look(client, "list_tags_for_resource", where, ResourceArn=arn).get("Tags")),
    }


def plan(desired: Topic, live: Mapping[str, Any] | None) -> Plan:
    """The calls that make the live topic the desired one."""
    before = {**live, "tags": own_tags(live["tags"])} if live else {}
    tags = wanted_tags(before.get("tags", {}), desired.tags, desired.purge_tags)
    subscriptions = [list(pair) for pair in desired.subscriptions]
    after = {
        "kms_key": desired.kms_key or "",
        "policy": canonical_policy(desired.policy),
        "subscriptions": sorted([*before.get("subscriptions", []), *_missing(subscriptions, before)]),
        "tags": dict(sorted(tags.items())),
    }
    calls = [Call("create_topic", {"Name": desired.name, "Tags": tag_list(tags)})] if live is None else []
    for key, attribute, value in (
        ("kms_key", "KmsMasterKeyId", after["kms_key"]),
        ("policy", "Policy", policy_text(desired.policy)),
    ):
        if differs(before.get(key, ""), after[key]):
            arguments = {"TopicArn": desired.arn, "AttributeName": attribute, "AttributeValue": value}
            calls.append(Call("set_topic_attributes", arguments))
    for protocol, endpoint in _missing(subscriptions, before):
        calls.append(Call("subscribe", {"TopicArn": desired.arn, "Protocol": protocol, "Endpoint": endpoint}))
    if live is not None:
        calls += TagCalls({"ResourceArn": desired.arn}).between(before["tags"], tags)
    return Plan(f"SNS topic {desired.name}", before, after, tuple(calls))


def _missing(subscriptions: list[list[str]], before: Mapping[str, Any]) -> list[list[str]]:
    return [pair for pair in subscriptions if pair not in before.get("subscriptions", [])]
