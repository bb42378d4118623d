# Copyright (c) 2026 The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which variables make the target less secure without saying why."""

from __future__ import annotations

DOCUMENTATION = r"""
name: unexplained_relaxations
short_description: Variables that relax a security control without a reason
version_added: 0.1.0
description:
  - Looks at the variables of the play that can relax a control of AWS Foundational Security Best Practices
    (each one's description in its role names the control), and returns one line for each that does so while
    C(<variable>_waiver) gives no reason.
  - A variable that is not set relaxes nothing, for the roles' defaults are secure.
author:
  - The replatform.aws authors (@replatform)
"""

EXAMPLES = r"""
- name: What is relaxed needs a reason
  ansible.builtin.assert:
    that: query('replatform.aws.unexplained_relaxations') | length == 0
"""

RETURN = r"""
_raw:
  description: One line for each variable, with its value, the control and the name of the waiver.
  type: list
  elements: str
"""

from typing import Any

from ansible.plugins.lookup import LookupBase

from ansible_collections.replatform.aws.plugins.module_utils._waivers.relaxations import (
    RELAXATIONS,
    unexplained,
)


class LookupModule(LookupBase):
    """Offers the lookup to Ansible."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        """Return a line for each relaxation without a reason."""
        known = variables or {}
        names = [name for item in RELAXATIONS for name in (item.variable, item.waiver) if name in known]
        values = {name: self._templar.template(known[name]) for name in names}
        return [
            f"{found.variable} is {_short(values[found.variable])} ({found.sentence})" for found in unexplained(values)
        ]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
