#!/usr/bin/python
# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: acm_certificate_import
short_description: A certificate from files, imported into ACM
version_added: 0.1.0
description:
  - >-
    Imports a certificate and its key into ACM and keeps it: a certificate with another serial number is imported
    over it, under the same ARN. The key is read inside the module.
  - C(community.aws.acm_certificate) takes the private key's text as an option, so that it passes through a
    variable.
author:
  - The replatform.aws authors (@replatform)
options:
  name:
    description: The tag Name by which the certificate is found again.
    type: str
    required: true
  certificate:
    description: File of the certificate, PEM.
    type: path
    required: true
  private_key:
    description: File of its private key, PEM, not encrypted.
    type: path
    required: true
  chain:
    description: File of the certificates above it, PEM. Unset means none.
    type: path
  tags:
    description: Tags of a certificate that is imported for the first time.
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
    description: The whole resource is compared.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The rehearsal's certificate
  replatform.aws.acm_certificate_import:
    name: database-api-rehearsal
    certificate: /home/me/lab/alb.crt
    private_key: /home/me/lab/alb.key
"""

RETURN = r"""
calls:
  description: The API calls that were made, or would be made in check mode, in order.
  type: list
  elements: str
  returned: always
certificate_arn:
  description: The ARN; empty in check mode for a certificate that is not there yet.
  type: str
  returned: success
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import Connection, make_client
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import carry_out
from ansible_collections.replatform.aws.plugins.module_utils._resources.acm_certificate import Certificate, plan, read

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "certificate": {"type": "path", "required": True},
    "private_key": {"type": "path", "required": True},
    "chain": {"type": "path"},
    "tags": {"type": "dict", "default": {}},
}


def desired_certificate(options: dict[str, Any]) -> Certificate:
    """The certificate that the options describe."""
    return Certificate.from_files(options["name"], options["certificate"], options["private_key"], options["chain"])


def converge(client: Any, options: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Carry the plan out and say under which ARN the certificate is found."""
    live = read(client, options["name"])
    result = carry_out(client, plan(desired_certificate(options), live, options["tags"]), check_mode)
    if result["changed"] and not check_mode:
        live = read(client, options["name"])
    return {**result, "certificate_arn": live["arn"] if live else ""}


def main() -> None:
    """Read the certificate, plan, and carry the plan out."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    options = module.params
    try:
        client = make_client("acm", Connection.from_params(options))
        result = converge(client, options, module.check_mode)
    except AwsError as error:
        module.fail_json(msg=str(error), **error.facts())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
