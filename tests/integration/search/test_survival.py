"""What a copy has to live through. After each fault the same command: equal, exact counts, restored settings."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.servers import opensearch
from tests.faults import Record

from .between import EverySecond, between
from .conftest import Node, Pair, node

pytestmark = pytest.mark.stores

DOCUMENTS = 20_000
SETTINGS = {"number_of_shards": 3, "number_of_replicas": 1, "refresh_interval": "7s"}
SLOW = {"max_body": 65536, "jobs": 1}
"""Small bodies: a copy of some seconds, so that there is a middle of it."""


def fill(source: Node) -> None:
    source.call("PUT", "/many", {"settings": SETTINGS})
    for part in range(10):
        size = DOCUMENTS // 10
        source.bulk("many", {f"{part}-{n}": {"n": n, "text": "x" * 500} for n in range(size)})


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, Node]]:
    base = tmp_path_factory.mktemp("survival")
    with opensearch("2.11.1", base / "source") as source, opensearch("2.19.3", base / "target") as target:
        yield node(source), node(target)


@pytest.fixture
def many(plain: tuple[Node, Node], tmp_path: Path) -> Pair:
    """20,000 documents in the source."""
    for one in plain:
        one.wipe()
    fill(plain[0])
    return Pair(*plain, tmp_path / "runs")


def in_the_middle(pair: Pair, process: subprocess.Popen[str]) -> None:
    """Wait until some documents are there, and not all."""
    pair.wait_for_more_than(0, "many", process)
    assert pair.target.found("many") < DOCUMENTS, "too late: the copy is done"


def whole(pair: Pair, **options: Any) -> int:
    """The same command, once more; then the comparison. How many differences it finds: none."""
    pair.copied(**options)
    assert pair.target.found("many") == DOCUMENTS
    settings = pair.target.settings("many")
    assert {name: settings[f"index.{name}"] for name in SETTINGS} == {k: str(value) for k, value in SETTINGS.items()}
    return int(pair.compared()["differences_total"])


@pytest.mark.fault("search: kill -9 of the copier at 10 random moments, from a new target each time")
def test_killed_at_ten_random_moments(many: Pair, record_property: Record) -> None:
    chance, lost, killed_in_the_middle = random.Random(20261126), 0, 0
    for _kill in range(10):
        many.target.wipe()
        shutil.rmtree(many.run_dir, ignore_errors=True)
        process = many.start("reindex", **SLOW)
        time.sleep(chance.uniform(0.3, 3.0))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        killed_in_the_middle += 0 < many.target.found("many") < DOCUMENTS
        lost += whole(many)
    assert killed_in_the_middle >= 3, "the moments miss the copy"
    record_property("lost", lost)


def outlived(pair: Pair, side: Node, outage: Callable[[], None]) -> int:
    """An outage of one side in the middle of a copy, then the same command. How many differences there are: none."""
    process = pair.start("reindex", **SLOW)
    in_the_middle(pair, process)
    outage()
    side.client.cluster.health(index="many", wait_for_status="yellow")
    pair.ended(process)
    return whole(pair)


@pytest.mark.fault("search: the source is restarted while it is read")
def test_the_source_is_restarted(many: Pair, record_property: Record) -> None:
    record_property("lost", outlived(many, many.source, many.source.server.restart))


@pytest.mark.fault("search: the target is restarted while it is written to")
def test_the_target_is_restarted(many: Pair, record_property: Record) -> None:
    record_property("lost", outlived(many, many.target, many.target.server.restart))


@pytest.mark.fault("search: the target crashes (kill -9) while it is written to")
def test_the_target_crashes(many: Pair, record_property: Record) -> None:
    def crash() -> None:
        many.target.server.kill()
        many.target.server.restart()

    record_property("lost", outlived(many, many.target, crash))


@pytest.mark.fault("search: the target answers 429 to half of the bulk requests")
def test_half_of_the_bulks_are_refused(many: Pair, record_property: Record) -> None:
    half = EverySecond(lambda path: "_bulk" in path, limit=1000)
    with between(many.target.server, before=half.refuse) as way:
        target = {"connect_to": way}
        result = many.copied(target=target, max_body=1_000_000)
        assert result["item_count"] == DOCUMENTS, "it is waited out, within the same command"
        assert len(half.done) > 10
        record_property("lost", whole(many, target=target))


@pytest.mark.fault("search: answers of the source are cut off in the middle of a page of documents")
def test_pages_are_cut_in_the_middle(many: Pair, record_property: Record) -> None:
    pages = EverySecond(lambda path: "scroll" in path, limit=4)
    with between(many.source.server, after=pages.cut) as way:
        source = {"connect_to": way}
        many.copied(source=source)
        assert len(pages.done) == 4
        record_property("lost", whole(many, source=source))


@pytest.mark.fault("search: answers of the target are cut off after it has taken the documents")
def test_answers_to_bulks_are_cut_in_the_middle(many: Pair, record_property: Record) -> None:
    bulks = EverySecond(lambda path: "_bulk" in path, limit=6)
    with between(many.target.server, after=bulks.cut) as way:
        target = {"connect_to": way}
        assert many.copied(target=target, max_body=1_000_000)["item_count"] == DOCUMENTS
        assert len(bulks.done) == 6
        record_property("lost", whole(many, target=target))


@pytest.mark.fault("search: the source forgets the scrolls that the copy reads with")
def test_scrolls_expire(many: Pair, record_property: Record) -> None:
    process = many.start("reindex", **SLOW)
    in_the_middle(many, process)
    freed = many.source.call("DELETE", "/_search/scroll/_all")["num_freed"]
    result = many.ended(process)
    assert (freed > 0, result["rc"]) == (True, 0), result.get("msg")
    record_property("lost", whole(many))


def flooded(target: Node, *, on: bool) -> None:
    """Make the target's disk look too full, or not any more; wait until the server has acted on it."""
    names = [f"cluster.routing.allocation.disk.watermark.{name}" for name in ("low", "high", "flood_stage")]
    checks = {"cluster.routing.allocation.disk.threshold_enabled": True, "cluster.info.update.interval": "10s"}
    level = "900000gb" if on else "1kb"
    target.call("PUT", "/_cluster/settings", {"transient": dict.fromkeys(names, level) | checks})
    deadline = time.monotonic() + 90
    while bool(target.call("GET", "/_cluster/state/blocks")["blocks"]) != on:
        assert time.monotonic() < deadline, "the watermark does nothing"
        time.sleep(0.5)
    if not on:
        target.call("PUT", "/_cluster/settings", {"transient": dict.fromkeys([*names, *checks])})


@pytest.mark.fault("search: the target's disk reaches the flood stage, its index is blocked")
def test_the_disk_of_the_target_is_full(many: Pair, record_property: Record) -> None:
    many.copied()
    for part in range(6):
        many.source.bulk("many", {f"{part}-{n}": {"n": -n} for n in range(2000)})
    flooded(many.target, on=True)
    try:
        result = many.run("reindex")
        assert result["rc"] == 1 and "block" in result["msg"], result["msg"]
        assert result["dead_letters"]["count"] == 0, "a full disk says nothing about a document"
    finally:
        flooded(many.target, on=False)
    record_property("lost", whole(many))


@pytest.mark.fault("search: one document of 100,000 conflicts with the mapping")
def test_one_document_of_a_hundred_thousand_is_refused(many: Pair, record_property: Record) -> None:
    many.source.call("PUT", "/late", {"mappings": {"dynamic": False}, "settings": {"number_of_shards": 2}})
    for part in range(10):
        first = part * 10_000
        many.source.bulk("late", {f"d{n}": {"n": "words" if n == 73_137 else n} for n in range(first, first + 10_000)})
    many.source.call("PUT", "/late/_mapping", {"properties": {"n": {"type": "long"}}})
    result = many.run("reindex")
    assert (result["rc"], result["dead_letters"]["count"]) == (1, 1)
    letters = Path(result["dead_letters"]["path"]).read_text(encoding="utf-8").splitlines()
    assert [json.loads(letter)["item"] for letter in letters] == ["d73137"]
    assert many.target.call("GET", "/late/_count")["count"] == 99_999
    many.source.call("PUT", "/late/_doc/d73137", {"n": 73_137}, refresh="true")
    assert many.copied()["item_count"] == 1, "it alone is brought over"
    record_property("lost", whole(many))
    assert many.target.call("GET", "/late/_count")["count"] == 100_000


@pytest.fixture
def two_nodes(plain: tuple[Node, Node], tmp_path: Path) -> Iterator[Pair]:
    """A source of two nodes, each with a copy of every shard."""
    together = {"discovery.type": "zen", "cluster.name": "two", "cluster.routing.allocation.enable": "all"}
    first = {"node.name": "first", "cluster.initial_cluster_manager_nodes": ["first"]}
    with opensearch("2.11.1", tmp_path / "first", settings=together | first) as one:
        source = node(one)
        [address] = [info["transport_address"] for info in source.call("GET", "/_nodes")["nodes"].values()]
        second = {"node.name": "second", "discovery.seed_hosts": [address]}
        with opensearch("2.11.1", tmp_path / "second", settings=together | second):
            plain[1].wipe()
            fill(source)
            source.client.cluster.health(index="many", wait_for_status="green", wait_for_nodes="2")
            yield Pair(source, plain[1], tmp_path / "runs")


def move_primary(source: Node, shard: int) -> None:
    """The other node's copy of the shard becomes its primary, under a new term."""
    term = primary_term(source, shard)
    table = source.call("GET", "/_cluster/state/routing_table/many")["routing_table"]["indices"]["many"]["shards"]
    [at] = [copy["node"] for copy in table[str(shard)] if copy["primary"]]
    cancel = {"index": "many", "shard": shard, "node": at, "allow_primary": True}
    source.call("POST", "/_cluster/reroute", {"commands": [{"cancel": cancel}]})
    source.client.cluster.health(index="many", wait_for_status="green")
    assert primary_term(source, shard) > term


def primary_term(source: Node, shard: int) -> int:
    state = source.call("GET", "/_cluster/state/metadata/many")["metadata"]["indices"]["many"]
    return int(state["primary_terms"][str(shard)])


@pytest.mark.fault("search: a primary of the source moves to another node during a copy, and between two")
def test_a_primary_moves(two_nodes: Pair, record_property: Record) -> None:
    source = two_nodes.source
    process = two_nodes.start("reindex", **SLOW)
    in_the_middle(two_nodes, process)
    for shard in range(3):
        move_primary(source, shard)
    two_nodes.ended(process)
    assert whole(two_nodes) == 0
    source.bulk("many", {"0-1": {"n": -1}, "new": {"n": 1}})
    move_primary(source, 0)
    source.bulk("many", {"0-2": {"n": -2}})
    source.call("DELETE", "/many/_doc/0-3", refresh="true")
    record_property("lost", whole(two_nodes))
