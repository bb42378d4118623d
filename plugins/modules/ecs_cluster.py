#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_cluster
short_description: An ECS cluster with Container Insights and the Fargate capacity providers
version_added: 0.1.0
description:
  - Creates a cluster and keeps its settings, capacity providers, default strategy and tags as described.
  - C(community.aws.ecs_cluster) knows neither settings (Container Insights) nor tags.
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Name of the cluster.
    type: str
    required: true
  container_insights:
    description: Container Insights of the cluster.
    type: str
    default: enabled
    choices: [enhanced, enabled, disabled]
  capacity_providers:
    description: Capacity providers that may be used.
    type: list
    elements: str
    default: ['FARGATE', 'FARGATE_SPOT']
  default_provider:
    description: Capacity provider of a service that names none.
    type: str
    default: FARGATE
  tags:
    description: Tags of the cluster. Unset leaves the tags alone.
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
- name: The cluster
  replatform.aws.ecs_cluster:
    name: database-api-prod
"""

RETURN = r"""
calls:
  description: The API calls that were made, or would be made in check mode, in order.
  type: list
  elements: str
  returned: always
arn:
  description: The cluster's ARN; empty in check mode for a cluster that does not exist yet.
  type: str
  returned: success
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import carry_out
from ansible_collections.replatform.aws.plugins.module_utils._resources.ecs_cluster import Cluster, plan, read

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "container_insights": {"type": "str", "default": "enabled", "choices": ["enhanced", "enabled", "disabled"]},
    "capacity_providers": {"type": "list", "elements": "str", "default": ["FARGATE", "FARGATE_SPOT"]},
    "default_provider": {"type": "str", "default": "FARGATE"},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
}


def desired_cluster(options: dict[str, Any]) -> Cluster:
    """The cluster that the options describe."""
    return Cluster(
        name=options["name"],
        insights=options["container_insights"],
        providers=tuple(options["capacity_providers"]),
        default_provider=options["default_provider"],
        tags=options["tags"],
        purge_tags=options["purge_tags"],
    )


def main() -> None:
    """Read the cluster, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("ecs", Connection.from_params(options))
        desired = desired_cluster(options)
        result = carry_out(client, plan(desired, read(client, desired.name)), module.check_mode)
        result["arn"] = (read(client, desired.name) or {}).get("arn", "")
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
