#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_generated_secret
short_description: A secret with a generated password that nobody sees
version_added: 0.1.0
description:
  - Creates a secret as a JSON object of fixed fields and one generated password. The password is made by Secrets
    Manager's generator and goes straight into the secret; it is in no Ansible variable and no result.
  - A secret that exists keeps its value. One that is scheduled for deletion is restored.
  - C(community.aws.secretsmanager_secret) takes the value as an option, so that it passes through a variable and
    the log of a lookup.
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Name of the secret.
    type: str
    required: true
  description:
    description: Text shown beside the secret.
    type: str
    default: ""
  fields:
    description: Keys of the JSON object that are no secret, such as the user's name.
    type: dict
    default: {}
  generate:
    description: The key that gets the generated password.
    type: str
    default: password
  length:
    description: Length of the password, in characters, 16 to 128.
    type: int
    default: 40
  kms_key:
    description: ARN of a KMS key. Unset means the account's key aws/secretsmanager.
    type: str
  tags:
    description: Tags of the secret. Unset leaves the tags alone.
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
    description: A value that exists is kept; everything else is compared.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The application's own database password
  replatform.aws.secretsmanager_generated_secret:
    name: /replatform/prod/database-api/postgresql
    fields:
      username: database_api
"""

RETURN = r"""
calls:
  description: The API calls that were made, or would be made in check mode, in order.
  type: list
  elements: str
  returned: always
arn:
  description: The secret's ARN; empty in check mode for a secret that does not exist yet.
  type: str
  returned: success
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import carry_out
from ansible_collections.replatform.aws.plugins.module_utils._resources.generated_secret import (
    Secret,
    generate,
    plan,
    read,
)

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "description": {"type": "str", "default": ""},
    "fields": {"type": "dict", "default": {}},
    "generate": {"type": "str", "default": "password"},
    "length": {"type": "int", "default": 40},
    "kms_key": {"type": "str", "no_log": False},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
}


def desired_secret(options: dict[str, Any]) -> Secret:
    """The secret that the options describe."""
    return Secret(
        name=options["name"],
        description=options["description"],
        fields={key: str(value) for key, value in options["fields"].items()},
        generate=options["generate"],
        length=options["length"],
        kms_key=options["kms_key"],
        tags=options["tags"],
        purge_tags=options["purge_tags"],
    )


def converge(client: Any, desired: Secret, check_mode: bool) -> dict[str, Any]:
    """Carry the plan out; a value is generated only where a secret is about to be created."""
    live = read(client, desired.name)
    value = generate(client, desired) if live is None and not check_mode else ""
    result = carry_out(client, plan(desired, live, value), check_mode)
    return {**result, "arn": (read(client, desired.name) or {}).get("arn", "")}


def main() -> None:
    """Read the secret, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("secretsmanager", Connection.from_params(options))
        result = converge(client, desired_secret(options), module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
