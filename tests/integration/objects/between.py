"""A go-between in front of a real MinIO: it signs what it passes on, so that a test can change both ways."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lab.certificates import Certificate
from lab.servers import Server

Hook = Callable[["Exchange"], None]
_HOP = {"host", "authorization", "x-amz-date", "connection", "content-length", "transfer-encoding"}


@dataclass
class Exchange:
    """A request and its answer. A hook that sets a status before the request is passed on answers it instead."""

    method: str
    path: str
    asked: dict[str, str]
    sent: bytes
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def refuse(self, status: int, code: str) -> None:
        self.status = status
        self.headers = {"Content-Type": "application/xml"}
        self.body = f"<Error><Code>{code}</Code><Message>said the test</Message></Error>".encode()


def _nothing(_exchange: Exchange) -> None:
    pass


@contextmanager
def between(
    server: Server, *, before: Hook = _nothing, after: Hook = _nothing, certificate: Certificate | None = None
) -> Iterator[str]:
    """The go-between's URL on loopback."""
    pool = urllib3.PoolManager(maxsize=32, block=True, retries=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            exchange = Exchange(self.command, self.path, asked, sent)
            before(exchange)
            if not exchange.status:
                _forward(pool, server, exchange)
                after(exchange)
            self.send_response(exchange.status)
            for name, value in exchange.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in exchange.headers and exchange.status != 204:
                self.send_header("Content-Length", str(len(exchange.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(exchange.body)

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


def _forward(pool: urllib3.PoolManager, server: Server, exchange: Exchange) -> None:
    request = AWSRequest(exchange.method, server.url + exchange.path, headers=exchange.asked)
    signer = S3SigV4Auth(Credentials(server.user, server.password), "s3", "us-east-1")
    signer.payload = lambda _request: "UNSIGNED-PAYLOAD"
    signer.add_auth(request)
    answer = pool.request(
        exchange.method,
        urlsplit(server.url)._replace(path="").geturl() + exchange.path,
        headers={name: value.encode() for name, value in request.headers.items()},  # type: ignore[misc]
        body=exchange.sent or None,
        decode_content=False,
        redirect=False,
    )
    exchange.status, exchange.body = answer.status, answer.data
    exchange.headers = {
        name: value
        for name, value in answer.headers.items()
        if name.lower() not in {"connection", "transfer-encoding", "content-length"}
        or (name.lower() == "content-length" and exchange.method == "HEAD")
    }
