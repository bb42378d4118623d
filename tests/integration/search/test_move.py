"""Everything arrives, is proven equal, and is not copied again; what changes on either side is found and mended."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lab.seed.documents import documents as documents_of_seed
from lab.seed.documents import put_index
from lab.seed.search import available, has_nori, holds, set_traps
from lab.seed.seeder import DEFAULT_SEED
from lab.seed.sources import SIZES
from tests.faults import Record

from .conftest import Pair

pytestmark = pytest.mark.stores

Documents = Callable[[int], dict[str, Any]]


def definitions(pair: Pair) -> Any:
    """All that a copy could change in the source besides documents."""
    return pair.source.call("GET", "/_all", expand_wildcards="all")


def test_the_seed_and_every_trap_arrive(pair: Pair) -> None:
    texts = documents_of_seed(SIZES["small"], DEFAULT_SEED, "bucket")
    put_index(pair.source.client, has_nori(pair.source.client), texts, lambda _store, _count: None)
    set_traps(pair.source.client, False)
    before = definitions(pair)
    result = pair.copied()
    assert result["changed"] and result["dead_letters"]["count"] == 0
    assert result["item_count"] > SIZES["small"].documents
    assert [one["index"] for one in result["adjusted"] if one["reason"].startswith("closed")] == ["traps-closed"]
    lost = [
        trap.name
        for trap in available(pair.source.client)
        if trap.readable and trap.name != "closed_index" and not holds(pair.target.client, trap)
    ]
    assert not lost
    assert definitions(pair) == before
    pair.compared()
    again = pair.copied()
    assert (again["changed"], again["partitions"]["copied"], again["item_count"]) == (False, 0, 0)


def test_scripts_and_search_pipelines_arrive(pair: Pair) -> None:
    script = {"lang": "mustache", "source": {"query": {"match": {"title": "{{words}}"}}}}
    pair.source.call("PUT", "/_scripts/greeting", {"script": script})
    pair.source.call("PUT", "/documents/_doc/1", {"title": "a"}, refresh="true")
    pair.copied()
    pair.compared()
    assert (
        pair.target.call("GET", "/_scripts/greeting")["script"]
        == pair.source.call("GET", "/_scripts/greeting")["script"]
    )
    pair.target.call("DELETE", "/_scripts/greeting")
    result = pair.run("compare")
    assert result["rc"] == 1
    assert [(one["item"], one["kind"]) for one in result["differences"]] == [("script greeting", "missing")]


@pytest.mark.fault("search: a field changed on the target, a document deleted, one added, an alias added")
def test_damage_is_named_exactly_and_mended(pair: Pair, documents: Documents, record_property: Record) -> None:
    content = documents(300)
    pair.copied()
    assert pair.target.settings("documents")["index.refresh_interval"] == "7s"
    assert pair.target.settings("documents")["index.number_of_replicas"] == "1"
    damaged = json.loads(json.dumps(content["d7"]))
    damaged["pages"][1]["text"] = "tow"
    pair.target.call("PUT", "/documents/_doc/d7", damaged)
    pair.target.call("DELETE", "/documents/_doc/d8")
    pair.target.call("PUT", "/documents/_doc/more", {"n": 1})
    pair.target.call("POST", "/_aliases", {"actions": [{"add": {"index": "documents", "alias": "other"}}]})
    result = pair.run("compare")
    assert (result["rc"], result["verdict"]) == (1, "different")
    assert {(one["item"], one["kind"], one["detail"]) for one in result["differences"]} == {
        ("documents/d7", "changed", "pages.1.text"),
        ("documents/d8", "missing", ""),
        ("documents/more", "extra", ""),
        ("index documents", "changed", "aliases other"),
    }
    touched = {one["where"] for one in result["differences"]} - {"definitions"}
    mended = pair.copied()
    assert mended["partitions"]["copied"] == len(touched)
    assert pair.target.documents("documents") == content
    record_property("lost", pair.compared()["differences_total"])


def test_changes_in_the_source_are_pending_then_brought_over(pair: Pair, documents: Documents) -> None:
    content = documents(300)
    pair.copied()
    pair.source.call("DELETE", "/documents/_doc/d1")
    del content["d1"]
    assert pair.run("compare")["verdict"] == "pending"
    assert pair.run("compare", allow_pending=True)["rc"] == 0
    result = pair.copied()
    assert result["partitions"]["copied"] == 1
    assert pair.target.documents("documents") == content
    pair.compared()


def test_an_index_that_the_source_no_longer_has_goes(pair: Pair, documents: Documents) -> None:
    documents(10)
    pair.source.call("PUT", "/old/_doc/1", {"a": 1})
    pair.copied()
    pair.source.call("DELETE", "/old")
    result = pair.run("compare")
    assert [(one["item"], one["kind"]) for one in result["differences"]] == [("index old", "extra")]
    assert pair.copied()["changed"]
    pair.compared()


def test_an_index_made_anew_with_another_mapping_is_made_anew(pair: Pair, documents: Documents) -> None:
    documents(10)
    pair.copied()
    pair.source.call("DELETE", "/documents")
    pair.source.call("PUT", "/documents", {"mappings": {"properties": {"n": {"type": "keyword"}}}})
    pair.source.bulk("documents", {"x": {"n": "not a number"}})
    pair.copied()
    assert pair.target.documents("documents") == {"x": {"n": "not a number"}}
    pair.compared()


def test_a_document_made_anew_at_a_lower_version_replaces_the_newer_one(pair: Pair) -> None:
    pair.source.call("PUT", "/again", {"settings": {"index.gc_deletes": "0s"}})
    for number in range(5):
        pair.source.call("PUT", "/again/_doc/1", {"t": f"write {number}"})
    pair.copied()
    pair.source.call("DELETE", "/again/_doc/1")
    # The deletion is forgotten at a flush that comes after the clock's next tick.
    pair.source.call("POST", "/again/_flush", force="true", wait_if_ongoing="true")
    for number in range(100):
        pair.source.call("PUT", "/again/_doc/other", {"n": number}, refresh="true")
        answer = pair.source.call("PUT", "/again/_doc/1", {"t": "again"}, refresh="true")
        if answer["_version"] == 1:
            break
        pair.source.call("DELETE", "/again/_doc/1")
    assert answer["_version"] == 1
    pair.copied()
    assert pair.target.documents("again")["1"] == {"t": "again"}
    pair.compared()


def test_the_same_document_in_other_bytes_is_equal_but_every_digit_counts(pair: Pair) -> None:
    index = {"mappings": {"dynamic": False}, "settings": {"number_of_shards": 2}}
    pair.source.call("PUT", "/spelled", index)
    pair.source.call("PUT", "/spelled/_doc/1", '{"a": 1.50, "b": {"y": 2, "x": 9007199254740993}}')
    pair.source.call("PUT", "/spelled/_doc/2", '{"a":0.12345678901234567891}')
    pair.copied()
    pair.target.call("PUT", "/spelled/_doc/1", '{"b":{"x":9007199254740993,"y":2},"a":15e-1}')
    pair.compared()
    pair.target.call("PUT", "/spelled/_doc/1", '{"b":{"x":9007199254740992,"y":2},"a":15e-1}')
    pair.target.call("PUT", "/spelled/_doc/2", '{"a":0.12345678901234567892}')
    found = pair.run("compare")["differences"]
    assert {(one["item"], one["detail"]) for one in found} == {("spelled/1", "b.x"), ("spelled/2", "a")}


def test_check_mode_writes_nothing(pair: Pair, documents: Documents) -> None:
    documents(10)
    result = pair.copied(_ansible_check_mode=True)
    assert result["changed"] and result["partitions"]["copied"] == 0
    assert not pair.target.client.indices.exists(index="documents")
    pair.copied()
    assert not pair.copied(_ansible_check_mode=True)["changed"]


def test_an_index_with_other_shards_is_compared_whole(pair: Pair, documents: Documents) -> None:
    content = documents(50)
    pair.target.call("PUT", "/documents", {"settings": {"number_of_shards": 2, "refresh_interval": "7s"}})
    pair.target.bulk("documents", content)
    result = pair.run("compare")
    (difference,) = result["differences"]
    assert (difference["item"], result["partitions"]["different"]) == ("index documents", 0)
    assert "settings index.number_of_shards" in difference["detail"]


def test_a_data_stream_that_goes_on_is_made_anew(pair: Pair) -> None:
    template = {
        "index_patterns": ["events"],
        "data_stream": {},
        "template": {"settings": {"number_of_shards": 2, "number_of_replicas": 0, "refresh_interval": "9s"}},
    }
    pair.source.call("PUT", "/_index_template/events", template)
    for number in range(3):
        pair.source.call("PUT", f"/events/_create/{number}", {"@timestamp": "2024-01-01T00:00:00Z", "n": number})
        pair.source.call("POST", "/events/_rollover")
    pair.source.call("DELETE", "/.ds-events-000001")
    pair.copied()
    pair.compared()
    pair.source.call("PUT", "/events/_create/9", {"@timestamp": "2024-01-02T00:00:00Z", "more": "a new field"})
    pair.source.call("POST", "/events/_rollover")
    assert pair.run("compare")["rc"] == 1
    assert pair.copied()["item_count"] == 3
    pair.compared()
    made, wanted = (node.call("GET", "/_data_stream/events")["data_streams"][0] for node in (pair.target, pair.source))
    assert [one["index_name"] for one in made["indices"]] == [one["index_name"] for one in wanted["indices"]]
    assert pair.target.settings(".ds-events-000003")["index.refresh_interval"] == "9s"
    assert [one["name"] for one in pair.target.call("GET", "/_index_template")["index_templates"]] == ["events"]
