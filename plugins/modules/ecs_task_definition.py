#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_definition
short_description: Registers an ECS task definition when, and only when, it really changed
version_added: 0.1.0
description:
  - Compares the whole definition with the newest active revision, both in one canonical form, and registers a
    revision if they differ.
  - C(community.aws.ecs_taskdefinition) reports C(ok) and registers nothing after a changed environment value, secret,
    command, port, CPU or role.
author:
  - The replatform.aws authors (@replatform)
options:
  state:
    description:
      - V(present) makes the newest active revision equal to O(definition).
      - V(absent) deregisters every active revision of O(family). They stay readable, and running tasks go on.
    type: str
    choices: [present, absent]
    default: present
  definition:
    description:
      - The definition as a request of RegisterTaskDefinition, such as M(replatform.aws.ecs_task_definition_render)
        returns it. Required if O(state=present).
    type: dict
  family:
    description: The family. Required if O(state=absent).
    type: str
attributes:
  check_mode:
    description: Reads only.
    support: full
  diff_mode:
    description: Shows both definitions whole, in canonical form.
    support: full
  idempotent:
    description: No change registers no revision.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Register what was rendered
  replatform.aws.ecs_task_definition:
    definition: "{{ rendered.task_definitions[0] }}"
  register: registered

- name: No revision of a family is left to start from
  replatform.aws.ecs_task_definition:
    family: database-api-staging
    state: absent
"""

RETURN = r"""
arn:
  description:
    - ARN of the newest active revision; C(known after provision) in check mode if a revision would be registered.
  type: str
  returned: success
revision:
  description: Number of the revision; not set in check mode if a revision would be registered, nor if O(state=absent).
  type: int
  returned: success
changes:
  description: What differs, by path.
  type: list
  elements: dict
  returned: success
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.task_definition import absent, present

ARGUMENTS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "definition": {"type": "dict"},
    "family": {"type": "str"},
}


def main() -> None:
    """Compare, then register or deregister."""
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS,
        supports_check_mode=True,
        required_if=[("state", "present", ["definition"]), ("state", "absent", ["family"])],
    )
    options = module.params
    try:
        client = make_client("ecs", Connection.from_params(options))
        if options["state"] == "present":
            outcome = present(client, options["definition"], check_mode=module.check_mode)
        else:
            outcome = absent(client, options["family"], check_mode=module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(
        changed=outcome.changed,
        arn=outcome.arn,
        revision=outcome.revision,
        changes=[change.__dict__ for change in outcome.changes],
        diff=outcome.diff,
    )


if __name__ == "__main__":
    main()
