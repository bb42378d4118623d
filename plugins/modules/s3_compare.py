#!/usr/bin/python
# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare the objects of two buckets."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_compare
short_description: Prove that a bucket of S3 holds what was copied to it, object by object
version_added: 0.1.0
description:
  - Compares key, content, user metadata, headers and tags of every object in both buckets (with O(versions=all) of
    every version), holds the target against the record of M(replatform.aws.s3_copy), and writes C(proof.json).
  - Fails unless the verdict is V(equal), or V(pending) where O(allow_pending) is set. Never changes anything.
author:
  - The replatform.aws authors (@replatform)
extends_documentation_fragment:
  - replatform.aws.copy
  - replatform.aws.copy.compare
  - replatform.aws.objects
options:
  read:
    description:
      - V(auto) takes what the servers keep as the proof of a content, without a download. That is an ETag made of the
        MD5 of all bytes, a CRC64NVME of the full object, or an ETag that the copy has found to be made of the bytes
        that it read. Where neither side has such, the bytes are read.
      - V(bytes) reads all bytes of both sides, and so finds even a stored checksum that lies.
    type: str
    choices: [auto, bytes]
    default: auto
attributes:
  check_mode:
    description: Changes nothing on either side, with or without check mode. In check mode a difference is a warning.
    support: full
  diff_mode:
    description: Shows what is different.
    support: none
    details: The differences are in the result.
  idempotent:
    description: A second run changes nothing.
    support: full
seealso:
  - module: replatform.aws.s3_copy
"""

EXAMPLES = r"""
- name: Prove that the documents in S3 are those of MinIO
  replatform.aws.s3_compare:
    source:
      endpoint_url: http://minio.example.com:9000
      bucket: documents
      access_key: env://MINIO_ACCESS_KEY
      secret_key: env://MINIO_SECRET_KEY
    target:
      bucket: replatform-prod-documents
      region: ap-northeast-2
    run_dir: .replatform/prod
  register: compared
"""

RETURN = r"""
run:
  description: The id of the run; its folder lies under O(run_dir).
  returned: when both sides could be read
  type: str
verdict:
  description: V(equal), V(pending) (the source has changed since the copy), V(different) or V(not proven).
  returned: when both sides could be read
  type: str
partitions:
  description: Numbers of ranges of keys, as C(total), C(pending) and C(different).
  returned: when both sides could be read
  type: dict
item_count:
  description: Objects (and versions and delete markers) on the target.
  returned: when both sides could be read
  type: int
bytes:
  description: Bytes of the source's objects.
  returned: when both sides could be read
  type: int
seconds:
  description: How long it took.
  returned: when both sides could be read
  type: float
differences:
  description: The first 100 differences, each with C(where), C(item) (the key), C(kind) and C(detail) (the fields).
  returned: when both sides could be read
  type: list
  elements: dict
differences_total:
  description: How many differences there are; all are in C(differences.jsonl) beside the proof.
  returned: when both sides could be read
  type: int
proof:
  description: The path of C(proof.json).
  returned: when both sides could be read
  type: str
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.replatform.aws.plugins.module_utils._copy.module import (
    common_options,
    compare_options,
    run_compare,
)
from ansible_collections.replatform.aws.plugins.module_utils._objects import libraries
from ansible_collections.replatform.aws.plugins.module_utils._objects.store import ObjectsStore, store_options


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=common_options()
        | compare_options()
        | store_options()
        | {"read": {"type": "str", "default": "auto", "choices": ["auto", "bytes"]}},
        supports_check_mode=True,
    )
    if libraries.MISSING:
        module.fail_json(msg=missing_required_lib("aiohttp, awscrt and botocore"), exception=libraries.MISSING)
    run_compare(module, lambda params: ObjectsStore(params, module.warn))


if __name__ == "__main__":
    main()
