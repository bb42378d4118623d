"""Requests signed for AWS, checked by a server that computes the signature of what it received by itself."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar
from urllib.parse import quote

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._search.connect import Client, End, path

SECRET = "secret-of-the-test"


class Checking(BaseHTTPRequestHandler):
    """Answers 200 only to a request whose signature is right."""

    seen: ClassVar[list[tuple[str, str]]] = []

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        good = self.headers["authorization"].rpartition("Signature=")[2] == self._signature(body)
        signed = self.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0]
        self.seen.append((self.headers["host"], signed))
        answer = (
            b'{"version": {"number": "2.19.3", "distribution": "opensearch"}}' if good else b'{"error": "signature"}'
        )
        self.send_response(200 if good else 403)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = _answer  # noqa: N815 - the base class looks for these names

    def _signature(self, body: bytes) -> str:
        where, _mark, query = self.path.partition("?")
        scope = self.headers["authorization"].partition("Credential=")[2].partition(",")[0].split("/")[1:]
        names = self.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0]
        request = "\n".join(
            [
                self.command,
                quote(where, safe="/~"),
                "&".join(sorted(query.split("&"))),
                *(f"{name}:{self.headers[name]}" for name in names.split(";")),
                "",
                names,
                hashlib.sha256(body).hexdigest(),
            ]
        )
        hashed = hashlib.sha256(request.encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", self.headers["x-amz-date"], "/".join(scope), hashed])
        key = f"AWS4{SECRET}".encode()
        for part in scope:
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    with HTTPServer(("127.0.0.1", 0), Checking) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening.server_port
        listening.shutdown()


def signed(port: int) -> Client:
    options = {"url": "http://search.example.com", "auth": "sigv4", "region": "ap-northeast-2"}
    return Client(End.of("target", {**options, "connect_to": f"127.0.0.1:{port}"}))


def test_requests_are_signed_for_the_name_in_the_url(server: int) -> None:
    client = signed(server)
    client.greet()
    assert client.version == (2, 19)
    client.raw(
        "POST", path("한글 a+b%", "_bulk"), b'{"index":{}}\n{}\n', pipeline="_none", filter_path="errors,items.*.x"
    )
    # A header that a proxy may change is not signed.
    assert set(Checking.seen) == {("search.example.com", "host;x-amz-content-sha256;x-amz-date")}


def test_a_wrong_secret_is_one_clear_message(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(CopyError, match="target http://search.example.com:80 does not allow it"):
        signed(server).greet()
