"""ISM policies: real nodes, which lack the plugin, alone and behind a pretend one (see `tests.ism`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.ism import Ism

from .between import between
from .conftest import Pair

pytestmark = pytest.mark.stores

POLICY: dict[str, Any] = {
    "description": "gone after a month",
    "default_state": "gone",
    "states": [{"name": "gone", "actions": [{"delete": {}}], "transitions": []}],
    "ism_template": [{"index_patterns": ["documents*", "events"], "priority": 1}],
}
Documents = Callable[[int], dict[str, Any]]


class Managed:
    """A pair whose nodes seem to have the plugin."""

    def __init__(self, pair: Pair, ways: dict[str, str], plugins: dict[str, Ism]) -> None:
        self.pair, self.plugins = pair, plugins
        self.ends = {side: {"url": f"http://{way}"} for side, way in ways.items()}

    def copied(self) -> dict[str, Any]:
        return self.pair.copied(**self.ends)

    def compared(self) -> None:
        self.pair.compared(**self.ends)


@pytest.fixture
def managed(pair: Pair) -> Iterator[Managed]:
    source, target = Ism((2, 11)), Ism((2, 19))
    source.has("month", POLICY)
    with (
        between(pair.source.server, before=source) as one,
        between(pair.target.server, before=target) as other,
    ):
        yield Managed(pair, {"source": one, "target": other}, {"source": source, "target": target})


def test_where_no_side_has_the_plugin_nothing_is_said_of_it(pair: Pair, documents: Documents) -> None:
    documents(10)
    said = pair.copied()["output"] + pair.compared()["output"]
    assert "policy" not in said and "index_state_management" not in said
    assert not pair.copied()["changed"]


def test_policies_come_when_all_else_is_there(managed: Managed, documents: Documents) -> None:
    documents(100)
    managed.pair.source.call("PUT", "/documents/_alias/all")
    managed.plugins["source"].attached["documents"] = "month"
    [adjusted] = [one for one in managed.copied()["adjusted"] if one["index"] == "documents"]
    assert 'POST /_plugins/_ism/add/documents {"policy_id": "month"}' in adjusted["reason"]
    requests = managed.plugins["target"].requests
    changes = [
        path for method, path in requests if method in {"PUT", "DELETE"} or "_bulk" in path or "_aliases" in path
    ]
    assert changes[-1] == "/_plugins/_ism/policies/month"
    assert sum("policies" in path for path in changes) == 1
    managed.compared()
    assert not managed.copied()["changed"]


def test_what_is_made_anew_beside_the_policies_is_left_alone_by_them(managed: Managed, documents: Documents) -> None:
    documents(10)
    source, plugin = managed.pair.source, managed.plugins["target"]
    source.call("PUT", "/_index_template/events", {"index_patterns": ["events"], "data_stream": {}})
    source.call("PUT", "/events/_create/1", {"@timestamp": "2024-01-01T00:00:00Z"}, refresh="true")
    managed.copied()
    assert "month" in plugin.policies
    source.call("DELETE", "/documents")
    source.call("PUT", "/documents", {"mappings": {"properties": {"n": {"type": "keyword"}}}})
    source.call("PUT", "/documents-2")
    source.call("PUT", "/events/_create/2", {"@timestamp": "2024-01-02T00:00:00Z"}, refresh="true")
    plugin.requests.clear()
    managed.copied()
    made = [path for method, path in plugin.requests if method == "PUT" and path in {"/documents", "/documents-2"}]
    assert len(made) == 2
    assert not plugin.attached
    managed.compared()


def test_damage_to_a_policy_is_named_and_mended(managed: Managed, documents: Documents) -> None:
    documents(10)
    managed.copied()
    managed.plugins["target"].has("month", {**POLICY, "description": "another"})
    result = managed.pair.run("compare", **managed.ends)
    assert [(one["item"], one["kind"], one["detail"]) for one in result["differences"]] == [
        ("ism-policy month", "changed", "description")
    ]
    assert managed.copied()["changed"]
    managed.compared()


def test_a_target_without_the_plugin_is_refused_before_anything_starts(managed: Managed, documents: Documents) -> None:
    documents(10)
    pair, source = managed.pair, {"source": managed.ends["source"]}
    for module in ("reindex", "compare"):
        result = pair.run(module, **source)
        assert result["rc"] == 1
        assert "ism-policy/month: the target has no Index State Management" in result["msg"]
    assert not pair.target.client.indices.exists(index="documents")
    pair.copied(**source, exclude=["ism-policy/*"])
    pair.compared(**source, exclude=["ism-policy/*"])
