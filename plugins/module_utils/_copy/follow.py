# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copying again until little is left: the last copy, under the freeze, is then short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SHORTER = 0.8
"""A pass that took more than this part of the one before it does not catch up any more."""


def follow(copy: Callable[[], dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Copy until a pass takes no more than so many seconds, or hardly less than the one before it.

    What a pass brings has changed during the one before, so each is shorter, down to what a look at the source costs.
    Returns the last pass's result, with `changed`, `item_count`, `bytes` and `seconds` of all, and each in `passes`.
    """
    results = [copy()]
    while results[-1]["seconds"] > seconds and (
        len(results) < 2 or results[-1]["seconds"] <= SHORTER * results[-2]["seconds"]
    ):
        results.append(copy())
    total = {name: sum(result[name] for result in results) for name in ("item_count", "bytes", "seconds")}
    return {
        **results[-1],
        **total,
        "seconds": round(total["seconds"], 3),
        "changed": any(result["changed"] for result in results),
        "passes": [{name: result[name] for name in ("item_count", "seconds")} for result in results],
    }
