"""What goes wrong is said once and clearly, and the same command goes on from there."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.seed.search import documents as awkward
from tests.faults import Record

from .conftest import Pair

pytestmark = pytest.mark.stores

Documents = Callable[[int], dict[str, Any]]


@pytest.mark.fault("search: kill -9 of the copier")
def test_killed_while_copying_then_the_same_command(pair: Pair, record_property: Record) -> None:
    settings = {"number_of_shards": 3, "number_of_replicas": 1, "refresh_interval": "7s", "final_pipeline": "stamp"}
    pair.source.call("PUT", "/_ingest/pipeline/stamp", {"processors": [{"set": {"field": "stamped", "value": 1}}]})
    pair.source.call("PUT", "/many", {"settings": settings})
    for part in range(10):
        pair.source.bulk("many", {f"{part}-{n}": {"n": n, "text": "x" * 500} for n in range(2000)})
    process = pair.start("reindex", max_body=65536, jobs=1)
    pair.wait_for_more_than(0, "many", process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert 0 < pair.target.found("many") < 20_000
    assert pair.target.settings("many")["index.refresh_interval"] == "-1"
    # What the killed run brought and the source has lost since.
    gone = next(iter(pair.target.documents("many")))
    pair.source.call("DELETE", f"/many/_doc/{gone}", refresh="true")
    pair.copied()
    assert pair.target.call("GET", "/many/_count")["count"] == 19_999
    restored = pair.target.settings("many")
    assert {name: restored[f"index.{name}"] for name in settings} == {
        name: str(value) for name, value in settings.items()
    }
    record_property("lost", pair.compared()["differences_total"])
    assert not pair.copied()["changed"]


@pytest.mark.fault("search: one document of 500 conflicts with the mapping, and is mended in the source")
def test_what_the_target_refuses_becomes_a_dead_letter(pair: Pair, record_property: Record) -> None:
    # The source took the text while the field was not mapped.
    pair.source.call("PUT", "/late", {"mappings": {"dynamic": False}, "settings": {"number_of_shards": 2}})
    pair.source.bulk("late", {f"d{n}": {"n": "words" if n == 137 else n} for n in range(500)})
    pair.source.call("PUT", "/late/_mapping", {"properties": {"n": {"type": "long"}}})
    result = pair.run("reindex")
    assert result["rc"] == 1 and result["dead_letters"]["count"] == 1
    (letter,) = map(json.loads, Path(result["dead_letters"]["path"]).read_text(encoding="utf-8").splitlines())
    assert letter["item"] == "d137" and "words" in letter["reason"]
    assert letter["request"] == {
        "index": "late",
        "_id": "d137",
        "routing": None,
        "version": 1,
        "_source": '{"n": "words"}',
    }
    assert pair.target.call("GET", "/late/_count")["count"] == 499
    found = pair.run("compare")["differences"]
    assert [(one["item"], one["kind"]) for one in found] == [("late/d137", "missing")]
    again = pair.run("reindex")
    assert (again["rc"], again["dead_letters"]["count"], again["item_count"]) == (1, 1, 0), "tried alone, and refused"
    pair.source.call("PUT", "/late/_doc/d137", {"n": 137}, refresh="true")
    assert pair.copied()["item_count"] == 1
    record_property("lost", pair.compared()["differences_total"])
    assert not pair.copied()["changed"]


def test_an_older_text_of_a_refused_document_is_not_counted_as_brought(pair: Pair) -> None:
    pair.source.call("PUT", "/late", {"mappings": {"dynamic": False}, "settings": {"number_of_shards": 1}})
    pair.source.bulk("late", {f"d{n}": {"n": n} for n in range(500)})
    pair.copied()
    pair.source.bulk("late", {"d7": {"n": "words"}, "d8": {"n": -8}, "d9": {"n": -9}})
    pair.source.call("PUT", "/late/_mapping", {"properties": {"n": {"type": "long"}}})
    for _time in range(2):
        result = pair.run("reindex")
        assert (result["rc"], result["dead_letters"]["count"]) == (1, 1)
        assert pair.target.documents("late")["d7"] == {"n": 7}
    pair.source.call("DELETE", "/late/_doc/d7", refresh="true")
    assert pair.copied()["item_count"] == 0
    pair.compared()
    assert "d7" not in pair.target.documents("late")
    pair.source.bulk("late", {"d7": {"n": 77}})
    assert pair.copied()["item_count"] == 1
    pair.compared()
    pair.source.bulk("late", {"d1": {"n": -1}})
    pending = pair.run("compare", allow_pending=True)
    assert (pending["rc"], pending["verdict"]) == (0, "pending"), "the record is what the target has"


def test_a_lost_file_of_dead_letters_loses_no_document(pair: Pair) -> None:
    pair.source.call("PUT", "/late", {"mappings": {"dynamic": False}, "settings": {"number_of_shards": 1}})
    pair.source.bulk("late", {f"d{n}": {"n": "words" if n == 7 else n} for n in range(500)})
    pair.source.call("PUT", "/late/_mapping", {"properties": {"n": {"type": "long"}}})
    Path(pair.run("reindex")["dead_letters"]["path"]).unlink()
    result = pair.run("reindex")
    assert (result["dead_letters"]["count"], result["item_count"]) == (1, 499), "the partition is copied whole"


def test_what_cannot_become_the_same_is_refused_by_name_before_anything_starts(pair: Pair) -> None:
    for trap in awkward.UNREADABLE:
        for request in trap.make:
            path, _mark, _query = request.path.partition("?")
            pair.source.call(request.method, path, request.body)
    pair.source.call("PUT", "/good/_doc/1", {"a": 1})
    words = pair.source.server.directory / "config" / "words.txt"
    words.write_text("rds, database\n", encoding="utf-8")
    analysis = {
        "filter": {"words": {"type": "synonym", "synonyms_path": "words.txt"}},
        "analyzer": {"worded": {"tokenizer": "standard", "filter": ["words"]}},
    }
    mapping = {"properties": {"t": {"type": "text", "analyzer": "worded"}}}
    pair.source.call("PUT", "/analyzed", {"settings": {"analysis": analysis}, "mappings": mapping})
    result = pair.run("reindex")
    assert result["rc"] == 1
    for text in (
        "traps-no-source: its _source is disabled",
        "traps-part-source: its _source is filtered",
        "synonyms_path",
    ):
        assert text in result["msg"]
    assert "index good" not in result["msg"]
    assert not pair.target.client.indices.exists(index="good")
    pair.copied(exclude=["traps-*", "analyzed"])


def test_a_target_that_no_journal_explains_is_refused(pair: Pair, documents: Documents) -> None:
    documents(10)
    pair.target.call("PUT", "/somebodys/_doc/1", {"a": 1}, refresh="true")
    result = pair.run("reindex")
    assert result["rc"] == 1 and "somebodys" in result["msg"]
    assert not pair.target.client.indices.exists(index="documents")


def test_a_closed_index_asked_for_by_name_is_refused(pair: Pair, documents: Documents) -> None:
    documents(10)
    pair.source.call("POST", "/documents/_close")
    result = pair.run("reindex", include=["documents"])
    assert result["rc"] == 1 and "documents is closed" in result["msg"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"source": {"password": "wrong-on-purpose"}}, ["source", "does not accept the user 'admin'"]),
        ({"target": {"password": "wrong-on-purpose"}}, ["target", "does not accept the user 'admin'"]),
        ({"target": {"ca_path": None}}, ["TLS with the target", "ca_path"]),
        ({"target": {"url": "https://127.0.0.1:9"}}, ["target https://127.0.0.1:9", "cannot be reached"]),
        ({"source": {"password": "env://NOT_SET_AT_ALL"}}, ["source.password", "NOT_SET_AT_ALL is not set"]),
        ({"source": {"user": "stranger", "password": "Qx7-mountain-lake"}}, ["source", "no permissions for"]),
    ],
    ids=["source password", "target password", "authority", "unreachable", "reference", "privileges"],
)
def test_bad_input_gives_one_clear_message(pair: Pair, options: dict[str, Any], words: list[str]) -> None:
    if "user" in options.get("source", {}):
        user = {"password": options["source"]["password"], "backend_roles": []}
        pair.source.call("PUT", "/_plugins/_security/api/internalusers/stranger", user)
    result = pair.run("reindex", **options)
    assert result["rc"] == 1
    assert all(word in result["msg"] for word in words), result["msg"]
    assert "Traceback" not in result["output"]
    assert "wrong-on-purpose" not in result["output"]


def test_no_secret_is_printed_or_kept(pair: Pair, documents: Documents) -> None:
    documents(20)
    printed = pair.copied()["output"] + pair.compared()["output"]
    kept = b"".join(path.read_bytes() for path in pair.run_dir.rglob("*") if path.is_file())
    for node in (pair.source, pair.target):
        assert node.server.password not in printed
        assert node.server.password.encode() not in kept


def test_a_forwarded_port_is_dialled_and_the_certificate_still_checked(pair: Pair, documents: Documents) -> None:
    documents(5)
    dial = f"127.0.0.1:{pair.target.server.port}"
    wrong = pair.run("reindex", target={"url": "https://search.example.com", "connect_to": dial})
    assert wrong["rc"] == 1 and "TLS with the target" in wrong["msg"]
    pair.copied(target={"url": "https://localhost", "connect_to": dial})
    assert pair.target.client.count(index="documents")["count"] == 5


@pytest.mark.fault("search: the source is restarted between two copies")
def test_a_restart_of_the_source_copies_nothing_anew(pair: Pair, documents: Documents, record_property: Record) -> None:
    documents(50)
    pair.copied()
    pair.source.server.restart()
    pair.source.client.cluster.health(index="documents", wait_for_status="yellow")
    again = pair.copied()
    assert (again["changed"], again["partitions"]["skipped"]) == (False, 3)
    record_property("lost", pair.compared()["differences_total"])


def test_a_new_index_that_somebody_else_made_on_the_target_is_refused(pair: Pair, documents: Documents) -> None:
    documents(5)
    pair.copied()
    for node, text in ((pair.source, "ours"), (pair.target, "somebody's")):
        node.call("PUT", "/later", {"settings": {"number_of_shards": 1}})
        node.call("PUT", "/later/_doc/1", {"t": text}, refresh="true")
    result = pair.run("reindex")
    assert result["rc"] == 1 and "The target has later already" in result["msg"]
    assert pair.target.documents("later") == {"1": {"t": "somebody's"}}
