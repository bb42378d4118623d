"""One rehearsed account for all tests of this folder."""

from __future__ import annotations

import pytest

from .playing import Played, empty_account, is_rehearsed, play


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Another stack needs an account of its own: it comes when nobody needs the rehearsed one any more."""
    items.sort(key=lambda item: item.path.name == "test_own_stack.py")


@pytest.fixture(scope="session")
def rehearsal() -> Played:
    """One whole rehearsal, from an empty account."""
    empty_account()
    return play("playbooks/rehearse.yml")


@pytest.fixture(scope="session")
def rehearsed(request: pytest.FixtureRequest) -> None:
    """An account that holds the lab's source, proven: the one that is there, or that of the rehearsal.

    A test leaves it so: what it damages or adds, it takes back, by a copy wherever one can.
    """
    if not is_rehearsed():
        played: Played = request.getfixturevalue("rehearsal")
        assert played.status == 0, played.output[-6000:]
