"""A pretend Index State Management plugin, by its documentation and its source: the real one is not to be had here.

A hook of a go-between (see `tests.between`): it answers the plugin's paths, and knows its settings, which it takes out
of what goes on to a real node. Like the real one it attaches a policy to each new index that the policy's template
matches, unless the index says that it is not to be managed.
"""

from __future__ import annotations

import json
import time
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.between import Exchange

SETTINGS = "index_state_management."
RETRY = {"count": 3, "backoff": "exponential", "delay": "1m"}


class Ism:
    """The plugin of one side. version: how it spells what it answers. attached: the policy of each index."""

    def __init__(self, version: tuple[int, int] = (2, 19), base: str = "/_plugins/_ism") -> None:
        self.version, self._base = version, base
        self.policies: dict[str, dict[str, Any]] = {}
        self.attached: dict[str, str] = {}
        self.requests: list[tuple[str, str]] = []
        self._written = 0
        self._by_template: dict[str, bool] = {}

    def has(self, name: str, policy: dict[str, Any]) -> None:
        """Keep a policy, as if somebody had put it."""
        self._written += 1
        now = int(time.time() * 1000)
        templates = policy.get("ism_template")
        kept = {
            "policy_id": name,
            "description": policy["description"],
            "last_updated_time": now,
            "schema_version": 21,
            "error_notification": policy.get("error_notification"),
            "default_state": policy["default_state"],
            "states": [
                {**state, "actions": [self._action(action) for action in state["actions"]]}
                for state in policy["states"]
            ],
            "ism_template": templates and [{"last_updated_time": now, **one} for one in templates],
        }
        self.policies[name] = {"_id": name, "_seq_no": self._written, "_primary_term": 1, "policy": kept}

    def _action(self, action: dict[str, Any]) -> dict[str, Any]:
        if self.version < (2, 0):
            return action
        said = {"retry": RETRY, **action}
        if "rollover" in action:
            said["rollover"] = {**action["rollover"], "copy_alias": action["rollover"].get("copy_alias", False)}
        return said

    def __call__(self, exchange: Exchange) -> None:
        self.requests.append((exchange.method, exchange.path))
        parts = urlsplit(exchange.path)
        if parts.path.startswith(self._base + "/"):
            query = {name: int(value[0]) for name, value in parse_qs(parts.query).items()}
            what, _slash, name = parts.path.removeprefix(self._base + "/").partition("/")
            self._answer(exchange, exchange.method, what, unquote(name), query)
            return
        managed = SETTINGS.encode() not in exchange.sent or self._own_settings(exchange)
        match exchange.method, [unquote(part) for part in parts.path.split("/")[1:]]:
            case "PUT", ["_index_template", _name]:
                for pattern in json.loads(exchange.sent)["index_patterns"]:
                    self._by_template[pattern] = managed
            case ("PUT", ["_data_stream", name]) | ("POST", [name, "_rollover"]):
                self._created(name, managed=self._by_template.get(name, True))
            case "PUT", [name]:
                self._created(name, managed=managed)

    def _answer(self, exchange: Exchange, method: str, what: str, name: str, query: dict[str, int]) -> None:
        if (method, what) == ("PUT", "policies"):
            exchange.refuse(*self._put(name, json.loads(exchange.sent)["policy"], query))
        elif name:
            found = self.policies.get(name)
            missing = {"error": {"type": "status_exception", "reason": "Policy not found"}, "status": 404}
            exchange.refuse(*_said(found or missing, 200 if found else 404))
        else:
            entries = sorted(self.policies.items() if what == "policies" else self.attached.items())
            page = entries[query.get("from", 0) :][: query.get("size", 20)]
            if what == "policies":
                answer: dict[str, Any] = {"policies": [one for _name, one in page], "total_policies": len(entries)}
            else:
                key = "index.plugins.index_state_management.policy_id"
                answer = {index: {key: policy, "index": index, "enabled": True} for index, policy in page}
                answer["total_managed_indices"] = len(entries)
            exchange.refuse(*_said(answer))

    def _put(self, name: str, policy: dict[str, Any], query: dict[str, int]) -> tuple[int, str, bytes]:
        there = self.policies.get(name)
        wanted = {"if_seq_no": there["_seq_no"], "if_primary_term": there["_primary_term"]} if there else {}
        if query != wanted:
            reason = f"[{name}]: version conflict, document already exists"
            return _said({"error": {"type": "version_conflict_engine_exception", "reason": reason}, "status": 409}, 409)
        text = json.dumps(policy)
        if refused := [name for name in ("prevent_empty_rollover", '"user"') if name in text]:
            reason = f"Invalid field: [{refused[0]}] found in Policy."
            return _said({"error": {"type": "illegal_argument_exception", "reason": reason}, "status": 400}, 400)
        self.has(name, policy)
        return _said(self.policies[name], 201)

    @staticmethod
    def _own_settings(exchange: Exchange) -> bool:
        """Take the plugin's settings out; whether they let it attach. Before 3.4 one of both names is not enough."""
        body = json.loads(exchange.sent)
        settings = body.get("template", body)["settings"]
        own = {name: settings.pop(name) for name in list(settings) if SETTINGS in name}
        exchange.sent = json.dumps(body).encode()
        return [value for name, value in own.items() if name.endswith("auto_manage")] != ["false", "false"]

    def _created(self, index: str, *, managed: bool) -> None:
        now = time.time() * 1000
        for name, policy in self.policies.items():
            for template in policy["policy"]["ism_template"] or ():
                older = template["last_updated_time"] < now
                if managed and older and any(fnmatchcase(index, pattern) for pattern in template["index_patterns"]):
                    self.attached[index] = name


def _said(answer: Any, status: int = 200) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(answer).encode()
