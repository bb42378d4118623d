# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the six modules of the three stores share: their common options, and how a run becomes a module's result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._copy.follow import follow
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import P, Verdict
from ansible_collections.replatform.aws.plugins.module_utils._copy.run import Choice, PartialCopy, compare, copy
from ansible_collections.replatform.aws.plugins.module_utils._copy.store import Store


def common_options() -> dict[str, Any]:
    """Options that all six modules take (documented in the `copy` fragment)."""
    return {
        "run_dir": {"type": "path", "required": True},
        "include": {"type": "list", "elements": "str", "default": []},
        "exclude": {"type": "list", "elements": "str", "default": []},
        "jobs": {"type": "int", "default": 4},
    }


def compare_options() -> dict[str, Any]:
    """Options that the three compare modules take besides (documented in the `compare` fragment)."""
    return {"allow_pending": {"type": "bool", "default": False}}


def follow_options() -> dict[str, Any]:
    """The option of the copy modules whose stores tell what has changed without reading all (see `follow`)."""
    return {"follow_seconds": {"type": "int"}}


def _choice(params: dict[str, Any]) -> Choice:
    if params["jobs"] < 1:
        raise CopyError(
            f"jobs is {params['jobs']}, but at least one partition must be worked on at a time: set it >= 1."
        )
    return Choice(Path(params["run_dir"]), tuple(params["include"]), tuple(params["exclude"]), params["jobs"])


def run_copy(module: AnsibleModule, make_store: Callable[[dict[str, Any]], Store[P]]) -> None:
    """Copy, and end the module with the result or with one message of what went wrong."""

    def once() -> dict[str, Any]:
        store = make_store(module.params)
        try:
            return copy(store, choice, check=module.check_mode) | _facts(store)
        except PartialCopy as error:
            raise PartialCopy(str(error), error.result | _facts(store)) from error

    try:
        choice, seconds = _choice(module.params), module.params.get("follow_seconds")
        result = once() if seconds is None or module.check_mode else follow(once, seconds)
        module.exit_json(**result)
    except PartialCopy as error:
        module.fail_json(msg=str(error), **error.result)
    except CopyError as error:
        module.fail_json(msg=str(error))


def run_compare(module: AnsibleModule, make_store: Callable[[dict[str, Any]], Store[P]]) -> None:
    """Compare, and end the module: failed unless equal, or equal with pending where the caller allows that."""
    try:
        store = make_store(module.params)
        result = compare(store, _choice(module.params)) | _facts(store)
    except CopyError as error:
        module.fail_json(msg=str(error))
        return
    good = {Verdict.EQUAL, Verdict.PENDING} if module.params["allow_pending"] else {Verdict.EQUAL}
    if result["verdict"] in good:
        module.exit_json(**result)
    elif module.check_mode:  # the copy before it was not made either
        module.warn(_what_differs(result))
        module.exit_json(**result)
    else:
        module.fail_json(msg=_what_differs(result), **result)


def _facts(store: object) -> dict[str, Any]:
    """What a store adds to the result by an optional method `facts()`: search lists the settings it left out."""
    facts: dict[str, Any] = getattr(store, "facts", dict)()
    return facts


def _what_differs(result: dict[str, Any]) -> str:
    if result["verdict"] == Verdict.PENDING:
        return (
            "The target is equal to what was copied, but the source has changed since, in "
            f"{result['partitions']['pending']} partitions. Copy again; or set allow_pending while the source "
            f"stays live. Proof: {result['proof']}"
        )
    if not result["partitions"]["total"] and not result["differences_total"]:
        return "Nothing was compared: neither side holds anything that include and exclude let through. Look at them."
    first = [f"{found['kind']} {found['item']}" for found in result["differences"][:5]]
    return (
        f"The target is not equal to the source: {result['differences_total']} differences, among them "
        f"{'; '.join(first)}. All of them lie beside {result['proof']}. Copy again, then compare again."
    )
