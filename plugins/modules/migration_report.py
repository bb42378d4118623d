#!/usr/bin/python
# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: migration_report
short_description: Sum up what the copies and comparisons of one environment have proven
version_added: 0.1.0
description:
  - Reads the proofs and journals that the copy and compare modules left in their run folders, and sums them up.
  - It proves nothing by itself and connects to no store. A store without a proof counts as V(not proven).
author:
  - The replatform.aws authors (@replatform)
attributes:
  check_mode:
    description: Reads files only, in check mode too.
    support: full
  diff_mode:
    description: Changes nothing, so there is nothing to show.
    support: none
  idempotent:
    description: Never changes anything.
    support: full
options:
  run_dir:
    description: The O(run_dir) that the copy and compare modules were given, such as C(.replatform/prod).
    type: path
    required: true
  stores:
    description: The stores that have to be proven.
    type: list
    elements: str
    choices: [postgresql, objects, search]
    default: [postgresql, objects, search]
"""

EXAMPLES = r"""
- name: Sum up the move
  replatform.aws.migration_report:
    run_dir: .replatform/prod
  register: report

- name: Show it
  ansible.builtin.debug:
    msg: "{{ report.text }}"
"""

RETURN = r"""
verdict:
  description: The worst verdict of all stores; V(not proven) where a store has no proof.
  returned: success
  type: str
  sample: equal
stores:
  description: One entry per store that has a proof.
  returned: success
  type: list
  elements: dict
  sample:
    - store: objects
      verdict: equal
      items: 2000
      bytes: 20480000
      pending: 0
      differences: 0
      proof: .replatform/prod/objects-0a1b2c3d4e5f/proof.json
      time: "2026-11-24T13:00:00Z"
      source: http://127.0.0.1:9000/files
      target: s3://files
      seconds: 4.2
      copied_items: 2000
      copied_bytes: 20480000
text:
  description: The same as lines for a terminal.
  returned: success
  type: list
  elements: str
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.replatform.aws.plugins.module_utils._report.summary import STORES, ReportError, summarize


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "run_dir": {"type": "path", "required": True},
            "stores": {"type": "list", "elements": "str", "choices": list(STORES), "default": list(STORES)},
        },
        supports_check_mode=True,
    )
    try:
        summary = summarize(Path(module.params["run_dir"]), module.params["stores"])
    except ReportError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **summary.result())


if __name__ == "__main__":
    main()
