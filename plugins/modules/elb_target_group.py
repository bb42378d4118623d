#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: elb_target_group
short_description: A target group of addresses, as Fargate needs it
version_added: 0.1.0
description:
  - Creates a target group of target type ip and keeps its health check, attributes and tags as described.
  - C(community.aws.elb_target_group) is skipped in check mode.
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Name of the target group, at most 32 characters.
    type: str
    required: true
  vpc_id:
    description: The VPC of the targets.
    type: str
    required: true
  protocol:
    description: Protocol to the targets.
    type: str
    default: HTTP
    choices: [HTTP, HTTPS]
  port:
    description: Port of the targets.
    type: int
    required: true
  health_check:
    description: How a target is found healthy.
    type: dict
    required: true
    suboptions:
      path:
        description: Path to ask for.
        type: str
        required: true
      protocol:
        description: Protocol of the question.
        type: str
        default: HTTP
        choices: [HTTP, HTTPS]
      interval:
        description: Seconds between two questions.
        type: int
        default: 15
      timeout:
        description: Seconds to wait for an answer.
        type: int
        default: 5
      healthy_threshold:
        description: Good answers in a row until a target is healthy.
        type: int
        default: 2
      unhealthy_threshold:
        description: Bad answers in a row until it is not.
        type: int
        default: 3
      success_codes:
        description: HTTP codes of a good answer.
        type: str
        default: "200"
  attributes:
    description: Attributes by ELB's own names, values as text.
    type: dict
    default: {}
  tags:
    description: Tags of the target group. Unset leaves the tags alone.
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
- name: The application's tasks behind the load balancer
  replatform.aws.elb_target_group:
    name: database-api-prod
    vpc_id: vpc-0123456789abcdef0
    port: 8000
    health_check:
      path: /api/health
    attributes:
      deregistration_delay.timeout_seconds: "30"
"""

RETURN = r"""
calls:
  description: The API calls that were made, or would be made in check mode, in order.
  type: list
  elements: str
  returned: always
target_group_arn:
  description: The ARN; empty in check mode for a target group that does not exist yet.
  type: str
  returned: success
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import carry_out
from ansible_collections.replatform.aws.plugins.module_utils._resources.elb_target_group import (
    TargetGroup,
    health_check,
    plan,
    read,
    settle,
)

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "vpc_id": {"type": "str", "required": True},
    "protocol": {"type": "str", "default": "HTTP", "choices": ["HTTP", "HTTPS"]},
    "port": {"type": "int", "required": True},
    "health_check": {
        "type": "dict",
        "required": True,
        "options": {
            "path": {"type": "str", "required": True},
            "protocol": {"type": "str", "default": "HTTP", "choices": ["HTTP", "HTTPS"]},
            "interval": {"type": "int", "default": 15},
            "timeout": {"type": "int", "default": 5},
            "healthy_threshold": {"type": "int", "default": 2},
            "unhealthy_threshold": {"type": "int", "default": 3},
            "success_codes": {"type": "str", "default": "200"},
        },
    },
    "attributes": {"type": "dict", "default": {}},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
}


def desired_group(options: dict[str, Any]) -> TargetGroup:
    """The target group that the options describe."""
    return TargetGroup(
        name=options["name"],
        vpc_id=options["vpc_id"],
        protocol=options["protocol"],
        port=options["port"],
        health_check=health_check(options["health_check"]),
        attributes={key: str(value) for key, value in options["attributes"].items()},
        tags=options["tags"],
        purge_tags=options["purge_tags"],
    )


def converge(client: Any, desired: TargetGroup, check_mode: bool) -> dict[str, Any]:
    """Carry the plan out; attributes need the ARN of a group that exists, so a new group is settled after."""
    live = read(client, desired.name)
    result = carry_out(client, plan(desired, live), check_mode)
    if live is None and check_mode and desired.attributes:
        result["calls"].append("modify_target_group_attributes")
    if live is None and not check_mode and (created := read(client, desired.name)):
        # All attributes, whatever ELB's defaults are: so check mode knows the call.
        result["calls"] += carry_out(client, settle(desired, {**created, "attributes": {}}), check_mode)["calls"]
        live = created
    return {**result, "target_group_arn": live["arn"] if live else ""}


def main() -> None:
    """Read the target group, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("elbv2", Connection.from_params(options))
        result = converge(client, desired_group(options), module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
