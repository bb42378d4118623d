"""A server between a client and a search node: it refuses some requests, and cuts some answers off in the middle."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lab.servers import Server

Fate = Callable[[str, str], str]
"""Of a request (method, path): pass, refuse or cut."""

REFUSAL = b'{"error":{"type":"rejected_execution_exception","reason":"refused on purpose"},"status":429}'


def _handler(server: Server, fate: Fate) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Passes requests on."""

        protocol_version = "HTTP/1.1"

        def log_message(self, *_words: object) -> None:
            """Nothing is printed."""

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:  # the client was killed
                self.close_connection = True

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            what = fate(self.command, self.path)
            if what == "refuse":
                self._answer(429, REFUSAL)
                return
            way = http.client.HTTPConnection(server.host, server.port, timeout=60)
            way.request(self.command, self.path, body, {"content-type": self.headers.get("content-type", "")})
            answer = way.getresponse()
            content = answer.read()
            way.close()
            self._answer(answer.status, content, cut=what == "cut")

        def _answer(self, status: int, content: bytes, *, cut: bool = False) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content[: len(content) // 2] if cut else content)
            self.close_connection = self.close_connection or cut

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass_on  # noqa: N815  # the base class calls them so

    return Handler


@contextmanager
def between(server: Server, fate: Fate) -> Iterator[str]:
    """Where to dial (host:port) to reach the server through it."""
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server, fate))
    thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"127.0.0.1:{proxy.server_address[1]}"
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
