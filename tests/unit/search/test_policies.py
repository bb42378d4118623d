"""ISM policies, of answers as OpenSearch documents them: the plugin is not to be had here."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._search import policies
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Missing

BODY: dict[str, Any] = {
    "description": "hot, then gone",
    "default_state": "hot",
    "states": [
        {"name": "hot", "actions": [], "transitions": [{"state_name": "gone", "conditions": {"min_index_age": "30d"}}]}
    ],
    "ism_template": [{"index_patterns": ["logs-*"], "priority": 100}],
}  # fmt: skip


def answered(body: dict[str, Any], name: str = "logs", number: int = 3) -> dict[str, Any]:
    """As GET _plugins/_ism/policies answers."""
    policy = copy.deepcopy(body) | {
        "policy_id": name, "last_updated_time": 1_700_000_000_000 + number, "schema_version": 19,
        "error_notification": None, "user": {"name": "admin"},
    }  # fmt: skip
    for template in policy.get("ism_template", ()):
        template["last_updated_time"] = 1_700_000_000_000
    return {"_id": name, "_seq_no": number, "_primary_term": 1, "policy": policy}


class Side:
    """A server. kept None: it has no such plugin."""

    def __init__(self, *kept: dict[str, Any], lacks: CopyError | None = None) -> None:
        self.kept, self.lacks = list(kept), lacks
        self.made: list[tuple[str, Any, dict[str, Any]]] = []
        self.asked = 0

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        if method == "PUT":
            self.made.append((path, body, params))
            return {}
        self.asked += 1
        if self.lacks:
            raise self.lacks
        page = self.kept[params["from"] : params["from"] + params["size"]]
        return {"policies": page, "total_policies": len(self.kept)}


NONE = CopyError("target: GET /_plugins/_ism/policies: no handler found for uri (HTTP 400)")


def test_what_an_answer_adds_is_no_difference() -> None:
    source, target = Side(answered(BODY)), Side(answered(BODY, number=9))
    assert list(policies.differences(source, target, ())) == []
    assert policies.put(source, target, ()) is False


def test_a_missing_policy_is_made_as_it_was() -> None:
    source, target = Side(answered(BODY)), Side()
    assert [(item.item, item.kind) for item in policies.differences(source, target, ())] == [
        ("ism-policy logs", "missing")
    ]
    assert policies.put(source, target, ()) is True
    assert target.made == [("/_plugins/_ism/policies/logs", {"policy": BODY}, {})]


def test_a_changed_policy_names_the_version_that_it_takes_the_place_of() -> None:
    source, target = Side(answered(BODY)), Side(answered({**BODY, "description": "old"}, number=7))
    (found,) = policies.differences(source, target, ())
    assert (found.kind, found.detail) == ("changed", "description")
    policies.put(source, target, ())
    assert target.made[0][2] == {"if_seq_no": 7, "if_primary_term": 1}


@pytest.mark.parametrize("lacks", [NONE, Missing("target: GET: (HTTP 404)")])
def test_without_the_plugin_there_is_nothing_to_do(lacks: CopyError) -> None:
    for source in (Side(lacks=lacks), Side()):
        target = Side(lacks=lacks)
        assert policies.refuse_without_plugin(source, target, ()) == ""
        assert policies.put(source, target, ()) is False
        assert list(policies.differences(source, target, ())) == []


def test_policies_that_the_target_cannot_have_are_refused_by_name() -> None:
    source, target = Side(answered(BODY), answered(BODY, "audit")), Side(lacks=NONE)
    refusal = policies.refuse_without_plugin(source, target, ())
    assert "audit, logs" in refusal
    assert "exclude: [ism-policy/*]" in refusal
    assert policies.refuse_without_plugin(source, target, ["ism-policy/*"]) == ""


def test_another_failure_is_no_lack() -> None:
    denied = CopyError("source: GET /_plugins/_ism/policies: no permissions (HTTP 403)")
    with pytest.raises(CopyError, match="403"):
        policies.policies(Side(lacks=denied), ())


def test_all_pages_are_read_and_the_excluded_left_out() -> None:
    source = Side(*(answered(BODY, f"p{number:03}") for number in range(250)))
    found = policies.policies(source, ["ism-policy/p1*"])
    assert found is not None
    assert (len(found), source.asked) == (150, 3)
    quiet = Side(answered(BODY))
    assert policies.policies(quiet, ["ism-policy/*"]) is None
    assert quiet.asked == 0
