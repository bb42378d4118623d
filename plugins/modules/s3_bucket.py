#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket
short_description: A private, versioned, encrypted S3 bucket with its policy, lifecycle and access log
version_added: 0.1.0
description:
  - Creates a bucket and keeps all of its settings as described. Public access is blocked, ownership is
    BucketOwnerEnforced and versioning is on; there is no option to change that.
  - C(amazon.aws.s3_bucket) is skipped in check mode, as is C(community.aws.s3_lifecycle), so a dry run says nothing
    about a bucket.
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: Name of the bucket.
    type: str
    required: true
  kms_key:
    description: ARN of a KMS key for SSE-KMS with a bucket key. Unset means SSE-S3 (AES256).
    type: str
  policy:
    description: The bucket policy. Unset or empty means none.
    type: dict
  abort_multipart_days:
    description: Days after which an unfinished upload is thrown away. 0 keeps them.
    type: int
    default: 7
  noncurrent_days:
    description: Days after which a version that is no longer current is removed. Unset keeps them.
    type: int
  expiration_days:
    description: Days after which an object is removed. Unset keeps it.
    type: int
  log_bucket:
    description: Bucket for the server access log. Unset means no log.
    type: str
  log_prefix:
    description: Prefix of the log's keys.
    type: str
    default: ""
  tags:
    description: Tags of the bucket. Unset leaves the tags alone.
    type: dict
  purge_tags:
    description: Whether tags that are not in O(tags) are removed.
    type: bool
    default: true
attributes:
  check_mode:
    description: Reads only, and reports the calls that it would make.
    support: full
  diff_mode:
    description: Shows both states whole, without secrets.
    support: full
  idempotent:
    description: The whole resource is compared.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The application's files
  replatform.aws.s3_bucket:
    name: 123456789012-database-api-prod-files
    log_bucket: 123456789012-database-api-prod-logs
    log_prefix: s3/files/
    noncurrent_days: 90
"""

RETURN = r"""
calls:
  description: The API calls that were made, or would be made in check mode, in order.
  type: list
  elements: str
  returned: always
arn:
  description: The bucket's ARN, also in check mode.
  type: str
  returned: success
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import carry_out
from ansible_collections.replatform.aws.plugins.module_utils._resources.s3_bucket import Bucket, plan, read

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "kms_key": {"type": "str", "no_log": False},
    "policy": {"type": "dict"},
    "abort_multipart_days": {"type": "int", "default": 7},
    "noncurrent_days": {"type": "int"},
    "expiration_days": {"type": "int"},
    "log_bucket": {"type": "str"},
    "log_prefix": {"type": "str", "default": ""},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
}


def desired_bucket(options: dict[str, Any], region: str) -> Bucket:
    """The bucket that the options describe."""
    return Bucket(
        name=options["name"],
        region=region,
        kms_key=options["kms_key"],
        policy=options["policy"],
        abort_multipart_days=options["abort_multipart_days"],
        noncurrent_days=options["noncurrent_days"],
        expiration_days=options["expiration_days"],
        log_bucket=options["log_bucket"],
        log_prefix=options["log_prefix"],
        tags=options["tags"],
        purge_tags=options["purge_tags"],
    )


def main() -> None:
    """Read the bucket, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("s3", Connection.from_params(options))
        desired = desired_bucket(options, client.meta.region_name)
        result = carry_out(client, plan(desired, read(client, desired.name)), module.check_mode)
        result["arn"] = f"arn:aws:s3:::{desired.name}"
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
