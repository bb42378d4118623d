#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: sns_topic
short_description: An SNS topic with its encryption, its policy and its subscriptions
version_added: 0.1.0
description:
  - >-
    Creates a topic and keeps it as described. Subscriptions that are not named are left alone: people confirm and
    end them by mail.
  - C(community.aws.sns_topic) fails in check mode on a topic that does not exist yet.
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Name of the topic.
    type: str
    required: true
  account_id:
    description: The account that owns it, 12 digits.
    type: str
    required: true
  kms_key:
    description: Id, alias or ARN of a KMS key. Unset means no encryption by a key.
    type: str
  policy:
    description: Who may publish, a policy document.
    type: dict
    required: true
  subscriptions:
    description: Who is told.
    type: list
    elements: dict
    default: []
    suboptions:
      protocol:
        description: Such as email or https.
        type: str
        required: true
      endpoint:
        description: The address.
        type: str
        required: true
  tags:
    description: Tags of the topic. Unset leaves the tags alone.
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
- name: Where alarms go
  replatform.aws.sns_topic:
    name: database-api-prod-alarms
    account_id: "123456789012"
    policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {Service: cloudwatch.amazonaws.com}
          Action: sns:Publish
          Resource: arn:aws:sns:ap-northeast-2:123456789012:database-api-prod-alarms
    subscriptions:
      - protocol: email
        endpoint: on-call@example.com
"""

RETURN = r"""
calls:
  description: The API calls that were made, or would be made in check mode, in order.
  type: list
  elements: str
  returned: always
topic_arn:
  description: The topic's ARN, also in check mode.
  type: str
  returned: success
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import carry_out
from ansible_collections.replatform.aws.plugins.module_utils._resources.sns_topic import Topic, plan, read, topic_arn

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "account_id": {"type": "str", "required": True},
    "kms_key": {"type": "str", "no_log": False},
    "policy": {"type": "dict", "required": True},
    "subscriptions": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "protocol": {"type": "str", "required": True},
            "endpoint": {"type": "str", "required": True},
        },
    },
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
}


def desired_topic(options: dict[str, Any], region: str) -> Topic:
    """The topic that the options describe."""
    return Topic(
        name=options["name"],
        arn=topic_arn(options["name"], region, options["account_id"]),
        kms_key=options["kms_key"],
        policy=options["policy"],
        subscriptions=tuple((entry["protocol"], entry["endpoint"]) for entry in options["subscriptions"]),
        tags=options["tags"],
        purge_tags=options["purge_tags"],
    )


def main() -> None:
    """Read the topic, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("sns", Connection.from_params(options))
        desired = desired_topic(options, client.meta.region_name)
        result = carry_out(client, plan(desired, read(client, desired.arn)), module.check_mode)
        result["topic_arn"] = desired.arn
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
