"""What a trap of the search store is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# A dict is sent as JSON; a text goes as it is, so that the bytes of a document's _source are ours.
Body = dict[str, Any] | str | None


@dataclass(frozen=True)
class Request:
    """`wait` is how many seconds to let pass before it."""

    method: str
    path: str
    body: Body = None
    wait: float = 0


@dataclass(frozen=True)
class Check:
    """The answer to `request`, followed along `at`, has to be `expected`."""

    request: Request
    at: tuple[str | int, ...]
    expected: object


@dataclass(frozen=True)
class SearchTrap:
    """`needs`: modules or plugins of the server without which the trap is left out.

    `readable` is False where the server itself cannot give the documents back: made only on demand.
    """

    name: str
    make: tuple[Request, ...]
    checks: tuple[Check, ...]
    needs: frozenset[str] = frozenset()
    readable: bool = True


def put(path: str, body: Body = None) -> Request:
    return Request("PUT", path, body)


def post(path: str, body: Body = None) -> Request:
    return Request("POST", path, body)


def got(path: str, at: tuple[str | int, ...], expected: object) -> Check:
    """A check by GET."""
    return Check(Request("GET", path), at, expected)


def index(shards: int = 1, settings: dict[str, Any] | None = None, **mappings: Any) -> dict[str, Any]:
    """The body that creates an index without replicas."""
    base = {"number_of_shards": shards, "number_of_replicas": 0}
    return {"settings": base | (settings or {}), "mappings": mappings}
