"""Every tag of a playbook is complete in itself: alone, on the provisioned account, it succeeds and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from .playing import ROOT, play

pytestmark = pytest.mark.lab

# bootstrap is an administrator's, and migrate and rehearse are made of these.
PLAYBOOKS = ("preflight", "provision", "deploy", "copy", "verify", "report")
LONG = ("provision", "copy", "verify")
"""Many tags, or slow ones. One of provision's goes through the whole move below."""


def tags_in(part: Any) -> Iterator[str]:
    """All tags in a file's YAML, whatever they stand at."""
    if isinstance(part, list):
        for each in part:
            yield from tags_in(each)
    elif isinstance(part, dict):
        given = part.get("tags", [])
        yield from [given] if isinstance(given, str) else given
        for key, each in part.items():
            if key != "tags":
                yield from tags_in(each)


def tags_of(playbook: str) -> list[str]:
    files = [ROOT / "playbooks" / f"{playbook}.yml", ROOT / "roles" / playbook / "tasks" / "main.yml"]
    found = [set(tags_in(yaml.safe_load(file.read_text()))) for file in files if file.exists()]
    return sorted(set().union(*found) - {"always"})


def test_the_tags_are_found() -> None:
    assert len(tags_of("provision")) == 10
    assert tags_of("copy") == ["copy", "copy_objects", "copy_postgresql", "copy_search"]
    assert tags_of("verify") == ["copy_objects", "copy_postgresql", "copy_search", "verify"]


@pytest.mark.parametrize(
    "playbook",
    [pytest.param(one, marks=pytest.mark.thorough) if one in LONG else one for one in PLAYBOOKS],
)
@pytest.mark.usefixtures("rehearsed")
def test_a_tag_alone_succeeds_and_changes_nothing(playbook: str) -> None:
    tags = tags_of(playbook)
    for tag in tags:
        played = play(f"playbooks/{playbook}.yml", "--tags", tag, "-e", '{"verify_upload": {}}')
        assert played.status == 0, f"--tags {tag}: {played.output[-4000:]}"
        assert played.tasks("changed") == [], f"--tags {tag}"
        own = [one for one in played.outcomes if one["task"].startswith("replatform.aws.")]
        assert own, f"--tags {tag} runs nothing of its own"


@pytest.mark.usefixtures("rehearsed")
def test_a_tag_reaches_through_the_whole_move() -> None:
    """Ansible checks the arguments of every role on the way, chosen or not."""
    played = play("playbooks/migrate.yml", "--tags", "rds")
    assert played.status == 0, played.output[-4000:]
    assert played.tasks("changed") == []
    roles = {one["task"].split(" : ")[0] for one in played.outcomes if one["task"].startswith("replatform.aws.")}
    assert "replatform.aws.rds" in roles
