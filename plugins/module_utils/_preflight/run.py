# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All looks, one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import ProjectSource, read_project
from ansible_collections.replatform.aws.plugins.module_utils._preflight import account, addresses, compose, sources
from ansible_collections.replatform.aws.plugins.module_utils._preflight.findings import (
    FACT,
    PROBLEM,
    WARNING,
    Finding,
    guarded,
)

_EXPECTED = (AwsError, CopyError)


def looks(
    params: Mapping[str, Any], connection: Any, *, check_mode: bool
) -> Iterator[tuple[str, Callable[[], Iterable[Finding]]]]:
    """Every look that the options ask for, with its area."""
    yield "account", lambda: account.look_at_account(params["account_id"], params["expected_region"], connection)
    if params["permissions"]:
        yield (
            "permissions",
            lambda: account.look_at_permissions(
                params["principal"] or "", params["permissions"], connection, check_mode=check_mode
            ),
        )
    for name in params["buckets"]:
        yield "bucket", lambda name=name: account.look_at_bucket(name, connection)  # type: ignore[misc]
    stores: dict[str, Callable[[Mapping[str, Any]], Iterable[Finding]]] = {
        "postgresql": sources.look_at_postgresql,
        "objects": sources.look_at_objects,
        "search": sources.look_at_search,
    }
    for area, look in stores.items():
        if params[area]:
            yield area, lambda look=look, area=area: look(params[area])  # type: ignore[misc]
    project = params["compose"]
    if project:
        yield "compose", lambda: compose.look_at_compose(project)
        if params["look_into_data"]:
            yield "addresses", lambda: _old_addresses(params, project)


def _old_addresses(params: Mapping[str, Any], project: Mapping[str, Any]) -> Iterator[Finding]:
    model = read_project(ProjectSource.from_params(project)).model
    found = compose.old_addresses(model, project["service"])
    return addresses.look_for(found, params["postgresql"], params["search"])


def examine(params: Mapping[str, Any], connection: Any, *, check_mode: bool) -> dict[str, Any]:
    """The module's result: problems, warnings_found and facts, each a list of lines."""
    found = [
        finding
        for area, look in looks(params, connection, check_mode=check_mode)
        for finding in guarded(area, look, expected=_EXPECTED)
    ]
    # A store that cannot be reached is met again by the look into its data: once is enough.
    found = list({finding.text: finding for finding in reversed(found)}.values())[::-1]
    return {
        name: [finding.line for finding in found if finding.level == level]
        for name, level in (("problems", PROBLEM), ("warnings_found", WARNING), ("facts", FACT))
    }
