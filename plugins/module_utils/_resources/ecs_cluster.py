# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An ECS cluster: Container Insights, capacity providers, tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import (
    Call,
    Plan,
    TagCalls,
    differs,
    look,
    own_tags,
    wanted_tags,
)


@dataclass(frozen=True)
class Cluster:
    """The desired cluster."""

    name: str
    insights: str
    providers: tuple[str, ...]
    default_provider: str
    tags: Mapping[str, str] | None
    purge_tags: bool = True

    def strategy(self) -> list[dict[str, Any]]:
        """The default strategy in ECS's own form."""
        return [{"capacityProvider": self.default_provider, "weight": 1, "base": 0}]


def read(client: Any, name: str) -> dict[str, Any] | None:
    """The live cluster, or None. A deleted cluster is still listed for a while, as INACTIVE."""
    answer = look(client, "describe_clusters", f"cluster {name}", clusters=[name], include=["SETTINGS", "TAGS"])
    active = [cluster for cluster in answer["clusters"] if cluster["status"] != "INACTIVE"]
    if not active:
        return None
    cluster = active[0]
    settings = {entry["name"]: entry["value"] for entry in cluster.get("settings", [])}
    strategy = [{"weight": 0, "base": 0, **entry} for entry in cluster.get("defaultCapacityProviderStrategy", [])]
    return {
        "arn": cluster["clusterArn"],
        "container_insights": settings.get("containerInsights", "disabled"),
        "capacity_providers": sorted(cluster.get("capacityProviders", [])),
        "default_strategy": strategy,
        "tags": {entry["key"]: entry["value"] for entry in cluster.get("tags", [])},
    }


def plan(desired: Cluster, live: Mapping[str, Any] | None) -> Plan:
    """The calls that make the live cluster the desired one."""
    where = f"ECS cluster {desired.name}"
    own = own_tags((live or {}).get("tags", {}))
    tags = wanted_tags(own, desired.tags, desired.purge_tags)
    after: dict[str, Any] = {
        "container_insights": desired.insights,
        "capacity_providers": sorted(desired.providers),
        "default_strategy": desired.strategy(),
        "tags": dict(sorted(tags.items())),
    }
    settings = [{"name": "containerInsights", "value": desired.insights}]
    providers = {
        "capacityProviders": list(desired.providers),
        "defaultCapacityProviderStrategy": desired.strategy(),
    }
    if live is None:
        keys = [{"key": key, "value": value} for key, value in after["tags"].items()]
        create = {"clusterName": desired.name, "settings": settings, "tags": keys, **providers}
        return Plan(where, {}, after, (Call("create_cluster", create),))
    before = {**{key: live[key] for key in after}, "tags": dict(sorted(own.items()))}
    calls = []
    if before["container_insights"] != after["container_insights"]:
        calls.append(Call("update_cluster_settings", {"cluster": desired.name, "settings": settings}))
    if any(differs(before[key], after[key]) for key in ("capacity_providers", "default_strategy")):
        calls.append(Call("put_cluster_capacity_providers", {"cluster": desired.name, **providers}))
    for call in TagCalls({"resourceArn": live["arn"]}, tags="tags", keys="tagKeys").between(own, tags):
        calls.append(call if call.operation == "untag_resource" else _lower(call))
    return Plan(where, before, after, tuple(calls))


def _lower(call: Call) -> Call:
    """ECS writes `key` and `value` where the other services have capitals."""
    tags = [{"key": tag["Key"], "value": tag["Value"]} for tag in call.arguments["tags"]]
    return Call(call.operation, {**call.arguments, "tags": tags})
