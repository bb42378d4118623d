#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rds_instance
short_description: An RDS instance of PostgreSQL with a master password that RDS manages
version_added: 0.1.0
description:
  - Creates a private, encrypted instance and keeps it as described. RDS makes the master password, keeps it in
    Secrets Manager and rotates it.
  - C(amazon.aws.rds_instance) has no C(manage_master_user_password), sends a ModifyDBInstance for engine version 16
    against 16.4, and polls once a minute without saying what it sees.
  - A change of encryption, key, master user, database name or subnet group is refused, as is a major upgrade unless
    O(allow_major_upgrade=true).
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Identifier of the instance.
    type: str
    required: true
  engine_version:
    description: PostgreSQL's version. A major number takes any minor of it.
    type: str
    required: true
  instance_class:
    description: Class of the instance.
    type: str
    required: true
  allocated_storage:
    description: Size of the disk in GiB. It is never made smaller.
    type: int
    required: true
  max_allocated_storage:
    description: Up to which size in GiB RDS may grow the disk. Unset leaves it alone.
    type: int
  storage_type:
    description: Type of the disk.
    type: str
    default: gp3
  kms_key:
    description: ARN of the KMS key of the disk. Unset means the account's key aws/rds.
    type: str
  master_username:
    description: Name of the master user.
    type: str
    required: true
  dbname:
    description: Database that is created with the instance. Unset means none beside postgres.
    type: str
  subnet_group:
    description: DB subnet group.
    type: str
    required: true
  security_group_ids:
    description: Security groups of the instance.
    type: list
    elements: str
    required: true
  parameter_group:
    description: DB parameter group.
    type: str
    required: true
  multi_az:
    description: Whether a standby runs in another zone.
    type: bool
    default: false
  backup_retention_days:
    description: How long automatic backups are kept, in days.
    type: int
    default: 7
  deletion_protection:
    description: Whether deleting is refused.
    type: bool
    default: true
  auto_minor_version_upgrade:
    description: Whether RDS installs minor versions in the maintenance window.
    type: bool
    default: true
  iam_authentication:
    description: Whether users may log in with an IAM token.
    type: bool
    default: true
  monitoring_interval:
    description: Seconds between two points of enhanced monitoring. 0 is off.
    type: int
    default: 0
  monitoring_role_arn:
    description: Role of enhanced monitoring. Needed with O(monitoring_interval).
    type: str
  performance_insights:
    description: Whether Performance Insights is on.
    type: bool
    default: false
  log_exports:
    description: Logs that go to CloudWatch Logs.
    type: list
    elements: str
    default: ['postgresql', 'upgrade']
  ca_certificate:
    description: CA of the server's certificate, such as rds-ca-rsa2048-g1. Unset leaves it alone.
    type: str
  allow_major_upgrade:
    description: Whether the engine may move to another major version.
    type: bool
    default: false
  wait:
    description: Whether to wait until the instance takes connections.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds.
    type: int
    default: 3600
  wait_interval:
    description: Time between two looks, in seconds.
    type: int
    default: 10
  tags:
    description: Tags of the instance. Unset leaves the tags alone.
    type: dict
  purge_tags:
    description: Whether tags that are not in O(tags) are removed.
    type: bool
    default: true
attributes:
  check_mode:
    description: Reads only, and reports the calls that it would make.
    support: full
  diff_mode:
    description: Shows both states whole, without secrets.
    support: full
  idempotent:
    description: The whole resource is compared.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The database
  replatform.aws.rds_instance:
    name: database-api-prod
    engine_version: "16"
    instance_class: db.t4g.medium
    allocated_storage: 50
    master_username: replatform_admin
    subnet_group: database-api-prod
    security_group_ids: [sg-0123456789abcdef0]
    parameter_group: database-api-prod
    multi_az: true
"""

RETURN = r"""
calls:
  description: The API calls that were made, or would be made in check mode, in order.
  type: list
  elements: str
  returned: always
arn:
  description: The instance's ARN; empty in check mode for an instance that does not exist yet, like all below.
  type: str
  returned: success
status:
  description: RDS's own word for its state.
  type: str
  returned: success
endpoint:
  description: Host name to connect to.
  type: str
  returned: success
port:
  description: Port to connect to.
  type: int
  returned: success
dbname:
  description: The database that was created with the instance.
  type: str
  returned: success
master_username:
  description: Name of the master user.
  type: str
  returned: success
master_secret_arn:
  description: The secret with the master user's username and password.
  type: str
  returned: success
waited_seconds:
  description: How long the module waited.
  type: float
  returned: success
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import carry_out
from ansible_collections.replatform.aws.plugins.module_utils._resources.rds_instance import (
    Instance,
    facts,
    find,
    plan,
    wait_available,
)

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "engine_version": {"type": "str", "required": True},
    "instance_class": {"type": "str", "required": True},
    "allocated_storage": {"type": "int", "required": True},
    "max_allocated_storage": {"type": "int"},
    "storage_type": {"type": "str", "default": "gp3"},
    "kms_key": {"type": "str", "no_log": False},
    "master_username": {"type": "str", "required": True},
    "dbname": {"type": "str"},
    "subnet_group": {"type": "str", "required": True},
    "security_group_ids": {"type": "list", "elements": "str", "required": True},
    "parameter_group": {"type": "str", "required": True},
    "multi_az": {"type": "bool", "default": False},
    "backup_retention_days": {"type": "int", "default": 7},
    "deletion_protection": {"type": "bool", "default": True},
    "auto_minor_version_upgrade": {"type": "bool", "default": True},
    "iam_authentication": {"type": "bool", "default": True},
    "monitoring_interval": {"type": "int", "default": 0},
    "monitoring_role_arn": {"type": "str"},
    "performance_insights": {"type": "bool", "default": False},
    "log_exports": {"type": "list", "elements": "str", "default": ["postgresql", "upgrade"]},
    "ca_certificate": {"type": "str"},
    "allow_major_upgrade": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 3600},
    "wait_interval": {"type": "int", "default": 10},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
}


def desired_instance(options: dict[str, Any]) -> Instance:
    """The instance that the options describe, by RDS's own names; what is unset stays out."""
    settings = {
        "EngineVersion": options["engine_version"],
        "DBInstanceClass": options["instance_class"],
        "AllocatedStorage": options["allocated_storage"],
        "MaxAllocatedStorage": options["max_allocated_storage"],
        "StorageType": options["storage_type"],
        "StorageEncrypted": True,
        "KmsKeyId": options["kms_key"],
        "MasterUsername": options["master_username"],
        "DBName": options["dbname"],
        "DBSubnetGroupName": options["subnet_group"],
        "VpcSecurityGroupIds": options["security_group_ids"],
        "DBParameterGroupName": options["parameter_group"],
        "PubliclyAccessible": False,
        "MultiAZ": options["multi_az"],
        "BackupRetentionPeriod": options["backup_retention_days"],
        "CopyTagsToSnapshot": True,
        "DeletionProtection": options["deletion_protection"],
        "AutoMinorVersionUpgrade": options["auto_minor_version_upgrade"],
        "IAMDatabaseAuthenticationEnabled": options["iam_authentication"],
        "MonitoringInterval": options["monitoring_interval"],
        "MonitoringRoleArn": options["monitoring_role_arn"] if options["monitoring_interval"] else None,
        "PerformanceInsightsEnabled": options["performance_insights"],
        "CACertificateIdentifier": options["ca_certificate"],
    }
    return Instance(
        name=options["name"],
        settings={key: value for key, value in settings.items() if value is not None},
        log_exports=tuple(options["log_exports"]),
        tags=options["tags"],
        purge_tags=options["purge_tags"],
        allow_major_upgrade=options["allow_major_upgrade"],
    )


def converge(client: Any, options: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Carry the plan out and wait, unless in check mode."""
    desired = desired_instance(options)
    result = carry_out(client, plan(desired, find(client, desired.name)), check_mode)
    if options["wait"] and not check_mode:
        found, seconds = wait_available(client, desired.name, options["wait_timeout"], options["wait_interval"])
        return {**result, **facts(found), "waited_seconds": round(seconds, 1)}
    return {**result, **facts(find(client, desired.name)), "waited_seconds": 0.0}


def main() -> None:
    """Read the instance, plan, carry the plan out, and wait."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("rds", Connection.from_params(options))
        result = converge(client, options, module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
