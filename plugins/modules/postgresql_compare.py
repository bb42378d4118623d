#!/usr/bin/python
# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_compare
short_description: Prove that two PostgreSQL databases hold the same
version_added: 0.1.0
description:
  - Compares all rows by hashes that both servers compute of the rows' text, and sequences and large objects.
  - Compares definitions, too - types, tables, columns, defaults, constraints, indexes, functions, views, triggers,
    rules, policies, statistics, comments and the database's settings.
  - Names the exact rows (by key, or by content where there is no key), columns and definitions that differ, and
    writes a proof. Fails unless both sides are equal.
  - Holds the target against the record of its copy first. If only the source has changed since, the verdict is
    V(pending), see O(allow_pending).
  - Owners, grants, the versions of extensions, and extensions that only the target has are no differences.
author:
  - The replatform.aws authors (@replatform)
extends_documentation_fragment:
  - replatform.aws.copy
  - replatform.aws.copy.compare
  - replatform.aws.postgresql
attributes:
  check_mode:
    description: Changes nothing on either side, with or without check mode. In check mode a difference is a warning.
    support: full
  diff_mode:
    description: Differences are named in the result.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
notes:
  - O(include) and O(exclude) have to be those of the copy, so that the copy's journal is found. They choose content;
    the definitions are always compared as a whole.
  - The schema C(_replatform) of the target is the copy's own bookkeeping and is left out.
seealso:
  - module: replatform.aws.postgresql_copy
"""

EXAMPLES = r"""
- name: Prove that nothing was lost
  replatform.aws.postgresql_compare:
    source:
      host: 127.0.0.1
      user: app
      password: env://POSTGRES_PASSWORD
      dbname: app
      sslmode: disable
    target:
      host: app.abc.ap-northeast-2.rds.amazonaws.com
      user: migrator
      password: secretsmanager://rds!db-1234#password
      dbname: app
      sslrootcert: /etc/ssl/rds-global-bundle.pem
    owner: app
    run_dir: .replatform/prod
    allow_pending: true
"""

RETURN = r"""
run:
  description: Id of the run, and name of its folder under O(run_dir).
  returned: when both sides were read
  type: str
verdict:
  description: V(equal), V(pending), V(different) or V(not proven).
  returned: when both sides were read
  type: str
partitions:
  description: Numbers of tables (and parts of large ones), as C(total), C(pending) and C(different).
  returned: when both sides were read
  type: dict
item_count:
  description: Rows, sequences and large objects compared.
  returned: when both sides were read
  type: int
bytes:
  description: Bytes of the rows as text, on one side.
  returned: when both sides were read
  type: int
seconds:
  description: How long it took.
  returned: when both sides were read
  type: float
differences:
  description: The first 100 differences. All of them are in a file beside the proof.
  returned: when both sides were read
  type: list
  elements: dict
  sample:
    - where: public.users
      item: public.users (id) = (42)
      kind: changed
      detail: email, updated_at
differences_total:
  description: How many differences there are.
  returned: when both sides were read
  type: int
proof:
  description: Path of the proof.
  returned: when both sides were read
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.replatform.aws.plugins.module_utils._copy.module import (
    common_options,
    compare_options,
    run_compare,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.options import (
    require_libraries,
    store_options,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.store import PostgresqlStore


def main() -> None:
    """Run the module."""
    options = common_options() | compare_options() | store_options()
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    require_libraries(module)
    run_compare(module, lambda params: PostgresqlStore(params, module.run_command))


if __name__ == "__main__":
    main()
