#!/usr/bin/python
# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: application_check
short_description: Test a running application over HTTP, against the old one if need be
version_added: 0.1.0
description:
  - Waits until the application answers, logs in, and sends one request after another.
  - Each request says what its answer must be.
  - An answer can be held against what another, older instance answers to the same request.
  - With O(upload) it also uploads a file, finds it again, takes it out, and sees that it is gone.
  - Fails with all problems in one list.
author:
  - The replatform.aws authors (@replatform)
requirements:
  - urllib3 >= 2 (Python library)
attributes:
  check_mode:
    description: Checks all the same, but uploads nothing.
    support: full
  diff_mode:
    description: There is nothing to compare with.
    support: none
  idempotent:
    description: What O(upload) brings in it takes out again.
    support: full
options:
  url:
    description: The application's public address.
    type: str
    required: true
  connect_to:
    description:
      - C(host:port) to dial instead of the address in O(url), for a forwarded port or a name that is not public yet.
      - The certificate and the Host header are still those of O(url).
    type: str
    default: ""
  ca_path:
    description: File of certificates to trust instead of the system's.
    type: path
  timeout:
    description: Seconds that one request may take.
    type: float
    default: 10
  ready_path:
    description: Path that answers 200 when the application is ready.
    type: str
    default: /api/health
  ready_timeout:
    description: Seconds to wait for O(ready_path).
    type: float
    default: 120
  reference_url:
    description: Address of the old instance; only needed for checks with O(checks[].same) set.
    type: str
  login:
    description: How to get a bearer token for the requests that need one.
    type: dict
    suboptions:
      path:
        description: Where to send user name and password.
        type: str
        default: /api/login
      username:
        description: The user.
        type: str
        required: true
      password:
        description:
          - The password, or a reference to it.
          - C(env://NAME), C(file:///path), or C(secretsmanager://name-or-arn#json-key).
        type: str
        required: true
      format:
        description: How the two are sent.
        type: str
        choices: [form, json]
        default: form
      token:
        description: Field of the answer that holds the token.
        type: str
        default: access_token
  checks:
    description: The requests, in order.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What is checked, in a word.
        type: str
        required: true
      path:
        description: Path and query, already encoded.
        type: str
        required: true
      method:
        description: The HTTP method.
        type: str
        default: GET
      json:
        description: A body, sent as JSON.
        type: raw
      status:
        description: The status that the answer must have.
        type: int
        default: 200
      contains:
        description: Text that the answer must contain.
        type: str
        default: ""
      same:
        description: Whether O(reference_url) must answer the same body, byte for byte.
        type: bool
        default: false
      login:
        description: Whether the request carries the token.
        type: bool
        default: false
  upload:
    description: Upload a file and take it out again. Needs O(login).
    type: dict
    suboptions:
      path:
        description: Where to upload (POST, multipart).
        type: str
        default: /api/admin/upload-document
      field:
        description: The form's field of the file.
        type: str
        default: file
      name:
        description: Name of the file; reserved for this check.
        type: str
        default: replatform-smoke.txt
      download_path:
        description: Where to download. C({name}) and every field of the upload's answer are filled in.
        type: str
        default: /api/documents/download/{name}
      search_path:
        description: Where to search (POST of C({"query"})); empty for no search.
        type: str
        default: /api/search
      delete_path:
        description: Where to take the file out (DELETE).
        type: str
        default: /api/admin/documents/{name}
"""

EXAMPLES = r"""
- name: Test the application read-only, against the old one
  replatform.aws.application_check:
    url: https://api.example.com
    reference_url: http://127.0.0.1:8000
    login:
      username: admin
      password: env://APP_ADMIN_PASSWORD
    checks:
      - name: download
        path: /api/documents/download/test-file.txt
        same: true
      - name: search
        path: /api/search
        method: POST
        json:
          query: test search
"""

RETURN = r"""
ready_seconds:
  description: How long it took until O(ready_path) answered 200.
  returned: when not in check mode
  type: float
  sample: 1.5
checks:
  description: One entry per request, with name, ok, status, seconds and problem.
  returned: when not in check mode
  type: list
  elements: dict
  sample:
    - name: download
      ok: true
      status: 200
      seconds: 0.013
      problem: ""
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.replatform.aws.plugins.module_utils._application.client import MISSING, ApplicationError
from ansible_collections.replatform.aws.plugins.module_utils._application.options import argument_spec, examine
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    if MISSING:
        module.fail_json(msg=missing_required_lib("urllib3"), exception=MISSING)
    try:
        result = examine(module.params, hide=module.no_log_values.add, check_mode=module.check_mode)
    except (ApplicationError, AwsError) as error:
        module.fail_json(msg=str(error))
    problems = [f"{found['name']}: {found['problem']}" for found in result["checks"] if not found["ok"]]
    if problems:
        module.fail_json(msg="The application does not answer as it must. " + "; ".join(problems), **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
