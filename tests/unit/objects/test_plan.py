"""Ranges of keys: together they are all keys, once, and stay the same from run to run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.replatform.aws.plugins.module_utils._objects import plan
from ansible_collections.replatform.aws.plugins.module_utils._objects.plan import Counter, Range, make_range

KEYS = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=3), max_size=60, unique=True).map(sorted)
SMALL = 5


@pytest.fixture(autouse=True, scope="module")
def small_ranges() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "KEYS", SMALL)
        yield


def ranges_of(keys: list[str], known: list[Range] | None = None) -> list[Range]:
    counter = Counter(known or [])
    for key in keys:
        counter.add(key, 10)
    return counter.ranges()


def holders(ranges: list[Range], key: str) -> list[str]:
    return [part.id for part in ranges if part.after < key and (not part.end or key <= part.end)]


@given(KEYS, KEYS)
def test_every_key_is_in_one_range_whatever_was_listed(keys: list[str], others: list[str]) -> None:
    ranges = ranges_of(keys)
    for key in {*keys, *others}:
        assert len(holders(ranges, key)) == 1
    assert (ranges[0].after, ranges[-1].end) == ("", "")
    assert (sum(part.items for part in ranges), sum(part.size for part in ranges)) == (len(keys), 10 * len(keys))
    assert len(ranges) == max(1, -(-len(keys) // SMALL))


@given(KEYS, KEYS)
def test_known_ranges_stay_until_they_have_grown_far_too_large(keys: list[str], others: list[str]) -> None:
    before = ranges_of(keys)
    again = ranges_of(sorted({*keys, *others}), before)
    for key in {*keys, *others}:
        assert len(holders(again, key)) == 1
    grown = {part.id for part in before} - {part.id for part in again}
    for part in before:
        now = [key for key in {*keys, *others} if holders([part], key)]
        assert (part.id in grown) == (len(now) > plan.GROWN * SMALL)


def test_ids_do_not_depend_on_what_is_counted() -> None:
    before = ranges_of([f"{number:02}" for number in range(20)])
    assert [part.id for part in before] == ["('', '04']", "('04', '09']", "('09', '14']", "('14', '']"]
    assert [part.id for part in ranges_of([], before)] == [part.id for part in before]


def test_the_versions_of_a_key_stay_together() -> None:
    ranges = ranges_of(["a"] * 12 + ["b"])
    assert [(part.after, part.end, part.items) for part in ranges] == [("", "a", 12), ("a", "", 1)]


def test_large_objects_make_small_ranges() -> None:
    counter = Counter([])
    for key in ("a", "b", "c"):
        counter.add(key, plan.SIZE)
    assert [part.end for part in counter.ranges()] == ["a", "b", ""]


@pytest.mark.parametrize(
    "known",
    [
        [make_range("a", "")],
        [make_range("", "a")],
        [make_range("", "a"), make_range("b", "")],
        [make_range("", "b"), make_range("a", "")],
    ],
)
def test_known_ranges_with_a_hole_or_an_overlap_are_not_used(known: list[Range]) -> None:
    assert [(part.after, part.end) for part in ranges_of(["a"], known)] == [("", "")]
