"""An RDS instance: absent, same and changed, one field at a time, on a recorded answer of AWS's shape."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import Plan
from ansible_collections.replatform.aws.plugins.module_utils._resources.rds_instance import (
    Instance,
    facts,
    plan,
    wait_available,
)

SETTINGS: dict[str, Any] = {
    "EngineVersion": "16",
    "DBInstanceClass": "db.t4g.medium",
    "AllocatedStorage": 50,
    "MaxAllocatedStorage": 500,
    "StorageType": "gp3",
    "StorageEncrypted": True,
    "MasterUsername": "admin",
    "DBSubnetGroupName": "g",
    "VpcSecurityGroupIds": ["sg-1"],
    "DBParameterGroupName": "p",
    "PubliclyAccessible": False,
    "MultiAZ": False,
    "BackupRetentionPeriod": 7,
    "CopyTagsToSnapshot": True,
    "DeletionProtection": True,
    "AutoMinorVersionUpgrade": True,
    "IAMDatabaseAuthenticationEnabled": True,
    "MonitoringInterval": 60,
    "MonitoringRoleArn": "arn:m",
    "PerformanceInsightsEnabled": True,
}
DESIRED = Instance("i", SETTINGS, ("postgresql", "upgrade"), {"a": "1"})
LIVE: dict[str, Any] = {
    **{key: value for key, value in SETTINGS.items() if key not in ("DBSubnetGroupName", "VpcSecurityGroupIds")},
    "DBInstanceIdentifier": "i",
    "DBInstanceArn": "arn:i",
    "DBInstanceStatus": "available",
    "Endpoint": {"Address": "i.x.r.rds.amazonaws.com", "Port": 5432},
    "EngineVersion": "16.9",
    "KmsKeyId": "arn:k",
    "Iops": 3000,
    "StorageThroughput": 125,
    "DBSubnetGroup": {"DBSubnetGroupName": "g", "Subnets": []},
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
    "DBParameterGroups": [{"DBParameterGroupName": "p", "ParameterApplyStatus": "in-sync"}],
    "MasterUserSecret": {"SecretArn": "arn:s", "SecretStatus": "active"},
    "EnabledCloudwatchLogsExports": ["upgrade", "postgresql"],
    "TagList": [{"Key": "a", "Value": "1"}, {"Key": "aws:theirs", "Value": "x"}],
}


def with_settings(**changed: Any) -> Instance:
    return dataclasses.replace(DESIRED, settings={**SETTINGS, **changed})


def operations(planned: Plan) -> list[str]:
    return [call.operation for call in planned.calls]


def test_absent_is_created_private_with_a_password_that_rds_manages() -> None:
    call = plan(DESIRED, None).calls[0]
    assert call.operation == "create_db_instance"
    assert call.arguments["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in call.arguments
    assert call.arguments["PubliclyAccessible"] is False
    assert call.arguments["EnableIAMDatabaseAuthentication"] is True


def test_same_is_left_alone_whatever_aws_adds() -> None:
    assert operations(plan(DESIRED, LIVE)) == []


def test_a_disk_that_rds_has_grown_is_left_alone() -> None:
    assert operations(plan(DESIRED, {**LIVE, "AllocatedStorage": 80})) == []


def test_a_change_that_waits_for_the_window_is_not_sent_again() -> None:
    live = {**LIVE, "DBInstanceClass": "db.t4g.large", "PendingModifiedValues": {"DBInstanceClass": "db.t4g.medium"}}
    assert operations(plan(DESIRED, live)) == []


@pytest.mark.parametrize(
    ("changed", "argument"),
    [
        ({"DBInstanceClass": "db.r7g.large"}, "DBInstanceClass"),
        ({"AllocatedStorage": 60}, "AllocatedStorage"),
        ({"EngineVersion": "16.11"}, "EngineVersion"),
        ({"MultiAZ": True}, "MultiAZ"),
        ({"VpcSecurityGroupIds": ["sg-2"]}, "VpcSecurityGroupIds"),
        ({"DBParameterGroupName": "q"}, "DBParameterGroupName"),
        ({"BackupRetentionPeriod": 30}, "BackupRetentionPeriod"),
        ({"DeletionProtection": False}, "DeletionProtection"),
        ({"IAMDatabaseAuthenticationEnabled": False}, "EnableIAMDatabaseAuthentication"),
        ({"PerformanceInsightsEnabled": False}, "EnablePerformanceInsights"),
    ],
)
def test_one_changed_field_is_one_argument(changed: dict[str, Any], argument: str) -> None:
    planned = plan(with_settings(**changed), LIVE)
    assert operations(planned) == ["modify_db_instance"]
    assert planned.calls[0].arguments.keys() == {"DBInstanceIdentifier", "ApplyImmediately", argument}


def test_public_access_by_hand_is_taken_back() -> None:
    call = plan(DESIRED, {**LIVE, "PubliclyAccessible": True}).calls[0]
    assert call.arguments["PubliclyAccessible"] is False


def test_a_password_of_somebody_becomes_one_that_rds_manages() -> None:
    live = {key: value for key, value in LIVE.items() if key != "MasterUserSecret"}
    assert plan(DESIRED, live).calls[0].arguments["ManageMasterUserPassword"] is True


def test_logs_are_switched_on_and_off() -> None:
    planned = plan(dataclasses.replace(DESIRED, log_exports=("postgresql",)), LIVE)
    configuration = planned.calls[0].arguments["CloudwatchLogsExportConfiguration"]
    assert configuration == {"EnableLogTypes": [], "DisableLogTypes": ["upgrade"]}


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"MasterUsername": "other"}, "MasterUsername"),
        ({"StorageEncrypted": False}, "StorageEncrypted"),
        ({"DBSubnetGroupName": "other"}, "DBSubnetGroupName"),
        ({"EngineVersion": "17"}, "major upgrade"),
    ],
)
def test_what_rds_cannot_or_must_not_change_is_refused(changed: dict[str, Any], names: str) -> None:
    with pytest.raises(AwsError, match=names):
        plan(with_settings(**changed), LIVE)


def test_a_major_upgrade_that_was_allowed_is_sent() -> None:
    allowed = dataclasses.replace(with_settings(EngineVersion="17"), allow_major_upgrade=True)
    arguments = plan(allowed, LIVE).calls[0].arguments
    assert arguments["AllowMajorVersionUpgrade"] is True
    assert arguments["EngineVersion"] == "17"


class Rds:
    """Answers DescribeDBInstances with one state after the other."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)

    def describe_db_instances(self, **_arguments: Any) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"DBInstances": [{**LIVE, "DBInstanceStatus": state}]}


def test_waiting_ends_when_it_is_available() -> None:
    found, _seconds = wait_available(Rds("creating", "backing-up", "available"), "i", timeout=5, interval=0.01)
    assert facts(found)["endpoint"] == "i.x.r.rds.amazonaws.com"


def test_waiting_stops_at_once_where_it_is_of_no_use() -> None:
    with pytest.raises(AwsError, match="incompatible-network"):
        wait_available(Rds("creating", "incompatible-network"), "i", timeout=60, interval=0.01)


def test_waiting_says_what_it_saw_last() -> None:
    with pytest.raises(AwsError, match="creating"):
        wait_available(Rds("creating"), "i", timeout=0.05, interval=0.01)
