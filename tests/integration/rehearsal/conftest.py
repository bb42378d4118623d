"""One rehearsed account for all tests of this folder."""

from __future__ import annotations

import pytest

from .playing import Played, is_rehearsed
from .watched import Watched, watched_rehearsal


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """One whole rehearsal, from an empty account, and what was seen of it."""
    return watched_rehearsal(tmp_path_factory)


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """What it said."""
    return watched_rehearsal(tmp_path_factory).played


@pytest.fixture(scope="session")
def rehearsed(request: pytest.FixtureRequest) -> None:
    """An account that holds the lab's source, proven: the one that is there, or that of the rehearsal.

    A test leaves it so: what it damages or adds, it takes back, by a copy wherever one can.
    """
    if not is_rehearsed():
        played: Played = request.getfixturevalue("rehearsal")
        assert played.status == 0, played.output[-6000:]
