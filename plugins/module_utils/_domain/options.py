# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module's options as OpenSearch Service's own groups of settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def settings(options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """CreateDomain's arguments that are groups of settings; what is unset stays out."""
    return {
        "ClusterConfig": _cluster(options),
        "EBSOptions": _disk(options),
        "VPCOptions": {"SubnetIds": options["subnet_ids"], "SecurityGroupIds": options["security_group_ids"]},
        "EncryptionAtRestOptions": {
            "Enabled": True,
            **({"KmsKeyId": options["kms_key"]} if options["kms_key"] else {}),
        },
        "NodeToNodeEncryptionOptions": {"Enabled": True},
        "DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": options["tls_policy"]},
        "AdvancedSecurityOptions": {"Enabled": True, "InternalUserDatabaseEnabled": options["internal_users"]},
        "SoftwareUpdateOptions": {"AutoSoftwareUpdateEnabled": options["auto_software_update"]},
        "OffPeakWindowOptions": {"Enabled": True},
    }


def _cluster(options: Mapping[str, Any]) -> dict[str, Any]:
    cluster = {
        "InstanceType": options["instance_type"],
        "InstanceCount": options["instance_count"],
        "ZoneAwarenessEnabled": options["zones"] > 1,
        "DedicatedMasterEnabled": bool(options["dedicated_master_type"]),
    }
    if options["zones"] > 1:
        cluster["ZoneAwarenessConfig"] = {"AvailabilityZoneCount": options["zones"]}
    if options["dedicated_master_type"]:
        cluster["DedicatedMasterType"] = options["dedicated_master_type"]
        cluster["DedicatedMasterCount"] = options["dedicated_master_count"]
    return cluster


def _disk(options: Mapping[str, Any]) -> dict[str, Any]:
    disk = {
        "EBSEnabled": True,
        "VolumeType": options["volume_type"],
        "VolumeSize": options["volume_size"],
        "Iops": options["volume_iops"],
        "Throughput": options["volume_throughput"],
    }
    return {key: value for key, value in disk.items() if value is not None}
