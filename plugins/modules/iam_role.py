#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_role
short_description: An IAM role with its trust, boundary and policies, as one whole
version_added: 0.1.0
description:
  - Creates a role and keeps it exactly as described. Inline and attached policies that are not named are taken
    away.
  - C(amazon.aws.iam_role) has no inline policies, and in check mode it fails on a managed policy that does not
    exist yet; C(amazon.aws.iam_policy) fails in check mode on a role that does not exist yet. Neither gets through
    an empty account.
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Name of the role.
    type: str
    required: true
  path:
    description: Path of the role, with a slash at both ends. It cannot be changed later.
    type: str
    default: /
  assume_role_policy:
    description: Who may take the role, a policy document.
    type: dict
    required: true
  boundary:
    description: ARN of the permissions boundary. Unset means none.
    type: str
  description:
    description: Text shown beside the role.
    type: str
    default: ""
  max_session_duration:
    description: How long a session may last, in seconds, 3600 to 43200.
    type: int
    default: 3600
  inline_policies:
    description: Policy documents by name. The role has exactly these.
    type: dict
    default: {}
  managed_policies:
    description: ARNs of attached policies. The role has exactly these.
    type: list
    elements: str
    default: []
  tags:
    description: Tags of the role. Unset leaves the tags alone.
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
- name: The role of the application's tasks
  replatform.aws.iam_role:
    name: database-api-prod-task
    path: /replatform/prod/
    boundary: arn:aws:iam::123456789012:policy/replatform/prod/database-api-prod-boundary
    assume_role_policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {Service: ecs-tasks.amazonaws.com}
          Action: sts:AssumeRole
    inline_policies:
      objects:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [s3:GetObject, s3:PutObject]
            Resource: arn:aws:s3:::database-api-prod-files/*
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
from ansible_collections.replatform.aws.plugins.module_utils._resources.iam_role import Role, plan, read

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "path": {"type": "str", "default": "/"},
    "assume_role_policy": {"type": "dict", "required": True},
    "boundary": {"type": "str"},
    "description": {"type": "str", "default": ""},
    "max_session_duration": {"type": "int", "default": 3600},
    "inline_policies": {"type": "dict", "default": {}},
    "managed_policies": {"type": "list", "elements": "str", "default": []},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
}


def desired_role(options: dict[str, Any]) -> Role:
    """The role that the options describe."""
    return Role(
        name=options["name"],
        path=options["path"],
        trust=options["assume_role_policy"],
        boundary=options["boundary"],
        description=options["description"],
        max_session_duration=options["max_session_duration"],
        inline=options["inline_policies"],
        attached=tuple(options["managed_policies"]),
        tags=options["tags"],
        purge_tags=options["purge_tags"],
    )


def main() -> None:
    """Read the role, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("iam", Connection.from_params(options))
        desired = desired_role(options)
        result = carry_out(client, plan(desired, read(client, desired.name)), module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
