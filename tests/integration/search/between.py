"""The go-between in front of a search node: it refuses some requests, and cuts some answers off in the middle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import urllib3

from lab.servers import Server
from tests import between as one
from tests.between import Exchange, Hook, nothing

Wanted = Callable[[str], bool]
"""Of a request's path."""

REFUSAL = b'{"error":{"type":"rejected_execution_exception","reason":"refused on purpose"},"status":429}'


class EverySecond:
    """Picks every second of the wanted requests, at most so many; `done` are those that it picked."""

    def __init__(self, wanted: Wanted, limit: int) -> None:
        self._wanted, self._limit = wanted, limit
        self._seen: list[str] = []
        self.done: list[str] = []

    def __call__(self, exchange: Exchange) -> bool:
        if not self._wanted(exchange.path):
            return False
        self._seen.append(exchange.path)
        if len(self._seen) % 2 or len(self.done) >= self._limit:
            return False
        self.done.append(exchange.path)
        return True

    def refuse(self, exchange: Exchange) -> None:
        """As a hook before the request is passed on: answer 429 instead."""
        if self(exchange):
            exchange.refuse(429, "application/json", REFUSAL)

    def cut(self, exchange: Exchange) -> None:
        """As a hook after it was answered: cut the answer off in the middle."""
        exchange.cut = self(exchange)


@contextmanager
def between(server: Server, *, before: Hook = nothing, after: Hook = nothing) -> Iterator[str]:
    """Where to dial (host:port, without TLS) to reach the server through it; it signs in by itself."""
    secured = {"ca_certs": str(server.ca_path)} if server.user else {}
    login = urllib3.make_headers(basic_auth=f"{server.user}:{server.password}") if server.user else {}
    pool = urllib3.PoolManager(maxsize=32, block=True, retries=False, **secured)

    def forward(exchange: Exchange) -> None:
        address, asked = server.url + exchange.path, {**exchange.asked, **login}
        exchange.answered(
            pool.request(exchange.method, address, body=exchange.sent or None, headers=asked, decode_content=False)
        )

    with one.between(forward, before=before, after=after) as url:
        yield urlsplit(url).netloc
