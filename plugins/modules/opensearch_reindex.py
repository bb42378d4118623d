#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: opensearch_reindex
short_description: Copy indices, and all that belongs to them, from one OpenSearch to another
version_added: 0.1.0
description:
  - Copies documents with their ids, routing, versions and the exact bytes of C(_source), settings, mappings, aliases,
    templates, ingest and search pipelines and stored scripts.
  - A shard is copied at a time. What is proven to be on the target already is skipped, so the same command goes on
    after a failure or a kill, and brings over what changed since. Where sequence numbers tell what that is, only those
    documents are read and written.
  - Documents that the source no longer has are deleted on the target, and so are indices that an earlier run of the
    same command brought. Templates, pipelines and scripts that only the target has stay.
  - A document that the target refuses does not stop the others. It is kept with the request and the reason in a file
    of dead letters, and the module fails in the end. Once the reason is mended the same command replays it - it reads
    those documents anew in the source and writes them, besides what else has changed.
  - Before anything is written it refuses, by name, indices that could not become the same - C(_source) disabled or
    filtered, an analyzer, analyzer file, field type that the target lacks (the target is asked by a simulated template)
    - a red index, and a target that holds indices which no journal of this command explains.
  - The source is never changed. So a closed index is left out and listed in RV(adjusted); if O(include) gives its
    name, the module fails. System indices are left out and listed, too. Hidden indices are copied.
  - While an index is written, it has no replicas, is not refreshed and runs no final pipeline; afterwards it has the
    source's own settings, read back, also when the copy was killed and runs again.
author:
  - The replatform.aws authors (@replatform)
options:
  follow_seconds:
    description:
      - Copies again and again what has changed meanwhile, until a pass takes no more than so many seconds, or hardly
        less than the one before. The next copy, under the freeze, then takes about as long.
      - Unset means one pass.
    type: int
  max_body:
    description:
      - Largest size of a bulk request in bytes. The copy begins with less and grows while that is faster.
      - The default stays below the 10 MiB that OpenSearch Service takes on small instance types.
      - A single document that is larger is sent alone.
    type: int
    default: 9437184
attributes:
  check_mode:
    description: Connects, refuses what would be refused, and reports whether anything would be copied. Writes nothing.
    support: full
  diff_mode:
    description: There is no diff of documents; M(replatform.aws.opensearch_compare) names differences.
    support: none
  idempotent:
    description: A second run copies nothing as long as nothing has changed on either side.
    support: full
extends_documentation_fragment:
  - replatform.aws.copy
  - replatform.aws.opensearch
notes:
  - O(include) and O(exclude) are about index names. O(exclude) also takes C(kind/name) of what belongs to no index,
    where kind is script, pipeline, search-pipeline, component-template, index-template, template or ism-policy.
  - Policies of Index State Management are made last, where both sides have the plugin, and attached to no index that
    was copied. Those are made with C(index_state_management.auto_manage) false, so that no policy of the target takes
    them up by itself. RV(adjusted) has the request that attaches each one; send it when no more is to be copied.
  - A policy acts with the permissions of the user who made it, which is the user of the copy. Repositories and
    notification channels that it names are not moved. Open Distro before 1.13 cannot list its policies.
  - With access control the source's user needs C(cluster:admin/opendistro/ism/policy/search) and
    C(cluster:admin/opendistro/ism/managedindex/explain), the target's user also
    C(cluster:admin/opendistro/ism/policy/get) and C(cluster:admin/opendistro/ism/policy/write).
  - C(ism-policy/*) in O(exclude) leaves all policies out, and asks neither side for them. None of this was run against
    the plugin itself.
seealso:
  - module: replatform.aws.opensearch_compare
"""

EXAMPLES = r"""
- name: Copy every index to the domain
  replatform.aws.opensearch_reindex:
    source:
      url: http://127.0.0.1:9200
      user: admin
      password: env://OPENSEARCH_PASSWORD
    target:
      url: https://vpc-search-abc.ap-northeast-2.es.amazonaws.com
      auth: sigv4
      region: ap-northeast-2
    run_dir: .replatform/prod
    exclude:
      - scratch-*
      - pipeline/attachment
    rename:
      documents: documents-v1
"""

RETURN = r"""
run:
  description: Id of the run, and name of its folder under O(run_dir).
  returned: success
  type: str
partitions:
  description: Shards by what became of them.
  returned: success
  type: dict
  contains:
    total:
      description: All shards.
      type: int
    copied:
      description: Copied now.
      type: int
    skipped:
      description: Proven to be on the target already.
      type: int
    failed:
      description: Not copied.
      type: int
item_count:
  description: Documents copied now.
  returned: success
  type: int
bytes:
  description: Bytes of their C(_source).
  returned: success
  type: int
seconds:
  description: How long it took.
  returned: success
  type: float
passes:
  description: Each copy that was made, with its C(item_count) and C(seconds).
  returned: if O(follow_seconds) is set
  type: list
  elements: dict
would_copy:
  description: >-
    How much would be copied, as C(partitions), C(item_count) and C(bytes); the last two are the source's own estimates.
    The target need not exist yet.
  returned: in check mode
  type: dict
dead_letters:
  description: Documents that the target refused. The module fails if there are any.
  returned: success
  type: dict
  contains:
    count:
      description: How many.
      type: int
    path:
      description: File with the documents and the reasons, one JSON line each.
      type: str
adjusted:
  description: Settings that were left out on the target and indices that were left out whole, each with the reason.
  returned: success
  type: list
  elements: dict
  sample:
    - index: documents
      setting: index.routing.allocation.require.box_type
      value: hot
      action: dropped
      reason: it names nodes of the source's cluster; with it, shards could stay unassigned
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.replatform.aws.plugins.module_utils._copy.module import (
    common_options,
    follow_options,
    run_copy,
)
from ansible_collections.replatform.aws.plugins.module_utils._search.options import make_store, require, store_options


def main() -> None:
    own: dict[str, Any] = {"max_body": {"type": "int", "default": 9437184}}
    options = common_options() | store_options() | follow_options() | own
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    require(module)
    run_copy(module, make_store)


if __name__ == "__main__":
    main()
