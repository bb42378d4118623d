"""The traps of the search store."""

from __future__ import annotations

import time
from typing import Any

from opensearchpy import OpenSearch

from .definitions import DEFINITIONS
from .documents import DOCUMENTS, PRETTY, UNREADABLE
from .trap import Request, SearchTrap

TRAPS: tuple[SearchTrap, ...] = DEFINITIONS + DOCUMENTS + UNREADABLE

__all__ = ["PRETTY", "TRAPS", "SearchTrap", "available", "has_nori", "holds", "set_traps"]


def set_traps(client: OpenSearch, unreadable: bool) -> None:
    """Make every trap that the server can take."""
    for trap in available(client):
        if trap.readable or unreadable:
            for request in trap.make:
                send(client, request)


def available(client: OpenSearch) -> list[SearchTrap]:
    """The traps whose modules and plugins the server has."""
    have = _modules(client)
    return [trap for trap in TRAPS if trap.needs <= have]


def has_nori(client: OpenSearch) -> bool:
    return "analysis-nori" in _modules(client)


def holds(client: OpenSearch, trap: SearchTrap) -> bool:
    """True when every check of the trap finds what it expects."""
    return all(_follow(send(client, check.request), check.at) == check.expected for check in trap.checks)


def send(client: OpenSearch, request: Request) -> Any:
    """One request as it stands; a bulk with errors inside raises."""
    time.sleep(request.wait)
    path, _mark, query = request.path.partition("?")
    params = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
    answer = client.transport.perform_request(request.method, path, params=params, body=request.body)
    if isinstance(answer, dict) and answer.get("errors"):
        raise ValueError(f"OpenSearch refused documents of {request.path}: {str(answer['items'])[:500]}")
    return answer


def _modules(client: OpenSearch) -> frozenset[str]:
    nodes = client.nodes.info(metric="plugins")["nodes"].values()
    return frozenset(one["name"] for node in nodes for kind in ("plugins", "modules") for one in node[kind])


def _follow(answer: Any, at: tuple[str | int, ...]) -> Any:
    for step in at:
        answer = answer[step]
    return answer
