#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: opensearch_compare
short_description: Prove that two OpenSearch clusters hold the same
version_added: 0.1.0
description:
  - Reads every document of both sides and compares index, id, routing and C(_source) - by its bytes, and where they
    differ by its meaning (the order of keys and the spelling of numbers do not count, every digit does).
  - Compares settings, mappings, aliases, templates, pipelines and stored scripts, too.
  - Names the exact documents and fields that differ, and writes a proof. Fails unless both sides are equal.
  - Holds the target against the record of its copy first. If only the source has changed since, the verdict is
    V(pending), see O(allow_pending).
author:
  - The replatform.aws authors (@replatform)
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
extends_documentation_fragment:
  - replatform.aws.copy
  - replatform.aws.copy.compare
  - replatform.aws.opensearch
notes:
  - Both sides are refreshed first, so that the newest documents count; that changes no content.
  - Templates, pipelines and scripts that only the target has are no difference, since a managed domain brings its own.
    An index that only the target has is one, unless its name begins with a dot.
  - O(include) and O(exclude) have to be those of the copy, so that the copy's journal is found.
seealso:
  - module: replatform.aws.opensearch_reindex
"""

EXAMPLES = r"""
- name: Prove that nothing was lost
  replatform.aws.opensearch_compare:
    source:
      url: http://127.0.0.1:9200
      user: admin
      password: env://OPENSEARCH_PASSWORD
    target:
      url: https://vpc-search-abc.ap-northeast-2.es.amazonaws.com
      auth: sigv4
      region: ap-northeast-2
    run_dir: .replatform/prod
    allow_pending: true
"""

RETURN = r"""
run:
  description: Id of the run, and name of its folder under O(run_dir).
  returned: success
  type: str
verdict:
  description: V(equal), V(pending), V(different) or V(not proven).
  returned: success
  type: str
partitions:
  description: Shards by what was found.
  returned: success
  type: dict
  contains:
    total:
      description: All shards.
      type: int
    pending:
      description: The source has changed since the copy.
      type: int
    different:
      description: The target is not what was copied.
      type: int
item_count:
  description: Documents compared.
  returned: success
  type: int
bytes:
  description: Bytes of their C(_source) on one side.
  returned: success
  type: int
seconds:
  description: How long it took.
  returned: success
  type: float
differences:
  description: The first 100 differences. All of them are in a file beside the proof.
  returned: success
  type: list
  elements: dict
  sample:
    - where: documents/0
      item: documents/42
      kind: changed
      detail: title, pages.2.text
differences_total:
  description: How many differences there are.
  returned: success
  type: int
proof:
  description: Path of the proof.
  returned: success
  type: str
adjusted:
  description: Settings and indices that are left out of the move, each with the reason.
  returned: success
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.replatform.aws.plugins.module_utils._copy.module import (
    common_options,
    compare_options,
    run_compare,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.options import make_store, require, store_options


def main() -> None:
    options = common_options() | compare_options() | store_options()
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    require(module)
    run_compare(module, make_store)


if __name__ == "__main__":
    main()
