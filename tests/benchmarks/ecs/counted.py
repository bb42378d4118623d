"""A way to the pretend AWS that counts the calls which go through it, whoever makes them."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

HOST = "127.0.0.1"


class Counted(http.server.ThreadingHTTPServer):
    """Plain HTTP on loopback in front of an HTTPS endpoint. calls: action -> number."""

    def __init__(self, endpoint: str, bundle: str) -> None:
        self.target = urlsplit(endpoint)
        self.trust = ssl.create_default_context(cafile=bundle)
        self.calls: Counter[str] = Counter()
        super().__init__((HOST, 0), _Passing)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"


class _Passing(http.server.BaseHTTPRequestHandler):
    """The Host header goes on as it came: it is signed."""

    protocol_version = "HTTP/1.1"
    server: Counted

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.calls[self.headers.get("X-Amz-Target", self.path).rpartition(".")[2]] += 1
        target = self.server.target
        onward = http.client.HTTPSConnection(
            target.hostname or HOST, target.port, context=self.server.trust, timeout=60
        )
        onward.request(self.command, self.path, body, dict(self.headers))
        answer = onward.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        onward.close()

    def log_message(self, *_words: object) -> None:
        """Silence."""


@contextlib.contextmanager
def counted(endpoint: str, bundle: str) -> Iterator[Counted]:
    """The way, open."""
    server = Counted(endpoint, bundle)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
