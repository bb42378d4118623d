"""From every version that people still run, and to the newest: copied, changed, brought up to date, proven."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.servers import opensearch, plain_search

from .conftest import Node, Pair, node

pytestmark = [pytest.mark.stores, pytest.mark.thorough]

SETTINGS = {
    "number_of_shards": 2,
    "refresh_interval": "5s",
    "analysis": {"analyzer": {"lines": {"type": "standard", "stopwords": ["one"]}}},
}
MAPPING = {
    "properties": {
        "title": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
        "pages": {"type": "nested", "properties": {"text": {"type": "text", "analyzer": "lines"}}},
        "n": {"type": "long"},
    }
}


SLICES = {"split_bytes": 40_000}
"""The hash of the slices is the same in every version."""


def body(number: int) -> dict[str, Any]:
    return {"n": number, "title": f"문서 {number}", "pages": [{"text": "one\ntwo"}, {"text": "three"}]}


def fill(source: Node) -> None:
    """Documents with and without routing, an alias with a filter, a template."""
    source.call("PUT", "/documents", {"settings": SETTINGS, "mappings": MAPPING})
    source.bulk("documents", {f"d{n}": body(n) for n in range(2000)})
    source.call("PUT", "/documents/_doc/routed", body(-1), routing="회사")
    source.call("DELETE", "/documents/_doc/d7")
    source.call("PUT", "/documents/_alias/few", {"filter": {"range": {"n": {"lt": 10}}}, "is_write_index": True})
    source.call("PUT", "/_template/old", {"index_patterns": ["old-*"], "settings": {"number_of_shards": 1}})
    source.call("POST", "/documents/_refresh")


def moved(pair: Pair) -> None:
    """The copy, what changed after it, and the proof of both."""
    fill(pair.source)
    first = pair.copied(**SLICES)
    assert first["item_count"] == 2000
    assert first["partitions"]["total"] > 2
    pair.compared()
    assert pair.target.call("GET", "/documents/_doc/routed", routing="회사")["_source"] == body(-1)
    assert pair.target.call("POST", "/few/_count")["count"] == 10
    assert "old" in pair.target.call("GET", "/_template/old")
    pair.source.bulk("documents", {"d1": body(-5), "more": body(5)})
    pair.source.call("DELETE", "/documents/_doc/d9", refresh="true")
    assert pair.copied()["item_count"] == 2
    pair.compared()
    assert pair.copied()["partitions"]["copied"] == 0


@pytest.mark.parametrize("name", ["elasticsearch-7.10.2", "opensearch-1.3.20", "opensearch-3.6.0"])
def test_from_another_version(pair: Pair, name: str, tmp_path: Path) -> None:
    with plain_search(name, tmp_path / "source") as server:
        moved(Pair(node(server), pair.target, tmp_path / "runs"))


def test_from_the_version_of_the_target(pair: Pair, tmp_path: Path) -> None:
    with opensearch("2.19.3", tmp_path / "source") as server:
        moved(Pair(node(server), pair.target, tmp_path / "runs"))


def test_to_the_newest_version(pair: Pair, tmp_path: Path) -> None:
    with plain_search("opensearch-3.6.0", tmp_path / "target") as server:
        moved(Pair(pair.source, node(server), tmp_path / "runs"))
