"""What the tests of the ECS part share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import (
    Project,
    ProjectSource,
    compose_program,
    read_project,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Draft, Node, Rule
from ansible_collections.replatform.aws.plugins.module_utils._ecs.keys import PROJECT_KEYS, SERVICE_KEYS
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import EMPTY, Outcome
from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import Request
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Decisions

ROLE = "arn:aws:iam::123456789012:role/execution"
COMPOSE = compose_program()


def request(secrets: dict[str, str] | None = None, **decisions: Any) -> Request:
    """A request with a role and a log group."""
    return Request(
        decisions=Decisions(**decisions),
        secrets=secrets or {},
        execution_role_arn=ROLE,
        log_group="/test",
        region="ap-northeast-2",
    )


def project(folder: Path, text: str, **source: Any) -> Project:
    """A compose file as docker compose reads it."""
    (folder / "compose.yml").write_text(text, encoding="utf-8")
    source.setdefault("project_name", "compose-project")
    return read_project(ProjectSource(str(folder), **source), COMPOSE)


def model(services: dict[str, Any], **rest: Any) -> Project:
    """A model as `docker compose config` would print it."""
    return Project("test", {"name": "test", "services": services, **rest})


def _fits(outcome: Outcome, template: Outcome) -> bool:
    """Whether the outcome is the template with its words filled in."""

    def fits(text: str, form: str) -> bool:
        return bool(re.fullmatch(re.sub(r"\\\{\w+\\\}", ".*", re.escape(form)), text, re.DOTALL))

    same = outcome.fate is template.fate and fits(outcome.target, template.target)
    return same and fits(outcome.reason, template.reason)


@contextmanager
def watched() -> Iterator[set[tuple[str, Outcome]]]:
    """Collects the outcomes of every rule, and fails at one that it does not declare, and docs/compose.md not list."""
    pairs: set[tuple[str, Outcome]] = set()

    def watch(name: str, rule: Rule) -> Rule:
        def apply(draft: Draft, node: Node) -> Outcome:
            outcome = rule.apply(draft, node)
            declared = [template for template in rule.outcomes if _fits(outcome, template)]
            assert declared or outcome == EMPTY, f"{name}: {outcome} is not declared"
            pairs.update((name, template) for template in declared)
            return outcome

        return Rule(apply, rule.outcomes)

    with pytest.MonkeyPatch.context() as patch:
        for rules in (SERVICE_KEYS, PROJECT_KEYS):
            for name, rule in list(rules.items()):
                patch.setitem(rules, name, watch(name, rule))
        yield pairs


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
