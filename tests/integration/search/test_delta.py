"""A rerun brings over what has changed since, and no more; what it cannot be sure of it copies whole."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.beside import beside
from tests.faults import Record

from .conftest import Node, Pair

pytestmark = pytest.mark.stores

MAPPING = {"dynamic": True, "properties": {"pages": {"type": "nested"}, "n": {"type": "long"}}}
WRITES_A_SECOND = 500


def body(number: int) -> dict[str, Any]:
    return {"n": number, "title": f"문서 {number}", "pages": [{"text": "one"}, {"text": "two"}]}


@pytest.fixture
def moved(pair: Pair) -> Pair:
    """3,000 documents with nested ones in two shards, copied."""
    pair.source.call(
        "PUT",
        "/documents",
        {"settings": {"number_of_shards": 2, "refresh_interval": "3s", "index.gc_deletes": "0s"}, "mappings": MAPPING},
    )
    pair.source.bulk("documents", {f"d{n}": body(n) for n in range(3000)})
    assert pair.copied()["item_count"] == 3000
    return pair


def test_only_what_has_changed_is_read_and_written(moved: Pair) -> None:
    source = moved.source
    source.bulk("documents", {"d1": {"n": -1}, "d2": {"n": -2, "new field": {"x": "y"}}, "new": body(9)})
    source.call("DELETE", "/documents/_doc/d3", refresh="true")
    pending = moved.run("compare", allow_pending=True)
    assert (pending["rc"], pending["verdict"]) == (0, "pending"), pending
    again = moved.copied()
    assert (again["changed"], again["item_count"]) == (True, 3)
    assert moved.target.documents("documents") == source.documents("documents")
    moved.compared()
    assert moved.copied()["partitions"]["copied"] == 0
    source.bulk("documents", {"d4": {"n": -4}})
    pending = moved.run("compare", allow_pending=True)
    assert (pending["rc"], pending["verdict"]) == (0, "pending"), "the record is not what is on the target"


def test_an_index_that_the_copy_did_not_know_is_pending(moved: Pair) -> None:
    moved.source.bulk("tomorrow", {"d1": {"n": 1}})
    pending = moved.run("compare", allow_pending=True)
    assert (pending["rc"], pending["verdict"]) == (0, "pending"), pending
    assert pending["partitions"]["pending"] == 1
    assert moved.run("compare")["rc"] == 1, "pending is no proof unless it is allowed"
    assert moved.copied()["item_count"] == 1
    moved.compared()
    moved.target.call("DELETE", "/tomorrow")
    gone = moved.run("compare", allow_pending=True)
    assert (gone["rc"], gone["verdict"]) == (1, "different"), "what was copied once is missed"


def test_fields_that_the_target_lacks_are_a_difference_where_all_documents_are_equal(moved: Pair) -> None:
    moved.source.call("PUT", "/documents/_mapping", {"properties": {"later": {"type": "keyword"}}})
    found = moved.run("compare", allow_pending=True)
    assert (found["rc"], found["verdict"]) == (1, "different")
    assert [one["item"] for one in found["differences"]] == ["index documents"]


def test_settings_for_speed_are_not_used_for_a_few_documents(moved: Pair) -> None:
    """They would take the replicas away, and building those again is more work than the change."""
    before = moved.target.call("GET", "/_cluster/state/metadata/documents")
    moved.source.bulk("documents", {"d1": {"n": -1}})
    assert moved.copied()["item_count"] == 1
    after = moved.target.call("GET", "/_cluster/state/metadata/documents")
    version = [state["metadata"]["indices"]["documents"]["settings_version"] for state in (before, after)]
    assert version[0] == version[1]


def test_many_changes_are_copied_whole(moved: Pair) -> None:
    moved.source.bulk("documents", {f"d{n}": {"n": -n} for n in range(0, 3000)})
    assert moved.copied()["item_count"] == 3000
    moved.compared()


def test_a_target_that_was_written_to_is_copied_whole(moved: Pair) -> None:
    moved.source.bulk("documents", {f"d{n}": {"n": -n} for n in range(20)})
    moved.target.bulk("documents", {f"d{n}": {"n": 0} for n in range(100, 120)})
    assert moved.copied()["item_count"] == 3000
    moved.compared()


def test_what_was_written_to_the_target_and_taken_out_again_costs_a_look(moved: Pair) -> None:
    def upload() -> None:
        moved.target.bulk("documents", {"try": {"n": 0}})
        moved.target.call("DELETE", "/documents/_doc/try", refresh="true")

    upload()
    assert not moved.vouched()
    assert not moved.copied()["changed"]
    assert moved.vouched(), "the look is kept: the next run need not read the target"
    moved.source.bulk("documents", {"d1": {"n": -1}})
    assert moved.copied()["item_count"] == 1
    upload()
    moved.source.bulk("documents", {"d2": {"n": -2}})
    assert moved.copied()["item_count"] == 1
    moved.compared()


def test_a_partition_that_a_comparison_found_different_is_copied_whole(moved: Pair) -> None:
    moved.target.bulk("documents", {"d5": {"n": 0}})
    found = moved.run("compare")
    assert (found["rc"], found["verdict"]) == (1, "different")
    moved.source.bulk("documents", {f"d{n}": {"n": -n} for n in range(20)})
    assert moved.copied()["item_count"] > 1000
    moved.compared()


@contextmanager
def written_to(node: Node) -> Iterator[list[int]]:
    """New documents, updates, deletions, and deleted ones made anew at version 1; how many of them so far."""
    done, chance = [0], random.Random(5)

    def work(ended: threading.Event) -> None:
        began = time.monotonic()
        while not ended.is_set():
            lines: list[dict[str, Any]] = []
            for _write in range(50):
                name = f"d{chance.randrange(4000)}"
                if chance.random() < 0.3:
                    lines.append({"delete": {"_id": name}})
                else:
                    lines += [{"index": {"_id": name}}, body(chance.randrange(10**6))]
            node.call("POST", "/documents/_bulk", "".join(f"{node.line(line)}\n" for line in lines))
            done[0] += 50
            ended.wait(max(0.0, began + done[0] / WRITES_A_SECOND - time.monotonic()))

    with beside(work):
        yield done


@pytest.mark.fault("search: the source takes 500 writes, deletions and re-creations a second during copies")
def test_a_source_that_is_written_to_all_the_time(moved: Pair, record_property: Record) -> None:
    brought = []
    with written_to(moved.source) as done:
        for _copy in range(3):
            brought.append(moved.copied()["item_count"])
        followed = moved.copied(follow_seconds=0)
        assert len(followed["passes"]) > 1, followed["passes"]
        brought.append(followed["item_count"])
        during = moved.run("compare", allow_pending=True)
        assert (during["rc"], during["verdict"]) == (0, "pending"), during
    assert done[0] > 1000
    assert min(brought) < 3000, "no copy was of the changes alone"
    moved.copied()
    moved.compared()
    source, target = moved.source.documents("documents"), moved.target.documents("documents")
    assert source == target
    record_property("lost", len(source.keys() ^ target.keys()))
