#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_flow_log
short_description: A VPC's flow log into CloudWatch Logs
version_added: 0.1.0
description:
  - Creates the flow log of a VPC and keeps it as described. AWS cannot change a flow log, so a changed one is made
    anew.
  - No module of amazon.aws or community.aws makes flow logs.
author:
  - The replatform.aws authors (@replatform)
options:
  vpc_id:
    description: The VPC.
    type: str
    required: true
  log_group:
    description: Name of the log group that takes the records.
    type: str
    required: true
  role_arn:
    description: The role with which EC2 writes to it.
    type: str
    required: true
  traffic:
    description: Which traffic is recorded.
    type: str
    default: ALL
    choices: [ALL, ACCEPT, REJECT]
  interval:
    description: How long records are collected, in seconds.
    type: int
    default: 600
    choices: [60, 600]
  tags:
    description: Tags of a flow log that is created.
    type: dict
    default: {}
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
- name: Record the traffic of the VPC
  replatform.aws.ec2_flow_log:
    vpc_id: vpc-0123456789abcdef0
    log_group: /replatform/prod/flow
    role_arn: arn:aws:iam::123456789012:role/replatform/prod/database-api-prod-flow-logs
"""

RETURN = r"""
calls:
  description: The API calls that were made, or would be made in check mode, in order.
  type: list
  elements: str
  returned: always

"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import carry_out
from ansible_collections.replatform.aws.plugins.module_utils._resources.ec2_flow_log import FlowLog, inspect, plan, read

ARGUMENTS = {
    "vpc_id": {"type": "str", "required": True},
    "log_group": {"type": "str", "required": True},
    "role_arn": {"type": "str", "required": True},
    "traffic": {"type": "str", "default": "ALL", "choices": ["ALL", "ACCEPT", "REJECT"]},
    "interval": {"type": "int", "default": 600, "choices": [60, 600]},
    "tags": {"type": "dict", "default": {}},
}


def desired_flow_log(options: dict[str, Any]) -> FlowLog:
    """The flow log that the options describe."""
    return FlowLog(
        vpc_id=options["vpc_id"],
        log_group=options["log_group"],
        role_arn=options["role_arn"],
        traffic=options["traffic"],
        interval=options["interval"],
        tags=options["tags"],
    )


def main() -> None:
    """Read the flow log, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("ec2", Connection.from_params(options))
        desired = desired_flow_log(options)
        live = read(client, desired.vpc_id, desired.log_group)
        result = carry_out(client, plan(desired, live), module.check_mode, inspect)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
