"""ISM policies between servers with a pretend plugin, and servers without it, each of which says so in its own way."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._search import definitions, policies
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, End
from ansible_collections.replatform.aws.plugins.module_utils._search.definitions import POLICIES
from ansible_collections.replatform.aws.plugins.module_utils._search.plan import Index
from ansible_collections.replatform.aws.plugins.module_utils._search.settings import Definition, define, known
from tests.between import Exchange, between
from tests.ism import Ism

POLICY: dict[str, Any] = {
    "description": "hot, then gone",
    "default_state": "hot",
    "states": [
        {
            "name": "hot",
            "actions": [{"rollover": {"min_size": "30gb"}}],
            "transitions": [{"state_name": "gone", "conditions": {"min_index_age": "30d"}}],
        },
        {"name": "gone", "actions": [{"delete": {}}], "transitions": []},
    ],
    "ism_template": [{"index_patterns": ["logs-*"], "priority": 100}],
}
ABSENT = {
    "OpenSearch 2 and 3": (400, {"error": "no handler found for uri [/_plugins/_ism/policies] and method [GET]"}),
    "OpenSearch 1": (
        404,
        {"error": {"type": "index_not_found_exception", "reason": "no such index [_plugins]"}, "status": 404},
    ),
    "a proxy": (405, {"error": "Incorrect HTTP method for uri [/_plugins/_ism/policies]", "status": 405}),
}
DENIED = {
    "type": "security_exception",
    "reason": "no permissions for [cluster:admin/opendistro/ism/policy/search] and User [name=copier]",
}


class Sides:
    """Makes clients of servers that are nothing but what answers."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(
        self, label: str, ism: Ism | None = None, *, status: int = 400, body: Any = None, **version: str
    ) -> Any:
        """A client. Without a plugin, the server answers a status and a body to everything that is about it."""

        def forward(exchange: Exchange) -> None:
            if exchange.path == "/":
                said = {"number": "2.19.3", "distribution": "opensearch", **version}
                exchange.refuse(200, "application/json", json.dumps({"version": said}).encode())
            elif "_simulate" in exchange.path:
                names = json.loads(exchange.sent)["template"]["settings"]
                unknown = ";".join(
                    f"1: unknown setting [{name}] please check" for name in names if "number" not in name
                )
                error = json.dumps({"error": {"type": "invalid", "reason": unknown}}).encode()
                exchange.refuse(400 if unknown else 200, "application/json", error if unknown else b"{}")
            else:
                exchange.refuse(status, "application/json", json.dumps(body).encode())

        url = self._stack.enter_context(between(forward, **({"before": ism} if ism else {})))
        client = Client(End.of(label, {"url": url}))
        self._stack.callback(client.close)
        client.greet()
        return client


@pytest.fixture
def side() -> Iterator[Callable[..., Client]]:
    with ExitStack() as stack:
        yield Sides(stack)


def having(policy: dict[str, Any], *names: str, version: tuple[int, int] = (2, 19)) -> Ism:
    plugin = Ism(version)
    for name in names or ("logs",):
        plugin.has(name, copy.deepcopy(policy))
    return plugin


def moved(source: Client, target: Client, exclude: tuple[str, ...] = ()) -> bool:
    return definitions.put_cluster_wide(source, target, exclude, (POLICIES,))


def found(source: Client, target: Client) -> list[tuple[str, str, str]]:
    """The differences between policies; all other kinds are left out."""
    exclude = [f"{kind.name}/*" for kind in definitions.KINDS]
    return [(one.item, one.kind, one.detail) for one in definitions.differences(source, target, {}, {}, exclude)]


def test_a_missing_policy_is_made_as_it_was_and_then_is_the_same(side: Callable[..., Client]) -> None:
    plugin = Ism()
    source, target = side("source", having(POLICY)), side("target", plugin)
    assert found(source, target) == [("ism-policy logs", "missing", "")]
    assert moved(source, target)
    assert found(source, target) == []
    assert not moved(source, target)
    assert not plugin.attached


@pytest.mark.parametrize("version", [(1, 3), (2, 4)])
def test_what_a_version_says_besides_is_no_difference(side: Callable[..., Client], version: tuple[int, int]) -> None:
    source, target = side("source", having(POLICY, version=version)), side("target", Ism())
    moved(source, target)
    assert found(source, target) == []


def test_what_an_older_target_does_not_know_and_nobody_set_is_not_sent(side: Callable[..., Client]) -> None:
    newer = copy.deepcopy(POLICY)
    newer["states"][0]["actions"][0]["rollover"]["prevent_empty_rollover"] = False
    source, target = side("source", having(newer)), side("target", Ism((2, 4)))
    assert moved(source, target)
    newer["states"][0]["actions"][0]["rollover"]["prevent_empty_rollover"] = True
    with pytest.raises(CopyError, match="ism-policy strict could not be made on the target.*prevent_empty_rollover"):
        moved(side("source", having(newer, "strict")), target)


def test_a_template_is_as_new_as_its_policy(side: Callable[..., Client]) -> None:
    """With the source's time it would be older than the indices that are there, and take hold of them."""
    source, plugin = having(POLICY), Ism()
    source.policies["logs"]["policy"]["ism_template"][0]["last_updated_time"] = 1_500_000_000_000
    moved(side("source", source), side("target", plugin))
    assert plugin.policies["logs"]["policy"]["ism_template"][0]["last_updated_time"] > 1_700_000_000_000


CHANGES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda policy: policy.update(description="x"), "description"),
    (lambda policy: policy.update(default_state="gone"), "default_state"),
    (lambda policy: policy["ism_template"][0].update(priority=1), "ism_template.0.priority"),
    (lambda policy: policy.pop("ism_template"), "ism_template"),
    (lambda policy: policy["states"][0]["actions"][0].update(retry={"count": 5}), "states.0.actions.0.retry"),
    (
        lambda policy: policy["states"][0]["actions"][0]["rollover"].update(copy_alias=True),
        "states.0.actions.0.rollover.copy_alias",
    ),
    (lambda policy: policy["states"][1]["actions"].clear(), "states.1.actions"),
]


@pytest.mark.parametrize(("change", "where"), CHANGES, ids=[where for _change, where in CHANGES])
def test_every_change_is_named_and_brought_over(
    side: Callable[..., Client], change: Callable[[dict[str, Any]], Any], where: str
) -> None:
    changed = copy.deepcopy(POLICY)
    change(changed)
    source, target = side("source", having(changed)), side("target", having(POLICY))
    [(item, kind, detail)] = found(source, target)
    assert (item, kind) == ("ism-policy logs", "changed")
    assert detail.startswith(where)
    assert moved(source, target)
    assert found(source, target) == []


def test_what_only_the_target_has_stays(side: Callable[..., Client]) -> None:
    plugin = having(POLICY, "the-domains-own")
    source, target = side("source", having(POLICY)), side("target", plugin)
    moved(source, target)
    assert sorted(plugin.policies) == ["logs", "the-domains-own"]
    assert found(source, target) == []


def test_all_pages_are_read(side: Callable[..., Client]) -> None:
    plugin = having(POLICY, *(f"p{number:04}" for number in range(1200)))
    assert len(policies.policies(side("source", plugin)) or ()) == 1200
    assert len(plugin.requests) == 4  # one of them is the greeting


@pytest.mark.parametrize("how", ABSENT)
def test_without_the_plugin_there_is_nothing_to_do(side: Callable[..., Client], how: str) -> None:
    status, body = ABSENT[how]
    source, target = side("source", status=status, body=body), side("target", status=status, body=body)
    assert definitions.lacking(source, target, ()) == []
    assert not moved(source, target)
    assert found(source, target) == []
    assert policies.with_policies(source, INDICES) == INDICES
    assert known(target, policies.UNMANAGED) == {}


@pytest.mark.parametrize("how", ABSENT)
def test_policies_that_the_target_cannot_have_are_named_before_anything_starts(
    side: Callable[..., Client], how: str
) -> None:
    status, body = ABSENT[how]
    source, target = side("source", having(POLICY, "logs", "audit")), side("target", status=status, body=body)
    assert definitions.lacking(source, target, ()) == [
        "ism-policy/audit, ism-policy/logs: the target has no Index State Management"
    ]
    assert definitions.lacking(source, target, ["ism-policy/logs"]) == [
        "ism-policy/audit: the target has no Index State Management"
    ]
    assert definitions.lacking(source, target, ["ism-policy/*"]) == []


def test_without_permission_nothing_is_missed_in_silence(side: Callable[..., Client]) -> None:
    source, target = side("source", status=403, body={"error": DENIED, "status": 403}), side("target", Ism())
    for ask in (lambda: definitions.lacking(source, target, ()), lambda: policies.with_policies(source, INDICES)):
        with pytest.raises(CopyError, match=r"policy/search.*exclude: \['ism-policy/\*'\]"):
            ask()
    assert definitions.lacking(source, target, ["ism-policy/*"]) == []


def test_open_distro_is_asked_under_its_own_name(side: Callable[..., Client]) -> None:
    old = Ism((1, 0), base="/_opendistro/_ism")
    old.has("logs", POLICY)
    source = side("source", old, number="7.10.2", distribution="elasticsearch")
    target = side("target", Ism())
    assert moved(source, target)
    assert found(source, target) == []


INDICES = {"logs-1": Index("logs-1", "u", False, False, {"index.number_of_shards": "1"}, {}, {}, 1024)}


def test_the_request_that_attaches_is_named_for_each_managed_index(side: Callable[..., Client]) -> None:
    plugin = having(POLICY)
    plugin.attached = {f"logs-{number}": "logs" for number in range(50)} | {"gone": "logs"}
    told = policies.with_policies(side("source", plugin), INDICES)
    assert told.keys() == INDICES.keys()
    definition, refusal = define(side("target", Ism()), told["logs-1"], {})
    assert not refusal
    [adjusted] = definition.adjusted
    assert (adjusted["index"], adjusted["value"], adjusted["action"]) == ("logs-1", "logs", "dropped")
    assert adjusted["reason"].endswith('POST /_plugins/_ism/add/logs-1 {"policy_id": "logs"}')


def test_a_policy_that_was_a_setting_is_named_and_other_settings_of_the_plugin_stay(
    side: Callable[..., Client],
) -> None:
    old = {
        "index.opendistro.index_state_management.policy_id": "logs",
        "index.plugins.index_state_management.auto_manage": "true",
        "index.plugins.index_state_management.rollover_alias": "logs",
    }
    index = Index("logs-1", "u", False, False, old, {}, {}, 1024)
    definition, _refusal = define(side("target", Ism()), index, policies.UNMANAGED)
    assert definition.settings == {"index.plugins.index_state_management.rollover_alias": "logs"}
    assert {one["setting"].rpartition(".")[2] for one in definition.adjusted} == {"policy_id", "auto_manage"}
    lacking, _refusal = define(side("target"), index, {})
    assert lacking.settings == {}
    assert "the target does not know it" in {one["reason"] for one in lacking.adjusted}


def test_an_index_is_made_so_that_no_policy_takes_it_up(side: Callable[..., Client]) -> None:
    plugin = having(POLICY)
    target = side("target", plugin, status=200, body={})
    unmanaged = known(target, policies.UNMANAGED)
    assert unmanaged == policies.UNMANAGED
    index = INDICES["logs-1"]
    definitions.create(target, Definition(index, dict(index.settings), unmanaged=unmanaged))
    assert not plugin.attached
    definitions.create(target, Definition(index, dict(index.settings)))
    assert plugin.attached == {"logs-1": "logs"}, "the pretend plugin attaches as the real one does"
