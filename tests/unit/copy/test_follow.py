"""When a copy that follows its source has caught up."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._copy.follow import follow


@pytest.mark.parametrize(
    ("took", "passes"),
    [
        ([3], 1),
        ([100, 20, 4, 99], 3),
        ([100, 20, 17, 99], 3),
        ([100, 120, 99], 2),
        ([6, 5, 99], 2),
    ],
    ids=["short at once", "until it is short", "until it is no shorter", "longer than before", "exactly"],
)
def test_it_copies_until_little_is_left(took: list[float], passes: int) -> None:
    left = iter(took)

    def copy() -> dict[str, Any]:
        seconds = next(left)
        return {"item_count": 2, "bytes": 5, "seconds": seconds, "changed": seconds > 50, "run": "r"}

    result = follow(copy, 5)
    assert len(result["passes"]) == passes
    assert result["passes"][-1] == {"item_count": 2, "seconds": took[passes - 1]}
    assert (result["item_count"], result["bytes"], result["seconds"]) == (2 * passes, 5 * passes, sum(took[:passes]))
    assert (result["changed"], result["run"]) == (took[0] > 50, "r")
