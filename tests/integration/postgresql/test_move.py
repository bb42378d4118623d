"""The whole way through the real modules: copy, compare, again."""

from __future__ import annotations

import pytest

from tests.integration.postgresql.conftest import Move

pytestmark = pytest.mark.stores


def test_everything_awkward_arrives_and_stays(move: Move) -> None:
    copied = move.copy(split_bytes=400_000)
    assert copied["rc"] == 0, copied["output"]
    assert copied["changed"]
    assert copied["partitions"]["failed"] == 0

    compared = move.compare(split_bytes=400_000)
    assert compared["rc"] == 0, compared["output"]
    assert compared["verdict"] == "equal"
    assert compared["item_count"] == copied["item_count"] > 3000

    again = move.copy(split_bytes=400_000)
    assert again["rc"] == 0, again["output"]
    assert not again["changed"], again["output"]
    assert again["partitions"]["copied"] == 0
    assert again["partitions"]["skipped"] == again["partitions"]["total"]
