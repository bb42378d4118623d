"""A large shard in slices: each a partition of its own, with its own record, though they share the shard's marks."""

from __future__ import annotations

import os
import signal

import pytest

from .conftest import Pair

pytestmark = pytest.mark.stores

DOCUMENTS = 3000
SPLIT = {"split_bytes": 100_000}


@pytest.fixture
def cut(pair: Pair) -> Pair:
    """One shard of 3,000 documents, some with a routing of their own."""
    pair.source.call("PUT", "/large", {"settings": {"number_of_shards": 1}})
    pair.source.bulk("large", {f"d{n}": {"n": n, "text": os.urandom(200).hex()} for n in range(DOCUMENTS)})
    for n in range(5):
        pair.source.call("PUT", f"/large/_doc/routed{n}", {"n": n}, routing=f"r{n}")
    pair.source.call("POST", "/large/_flush")
    return pair


def test_slices_make_the_whole_and_each_is_proven(cut: Pair) -> None:
    first = cut.copied(**SPLIT)
    assert first["item_count"] == DOCUMENTS + 5
    assert first["partitions"]["copied"] == first["partitions"]["total"] > 3
    assert cut.target.documents("large") == cut.source.documents("large")
    assert cut.vouched(), "the last slice's writes are known to the others' records"
    cut.compared(**SPLIT)
    again = cut.copied(**SPLIT)
    assert (again["changed"], again["partitions"]["copied"]) == (False, 0)


def test_only_what_has_changed_is_brought_again_and_again(cut: Pair) -> None:
    cut.copied(**SPLIT)
    for turn in range(2):
        cut.source.bulk("large", {f"d{n}": {"n": -n - turn} for n in range(1, 21)} | {f"new{turn}": {"n": 0}})
        cut.source.call("DELETE", f"/large/_doc/d{100 + turn}", refresh="true")
        assert cut.copied(**SPLIT)["item_count"] == 21
        assert cut.target.documents("large") == cut.source.documents("large")
        assert not cut.copied(**SPLIT)["changed"]
    cut.compared(**SPLIT)


def test_the_first_cut_stays(cut: Pair) -> None:
    total = cut.copied(**SPLIT)["partitions"]["total"]
    again = cut.copied(split_bytes=10_000)
    assert (again["partitions"]["total"], again["changed"]) == (total, False)


def test_damage_in_a_slice_is_named_and_mended_with_that_slice(cut: Pair) -> None:
    total = cut.copied(**SPLIT)["partitions"]["total"]
    cut.target.bulk("large", {"d5": {"n": 0}, "extra": {"n": 0}})
    cut.target.call("DELETE", "/large/_doc/d6", refresh="true")
    found = cut.run("compare", **SPLIT)["differences"]
    assert {(one["item"], one["kind"]) for one in found} == {
        ("large/d5", "changed"),
        ("large/d6", "missing"),
        ("large/extra", "extra"),
    }
    assert cut.copied(**SPLIT)["partitions"]["copied"] <= 3 < total
    cut.compared(**SPLIT)


def test_after_a_kill_the_slices_that_were_done_are_kept(cut: Pair) -> None:
    split = {"split_bytes": 20_000, "jobs": 1}
    process = cut.start("reindex", **split)
    cut.wait_for_more_than(500, "large", process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = cut.copied(**split)
    assert 0 < done["partitions"]["skipped"] < done["partitions"]["total"]
    cut.compared(**split)
