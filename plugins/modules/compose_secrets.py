#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: compose_secrets
short_description: Moves the secrets of a compose project into AWS Secrets Manager
version_added: 0.1.0
description:
  - Finds the secrets in the environment of a compose project (by name, by a password inside of an address, by values
    that look random, by O(overrides)) and writes them to AWS Secrets Manager, one secret per service, with one key
    per variable.
  - A value goes from the project straight to Secrets Manager. It is never in the result, in the diff, in an Ansible
    variable or in a log.
  - Variables that name an access key are left out, since the task role takes their place. Variables that are in
    O(secrets) are not written.
author:
  - The replatform.aws authors (@replatform)
options:
  prefix:
    description: Path under which the secrets are made, C(<prefix>/<service>).
    type: str
    required: true
  kms_key_id:
    description: KMS key of a secret that is created. Unset takes the account's key for Secrets Manager.
    type: str
  tags:
    description: Tags of a secret that is created.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Reads only. ARNs that do not exist yet are C(known after provision).
    support: full
  diff_mode:
    description: Shows names, and whether a value is new; never a value.
    support: full
  idempotent:
    description: Writes only what differs.
    support: full
extends_documentation_fragment:
  - replatform.aws.compose
  - replatform.aws.compose.decisions
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The secrets of the compose project
  replatform.aws.compose_secrets:
    project_src: /srv/database-api
    prefix: /replatform/prod/compose
    secrets:
      POSTGRES_PASSWORD: secretsmanager:///replatform/prod/database-api/postgresql#password
  register: written
"""

RETURN = r"""
secrets:
  description:
    - C(service/NAME) to C(valueFrom), with the ones of the option O(secrets); to be passed to
      M(replatform.aws.ecs_task_definition_render).
  type: dict
  returned: success
versions:
  description:
    - Name of each secret that was looked at, to the id of its current version; to be passed to the option
      O(replatform.aws.ecs_task_definition_render#module:secret_versions).
  type: dict
  returned: success
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import (
    DECISION_OPTIONS,
    PROJECT_OPTIONS,
    ProjectSource,
    read_project,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.secret_store import Place, collect, write
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Decisions

ARGUMENTS = {
    **PROJECT_OPTIONS,
    **DECISION_OPTIONS,
    "prefix": {"type": "str", "required": True, "no_log": False},
    "kms_key_id": {"type": "str"},
    "tags": {"type": "dict", "default": {}},
}


def main() -> None:
    """Read the project, find its secrets, and write those that differ."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        project = read_project(ProjectSource.from_params(options))
        wanted = collect(project, Decisions.from_params(options), options["secrets"])
        place = Place(options["prefix"], options["kms_key_id"], options["tags"], options["secrets"])
        client = make_client("secretsmanager", Connection.from_params(options))
        written = write(client, wanted, place, check_mode=module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    for warning in project.warnings:
        module.warn(warning)
    for arn in written.unwatched:
        module.warn(f"a new version of {arn} will start no deployment: allow secretsmanager:DescribeSecret on it")
    module.exit_json(changed=written.changed, secrets=written.secrets, versions=written.versions, diff=written.diff)


if __name__ == "__main__":
    main()
