# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RDS events of one kind of source, sent to an SNS topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import Call, Plan, look, tag_list


@dataclass(frozen=True)
class Subscription:
    """The desired subscription. It is for every source of its type in this account and region."""

    name: str
    topic_arn: str
    source_type: str
    categories: tuple[str, ...]
    tags: Mapping[str, str]

    def view(self) -> dict[str, Any]:
        """In the form in which two states are compared and shown."""
        return {
            "topic_arn": self.topic_arn,
            "source_type": self.source_type,
            "categories": sorted(self.categories),
            "enabled": True,
        }


def read(client: Any, name: str) -> dict[str, Any] | None:
    """The live subscription, or None."""
    absent = ("SubscriptionNotFound", "SubscriptionNotFoundFault")
    where = f"event subscription {name}"
    answer = look(client, "describe_event_subscriptions", where, absent, SubscriptionName=name)
    if not answer or not answer["EventSubscriptionsList"]:
        return None
    found = answer["EventSubscriptionsList"][0]
    return {
        "topic_arn": found["SnsTopicArn"],
        "source_type": found.get("SourceType", ""),
        "categories": sorted(found.get("EventCategoriesList", [])),
        "enabled": found["Enabled"],
    }


def plan(desired: Subscription, live: Mapping[str, Any] | None) -> Plan:
    """The calls that make the live subscription the desired one."""
    after = desired.view()
    where = f"RDS event subscription {desired.name}"
    arguments = {
        "SubscriptionName": desired.name,
        "SnsTopicArn": desired.topic_arn,
        "SourceType": desired.source_type,
        "EventCategories": list(desired.categories),
        "Enabled": True,
    }
    if live is None:
        create = {**arguments, "Tags": tag_list(desired.tags)}
        return Plan(where, {}, after, (Call("create_event_subscription", create),))
    call = Call("modify_event_subscription", arguments)
    return Plan(where, live, after, () if live == after else (call,))
