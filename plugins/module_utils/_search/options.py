# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What both modules of this store share: their options, and how a store is made of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._search import connect, read
from ansible_collections.replatform.aws.plugins.module_utils._search.store import SearchStore

LEAST_BODY = 64 * 1024
DEFAULT_BODY = 9 * 1024 * 1024
DEFAULT_SPLIT = 8 << 30


def store_options() -> dict[str, Any]:
    """`source`, `target` and how to cut and call indices (documented in the `opensearch` fragment)."""
    end = {
        "url": {"type": "str", "required": True},
        "auth": {"type": "str", "choices": ["basic", "sigv4", "none"]},
        "user": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        "region": {"type": "str"},
        "ca_path": {"type": "path"},
        "connect_to": {"type": "str"},
    }
    ends = {name: {"type": "dict", "required": True, "options": end} for name in ("source", "target")}
    return ends | {"split_bytes": {"type": "int", "default": DEFAULT_SPLIT}, "rename": {"type": "dict", "default": {}}}


def require(module: AnsibleModule) -> None:
    """End the module with what to install, if a library is missing."""
    for library, problem in (("opensearch-py", connect.MISSING), ("msgspec", read.MISSING)):
        if problem:
            module.fail_json(msg=missing_required_lib(library), exception=str(problem))


def make_store(params: dict[str, Any]) -> SearchStore:
    """The store of a module's parameters. Raises CopyError where they do not fit together."""
    source, target = (connect.End.of(label, params[label]) for label in ("source", "target"))
    target = replace(target, names={str(name): str(new) for name, new in params["rename"].items() if name != new})
    max_body = params.get("max_body", DEFAULT_BODY)
    if max_body < LEAST_BODY:
        raise CopyError(f"max_body is {max_body} bytes. Set it to {LEAST_BODY} or more, such as {DEFAULT_BODY}.")
    if params["split_bytes"] < 1:
        raise CopyError(f"split_bytes is {params['split_bytes']}. Set it to 1 or more, such as {DEFAULT_SPLIT}.")
    if source.identity == target.identity and source.dial == target.dial:
        raise CopyError(f"source and target are the same cluster: {source.identity}. Nothing was written.")
    return SearchStore(source, target, params["include"], params["exclude"], max_body, params["split_bytes"])
