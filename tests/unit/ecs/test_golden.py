"""Compose projects of many kinds become what their golden files say, and those show every outcome that a rule has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Rule
from ansible_collections.replatform.aws.plugins.module_utils._ecs.keys import PROJECT_KEYS, SERVICE_KEYS
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import Outcome, RefusedError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import render
from tests.conftest import ROOT
from tests.unit.ecs.goldens import FOLDER, GOLDENS, Golden
from tests.unit.ecs.support import model, request, watched

# What `docker compose config` has resolved, so that no rule ever sees it.
RESOLVED = {"env_file.**", "extends.**", "include.**", "label_file", "version"}
# What today's compose leaves out of its model: zero and false, and models, say.
LEFT_OUT = {
    "image": "a:1",
    "cpus": 0,
    "mem_limit": "0",
    "mem_reservation": "0",
    "pull_refresh_after": "1d",
    "read_only": False,
    "healthcheck": {"disable": False, "test": ["CMD", "true"]},
    "deploy": {"resources": {"limits": {"cpus": 0, "memory": "0"}, "reservations": {"memory": "0"}}},
}


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_golden(golden: Golden) -> None:
    assert golden.recorded == golden.expected(), "python -m tests.unit.ecs.goldens"


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_golden_files_hold_no_path_of_this_machine_and_no_secret(golden: Golden) -> None:
    assert str(ROOT) not in golden.recorded
    assert not re.search(r"hush|p%40ss|minio123|AKIA|value-of-\w*(password|key)", golden.recorded)


def test_every_golden_file_says_what_it_shows() -> None:
    for golden in GOLDENS:
        first = "options.yml" if "project_src" in golden.options else "compose.yml"
        assert (golden.folder / first).read_text(encoding="utf-8").startswith("---\n# "), golden.name


@pytest.fixture(scope="module")
def shown() -> set[tuple[str, Outcome]]:
    """Every rule with every outcome that it had for a golden file."""
    with watched() as pairs:
        render(model({"app": LEFT_OUT}, models={"llm": {"model": "m"}}), request())
        for golden in GOLDENS:
            with suppress(RefusedError):
                golden.rendered()
    return pairs


@pytest.mark.parametrize("rules", [SERVICE_KEYS, PROJECT_KEYS], ids=["service", "project"])
def test_every_outcome_is_shown_by_a_golden_file(rules: Mapping[str, Rule], shown: set[tuple[str, Outcome]]) -> None:
    declared = {(rule, outcome) for rule in rules.keys() - RESOLVED for outcome in rules[rule].outcomes}
    assert sorted(f"{rule}: {outcome.fate} {outcome.reason}" for rule, outcome in declared - shown) == []


def test_there_are_golden_files_that_run() -> None:
    assert sum(bool(golden.runs) for golden in GOLDENS) >= 8
    assert sorted(path.name for path in FOLDER.iterdir()) == [golden.name for golden in GOLDENS]
