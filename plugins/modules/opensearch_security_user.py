#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: opensearch_security_user
short_description: The application's role and user in OpenSearch's security plugin
version_added: 0.1.0
description:
  - Creates a role, an internal user mapped to it, and maps IAM roles to roles of the security plugin.
  - The user's password is read inside the module from its reference and tried by logging in; it is in no variable
    and no result.
  - No module of a stock collection speaks the security plugin's API.
author:
  - The replatform.aws authors (@replatform)
options:
  host:
    description: Host name of the domain, as its certificate has it.
    type: str
    required: true
  port:
    description: Port of the domain.
    type: int
    default: 443
  connect_to:
    description:
      - host:port to dial instead, where the way there is a forwarded port. Names are still checked against O(host).
    type: str
  ca_path:
    description: File of the CA certificates. Unset means the machine's own.
    type: path
  auth:
    description: How to log in. sigv4 signs with the AWS credentials of this task.
    type: str
    default: basic
    choices: [basic, sigv4]
  login_user:
    description: The master user, with O(auth=basic).
    type: str
  login_password:
    description: Reference to its password, with O(auth=basic).
    type: str
  role:
    description: The application's role.
    type: str
    required: true
  cluster_permissions:
    description:
      - >-
        What it may do on the cluster: action groups or actions.
    type: list
    elements: str
    default: ['cluster_composite_ops', 'cluster_monitor']
  index_permissions:
    description: What it may do on indices, a list of action groups or actions by index pattern.
    type: dict
    required: true
  user:
    description: The application's user. Unset where it logs in with its IAM role, see O(mappings).
    type: str
  user_password:
    description: Reference to its password.
    type: str
  mappings:
    description: ARNs of IAM roles by role of the security plugin. Entries that are there already stay.
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
    description: The role, the user's password (tried by logging in) and the mappings are compared.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The application is not the master
  replatform.aws.opensearch_security_user:
    host: vpc-database-api-prod-abc.ap-northeast-2.es.amazonaws.com
    login_user: replatform_admin
    login_password: secretsmanager:///replatform/prod/database-api/opensearch-master#password
    role: database_api
    index_permissions:
      documents*: [crud, create_index]
    user: database_api
    user_password: secretsmanager:///replatform/prod/database-api/opensearch#password
    mappings:
      all_access:
        - arn:aws:iam::123456789012:role/replatform/prod/database-api-prod-copy
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode, in order, without secrets.
  type: list
  elements: str
  returned: always
  sample: ["PUT role database_api"]
"""

from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._access import search
from ansible_collections.replatform.aws.plugins.module_utils._access.endpoint import Endpoint
from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import STAND_IN
from ansible_collections.replatform.aws.plugins.module_utils._aws.references import resolve

ARGUMENTS = {
    "host": {"type": "str", "required": True},
    "port": {"type": "int", "default": 443},
    "connect_to": {"type": "str"},
    "ca_path": {"type": "path"},
    "auth": {"type": "str", "default": "basic", "choices": ["basic", "sigv4"]},
    "login_user": {"type": "str"},
    "login_password": {"type": "str", "no_log": True},
    "role": {"type": "str", "required": True},
    "cluster_permissions": {"type": "list", "elements": "str", "default": ["cluster_composite_ops", "cluster_monitor"]},
    "index_permissions": {"type": "dict", "required": True},
    "user": {"type": "str"},
    "user_password": {"type": "str", "no_log": True},
    "mappings": {"type": "dict", "default": {}},
}


def login(options: dict[str, Any], credentials: Any) -> search.Login:
    """How the options say to connect; reads the master user's password where there is one."""
    connection = Connection.from_params(options)
    basic = options["auth"] == "basic"
    return search.Login(
        endpoint=Endpoint(options["host"], options["port"], options["connect_to"]),
        auth=options["auth"],
        user=options["login_user"] or "",
        password=resolve(options["login_password"], connection) if basic else "",
        credentials=None if basic else credentials,
        region=options["region"] or "",
        ca_path=options["ca_path"],
    )


def access(options: dict[str, Any], password: str | None) -> search.Access:
    """What the options describe."""
    return search.Access(
        role=options["role"],
        user=options["user"],
        password=password,
        cluster_permissions=tuple(options["cluster_permissions"]),
        index_permissions={pattern: tuple(actions) for pattern, actions in options["index_permissions"].items()},
        mappings={role: tuple(arns) for role, arns in options["mappings"].items()},
    )


def converge(module: AnsibleAWSModule) -> list[str]:
    """Do what is to do; a domain that does not exist yet (check mode only) gets everything."""
    options = module.params
    if module.check_mode and options["host"] == STAND_IN:
        return search.planned_from_nothing(access(options, STAND_IN))
    password = resolve(options["user_password"], Connection.from_params(options)) if options["user"] else None
    wanted = access(options, password)
    credentials = None if options["auth"] == "basic" else search.sigv4_credentials(options["profile"])
    return search.converge(login(options, credentials), wanted, module.check_mode)


def main() -> None:
    """Connect, compare, and do what is to do."""
    needs = [("auth", "basic", ("login_user", "login_password"))]
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS,
        supports_check_mode=True,
        required_if=needs,
        required_together=[("user", "user_password")],
    )
    if search.opensearchpy is None:
        module.fail_json(msg=missing_required_lib("opensearch-py"))
    try:
        steps = converge(module)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(changed=bool(steps), steps=steps, diff={"before": "", "after": "".join(f"{s}\n" for s in steps)})


if __name__ == "__main__":
    main()
