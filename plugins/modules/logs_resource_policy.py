#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: logs_resource_policy
short_description: A resource policy of CloudWatch Logs
version_added: 0.1.0
description:
  - Lets an AWS service write to log groups, and keeps the policy as described.
  - No module of amazon.aws or community.aws makes these policies; without one OpenSearch Service refuses to publish
    its logs.
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Name of the policy.
    type: str
    required: true
  policy:
    description: The policy document, at most 5120 characters.
    type: dict
    required: true
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
- name: OpenSearch Service writes to its log groups
  replatform.aws.logs_resource_policy:
    name: database-api-prod-opensearch
    policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {Service: es.amazonaws.com}
          Action: [logs:CreateLogStream, logs:PutLogEvents]
          Resource: arn:aws:logs:ap-northeast-2:123456789012:log-group:/replatform/prod/opensearch/*
"""

RETURN = r"""
calls:
  description: The API calls that were made, or would be made in check mode, in order.
  type: list
  elements: str
  returned: always

"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import carry_out
from ansible_collections.replatform.aws.plugins.module_utils._resources.logs_resource_policy import plan, read

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "policy": {"type": "dict", "required": True},
}


def main() -> None:
    """Read the policy, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("logs", Connection.from_params(options))
        name = options["name"]
        result = carry_out(client, plan(name, options["policy"], read(client, name)), module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
