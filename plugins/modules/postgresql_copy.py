#!/usr/bin/python
# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_copy
short_description: Copy a PostgreSQL database into another one
version_added: 0.1.0
description:
  - Copies definitions, rows, sequences and large objects, all as of one snapshot of the source, which stays live.
  - Rows are streamed from server to server, without a disk in between. Each table (or part of a large one) is replaced
    whole, in one transaction on the target that also records its completion in the schema C(_replatform) there.
  - Indexes, keys, foreign keys, triggers and policies are made after the rows, and materialized views are filled.
  - A rerun reads both sides, leaves alone what is equal to what was copied, and copies the rest again. Definitions
    that differ from the source's are made anew. What only the target has is left alone.
  - O(include) and O(exclude) choose tables (with their sequences) by C(schema.table), and C(large objects). They choose
    content; the definitions are always moved as a whole.
  - Not moved are roles, grants, owners, tablespaces, security labels, publications, subscriptions, comments on large
    objects, and the rows of foreign tables.
author:
  - The replatform.aws authors (@replatform)
extends_documentation_fragment:
  - replatform.aws.copy
  - replatform.aws.postgresql
options:
  drop_bookkeeping:
    description:
      - Whether to drop the schema C(_replatform) from the target after a complete copy. For the last copy of a move.
      - A later run of the same move still works from the run folder's journal.
    type: bool
    default: false
attributes:
  check_mode:
    description: Reads both sides and tells how many partitions would be copied.
    support: full
  diff_mode:
    description: Shows what is different.
    support: none
    details: Use M(replatform.aws.postgresql_compare), which names the differences.
  idempotent:
    description: A second run changes nothing, as long as nothing has changed in the source.
    support: full
notes:
  - The definitions are read with C(pg_dump), of the source's version or newer, on the control node.
  - While foreign keys, triggers and rules of the target stand in the way of rows, they are dropped; the same run, or
    the next one after a failure, makes them anew.
seealso:
  - module: replatform.aws.postgresql_compare
"""

EXAMPLES = r"""
- name: Copy the application's database to RDS
  replatform.aws.postgresql_copy:
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
"""

RETURN = r"""
run:
  description: The id of the run; its folder lies under O(run_dir).
  returned: when the copy was begun
  type: str
partitions:
  description: Numbers of tables (and parts of large ones), as C(total), C(copied), C(skipped) and C(failed).
  returned: when the copy was begun
  type: dict
item_count:
  description: Rows, sequences and large objects copied.
  returned: when the copy was begun
  type: int
bytes:
  description: Bytes of the rows as they were streamed.
  returned: when the copy was begun
  type: int
seconds:
  description: How long it took.
  returned: when the copy was begun
  type: float
would_copy:
  description: >-
    How much would be copied, as C(partitions), C(item_count) and C(bytes); the last two are the source's own estimates.
    The target need not exist yet.
  returned: in check mode
  type: dict
dead_letters:
  description: Always a count of 0, because a table is copied whole or not at all.
  returned: when the copy was begun
  type: dict
adjusted:
  description: What is on purpose not as in the source, or was made anew, each with the reason.
  returned: when the copy was begun
  type: list
  elements: dict
  sample:
    - item: event trigger audit
      reason: the target allows it to superusers only
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.replatform.aws.plugins.module_utils._copy.module import common_options, run_copy
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.options import (
    require_libraries,
    store_options,
)
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.store import PostgresqlStore


def main() -> None:
    """Run the module."""
    own = {"drop_bookkeeping": {"type": "bool", "default": False}}
    module = AnsibleModule(argument_spec=common_options() | store_options() | own, supports_check_mode=True)
    require_libraries(module)
    run_copy(module, lambda params: PostgresqlStore(params, module.run_command))


if __name__ == "__main__":
    main()
