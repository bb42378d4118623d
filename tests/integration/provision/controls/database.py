"""RDS."""

from __future__ import annotations

from typing import Any

from .account import Account
from .registry import control


@control("RDS.2", "`PubliclyAccessible` false", "CIS 2.2.3")
def not_public(account: Account) -> None:
    assert account.instance["PubliclyAccessible"] is False


@control("RDS.46", "data subnets, without a route to the internet")
def no_route(account: Account) -> None:
    subnets = [entry["SubnetIdentifier"] for entry in account.instance["DBSubnetGroup"]["Subnets"]]
    assert len({account.subnets[name]["AvailabilityZone"] for name in subnets}) >= 2
    assert not [name for name in subnets if account.routes_to_internet(name)]


@control("RDS.3", "the disk is encrypted; a key of yours by `rds_kms_key`", "CIS 2.2.1")
def encrypted(account: Account) -> None:
    assert account.instance["StorageEncrypted"] is True


@control("RDS.4", "a snapshot has its instance's encryption")
def encrypted_snapshots(account: Account) -> None:
    rds, name = account.client("rds"), f"{account.name}-control-rds-4"
    made = rds.create_db_snapshot(DBSnapshotIdentifier=name, DBInstanceIdentifier=account.name)["DBSnapshot"]
    try:
        assert made["Encrypted"] is True
        found = rds.describe_db_snapshots(DBInstanceIdentifier=account.name)["DBSnapshots"]
        assert found
        assert all(snapshot["Encrypted"] for snapshot in found)
    finally:
        rds.delete_db_snapshot(DBSnapshotIdentifier=name)


@control("RDS.8", "deletion protection")
def deletion_protection(account: Account) -> None:
    assert account.instance["DeletionProtection"] is True


@control("RDS.11", "automatic backups for 7 days or more (prod: 30)")
def backups(account: Account) -> None:
    assert account.instance["BackupRetentionPeriod"] >= 7


@control("RDS.17", "tags are copied to snapshots")
def tags_on_snapshots(account: Account) -> None:
    assert account.instance["CopyTagsToSnapshot"] is True


@control("RDS.10", "IAM authentication is on")
def iam_authentication(account: Account) -> None:
    assert account.instance["IAMDatabaseAuthenticationEnabled"] is True


@control("RDS.25", "a master user of its own name")
def master_name(account: Account) -> None:
    assert account.instance["MasterUsername"] not in ("postgres", "admin")


@control("RDS.38", '`rds.force_ssl` "1"; clients check the certificate and the name (`verify-full`)')
def forced_tls(account: Account) -> None:
    [group] = account.instance["DBParameterGroups"]
    pages = account.client("rds").get_paginator("describe_db_parameters")
    found = [
        parameter
        for page in pages.paginate(DBParameterGroupName=group["DBParameterGroupName"])
        for parameter in page["Parameters"]
        if parameter["ParameterName"] == "rds.force_ssl"
    ]
    assert [parameter["ParameterValue"] for parameter in found] == ["1"]
    environment = {entry["name"]: entry["value"] for c in account.containers for entry in c["environment"]}
    assert environment["POSTGRES_SSLMODE"] == "verify-full"


@control(
    "RDS.ManagedPassword", "RDS makes, keeps and rotates the master password; the application's role is another one"
)
def managed_password(account: Account) -> None:
    secret = account.instance["MasterUserSecret"]
    assert secret["SecretStatus"] == "active"
    assert ":secret:rds!db-" in secret["SecretArn"]
    given = {entry["name"]: entry["value"] for c in account.containers for entry in c["environment"]}
    assert given["POSTGRES_USER"] != account.instance["MasterUsername"]
    assert not [c for c in account.containers for entry in c["secrets"] if secret["SecretArn"] in entry["valueFrom"]]


@control("RDS.5", "a standby in another zone", "CIS 2.2.4")
def multi_az(account: Account) -> None:
    assert account.instance["MultiAZ"] is True


@control("RDS.6", "enhanced monitoring, every 60 seconds")
def monitoring(account: Account) -> None:
    assert account.instance["MonitoringInterval"] > 0
    assert account.instance["MonitoringRoleArn"].endswith(f"{account.name}-rds-monitoring")


@control("RDS.9", "PostgreSQL's log and the upgrade log go to CloudWatch Logs", "RDS.36")
def log_exports(account: Account) -> None:
    assert set(account.instance["EnabledCloudwatchLogsExports"]) >= {"postgresql", "upgrade"}


@control("RDS.13", "minor versions are installed in the maintenance window", "CIS 2.2.2")
def minor_versions(account: Account) -> None:
    assert account.instance["AutoMinorVersionUpgrade"] is True


def _subscribed(account: Account, source: str, categories: set[str]) -> None:
    found: list[dict[str, Any]] = account.client("rds").describe_event_subscriptions()["EventSubscriptionsList"]
    ours = [entry for entry in found if entry["SourceType"] == source and entry["Enabled"]]
    assert ours, f"nobody is told about {source}"
    assert any(set(entry["EventCategoriesList"]) >= categories for entry in ours)
    assert all(entry["SnsTopicArn"].endswith(f":{account.name}-alarms") for entry in ours)


@control("RDS.20", "events of the instance are told to the topic")
def instance_events(account: Account) -> None:
    _subscribed(account, "db-instance", {"maintenance", "configuration change", "failure"})


@control("RDS.21", "events of the parameter group are told to the topic")
def parameter_events(account: Account) -> None:
    _subscribed(account, "db-parameter-group", {"configuration change"})


@control("RDS.22", "events of database security groups are told to the topic")
def group_events(account: Account) -> None:
    _subscribed(account, "db-security-group", {"configuration change", "failure"})
