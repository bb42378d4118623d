"""Indices that get another name on the target, also one that another had in the source."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Pair

pytestmark = pytest.mark.stores

RENAME: dict[str, Any] = {"rename": {"documents": "documents-v1", "other": "documents"}}


@pytest.fixture
def renamed(pair: Pair) -> Pair:
    """Two indices, the one taking the other's name; the first with an alias and a routed document."""
    pair.source.call("PUT", "/documents", {"settings": {"number_of_shards": 2, "refresh_interval": "7s"}})
    pair.source.bulk("documents", {f"d{n}": {"n": n} for n in range(500)})
    pair.source.call("PUT", "/documents/_doc/routed", {"n": -1}, routing="r", refresh="true")
    pair.source.call("PUT", "/documents/_alias/few", {"filter": {"range": {"n": {"lt": 10}}}})
    pair.source.bulk("other", {"o1": {"n": 1}})
    pair.copied(**RENAME)
    return pair


def test_everything_lies_under_the_new_names(renamed: Pair) -> None:
    assert renamed.target.documents("documents-v1") == renamed.source.documents("documents")
    assert renamed.target.documents("documents") == {"o1": {"n": 1}}
    assert not renamed.target.client.indices.exists(index="other")
    assert renamed.target.call("POST", "/few/_count")["count"] == 11
    assert renamed.target.settings("documents-v1")["index.refresh_interval"] == "7s"
    renamed.compared(**RENAME)
    assert not renamed.copied(**RENAME)["changed"]


def test_changes_and_vanished_indices_follow(renamed: Pair) -> None:
    renamed.source.bulk("documents", {"d1": {"n": -1}, "new": {"n": 0, "later": "field"}})
    renamed.source.call("DELETE", "/documents/_doc/d2", refresh="true")
    assert renamed.copied(**RENAME)["item_count"] == 2
    renamed.compared(**RENAME)
    assert renamed.target.documents("documents-v1") == renamed.source.documents("documents")
    renamed.source.call("DELETE", "/other")
    renamed.copied(**RENAME)
    assert not renamed.target.client.indices.exists(index="documents")
    assert renamed.target.client.indices.exists(index="documents-v1")


def test_damage_is_named_as_the_source_calls_it(renamed: Pair) -> None:
    renamed.target.bulk("documents-v1", {"d5": {"n": 0}})
    renamed.target.call("DELETE", "/documents-v1/_doc/d6", refresh="true")
    found = renamed.run("compare", **RENAME)["differences"]
    assert {(one["item"], one["kind"], one["detail"]) for one in found} == {
        ("documents/d5", "changed", "n"),
        ("documents/d6", "missing", ""),
    }
    renamed.copied(**RENAME)
    renamed.compared(**RENAME)


@pytest.mark.parametrize(
    ("rename", "words"),
    [
        ({"dcouments": "x"}, "dcouments is no index that is copied"),
        ({"documents": "other"}, "documents cannot become other"),
        ({"documents": "one", "other": "one"}, "other cannot become one"),
        ({"other": "few"}, "other cannot become few"),
    ],
    ids=["unknown", "taken", "twice", "alias"],
)
def test_names_that_do_not_go_are_refused_before_anything_starts(
    pair: Pair, rename: dict[str, str], words: str
) -> None:
    pair.source.call("PUT", "/documents", {"aliases": {"few": {}}})
    pair.source.call("PUT", "/other")
    result = pair.run("reindex", rename=rename)
    assert result["rc"] == 1 and words in result["msg"], result["msg"]
    assert not [name for name in pair.target.call("GET", "/_all") if not name.startswith(("security", "."))]
