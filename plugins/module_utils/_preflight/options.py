# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of migration_preflight."""

from __future__ import annotations

from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import PROJECT_OPTIONS
from ansible_collections.replatform.aws.plugins.module_utils._objects.store import store_options as objects
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.options import store_options as postgresql
from ansible_collections.replatform.aws.plugins.module_utils._search.options import store_options as search


def argument_spec() -> dict[str, Any]:
    """As the module's documentation says. The stores' options are those of their own modules."""
    stores = {"postgresql": postgresql(), "objects": objects(), "search": search()}
    return {
        "account_id": {"type": "str", "required": True},
        "expected_region": {"type": "str", "required": True},
        "principal": {"type": "str"},
        "permissions": {"type": "list", "elements": "dict", "default": []},
        "buckets": {"type": "list", "elements": "str", "default": []},
        "compose": {"type": "dict", "options": {**PROJECT_OPTIONS, "service": {"type": "str", "required": True}}},
        "look_into_data": {"type": "bool", "default": True},
        **{name: {"type": "dict", "options": options["source"]["options"]} for name, options in stores.items()},
    }
