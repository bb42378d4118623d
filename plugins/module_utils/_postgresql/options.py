# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that both PostgreSQL modules take (documented in the `postgresql` fragment)."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import MISSING


def _end(sslmode: str) -> dict[str, Any]:
    return {
        "type": "dict",
        "required": True,
        "options": {
            "host": {"type": "str", "required": True},
            "port": {"type": "int", "default": 5432},
            "user": {"type": "str", "required": True},
            "password": {"type": "str", "no_log": True},
            "dbname": {"type": "str", "required": True},
            "sslmode": {
                "type": "str",
                "default": sslmode,
                "choices": ["disable", "prefer", "require", "verify-ca", "verify-full"],
            },
            "sslrootcert": {"type": "path"},
            "connect_to": {"type": "str"},
        },
    }


def store_options() -> dict[str, Any]:
    """Source, target, and what both modules have to agree on."""
    return {
        "source": _end("prefer"),
        "target": _end("verify-full"),
        "owner": {"type": "str"},
        "split_bytes": {"type": "int", "default": 1 << 30},
    }


def require_libraries(module: AnsibleModule) -> None:
    """Fail with the name of what has to be installed."""
    if MISSING:
        module.fail_json(msg=missing_required_lib("asyncpg and psycopg"), exception=MISSING)
