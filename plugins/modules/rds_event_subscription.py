#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rds_event_subscription
short_description: RDS events sent to an SNS topic
version_added: 0.1.0
description:
  - Creates an event subscription for every source of one type and keeps it as described.
  - No module of amazon.aws or community.aws makes RDS event subscriptions.
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Name of the subscription.
    type: str
    required: true
  topic_arn:
    description: The topic that is told.
    type: str
    required: true
  source_type:
    description: What kind of source.
    type: str
    required: true
    choices: [db-instance, db-parameter-group, db-security-group, db-snapshot]
  categories:
    description: Categories of events, by RDS's own names.
    type: list
    elements: str
    required: true
  tags:
    description: Tags of a subscription that is created.
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
- name: Tell about failures of the database
  replatform.aws.rds_event_subscription:
    name: database-api-prod-instance
    topic_arn: arn:aws:sns:ap-northeast-2:123456789012:database-api-prod-alarms
    source_type: db-instance
    categories: [availability, failure, low storage, maintenance]
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
from ansible_collections.replatform.aws.plugins.module_utils._resources.rds_event_subscription import (
    Subscription,
    plan,
    read,
)

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "topic_arn": {"type": "str", "required": True},
    "source_type": {
        "type": "str",
        "required": True,
        "choices": ["db-instance", "db-parameter-group", "db-security-group", "db-snapshot"],
    },
    "categories": {"type": "list", "elements": "str", "required": True},
    "tags": {"type": "dict", "default": {}},
}


def desired_subscription(options: dict[str, Any]) -> Subscription:
    """The subscription that the options describe."""
    return Subscription(
        name=options["name"],
        topic_arn=options["topic_arn"],
        source_type=options["source_type"],
        categories=tuple(options["categories"]),
        tags=options["tags"],
    )


def main() -> None:
    """Read the subscription, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("rds", Connection.from_params(options))
        desired = desired_subscription(options)
        result = carry_out(client, plan(desired, read(client, desired.name)), module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
