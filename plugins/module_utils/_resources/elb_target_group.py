# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A target group of addresses, as Fargate needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
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
class TargetGroup:
    """The desired target group. Intervals, time-outs and delays are in seconds."""

    name: str
    vpc_id: str
    protocol: str
    port: int
    health_check: Mapping[str, Any]
    attributes: Mapping[str, str]
    tags: Mapping[str, str] | None
    purge_tags: bool = True

    def fixed(self) -> dict[str, Any]:
        """What ELB cannot change."""
        return {"TargetType": "ip", "Protocol": self.protocol, "Port": self.port, "VpcId": self.vpc_id}


def health_check(options: Mapping[str, Any]) -> dict[str, Any]:
    """ELB's own names for the options of the module's health_check."""
    return {
        "HealthCheckProtocol": options["protocol"],
        "HealthCheckPort": "traffic-port",
        "HealthCheckEnabled": True,
        "HealthCheckPath": options["path"],
        "HealthCheckIntervalSeconds": options["interval"],
        "HealthCheckTimeoutSeconds": options["timeout"],
        "HealthyThresholdCount": options["healthy_threshold"],
        "UnhealthyThresholdCount": options["unhealthy_threshold"],
        "Matcher": {"HttpCode": options["success_codes"]},
    }


def read(client: Any, name: str) -> dict[str, Any] | None:
    """The live target group, or None."""
    where = f"target group {name}"
    answer = look(client, "describe_target_groups", where, ("TargetGroupNotFound",), Names=[name])
    if not answer or not answer["TargetGroups"]:
        return None
    group = answer["TargetGroups"][0]
    arn = group["TargetGroupArn"]
    attributes = look(client, "describe_target_group_attributes", where, TargetGroupArn=arn)["Attributes"]
    tags = look(client, "describe_tags", where, ResourceArns=[arn])["TagDescriptions"]
    return {
        "arn": arn,
        "settings": group,
        "attributes": {entry["Key"]: entry["Value"] for entry in attributes},
        "tags": from_tag_list(tags[0]["Tags"] if tags else []),
    }


def plan(desired: TargetGroup, live: Mapping[str, Any] | None) -> Plan:
    """The calls that make the live target group the desired one. A new one is created first, then `settle`d."""
    where = f"target group {desired.name}"
    if live is None:
        tags = wanted_tags({}, desired.tags, desired.purge_tags)
        arguments = {"Name": desired.name, **desired.fixed(), **desired.health_check, "Tags": tag_list(tags)}
        after = {"health_check": dict(desired.health_check), "attributes": dict(desired.attributes), "tags": tags}
        return Plan(where, {}, {**desired.fixed(), **after}, (Call("create_target_group", arguments),))
    _refuse_new_group(desired, live["settings"], where)
    return settle(desired, live)


def settle(desired: TargetGroup, live: Mapping[str, Any]) -> Plan:
    """What is left to do on a target group that exists."""
    own = own_tags(live["tags"])
    tags = wanted_tags(own, desired.tags, desired.purge_tags)
    before = {
        "health_check": {key: live["settings"].get(key) for key in desired.health_check},
        "attributes": {key: live["attributes"].get(key) for key in desired.attributes},
        "tags": dict(sorted(own.items())),
    }
    after = {
        "health_check": dict(desired.health_check),
        "attributes": dict(desired.attributes),
        "tags": dict(sorted(tags.items())),
    }
    arn = {"TargetGroupArn": live["arn"]}
    calls = []
    if before["health_check"] != after["health_check"]:
        calls.append(Call("modify_target_group", {**arn, **desired.health_check}))
    changed = [{"Key": k, "Value": v} for k, v in desired.attributes.items() if before["attributes"][k] != v]
    if changed:
        calls.append(Call("modify_target_group_attributes", {**arn, "Attributes": changed}))
    tagging = TagCalls({"ResourceArns": [live["arn"]]}, "add_tags", "remove_tags")
    calls += tagging.between(own, tags)
    return Plan(f"target group {desired.name}", before, after, tuple(calls))


def _refuse_new_group(desired: TargetGroup, settings: Mapping[str, Any], where: str) -> None:
    fixed = desired.fixed()
    live = {key: settings.get(key) for key in fixed}
    other = [f"{key} {live[key]} (wanted {value})" for key, value in fixed.items() if live[key] != value]
    if other:
        raise AwsError(
            f"the target group has {', '.join(other)}, which ELB cannot change",
            where,
            "give the new one another name (alb_target_group_name), move the listener to it, then delete the old one.",
        )
