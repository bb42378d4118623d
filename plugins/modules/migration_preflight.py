#!/usr/bin/python
# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: migration_preflight
short_description: Find every problem of a move before anything is created
version_added: 0.1.0
description:
  - Looks at the account, the permissions, the three stores of the source, the compose file and the data, and gives
    everything that it finds in one list. It changes nothing.
  - Problems stop the move, so the module fails if there is one. Warnings are for a person to weigh.
author:
  - The replatform.aws authors (@replatform)
attributes:
  check_mode:
    description: Reads only, in check mode too.
    support: full
  diff_mode:
    description: Changes nothing, so there is nothing to show.
    support: none
  idempotent:
    description: Never changes anything.
    support: full
extends_documentation_fragment:
  - replatform.aws.sources
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  account_id:
    description: The account that the move is for. Credentials of another one are a problem.
    type: str
    required: true
  expected_region:
    description: The region that the move is for. Another one in use is a problem.
    type: str
    required: true
  principal:
    description:
      - ARN of the role whose permissions are looked at. Unset means the role or user of the credentials in use.
      - The ARN of a session leaves the role's path out, so give this for a role with a path.
    type: str
  permissions:
    description:
      - What the principal must be allowed to do, as statements of an IAM policy with C(Action) and C(Resource).
      - Denials, statements with a C(Condition) and actions with a wildcard are passed over.
      - Empty means not to look.
    type: list
    elements: dict
    default: []
  buckets:
    description: Buckets that the move makes. A name that another account has is a problem.
    type: list
    elements: str
    default: []
  compose:
    description: The compose project, as in M(replatform.aws.ecs_task_definition_render). Unset means not to look.
    type: dict
    suboptions:
      project_src:
        description: Folder of the project.
        type: path
        required: true
      project_name:
        description: Name of the project.
        type: str
      files:
        description: Compose files relative to the folder.
        type: list
        elements: path
      profiles:
        description: Profiles to enable.
        type: list
        elements: str
      env_files:
        description: Environment files for the interpolation.
        type: list
        elements: path
      service:
        description: The service that is the application.
        type: str
        required: true
  look_into_data:
    description:
      - Whether to look for addresses of the compose services inside rows and documents.
      - That reads every text column once; a table that takes longer than a minute is named instead.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Look at everything
  replatform.aws.migration_preflight:
    account_id: "123456789012"
    expected_region: ap-northeast-2
    permissions:
      - Action: rds:CreateDBInstance
        Resource: arn:aws:rds:ap-northeast-2:123456789012:db:database-api-prod
    buckets: [database-api-prod-files-123456789012]
    postgresql:
      host: 127.0.0.1
      user: postgres
      password: env://POSTGRES_PASSWORD
      dbname: database_api
    compose:
      project_src: /srv/app
      service: app
"""

RETURN = r"""
problems:
  description: What stops the move, a line each, with what to do next.
  returned: always
  type: list
  elements: str
  sample: ["search: The source cluster is red ... Next: Bring the shards back ..."]
warnings_found:
  description: What a person has to weigh, a line each.
  returned: always
  type: list
  elements: str
  sample: ["addresses: public.documents.source_url names the old stack in 12 rows. Next: ..."]
facts:
  description: What was looked at and is well, a line each.
  returned: always
  type: list
  elements: str
  sample: ["postgresql: postgresql://127.0.0.1:5432/database_api: version 15.20, 34.1 MB"]
"""

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection
from ansible_collections.replatform.aws.plugins.module_utils._objects import libraries as objects
from ansible_collections.replatform.aws.plugins.module_utils._postgresql import options as postgresql
from ansible_collections.replatform.aws.plugins.module_utils._preflight.options import argument_spec
from ansible_collections.replatform.aws.plugins.module_utils._preflight.run import examine
from ansible_collections.replatform.aws.plugins.module_utils._search import options as search


def main() -> None:
    module = AnsibleAWSModule(argument_spec=argument_spec(), supports_check_mode=True)
    postgresql.require_libraries(module)
    search.require(module)
    if objects.MISSING:
        module.fail_json(msg=missing_required_lib("aiohttp, awscrt and botocore"), exception=objects.MISSING)
    result = examine(module.params, Connection.from_params(module.params), check_mode=module.check_mode)
    if result["problems"]:
        lines = "\n".join(f"  - {line}" for line in result["problems"])
        count = "1 problem stops" if len(result["problems"]) == 1 else f"{len(result['problems'])} problems stop"
        module.fail_json(msg=f"{count} the move:\n{lines}", **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
