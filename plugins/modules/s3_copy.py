#!/usr/bin/python
# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copy the objects of a bucket to S3."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_copy
short_description: Copy the objects of a bucket of any S3 server to a bucket of S3
version_added: 0.1.0
description:
  - Streams every object from the source to the target, without a disk in between, in parts of 8 MiB where it is larger.
  - Carried are the key byte by byte, the content, user metadata, C(Content-Type), C(Content-Encoding),
    C(Content-Disposition), C(Content-Language), C(Cache-Control), C(Expires), tags, and the storage class if the target
    takes it. User metadata beyond ASCII goes to S3 as RFC 2047 words, because S3 takes no other.
  - Not carried are ACLs, object locks and legal holds, dates, version ids, redirects, and the encryption's settings;
    the target bucket's own apply.
  - A CRC64NVME is computed over the bytes read, sent along, and held against what the target answers. The
    source's ETag is held against them too, where it is made of MD5s.
  - A rerun lists both buckets, leaves alone each range of keys whose listing has not changed on either side, and copies
    in the others what is different. It removes from the target what this move wrote and the source no longer has, and
    nothing else.
  - A change of nothing but tags is seen in the listings of MinIO only. On other servers M(replatform.aws.s3_compare)
    finds it, and the copy after that brings it over.
  - An object that the target refuses (a key too long, say) is kept with the reason in the dead letters, and the module
    fails after all others were copied.
author:
  - The replatform.aws authors (@replatform)
extends_documentation_fragment:
  - replatform.aws.copy
  - replatform.aws.objects
attributes:
  check_mode:
    description: Can run in check mode and tell what would be copied, without changing the target.
    support: full
  diff_mode:
    description: Shows what is different.
    support: none
    details: Use M(replatform.aws.s3_compare), which names the differences.
  idempotent:
    description: A second run changes nothing.
    support: full
seealso:
  - module: replatform.aws.s3_compare
"""

EXAMPLES = r"""
- name: Copy the documents from MinIO to S3
  replatform.aws.s3_copy:
    source:
      endpoint_url: http://minio.example.com:9000
      bucket: documents
      access_key: env://MINIO_ACCESS_KEY
      secret_key: env://MINIO_SECRET_KEY
    target:
      bucket: replatform-prod-documents
      region: ap-northeast-2
    run_dir: .replatform/prod
"""

RETURN = r"""
run:
  description: The id of the run; its folder lies under O(run_dir).
  returned: when the copy was begun
  type: str
partitions:
  description: Numbers of ranges of keys, as C(total), C(copied), C(skipped) and C(failed).
  returned: when the copy was begun
  type: dict
item_count:
  description: Objects (and versions and delete markers) written to the target.
  returned: when the copy was begun
  type: int
bytes:
  description: Bytes written to the target.
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
  description: The C(count) of objects that the target refused, and the C(path) of the file that says why.
  returned: when the copy was begun
  type: dict
left_behind:
  description: What O(versions=current) leaves in a source that keeps versions, as C(versions) and C(delete_markers).
  returned: when the source keeps versions, O(versions=current), and not in check mode
  type: dict
foreign:
  description:
    - The C(count) and the C(first) 100 keys of objects on the target that are neither in the source nor written by this
      move, in the ranges that were copied. They were left alone.
  returned: when everything was copied
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.replatform.aws.plugins.module_utils._copy.module import common_options, run_copy
from ansible_collections.replatform.aws.plugins.module_utils._objects import libraries
from ansible_collections.replatform.aws.plugins.module_utils._objects.store import ObjectsStore, store_options


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=common_options() | store_options(), supports_check_mode=True)
    if libraries.MISSING:
        module.fail_json(msg=missing_required_lib("aiohttp, awscrt and botocore"), exception=libraries.MISSING)
    run_copy(module, lambda params: ObjectsStore(params, module.warn))


if __name__ == "__main__":
    main()
