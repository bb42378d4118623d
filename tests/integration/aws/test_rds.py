"""An RDS instance of the pretend AWS is as RDS has it: no superuser, TLS by name, parameters, a reboot keeps data."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from lab.aws import hosts
from lab.aws.settings import place
from tests.integration.aws.conftest import Client

pytestmark = pytest.mark.lab
NAME = f"test-{secrets.token_hex(3)}"


def settled(rds: Any) -> dict[str, Any]:
    """The instance, once it is in no transition (a minute at most)."""
    deadline = time.monotonic() + 60
    while True:
        (found,) = rds.describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"]
        if found["DBInstanceStatus"] in ("available", "failed") or time.monotonic() > deadline:
            return dict(found)
        time.sleep(0.3)


def set_parameter(rds: Any, name: str, value: str, method: str = "immediate") -> None:
    parameter = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
    rds.modify_db_parameter_group(DBParameterGroupName=NAME, Parameters=[parameter])


@pytest.fixture(scope="module", name="instance")
def _instance(lab_aws: Client) -> Iterator[dict[str, Any]]:
    rds = lab_aws("rds")
    rds.create_db_parameter_group(DBParameterGroupName=NAME, DBParameterGroupFamily="postgres16", Description="test")
    set_parameter(rds, "rds.logical_replication", "1", "pending-reboot")
    made = rds.create_db_instance(
        DBInstanceIdentifier=NAME, Engine="postgres", EngineVersion="16.4", DBInstanceClass="db.t3.micro",
        AllocatedStorage=20, MasterUsername="dbadmin", ManageMasterUserPassword=True, DBName="app",
        DBParameterGroupName=NAME, DeletionProtection=True,
    )["DBInstance"]  # fmt: skip
    assert made["DBInstanceStatus"] == "creating"
    yield settled(rds)
    rds.modify_db_instance(DBInstanceIdentifier=NAME, DeletionProtection=False, ApplyImmediately=True)
    rds.delete_db_instance(DBInstanceIdentifier=NAME, SkipFinalSnapshot=True)
    rds.delete_db_parameter_group(DBParameterGroupName=NAME)


def connect(client: Client, instance: dict[str, Any], **changes: Any) -> Any:
    """A connection as the master, its password out of the secret that RDS made."""
    secret = client("secretsmanager").get_secret_value(SecretId=instance["MasterUserSecret"]["SecretArn"])
    login = json.loads(secret["SecretString"])
    endpoint = instance["Endpoint"]["Address"]
    options = {
        "host": endpoint, "hostaddr": hosts.names()[endpoint], "port": instance["Endpoint"]["Port"], "dbname": "app",
        "user": login["username"], "password": login["password"], "sslmode": "verify-full",
        "sslrootcert": str(place().ca_file), "autocommit": True, "connect_timeout": 10,
    }  # fmt: skip
    return psycopg.connect(**{**options, **changes})


def value(connection: Any, query: str) -> Any:
    return connection.execute(query).fetchone()[0]


def test_the_master_is_no_superuser_and_the_name_is_verified(lab_aws: Client, instance: dict[str, Any]) -> None:
    assert instance["DBInstanceStatus"] == "available"
    with connect(lab_aws, instance) as connection:
        assert value(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        assert value(connection, "SELECT pg_has_role('rds_superuser', 'member')") is True
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        connect(lab_aws, instance, host="another.name.example")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM pg_authid",
        "ALTER SYSTEM SET work_mem = '1MB'",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "CREATE ROLE boss SUPERUSER",
        "CREATE EXTENSION file_fdw",
        "ALTER ROLE rdsadmin PASSWORD 'mine'",
    ],
)
def test_what_rds_refuses_is_refused(lab_aws: Client, instance: dict[str, Any], statement: str) -> None:
    with connect(lab_aws, instance) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_what_rds_superuser_may_do_works(lab_aws: Client, instance: dict[str, Any]) -> None:
    with connect(lab_aws, instance) as connection:
        for extension in ("hstore", "citext", "pg_trgm", "uuid-ossp", "btree_gist", "unaccent", "pgcrypto"):
            connection.execute(f'CREATE EXTENSION "{extension}"')
        connection.execute("SET session_replication_role = replica")
        connection.execute("CREATE ROLE app_owner LOGIN PASSWORD 'not-the-master'")
        connection.execute("GRANT rds_superuser TO app_owner")
        assert value(connection, "SHOW wal_level") == "logical"


def test_tls_is_demanded_until_the_group_says_otherwise(lab_aws: Client, instance: dict[str, Any]) -> None:
    rds = lab_aws("rds")
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        connect(lab_aws, instance, sslmode="disable")
    set_parameter(rds, "rds.force_ssl", "0")
    settled(rds)
    time.sleep(1)
    assert value(connect(lab_aws, instance, sslmode="disable"), "SELECT 1") == 1


def test_a_static_parameter_waits_for_the_reboot_which_keeps_the_data(
    lab_aws: Client, instance: dict[str, Any]
) -> None:
    rds = lab_aws("rds")
    with connect(lab_aws, instance) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    set_parameter(rds, "max_connections", "77", "pending-reboot")
    deadline = time.monotonic() + 20
    while settled(rds)["DBParameterGroups"][0]["ParameterApplyStatus"] != "pending-reboot":
        assert time.monotonic() < deadline, "the group never said pending-reboot"
        time.sleep(0.2)
    assert value(connect(lab_aws, instance), "SHOW max_connections") != "77"
    rds.reboot_db_instance(DBInstanceIdentifier=NAME)
    after = settled(rds)
    assert after["DBParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"
    with connect(lab_aws, after) as connection:
        assert value(connection, "SHOW max_connections") == "77"
        assert value(connection, "SELECT answer FROM kept") == 42


def test_a_rotated_password_replaces_the_old_one(lab_aws: Client, instance: dict[str, Any]) -> None:
    rds = lab_aws("rds")
    secret = lab_aws("secretsmanager").get_secret_value(SecretId=instance["MasterUserSecret"]["SecretArn"])
    old = json.loads(secret["SecretString"])["password"]
    rds.modify_db_instance(DBInstanceIdentifier=NAME, RotateMasterUserPassword=True, ApplyImmediately=True)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(lab_aws, instance, password=old)
    connect(lab_aws, instance).close()


def test_deletion_protection_holds(lab_aws: Client, instance: dict[str, Any]) -> None:
    assert instance["DeletionProtection"] is True
    with pytest.raises(ClientError, match="DeletionProtection"):
        lab_aws("rds").delete_db_instance(DBInstanceIdentifier=NAME, SkipFinalSnapshot=True)
