#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: opensearch_domain
short_description: A domain of OpenSearch Service that converges, checks and waits
version_added: 0.1.0
description:
  - Creates a domain with encryption at rest and between nodes, HTTPS only and fine-grained access control, and
    keeps it as described.
  - C(community.aws.opensearch) resubmits an access policy that is equal and does not apply one that differs,
    reports a change for an absent domain in check mode, has a waiting time of five minutes where a domain takes
    thirty, and by default makes an unencrypted OpenSearch 1.1.
  - In check mode a change of an existing domain is sent with DryRun, so that the result says whether AWS would
    replace the nodes (blue/green).
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Name of the domain, 3 to 28 characters.
    type: str
    required: true
  engine_version:
    description: Such as OpenSearch_2.19. A newer one upgrades the domain, an older one is refused.
    type: str
    required: true
  instance_type:
    description: Type of the data nodes.
    type: str
    required: true
  instance_count:
    description: Number of data nodes.
    type: int
    required: true
  zones:
    description: Over how many availability zones they are spread.
    type: int
    default: 1
    choices: [1, 2, 3]
  dedicated_master_type:
    description: Type of the dedicated master nodes. Unset means none.
    type: str
  dedicated_master_count:
    description: Number of dedicated master nodes, where there are any.
    type: int
    default: 3
  volume_type:
    description: Type of the disks.
    type: str
    default: gp3
  volume_size:
    description: Size of a node's disk in GiB.
    type: int
    required: true
  volume_iops:
    description: IOPS of a gp3 or io1 disk. Unset leaves it to AWS.
    type: int
  volume_throughput:
    description: MiB/s of a gp3 disk. Unset leaves it to AWS.
    type: int
  subnet_ids:
    description: One subnet for each zone.
    type: list
    elements: str
    required: true
  security_group_ids:
    description: Security groups of the domain.
    type: list
    elements: str
    required: true
  kms_key:
    description: ARN of the KMS key at rest. Unset means the account's key aws/es. It cannot be changed later.
    type: str
  tls_policy:
    description: TLS policy of the endpoint.
    type: str
    default: Policy-Min-TLS-1-2-PFS-2023-10
  access_policy:
    description: Who may reach the domain at all, a policy document.
    type: dict
    required: true
  internal_users:
    description:
      - Whether users and passwords of the domain's own are allowed. AWS then demands a master user with a password
        and refuses an IAM master.
    type: bool
    default: true
  master_user:
    description: Name of the master user, with O(internal_users=true). Used when the domain is created.
    type: str
  master_password:
    description:
      - Reference to its password (env://, file://, secretsmanager://name#key), with O(internal_users=true).
    type: str
  master_arn:
    description: ARN of the IAM master, with O(internal_users=false).
    type: str
  log_groups:
    description: ARN of a log group by kind of log, such as ES_APPLICATION_LOGS and AUDIT_LOGS.
    type: dict
    default: {}
  auto_software_update:
    description: Whether AWS installs service software by itself, in the off-peak window.
    type: bool
    default: true
  wait:
    description: Whether to wait until the domain is active and no change is under way.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds.
    type: int
    default: 5400
  wait_interval:
    description: Time between two looks, in seconds.
    type: int
    default: 20
  tags:
    description: Tags of the domain. Unset leaves the tags alone.
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
- name: The search domain
  replatform.aws.opensearch_domain:
    name: database-api-prod
    engine_version: OpenSearch_2.19
    instance_type: m7g.large.search
    instance_count: 3
    zones: 3
    volume_size: 50
    subnet_ids: [subnet-0a, subnet-0b, subnet-0c]
    security_group_ids: [sg-0123456789abcdef0]
    master_user: replatform_admin
    master_password: secretsmanager:///replatform/prod/opensearch-master#password
    access_policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {AWS: "*"}
          Action: es:ESHttp*
          Resource: arn:aws:es:ap-northeast-2:123456789012:domain/database-api-prod/*
"""

RETURN = r"""
calls:
  description: The API calls that were made, or would be made in check mode, in order.
  type: list
  elements: str
  returned: always
arn:
  description: The domain's ARN; empty in check mode for a domain that does not exist yet, like all below.
  type: str
  returned: success
endpoint:
  description: Host name to connect to, on port 443.
  type: str
  returned: success
processing:
  description: Whether a change is under way.
  type: bool
  returned: success
engine_version:
  description: The live version.
  type: str
  returned: success
dry_run:
  description: In check mode, what AWS says about a change of an existing domain, as C(deployment) and C(message).
  type: dict
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
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import STAND_IN, carry_out
from ansible_collections.replatform.aws.plugins.module_utils._aws.references import resolve
from ansible_collections.replatform.aws.plugins.module_utils._domain.configuration import Domain, plan
from ansible_collections.replatform.aws.plugins.module_utils._domain.options import settings
from ansible_collections.replatform.aws.plugins.module_utils._domain.service import dry_run, facts, read, wait_active

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "engine_version": {"type": "str", "required": True},
    "instance_type": {"type": "str", "required": True},
    "instance_count": {"type": "int", "required": True},
    "zones": {"type": "int", "default": 1, "choices": [1, 2, 3]},
    "dedicated_master_type": {"type": "str"},
    "dedicated_master_count": {"type": "int", "default": 3},
    "volume_type": {"type": "str", "default": "gp3"},
    "volume_size": {"type": "int", "required": True},
    "volume_iops": {"type": "int"},
    "volume_throughput": {"type": "int"},
    "subnet_ids": {"type": "list", "elements": "str", "required": True},
    "security_group_ids": {"type": "list", "elements": "str", "required": True},
    "kms_key": {"type": "str", "no_log": False},
    "tls_policy": {"type": "str", "default": "Policy-Min-TLS-1-2-PFS-2023-10"},
    "access_policy": {"type": "dict", "required": True},
    "internal_users": {"type": "bool", "default": True},
    "master_user": {"type": "str"},
    "master_password": {"type": "str", "no_log": True},
    "master_arn": {"type": "str"},
    "log_groups": {"type": "dict", "default": {}},
    "auto_software_update": {"type": "bool", "default": True},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 5400},
    "wait_interval": {"type": "int", "default": 20},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
}


def desired_domain(options: dict[str, Any], master: dict[str, str]) -> Domain:
    """The domain that the options describe."""
    return Domain(
        name=options["name"],
        engine_version=options["engine_version"],
        settings=settings(options),
        access_policy=options["access_policy"],
        log_groups=options["log_groups"],
        master=master,
        tags=options["tags"],
        purge_tags=options["purge_tags"],
    )


def master_user(options: dict[str, Any], needed: bool) -> dict[str, str]:
    """MasterUserOptions, with the password behind its reference where it is needed (and only there)."""
    if not options["internal_users"]:
        return {"MasterUserARN": options["master_arn"]}
    password = resolve(options["master_password"], Connection.from_params(options)) if needed else STAND_IN
    return {"MasterUserName": options["master_user"], "MasterUserPassword": password}


def converge(client: Any, options: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Carry the plan out and wait, unless in check mode; there AWS is asked what the change would cost."""
    status, tags = read(client, options["name"])
    desired = desired_domain(options, master_user(options, needed=not check_mode))
    planned = plan(desired, status, tags)
    result = {**carry_out(client, planned, check_mode), "dry_run": {}, "waited_seconds": 0.0}
    if check_mode:
        return {**result, **facts(status), "dry_run": dry_run(client, planned)}
    if options["wait"]:
        status, seconds = wait_active(client, desired.name, options["wait_timeout"], options["wait_interval"])
        return {**result, **facts(status), "waited_seconds": round(seconds, 1)}
    return {**result, **facts(read(client, desired.name)[0])}


def main() -> None:
    """Read the domain, plan, carry the plan out, and wait."""
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS,
        supports_check_mode=True,
        required_if=[
            ("internal_users", True, ("master_user", "master_password")),
            ("internal_users", False, ("master_arn",)),
        ],
    )
    options = module.params
    try:
        client = make_client("opensearch", Connection.from_params(options))
        result = converge(client, options, module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
