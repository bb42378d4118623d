"""A go-between in front of a real server, so that a test can change both ways: refuse, damage, cut off."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lab.certificates import Certificate

Hook = Callable[["Exchange"], None]
_HOP = {"host", "authorization", "x-amz-date", "connection", "content-length", "transfer-encoding"}


@dataclass
class Exchange:
    """A request and its answer. A hook that sets a status before the request is passed on answers it instead.

    cut: half of the answer's body is sent, then the connection is closed.
    """

    method: str
    path: str
    asked: dict[str, str]
    sent: bytes
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False

    def refuse(self, status: int, kind: str, body: bytes) -> None:
        self.status, self.headers, self.body = status, {"Content-Type": kind}, body

    def answered(self, answer: Any) -> None:
        """Take over the answer of urllib3, which has decoded nothing."""
        self.status, self.body = answer.status, answer.data
        self.headers = {
            name: value
            for name, value in answer.headers.items()
            if name.lower() not in {"connection", "transfer-encoding", "content-length"}
            or (name.lower() == "content-length" and self.method == "HEAD")
        }


def nothing(_exchange: Exchange) -> None:
    pass


@contextmanager
def between(
    forward: Hook, *, before: Hook = nothing, after: Hook = nothing, certificate: Certificate | None = None
) -> Iterator[str]:
    """The go-between's URL on loopback. `forward` asks the server itself, and sets the answer."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            exchange = Exchange(self.command, self.path, asked, sent)
            before(exchange)
            if not exchange.status:
                forward(exchange)
                after(exchange)
            self.send_response(exchange.status)
            for name, value in exchange.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in exchange.headers and exchange.status != 204:
                self.send_header("Content-Length", str(len(exchange.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(exchange.body[: len(exchange.body) // 2] if exchange.cut else exchange.body)
            self.close_connection = self.close_connection or exchange.cut

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815

        def log_message(self, *_args: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert_path, certificate.key_path)
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{listener.server_address[1]}"
    finally:
        listener.shutdown()
        listener.server_close()
