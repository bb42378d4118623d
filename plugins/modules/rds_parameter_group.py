#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rds_parameter_group
short_description: A DB parameter group of RDS
version_added: 0.1.0
description:
  - Creates a parameter group and keeps the named parameters as described; the others are left alone.
  - C(amazon.aws.rds_instance_param_group) asks for the parameters of a group that does not exist yet in check mode,
    which AWS answers with an error; and it reports a misspelt parameter as a message of a task that succeeds.
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Name of the group.
    type: str
    required: true
  family:
    description: Family of the engine, such as postgres16. It cannot be changed later.
    type: str
    required: true
  description:
    description: Text shown beside the group.
    type: str
    required: true
  parameters:
    description: Parameters by PostgreSQL's names, values as text.
    type: dict
    required: true
  tags:
    description: Tags of the parameter group. Unset leaves the tags alone.
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
- name: Refuse connections without TLS
  replatform.aws.rds_parameter_group:
    name: database-api-prod
    family: postgres16
    description: Parameters of database-api-prod
    parameters:
      rds.force_ssl: "1"
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
from ansible_collections.replatform.aws.plugins.module_utils._resources.rds_parameter_group import (
    ParameterGroup,
    plan,
    read,
)

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "family": {"type": "str", "required": True},
    "description": {"type": "str", "required": True},
    "parameters": {"type": "dict", "required": True},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
}


def desired_group(options: dict[str, Any]) -> ParameterGroup:
    """The group that the options describe."""
    return ParameterGroup(
        name=options["name"],
        family=options["family"],
        description=options["description"],
        parameters={key: str(value) for key, value in options["parameters"].items()},
        tags=options["tags"],
        purge_tags=options["purge_tags"],
    )


def main() -> None:
    """Read the group, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("rds", Connection.from_params(options))
        desired = desired_group(options)
        result = carry_out(client, plan(desired, read(client, desired.name)), module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
