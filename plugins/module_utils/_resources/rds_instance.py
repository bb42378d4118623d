# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An RDS instance of PostgreSQL whose master password RDS itself makes, keeps in Secrets Manager and rotates."""

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
from ansible_collections.replatform.aws.plugins.module_utils._aws.waiters import Pending, wait_for

# What RDS answers in DescribeDBInstances, and what ModifyDBInstance calls it.
_MODIFY = {
    "EngineVersion": "EngineVersion",
    "DBInstanceClass": "DBInstanceClass",
    "AllocatedStorage": "AllocatedStorage",
    "MaxAllocatedStorage": "MaxAllocatedStorage",
    "StorageType": "StorageType",
    "MultiAZ": "MultiAZ",
    "PubliclyAccessible": "PubliclyAccessible",
    "VpcSecurityGroupIds": "VpcSecurityGroupIds",
    "DBParameterGroupName": "DBParameterGroupName",
    "BackupRetentionPeriod": "BackupRetentionPeriod",
    "CopyTagsToSnapshot": "CopyTagsToSnapshot",
    "DeletionProtection": "DeletionProtection",
    "AutoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "IAMDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "MonitoringInterval": "MonitoringInterval",
    "MonitoringRoleArn": "MonitoringRoleArn",
    "PerformanceInsightsEnabled": "EnablePerformanceInsights",
    "CACertificateIdentifier": "CACertificateIdentifier",
}
_FIXED = ("StorageEncrypted", "KmsKeyId", "MasterUsername", "DBName", "DBSubnetGroupName")
_SETTLED = ("available", "storage-optimization", "storage-config-upgrade")
_HOPELESS = ("failed", "incompatible-network", "incompatible-parameters", "incompatible-restore", "storage-full")


@dataclass(frozen=True)
class Instance:
    """The desired instance. `settings` has DescribeDBInstances' names (see _MODIFY and _FIXED) and no empty value."""

    name: str
    settings: Mapping[str, Any]
    log_exports: tuple[str, ...]
    tags: Mapping[str, str] | None
    purge_tags: bool = True
    allow_major_upgrade: bool = False


def find(client: Any, name: str) -> dict[str, Any] | None:
    """DescribeDBInstances' answer for this instance, or None."""
    absent = ("DBInstanceNotFound", "DBInstanceNotFoundFault")
    answer = look(client, "describe_db_instances", f"RDS instance {name}", absent, DBInstanceIdentifier=name)
    return answer["DBInstances"][0] if answer and answer["DBInstances"] else None


def view(found: Mapping[str, Any]) -> dict[str, Any]:
    """A live instance in the names of Instance.settings, pending changes counted as made."""
    pending = found.get("PendingModifiedValues") or {}
    settings = {key: pending.get(key, found.get(key)) for key in (*_MODIFY, *_FIXED)}
    groups = found.get("DBParameterGroups") or [{}]
    settings["DBParameterGroupName"] = groups[0].get("DBParameterGroupName")
    settings["DBSubnetGroupName"] = (found.get("DBSubnetGroup") or {}).get("DBSubnetGroupName")
    settings["VpcSecurityGroupIds"] = sorted(g["VpcSecurityGroupId"] for g in found.get("VpcSecurityGroups") or [])
    return {
        **settings,
        "ManagedMasterPassword": bool(found.get("MasterUserSecret")),
        "LogExports": sorted(found.get("EnabledCloudwatchLogsExports") or []),
        "Tags": dict(sorted(own_tags(from_tag_list(found.get("TagList"))).items())),
    }


def plan(desired: Instance, found: Mapping[str, Any] | None) -> Plan:
    """The calls that make the live instance the desired one. Raises AwsError where only a new instance would do."""
    where = f"RDS instance {desired.name}"
    if found is None:
        tags = wanted_tags({}, desired.tags, desired.purge_tags)
        return Plan(where, {}, _after(desired, {}, tags), (Call("create_db_instance", _create(desired, tags)),))
    live = view(found)
    tags = wanted_tags(live["Tags"], desired.tags, desired.purge_tags)
    after = _after(desired, live, tags)
    before = {key: live[key] for key in after}
    _refuse(desired, before, after, where)
    calls = []
    changes = _changes(before, after)
    if changes:
        fixed = {"DBInstanceIdentifier": desired.name, "ApplyImmediately": True}
        if desired.allow_major_upgrade:
            fixed["AllowMajorVersionUpgrade"] = True
        calls.append(Call("modify_db_instance", {**fixed, **changes}))
    tagging = TagCalls({"ResourceName": found["DBInstanceArn"]}, "add_tags_to_resource", "remove_tags_from_resource")
    return Plan(where, before, after, (*calls, *tagging.between(live["Tags"], tags)))


def _after(desired: Instance, live: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    settings = dict(desired.settings)
    if live and _same_version(settings["EngineVersion"], str(live["EngineVersion"])):
        settings["EngineVersion"] = live["EngineVersion"]
    # RDS grows a disk by itself (MaxAllocatedStorage) and cannot make one smaller.
    if live and (live["AllocatedStorage"] or 0) > settings["AllocatedStorage"]:
        settings["AllocatedStorage"] = live["AllocatedStorage"]
    settings["VpcSecurityGroupIds"] = sorted(settings["VpcSecurityGroupIds"])
    return {
        **settings,
        "ManagedMasterPassword": True,
        "LogExports": sorted(desired.log_exports),
        "Tags": dict(sorted(tags.items())),
    }


def _same_version(wanted: str, live: str) -> bool:
    # 16 is any 16.x: a minor upgrade by RDS itself is no difference.
    return live == wanted or live.startswith(f"{wanted}.")


def _create(desired: Instance, tags: Mapping[str, str]) -> dict[str, Any]:
    settings = {_MODIFY.get(key, key): value for key, value in desired.settings.items()}
    return {
        "DBInstanceIdentifier": desired.name,
        "Engine": "postgres",
        "ManageMasterUserPassword": True,
        "EnableCloudwatchLogsExports": list(desired.log_exports),
        "Tags": tag_list(tags),
        **settings,
    }


def _refuse(desired: Instance, before: Mapping[str, Any], after: Mapping[str, Any], where: str) -> None:
    other = [
        f"{key} is {before[key]} (wanted {after[key]})" for key in _FIXED if key in after and before[key] != after[key]
    ]
    if other:
        step = "restore a snapshot into a new instance of another name, or put the live value into the inventory."
        raise AwsError(f"{'; '.join(other)}: RDS cannot change that", where, step)
    major, live_major = (str(version["EngineVersion"]).partition(".")[0] for version in (after, before))
    if major != live_major and not desired.allow_major_upgrade:
        step = "take a snapshot, rehearse the upgrade, then set rds_allow_major_upgrade to true for one run."
        raise AwsError(f"PostgreSQL {live_major} to {major} is a major upgrade, which nobody allowed", where, step)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    changed = {_MODIFY[key]: after[key] for key in _MODIFY if key in after and before[key] != after[key]}
    if "MonitoringInterval" in changed and "MonitoringRoleArn" in after:
        changed["MonitoringRoleArn"] = after["MonitoringRoleArn"]
    if not before["ManagedMasterPassword"]:
        changed["ManageMasterUserPassword"] = True
    exports, live = set(after["LogExports"]), set(before["LogExports"])
    if exports != live:
        changed["CloudwatchLogsExportConfiguration"] = {
            "EnableLogTypes": sorted(exports - live),
            "DisableLogTypes": sorted(live - exports),
        }
    return changed


def wait_available(client: Any, name: str, timeout: float, interval: float) -> tuple[dict[str, Any], float]:
    """Wait until the instance takes connections; gives DescribeDBInstances' answer and the seconds waited."""

    def check() -> dict[str, Any] | Pending:
        found = find(client, name)
        if found is None:
            raise AwsError("the instance is gone", f"RDS instance {name}", "see who deleted it (CloudTrail).")
        status = found["DBInstanceStatus"]
        if status in _HOPELESS:
            step = "read the instance's events (aws rds describe-events --source-type db-instance), correct the cause."
            raise AwsError(f"the instance is {status}", f"RDS instance {name}", step)
        settled = status in _SETTLED and (found.get("Endpoint") or {}).get("Address")
        return found if settled else Pending(status)

    waited = wait_for(
        check,
        what=f"RDS instance {name} to become available",
        where=f"RDS instance {name}",
        timeout=timeout,
        interval=interval,
    )
    return waited.value, waited.seconds


def facts(found: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a caller needs to connect. Empty texts where it does not exist yet."""
    found = found or {}
    endpoint = found.get("Endpoint") or {}
    return {
        "arn": found.get("DBInstanceArn", ""),
        "status": found.get("DBInstanceStatus", ""),
        "endpoint": endpoint.get("Address", ""),
        "port": endpoint.get("Port", 5432),
        "dbname": found.get("DBName", ""),
        "master_username": found.get("MasterUsername", ""),
        "master_secret_arn": (found.get("MasterUserSecret") or {}).get("SecretArn", ""),
    }
