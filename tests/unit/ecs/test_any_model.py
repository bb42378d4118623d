"""Any model that the specification allows becomes valid requests or is refused with reasons, and no key gets lost."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ansible_collections.replatform.aws.plugins.module_utils._ecs import fargate
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import ComposeError, Project
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import RefusedError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import Rendered, render
from tests.unit.ecs.models import SECRET, SERVICES, decisions, service, unaccounted
from tests.unit.ecs.support import model, project, request, watched

MODELS = st.dictionaries(st.sampled_from(SERVICES), service(), min_size=1, max_size=3)
SAID = st.dictionaries(st.sampled_from(SERVICES), decisions(), max_size=3)
WHERE = re.compile(rf"services\.({'|'.join(map(re.escape, SERVICES))})\.(.+?): .+", re.DOTALL)


def _accepting(found: Project, said: dict[str, Any]) -> tuple[Rendered | None, list[str]]:
    """The render after the loss of all that is refused was accepted; None, and why, where that is not enough."""
    services = {name: choice for name, (choice, _override) in said.items()}
    overrides = {name: dict(override) for name, (_choice, override) in said.items()}
    secrets = {"S_VARIABLE": "arn:s", "API_TOKEN": "arn:t"}
    try:
        return render(found, request(secrets, services=services, overrides=overrides)), []
    except RefusedError as error:
        for problem in error.problems:
            if where := WHERE.fullmatch(problem):
                overrides.setdefault(where[1], {}).setdefault("accept", []).append(where[2])
    try:
        return render(found, request(secrets, services=services, overrides=overrides)), []
    except RefusedError as error:
        return None, list(error.problems)


def _check(found: Project, said: dict[str, Any]) -> None:
    with watched():
        rendered, problems = _accepting(found, {name: said[name] for name in said if name in found.services})
    if rendered is None:
        # What is left is wrong with a task as a whole.
        assert problems
        assert all(re.match(r"(test|compose-project)(-\w+)?: |no service becomes|the task ", text) for text in problems)
        return
    assert all(fargate.problems(definition) == [] for definition in rendered.task_definitions)
    assert SECRET not in json.dumps([rendered.ledger, rendered.task_definitions])
    assert unaccounted(found, rendered) == []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(MODELS, SAID)
def test_any_model_is_rendered_or_refused_and_every_key_accounted_for(
    services: dict[str, Any], said: dict[str, Any]
) -> None:
    _check(model(services), said)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(MODELS, SAID)
def test_any_project_that_compose_takes_is_rendered_or_refused(
    tmp_path_factory: pytest.TempPathFactory, services: dict[str, Any], said: dict[str, Any]
) -> None:
    """The same through `docker compose config`, which says what form a model really has."""
    declared = {key: {"v": {}, "w": {}} for key in ("volumes",)} | {
        "secrets": {"s": {"environment": "S"}, "t": {"environment": "T"}},
        "configs": {"c": {"content": "x"}},
        "networks": {"one": {}, "t.wo": {}},
    }
    text = json.dumps({"services": _without_unknown(services), **declared})
    try:
        found = project(tmp_path_factory.mktemp("any"), text)
    except ComposeError:
        assume(False)
    _check(found, said)


def _without_unknown(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_unknown(item) for key, item in value.items() if key != "unheard_of"}
    return [_without_unknown(item) for item in value] if isinstance(value, list) else value
