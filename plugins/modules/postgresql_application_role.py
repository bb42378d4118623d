#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_application_role
short_description: The application's own role and database in PostgreSQL
version_added: 0.1.0
description:
  - Creates a login role without powers and a database that it owns, lets the master user act as it, and takes the
    public's rights on the database away.
  - >-
    The password is read inside the module from its reference, tried by logging in, and sent as a SCRAM verifier: it
    is in no variable, no statement and no server log.
  - C(community.postgresql.postgresql_user) takes the password as an option and cannot dial a forwarded port under
    the server's own name.
author:
  - The replatform.aws authors (@replatform)
options:
  host:
    description: Host name of the server, as its certificate has it.
    type: str
    required: true
  port:
    description: Port of the server.
    type: int
    default: 5432
  connect_to:
    description:
      - host:port to dial instead, where the way there is a forwarded port. Names are still checked against O(host).
    type: str
  login_user:
    description: The master user.
    type: str
    required: true
  login_password:
    description:
      - Reference to its password (env://, file://, secretsmanager://name#key).
    type: str
    required: true
  login_dbname:
    description: Database to log in to.
    type: str
    default: postgres
  sslmode:
    description: As libpq has it.
    type: str
    default: verify-full
    choices: [disable, require, verify-ca, verify-full]
  sslrootcert:
    description: File of the CA certificates.
    type: path
  role:
    description: The application's role.
    type: str
    required: true
  role_password:
    description: Reference to its password.
    type: str
    required: true
  database:
    description: The database that it owns.
    type: str
    required: true
attributes:
  check_mode:
    description: Reads only, and reports the calls that it would make.
    support: full
  diff_mode:
    description: Shows both states whole, without secrets.
    support: full
  idempotent:
    description: Role, password (tried by logging in), owner and the rights of the public are compared.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The application is not the master
  replatform.aws.postgresql_application_role:
    host: database-api-prod.abc.ap-northeast-2.rds.amazonaws.com
    login_user: replatform_admin
    login_password: secretsmanager://rds!db-0123#password
    sslrootcert: /etc/ssl/rds-global-bundle.pem
    role: database_api
    role_password: secretsmanager:///replatform/prod/database-api/postgresql#password
    database: database_api
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode, in order, without secrets.
  type: list
  elements: str
  returned: always
  sample: ["CREATE DATABASE database_api OWNER database_api"]
"""

from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._access import postgresql
from ansible_collections.replatform.aws.plugins.module_utils._access.endpoint import Endpoint
from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import STAND_IN
from ansible_collections.replatform.aws.plugins.module_utils._aws.references import resolve

ARGUMENTS = {
    "host": {"type": "str", "required": True},
    "port": {"type": "int", "default": 5432},
    "connect_to": {"type": "str"},
    "login_user": {"type": "str", "required": True},
    "login_password": {"type": "str", "required": True, "no_log": True},
    "login_dbname": {"type": "str", "default": "postgres"},
    "sslmode": {"type": "str", "default": "verify-full", "choices": ["disable", "require", "verify-ca", "verify-full"]},
    "sslrootcert": {"type": "path"},
    "role": {"type": "str", "required": True},
    "role_password": {"type": "str", "required": True, "no_log": True},
    "database": {"type": "str", "required": True},
}


def login(options: dict[str, Any]) -> postgresql.Login:
    """How the options say to connect; reads the master user's password."""
    return postgresql.Login(
        endpoint=Endpoint(options["host"], options["port"], options["connect_to"]),
        user=options["login_user"],
        password=resolve(options["login_password"], Connection.from_params(options)),
        dbname=options["login_dbname"],
        sslmode=options["sslmode"],
        sslrootcert=options["sslrootcert"],
    )


def converge(options: dict[str, Any], check_mode: bool) -> list[str]:
    """Do what is to do; an instance that does not exist yet (check mode only) gets everything."""
    if check_mode and options["host"] == STAND_IN:
        wanted = postgresql.Application(options["role"], STAND_IN, options["database"])
        return postgresql.planned_from_nothing(wanted)
    password = resolve(options["role_password"], Connection.from_params(options))
    wanted = postgresql.Application(options["role"], password, options["database"])
    return postgresql.converge(login(options), wanted, check_mode)


def main() -> None:
    """Connect, compare, and do what is to do."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if postgresql.psycopg is None:
        module.fail_json(msg=missing_required_lib("psycopg"))
    try:
        steps = converge(module.params, module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(changed=bool(steps), steps=steps, diff={"before": "", "after": "".join(f"{s}\n" for s in steps)})


if __name__ == "__main__":
    main()
