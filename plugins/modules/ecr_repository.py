#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_repository
short_description: An ECR repository with scan on push, immutable tags and a lifecycle
version_added: 0.1.0
description:
  - Creates a repository and keeps it as described.
  - C(community.aws.ecs_ecr) is skipped in check mode for a repository that does not exist yet, and does not know
    its encryption.
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Name of the repository.
    type: str
    required: true
  immutable:
    description: Whether a tag can be pushed once only.
    type: bool
    default: true
  scan_on_push:
    description: Whether ECR scans an image as it comes in.
    type: bool
    default: true
  keep_images:
    description: How many images stay; older ones expire.
    type: int
    default: 30
  kms_key:
    description: ARN of a KMS key. Unset means AES256. It cannot be changed later.
    type: str
  tags:
    description: Tags of the repository. Unset leaves the tags alone.
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
- name: The application's images
  replatform.aws.ecr_repository:
    name: database-api-prod
"""

RETURN = r"""
calls:
  description: The API calls that were made, or would be made in check mode, in order.
  type: list
  elements: str
  returned: always
uri:
  description: What an image's name starts with; empty in check mode for a repository that does not exist yet.
  type: str
  returned: success
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import carry_out
from ansible_collections.replatform.aws.plugins.module_utils._resources.ecr_repository import Repository, plan, read

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "immutable": {"type": "bool", "default": True},
    "scan_on_push": {"type": "bool", "default": True},
    "keep_images": {"type": "int", "default": 30},
    "kms_key": {"type": "str", "no_log": False},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
}


def desired_repository(options: dict[str, Any]) -> Repository:
    """The repository that the options describe."""
    return Repository(
        name=options["name"],
        immutable=options["immutable"],
        scan_on_push=options["scan_on_push"],
        keep_images=options["keep_images"],
        kms_key=options["kms_key"],
        tags=options["tags"],
        purge_tags=options["purge_tags"],
    )


def main() -> None:
    """Read the repository, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("ecr", Connection.from_params(options))
        desired = desired_repository(options)
        result = carry_out(client, plan(desired, read(client, desired.name)), module.check_mode)
        result["uri"] = (read(client, desired.name) or {}).get("uri", "")
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
