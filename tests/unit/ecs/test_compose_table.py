"""Every key of the compose specification, at every depth, has a rule; and every rule is about a key that there is."""

from __future__ import annotations

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._ecs.keys import ELSEWHERE, PROJECT_KEYS, SERVICE_KEYS
from ansible_collections.replatform.aws.plugins.module_utils._ecs.members import MEMBERS, known
from tests.compose_table import DOCUMENT, document, fate, schema, service_paths

# docker compose still reads them; its schema has them no more.
OLD = {"cpu_shares", "version"}


@pytest.mark.parametrize("path", service_paths())
def test_every_key_has_a_rule(path: str) -> None:
    assert fate(path)[1]


def test_the_walk_goes_to_every_depth() -> None:
    paths = service_paths()
    assert len(paths) > 250
    assert {"deploy.resources.limits.cpus", "healthcheck.start_interval", "volumes.volume.subpath"} <= set(paths)


def test_every_rule_is_about_a_key_that_there_is() -> None:
    paths = {*service_paths(), *ELSEWHERE}
    assert set(SERVICE_KEYS) - paths - OLD == set()
    members = {f"{key}.{member}" for key, names in MEMBERS.items() for member in names}
    assert members - paths == set()


def test_every_key_of_a_project_is_known() -> None:
    assert set(schema()["properties"]) - {"services"} == set(PROJECT_KEYS) - OLD | set(schema()["properties"]) & OLD


def test_members_of_members() -> None:
    assert known("volumes", "volume") == {"nocopy", "labels", "subpath"}
    assert "volume.nocopy" not in known("volumes")


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run: python -m tests.compose_table"
