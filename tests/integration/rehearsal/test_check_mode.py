"""Check mode: an account without anything stays so, what would be created is what is created, nothing is hidden."""

from __future__ import annotations

import pytest

from .account import inventory
from .playing import Played, play
from .watched import Watched

pytestmark = pytest.mark.lab

BUILDS = ("bootstrap", "network", "iam", "s3", "secrets", "ecr", "ecs", "alb", "cloudwatch", "rds", "opensearch")
# Skipped on a second run for real as well.
NOTHING_TO_DO = {
    "Block public access in the whole account",  # the rehearsal's address cannot have it
    "Build those that are missing",  # none is
    "Look at what was built",
    "An image must be able to run without root and with a read-only root file system",
    "Start the tasks with one UpdateService, and follow them",  # they run
    "Scale the tasks by load and by the clock",  # the rehearsal's inventory asks for none
    "Leave the test upload for a quiet source",  # it is quiet
}
COPIES = ("Copy PostgreSQL", "Copy the objects", "Copy the indices")


@pytest.fixture(scope="module")
def again(watched: Watched) -> tuple[Played, bool]:
    """Check mode on the provisioned account, and whether it left the account alone."""
    assert watched.played.status == 0, watched.played.output[-6000:]
    before = inventory()
    return play("playbooks/migrate.yml", "--check"), inventory() == before


def work(played: Played, roles: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """(task, item, calls) of all that changed or would change, in order; calls where the module lists them."""
    return [
        (one["task"], one["item"], str(one.get("calls", one.get("steps", ""))))
        for one in played.outcomes
        if one["state"] == "changed" and one["task"].startswith(tuple(f"replatform.aws.{role} :" for role in roles))
    ]


def test_an_account_without_anything_is_left_so(watched: Watched) -> None:
    assert watched.tried.played.status == 0, watched.tried.played.output[-6000:]
    assert watched.tried.after == watched.tried.before
    assert watched.tried.run_folders == (), "a run folder for a target that nobody knows the address of"
    created = {kind: names for kind, names in inventory().items() if names != watched.tried.before[kind]}
    assert len(created) > 25, (
        f"the real run creates things of nearly every kind that is listed, not only {sorted(created)}"
    )


def test_what_would_be_created_is_what_the_real_run_creates(watched: Watched) -> None:
    assert watched.played.status == 0, watched.played.output[-6000:]
    would, did = work(watched.tried.played, BUILDS), work(watched.played, BUILDS)
    assert len(did) > 70
    assert would == did


def test_what_would_be_deployed_is_what_the_real_run_deploys(watched: Watched) -> None:
    would, did = work(watched.tried.played, ("deploy",)), work(watched.played, ("deploy",))
    assert len(did) == 6, did
    assert would == did


def test_what_would_be_copied_is_what_the_real_run_copies(watched: Watched) -> None:
    def partitions(played: Played) -> dict[str, int]:
        first = [one for one in reversed(played.outcomes) if one["task"].endswith(COPIES) and one["state"] == "changed"]
        return {one["task"]: one["partitions"]["total"] for one in first}

    would, did = partitions(watched.tried.played), partitions(watched.played)
    assert len(would) == len(COPIES)
    assert would.keys() == did.keys()
    foreseen = [one["would_copy"]["item_count"] for one in watched.tried.played.outcomes if "would_copy" in one]
    assert min(foreseen) >= 2000


def test_on_the_provisioned_account_check_mode_changes_nothing(again: tuple[Played, bool]) -> None:
    tried, untouched = again
    assert tried.status == 0, tried.output[-6000:]
    assert tried.tasks("changed") == []
    assert untouched


def test_on_the_provisioned_account_check_mode_skips_nothing(again: tuple[Played, bool]) -> None:
    tried, _untouched = again
    assert {one["task"].partition(" : ")[2] for one in tried.outcomes if one["state"] == "skipped"} == NOTHING_TO_DO
    assert {one["verdict"] for one in tried.outcomes if "verdict" in one} == {"equal"}, "it compares, too"
    assert len([one for one in tried.outcomes if one["action"].endswith("application_check")]) == 2
