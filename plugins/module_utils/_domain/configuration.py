# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A domain of OpenSearch Service: both sides in one form, the whole of it compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import (
    Call,
    Plan,
    TagCalls,
    canonical_policy,
    differs,
    own_tags,
    policy_text,
    tag_list,
    wanted_tags,
)

# Of each group of settings, what this collection decides. AWS answers with more: its own defaults and derived values.
_GOVERNED: dict[str, dict[str, Any]] = {
    "ClusterConfig": {
        "InstanceType": "",
        "InstanceCount": 0,
        "DedicatedMasterEnabled": False,
        "DedicatedMasterType": None,
        "DedicatedMasterCount": None,
        "ZoneAwarenessEnabled": False,
        "ZoneAwarenessConfig": None,
        "MultiAZWithStandbyEnabled": False,
        "WarmEnabled": False,
    },
    "EBSOptions": {"EBSEnabled": False, "VolumeType": "", "VolumeSize": 0, "Iops": None, "Throughput": None},
    "VPCOptions": {"SubnetIds": [], "SecurityGroupIds": []},
    "EncryptionAtRestOptions": {"Enabled": False, "KmsKeyId": None},
    "NodeToNodeEncryptionOptions": {"Enabled": False},
    "DomainEndpointOptions": {"EnforceHTTPS": False, "TLSSecurityPolicy": ""},
    "AdvancedSecurityOptions": {"Enabled": False, "InternalUserDatabaseEnabled": False},
    "SoftwareUpdateOptions": {"AutoSoftwareUpdateEnabled": False},
    "OffPeakWindowOptions": {"Enabled": False},
}
_WRITTEN_ONCE = ("EncryptionAtRestOptions.KmsKeyId",)


@dataclass(frozen=True)
class Domain:
    """The desired domain: OpenSearch Service's own request, apart from its name, tags and the master user.

    settings: CreateDomain's arguments by its own names. master: MasterUserOptions, which AWS never shows again.
    """

    name: str
    engine_version: str
    settings: Mapping[str, Mapping[str, Any]]
    access_policy: Any
    log_groups: Mapping[str, str]
    master: Mapping[str, str] = field(default_factory=dict, repr=False)
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True


def view(settings: Mapping[str, Any], engine_version: str, policy: Any, logs: Mapping[str, str]) -> dict[str, Any]:
    """One form for both sides: every governed setting is there, a setting that AWS left out has its default."""
    groups = {name: _group(name, settings.get(name) or {}) for name in _GOVERNED}
    return {
        "EngineVersion": engine_version,
        **groups,
        "AccessPolicies": canonical_policy(policy),
        "LogPublishingOptions": dict(sorted(logs.items())),
    }


def _group(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    defaults = _GOVERNED[name]
    group = {key: given.get(key, default) for key, default in defaults.items()}
    for key in ("SubnetIds", "SecurityGroupIds"):
        if key in group:
            group[key] = sorted(group[key])
    return {key: value for key, value in group.items() if value is not None}


def live_view(status: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeDomain's answer in the form of `view`."""
    logs = {
        kind: options["CloudWatchLogsLogGroupArn"].removesuffix(":*")
        for kind, options in (status.get("LogPublishingOptions") or {}).items()
        if options.get("Enabled")
    }
    return view(status, status["EngineVersion"], status.get("AccessPolicies"), logs)


def _comparable(live: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    # What the desired side leaves to AWS (gp3's Iops and Throughput, the default key) is no difference.
    before = dict(live)
    for group in _GOVERNED:
        before[group] = {key: value for key, value in live[group].items() if key in after[group]}
    return before


def plan(desired: Domain, status: Mapping[str, Any] | None, live_tags: Mapping[str, str]) -> Plan:
    """The calls that make the live domain the desired one. Raises AwsError where only a new domain would do."""
    where = f"OpenSearch domain {desired.name}"
    own = own_tags(live_tags)
    tags = wanted_tags(own, desired.tags, desired.purge_tags)
    after = view(desired.settings, desired.engine_version, desired.access_policy, desired.log_groups)
    shown = {**after, "Tags": dict(sorted(tags.items()))}
    if status is None:
        return Plan(where, {}, shown, (Call("create_domain", _create(desired, after, tags)),))
    live = _comparable(live_view(status), after)
    before = {**live, "Tags": dict(sorted(own.items()))}
    _refuse(live, after, where)
    calls = []
    if changes := _changes(desired, live, after):
        calls.append(Call("update_domain_config", {"DomainName": desired.name, **changes}))
    if live["EngineVersion"] != after["EngineVersion"]:
        upgrade = {"DomainName": desired.name, "TargetVersion": desired.engine_version}
        calls.append(Call("upgrade_domain", upgrade))
    tagging = TagCalls({"ARN": status["ARN"]}, "add_tags", "remove_tags", "TagList")
    return Plan(where, before, shown, (*calls, *tagging.between(own, tags)))


def _create(desired: Domain, after: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    groups = {name: after[name] for name in _GOVERNED}
    security = {**groups["AdvancedSecurityOptions"], "MasterUserOptions": dict(desired.master)}
    return {
        "DomainName": desired.name,
        "EngineVersion": desired.engine_version,
        **groups,
        "AdvancedSecurityOptions": security,
        "AccessPolicies": policy_text(desired.access_policy),
        "LogPublishingOptions": _logs(desired.log_groups, {}),
        "TagList": tag_list(tags),
    }


def _logs(wanted: Mapping[str, str], live: Mapping[str, str]) -> dict[str, Any]:
    """Every kind of log that is wanted, and those that are on and shall not be."""
    on = {kind: {"Enabled": True, "CloudWatchLogsLogGroupArn": arn} for kind, arn in wanted.items()}
    off = {kind: {"Enabled": False} for kind in live if kind not in wanted}
    return {**on, **off}


def _changes(desired: Domain, live: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """UpdateDomainConfig's arguments: whole groups, because AWS takes a group as a whole."""
    changed: dict[str, Any] = {name: after[name] for name in _GOVERNED if differs(live[name], after[name])}
    if "AdvancedSecurityOptions" in changed and desired.master:
        changed["AdvancedSecurityOptions"] = {**after["AdvancedSecurityOptions"], "MasterUserOptions": desired.master}
    if differs(live["AccessPolicies"], after["AccessPolicies"]):
        changed["AccessPolicies"] = policy_text(desired.access_policy)
    if differs(live["LogPublishingOptions"], after["LogPublishingOptions"]):
        changed["LogPublishingOptions"] = _logs(desired.log_groups, live["LogPublishingOptions"])
    return changed


def _refuse(live: Mapping[str, Any], after: Mapping[str, Any], where: str) -> None:
    for path in _WRITTEN_ONCE:
        group, key = path.split(".")
        wanted, found = after[group].get(key), live[group].get(key)
        if wanted and found and wanted not in (found, found.rpartition("/")[2]):
            step = "put the live key into opensearch_kms_key, or make a domain of another name and copy into it."
            raise AwsError(f"{path} is {found} (wanted {wanted}), which AWS cannot change", where, step)
    if _number(after["EngineVersion"]) < _number(live["EngineVersion"]):
        step = f"set opensearch_engine_version to {live['EngineVersion']}: a domain cannot go back."
        raise AwsError(f"the domain is already at {live['EngineVersion']}", where, step)


def _number(version: str) -> tuple[int, ...]:
    """OpenSearch_2.19 -> (2, 19)."""
    return tuple(int(part) for part in version.rpartition("_")[2].split("."))
