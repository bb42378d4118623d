"""The rules know every key of the compose specification, at every depth, and no other; docs/compose.md lists them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Rule
from ansible_collections.replatform.aws.plugins.module_utils._ecs.keys import PROJECT_KEYS, SERVICE_KEYS, WHOLE
from ansible_collections.replatform.aws.plugins.module_utils._ecs.walk import above
from tests.compose_schema import below, is_named, project_paths, service_paths
from tests.compose_table import DOCUMENT, rewritten

TABLES = pytest.mark.parametrize(
    ("rules", "paths"),
    [(SERVICE_KEYS, service_paths()), (PROJECT_KEYS, project_paths())],
    ids=["service", "project"],
)


def _is_known(path: str, rules: Mapping[str, Rule]) -> bool:
    """It has a rule, or rules stand below it, or above it stands one that takes all."""
    whole = (f"{upper}{WHOLE}" for upper in (path, *above([path])))
    return path in rules or path in above(rules) or any(rule in rules for rule in whole)


@TABLES
def test_every_key_of_the_specification_has_a_rule(rules: Mapping[str, Rule], paths: frozenset[str]) -> None:
    assert [path for path in sorted(paths) if is_named(path) and not _is_known(path, rules)] == []


@TABLES
def test_every_rule_is_for_a_key_of_the_specification(rules: Mapping[str, Rule], paths: frozenset[str]) -> None:
    assert [rule for rule in rules if rule.removesuffix(WHOLE) not in paths] == []


@TABLES
def test_a_rule_takes_all_below_it_only_where_there_is_something(
    rules: Mapping[str, Rule], paths: frozenset[str]
) -> None:
    assert [rule for rule in rules if rule.endswith(WHOLE) and not below(paths, rule)] == []


def test_the_schema_is_read_to_its_depth() -> None:
    deep = {
        "deploy.resources.limits.cpus",
        "develop.watch[].exec.command",
        "ports[].host_ip",
        "volumes[].volume.subpath",
        "depends_on.*.restart",
        "ulimits.*.hard",
        "healthcheck.start_interval",
    }
    assert deep <= service_paths()
    assert {"networks.*.ipam.config[].subnet", "secrets.*.environment"} <= project_paths()


def test_every_outcome_says_where_to_or_why() -> None:
    rules = {**SERVICE_KEYS, **PROJECT_KEYS}
    assert [path for path in rules for found in rules[path].outcomes if not (found.reason or found.target)] == []


def test_the_document_is_current() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert rewritten(text) == text, "python -m tests.compose_table"
