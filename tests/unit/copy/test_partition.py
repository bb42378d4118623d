"""Digests and verdicts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import (
    Digest,
    Record,
    Sides,
    Verdict,
    judge,
    worst,
)

ITEMS = st.lists(st.binary(max_size=20), max_size=20)


@given(ITEMS, st.randoms())
def test_digest_does_not_depend_on_order(items: list[bytes], random: object) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Digest.of(*items) == Digest.of(*shuffled)


@given(ITEMS, ITEMS)
def test_digests_of_parts_add_up_to_that_of_the_whole(one: list[bytes], other: list[bytes]) -> None:
    assert Digest.of(*one) + Digest.of(*other) == Digest.of(*one, *other)


@given(ITEMS)
def test_digest_survives_its_text(items: list[bytes]) -> None:
    assert Digest.parse(str(Digest.of(*items))) == Digest.of(*items)


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_a_pair_of_equal_items_does_not_cancel(item: bytes, other: bytes) -> None:
    assert Digest.of(item, item).sum != Digest.of().sum
    assert (Digest.of(item, item) == Digest.of(other, other)) == (item == other)


OLD, NEW, ODD = Digest.of(b"old"), Digest.of(b"new"), Digest.of(b"odd")
RECORD = Record(OLD, "mark", 1, 3)


def test_verdicts() -> None:
    assert judge(Sides(OLD, OLD), RECORD) is Verdict.EQUAL
    assert judge(Sides(NEW, OLD), RECORD) is Verdict.PENDING, "the source moved on after a right copy"
    assert judge(Sides(OLD, ODD), RECORD) is Verdict.DIFFERENT, "the target was damaged"
    assert judge(Sides(NEW, ODD), RECORD) is Verdict.DIFFERENT, "damage does not hide behind a source that moved"
    assert judge(Sides(NEW, NEW), RECORD) is Verdict.EQUAL
    assert judge(Sides(OLD, OLD), None) is Verdict.EQUAL
    assert judge(Sides(OLD, NEW), None) is Verdict.DIFFERENT
    assert judge(Sides(NEW, Digest()), None, is_new=True) is Verdict.PENDING, "the source got it after the copy"
    assert judge(Sides(NEW, ODD), None, is_new=True) is Verdict.DIFFERENT, "nobody says how that came there"
    assert judge(Sides(Digest(), Digest()), None, is_new=True) is Verdict.EQUAL


def test_the_whole_is_as_good_as_its_worst_part() -> None:
    assert worst([]) is Verdict.NOT_PROVEN, "nothing compared proves nothing"
    assert worst([Verdict.EQUAL, Verdict.PENDING]) is Verdict.PENDING
    assert worst([Verdict.DIFFERENT, Verdict.NOT_PROVEN, Verdict.EQUAL]) is Verdict.DIFFERENT
