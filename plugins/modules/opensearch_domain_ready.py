#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: opensearch_domain_ready
short_description: Wait for an OpenSearch domain and say how to reach it
version_added: 0.1.0
description:
  - Waits until the domain can be used and says how to reach it. It changes nothing. In check mode it does not wait.
  - So that a database and a search domain are created at the same time, start both with C(wait=false), then wait
    for each.
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Name of the domain.
    type: str
    required: true
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 5400
  interval:
    description: Time between two looks, in seconds.
    type: int
    default: 20
attributes:
  check_mode:
    description: Looks once and does not wait.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
  idempotent:
    description: It changes nothing.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Wait for the search domain
  replatform.aws.opensearch_domain_ready:
    name: database-api-prod
  register: search
"""

RETURN = r"""
arn:
  description: The domain's ARN; empty in check mode for a domain that does not exist yet, like all below.
  type: str
  returned: success
endpoint:
  description: Host name to connect to, on port 443.
  type: str
  returned: success
processing:
  description: Whether a change is under way.
  type: bool
  returned: success
engine_version:
  description: The live version.
  type: str
  returned: success
waited_seconds:
  description: How long the module waited.
  type: float
  returned: success
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._domain.service import facts, read, wait_active

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "timeout": {"type": "int", "default": 5400},
    "interval": {"type": "int", "default": 20},
}


def look(client: Any, options: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Wait, or in check mode only look."""
    if check_mode:
        return {**facts(read(client, options["name"])[0]), "waited_seconds": 0.0}
    found, seconds = wait_active(client, options["name"], options["timeout"], options["interval"])
    return {**facts(found), "waited_seconds": round(seconds, 1)}


def main() -> None:
    """Wait, and say what was found."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("opensearch", Connection.from_params(options))
        result = {"changed": False, **look(client, options, module.check_mode)}
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
