"""The compose specification's own JSON schema, and the path of every key in it, as the tables of rules write it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import tests.conftest  # noqa: F401  # pylint: disable=unused-import  # makes the collection importable

# isort: split
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import compose_program
from ansible_collections.replatform.aws.plugins.module_utils._ecs.walk import WHOLE


@cache
def schema() -> dict[str, Any]:
    """The schema, which docker-compose carries inside."""
    text = Path(compose_program()[0]).read_bytes()
    start = text.index(b'"$schema"')
    while True:
        begin = text.rindex(b"{", 0, start)
        try:
            found: dict[str, Any] = json.JSONDecoder().raw_decode(
                text[begin : begin + 200_000].decode("utf-8", "ignore")
            )[0]
        except ValueError:
            found = {}
        if "service" in (found.get("definitions") or found.get("$defs") or {}):
            return found
        start = text.index(b'"$schema"', start + 1)


def definitions() -> dict[str, Any]:
    """The named parts of the schema."""
    return dict(schema().get("definitions") or schema()["$defs"])


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """A node with the definition that it refers to."""
    if "$ref" not in node:
        return node
    return definitions()[node["$ref"].rpartition("/")[2]] | {key: node[key] for key in node if key != "$ref"}


def _paths(node: dict[str, Any], path: str) -> Iterator[str]:
    node = resolved(node)
    lead = f"{path}." if path else ""
    for name, value in (node.get("properties") or {}).items():
        yield f"{lead}{name}"
        yield from _paths(value, f"{lead}{name}")
    for pattern, value in (node.get("patternProperties") or {}).items():
        if pattern != "^x-":
            yield f"{lead}*"
            yield from _paths(value, f"{lead}*")
    if isinstance(node.get("items"), dict):
        yield f"{path}[]"
        yield from _paths(node["items"], f"{path}[]")
    for kind in ("oneOf", "anyOf", "allOf"):
        for option in node.get(kind) or ():
            yield from _paths(option, path)


@cache
def service_paths() -> frozenset[str]:
    """Every key of a service at every depth, with `[]` and `*` for what has no name of its own."""
    return frozenset(_paths(definitions()["service"], ""))


@cache
def project_paths() -> frozenset[str]:
    """Every key beside `services`."""
    found = _paths({"properties": {k: v for k, v in schema()["properties"].items() if k != "services"}}, "")
    return frozenset(found)


def is_named(path: str) -> bool:
    """Whether the path ends in a key of the specification's."""
    return not path.endswith(("[]", "*"))


def below(paths: frozenset[str], pattern: str) -> list[str]:
    """The named keys below a pattern that stands for all of them, relative to it."""
    base = pattern.removesuffix(WHOLE)
    found = (path for path in paths if path.startswith((f"{base}.", f"{base}[]")) and is_named(path))
    return sorted(path[len(base) :].lstrip(".") for path in found)
