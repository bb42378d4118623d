# Copyright (c) 2026 The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one stand-in for an id that does not exist yet, so that check mode gets through an empty account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import STAND_IN

DOCUMENTATION = r"""
name: known_after_provision
short_description: An id found in AWS, or a stand-in for it in check mode
version_added: 0.1.0
description:
  - Returns the value when it is not empty.
  - In check mode an empty value becomes C((known after provision)), in a list when the value is a list, because what
    would be created has no id yet.
  - Outside check mode an empty value is an error that says what is missing and which tag creates it.
positional: _input, check_mode, what, tag
options:
  _input:
    description: What the lookup in AWS gave, a string or a list.
    type: raw
    required: true
  check_mode:
    description: The play's C(ansible_check_mode).
    type: bool
    required: true
  what:
    description: What was looked for, for the message.
    type: str
    required: true
  tag:
    description: The tag of C(provision.yml) that creates it.
    type: str
    required: true
author:
  - The replatform.aws authors (@replatform)
"""

EXAMPLES = r"""
- name: Use a security group that the network role made
  ansible.builtin.debug:
    msg: "{{ groups_found | map(attribute='group_id') | list
             | replatform.aws.known_after_provision(ansible_check_mode, 'security group task', 'network') }}"
"""

RETURN = r"""
_value:
  description: The value, or the stand-in.
  type: raw
"""


def known_after_provision(value: Any, check_mode: bool, what: str, tag: str) -> Any:
    """Return `value`; when it is empty the stand-in in check mode, an error naming `what` and `tag` otherwise."""
    if value:
        return value
    if check_mode:
        return [STAND_IN] if isinstance(value, list) else STAND_IN
    raise AnsibleFilterError(
        f"{what} was not found in this account and region. "
        f"Create it first: ansible-playbook replatform.aws.provision --tags {tag}"
    )


class FilterModule:
    """Offers the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters of this file by name."""
        return {"known_after_provision": known_after_provision}
