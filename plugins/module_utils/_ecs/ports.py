# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of ports and of the network: in a task every container has the task's one address."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Draft, Node, rule
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import (
    Outcome,
    mapped,
    refused,
    without_effect,
)

_PROTOCOLS = ("tcp", "udp")
_PORT = mapped("portMappings.containerPort", "reached at the task's own address")
_PROTOCOL = mapped("portMappings.protocol")
_OTHER_PROTOCOL = refused("ECS maps ports of tcp and udp only: take it out, or accept that nobody reaches it")


def _open(draft: Draft, number: int, protocol: str) -> dict[str, Any]:
    """The container's mapping of a port, which is made once."""
    mappings: list[dict[str, Any]] = draft.container.setdefault("portMappings", [])
    for mapping in mappings:
        if (mapping["containerPort"], mapping["protocol"]) == (number, protocol):
            return mapping
    mappings.append({"containerPort": number, "hostPort": number, "protocol": protocol})
    return mappings[-1]


def _mapping(draft: Draft, node: Node) -> dict[str, Any] | None:
    """The mapping of the port that this is a member of; None for a protocol that ECS does not map."""
    protocol = node.beside("protocol") or "tcp"
    return _open(draft, int(node.beside("target")), protocol) if protocol in _PROTOCOLS else None


@rule(_PORT, _OTHER_PROTOCOL)
def target(draft: Draft, node: Node) -> Outcome:
    return _OTHER_PROTOCOL if _mapping(draft, node) is None else _PORT


@rule(_PROTOCOL, _OTHER_PROTOCOL)
def protocol(draft: Draft, node: Node) -> Outcome:
    return _OTHER_PROTOCOL if _mapping(draft, node) is None else _PROTOCOL


_NAME = mapped("portMappings.name", "the name for Service Connect")
_OTHER_NAME = without_effect("no name for ECS: one for each port, of small letters, digits, - and _, 64 at most")


@rule(_NAME, _OTHER_NAME)
def name(draft: Draft, node: Node) -> Outcome:
    mapping = _mapping(draft, node)
    taken = {other.get("name") for other in draft.container.get("portMappings") or ()} | draft.task.port_names
    if mapping is None or "name" in mapping or node.value in taken:
        return _OTHER_NAME
    if not re.fullmatch(r"[a-z0-9_][a-z0-9_-]{0,63}", str(node.value)):
        return _OTHER_NAME
    mapping["name"] = node.value
    draft.task.port_names.add(node.value)
    return _NAME


_APP_PROTOCOL = mapped("portMappings.appProtocol", "for Service Connect")
_OTHER_APP_PROTOCOL = without_effect("a hint only; ECS knows http, http2 and grpc")


@rule(_APP_PROTOCOL, _OTHER_APP_PROTOCOL)
def app_protocol(draft: Draft, node: Node) -> Outcome:
    mapping = _mapping(draft, node)
    if mapping is None or node.value not in ("http", "http2", "grpc"):
        return _OTHER_APP_PROTOCOL
    mapping["appProtocol"] = node.value
    return _APP_PROTOCOL


_EXPOSED = mapped("portMappings")


@rule(_EXPOSED, _OTHER_PROTOCOL)
def expose(draft: Draft, node: Node) -> Outcome:
    numbers, _slash, said = str(node.value).partition("/")
    if (said or "tcp") not in _PROTOCOLS:
        return _OTHER_PROTOCOL
    first, _dash, last = numbers.partition("-")
    for number in range(int(first), int(last or first) + 1):
        _open(draft, number, said or "tcp")
    return _EXPOSED


_SAME_INTERFACE = mapped("networkMode", "the containers of a task share one network interface")
_OWN_INTERFACE = without_effect("bridge, default: the task has a network interface of its own")
_OTHER_MODE = refused(
    "every task has a network interface of its own: take it out, or run the service whose network it is in the same "
    "`task`"
)


@rule(_SAME_INTERFACE, _OWN_INTERFACE, _OTHER_MODE)
def network_mode(draft: Draft, node: Node) -> Outcome:
    kind, _colon, service = str(node.value or "").partition(":")
    if kind in ("", "bridge", "default"):
        return _OWN_INTERFACE
    return _SAME_INTERFACE if kind == "service" and service in draft.task.services else _OTHER_MODE
