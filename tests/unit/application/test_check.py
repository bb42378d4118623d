"""application_check against a small real HTTP server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._application.client import ApplicationError
from ansible_collections.replatform.aws.plugins.module_utils._application.options import argument_spec, examine

WORD = "zq-admin-word"


class Site(BaseHTTPRequestHandler):
    """An application that keeps one uploaded file and has one flaw per switch."""

    files: dict[str, bytes] = {}
    flaws: set[str] = set()
    greeting = b"hello"

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self, status: int, body: bytes = b"{}") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path == "/api/health":
            return self._answer(503 if "ill" in self.flaws else 200)
        if self.path == "/greeting":
            return self._answer(200, self.greeting)
        kept = self.files.get(self.path.rsplit("/", 1)[-1])
        return self._answer(200, kept) if kept is not None else self._answer(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/login":
            ok = WORD.encode() in body
            return self._answer(
                200 if ok else 401, json.dumps({"access_token": "t"} if ok else {"sent": str(body)}).encode()
            )
        if self.path == "/api/search":
            return self._answer(200, json.dumps({"hits": list(self.files)}).encode())
        if self.headers["Authorization"] != "Bearer t":
            return self._answer(401)
        content = body.split(b"\r\n\r\n", 1)[1].split(b"\r\n--", 1)[0]
        self.files["replatform-smoke.txt"] = content[:-1] if "truncates" in self.flaws else content
        return self._answer(201, b'{"id": 1}')

    def do_DELETE(self) -> None:
        if "keeps" not in self.flaws:
            self.files.clear()
        self._answer(200)


@pytest.fixture
def site() -> Iterator[type[Site]]:
    class Own(Site):
        files: dict[str, bytes] = {}
        flaws: set[str] = set()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    Own.address = f"127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Own
    server.shutdown()
    server.server_close()
    thread.join()


def run(site: Any, **given: Any) -> dict[str, Any]:
    params: dict[str, Any] = {name: option.get("default") for name, option in argument_spec().items()}
    params |= {"url": "http://app.example.com", "connect_to": site.address, "ready_timeout": 0}
    login = {"path": "/api/login", "username": "admin", "password": WORD, "format": "json", "token": "access_token"}
    spec = argument_spec()["upload"]["options"]
    params |= {"login": login, **given}
    if params["upload"] is True:
        params["upload"] = {name: option["default"] for name, option in spec.items()}
    return examine(params, hide=lambda secret: None, check_mode=False)


def failed(result: dict[str, Any]) -> list[str]:
    return [check["name"] for check in result["checks"] if not check["ok"]]


def test_upload_is_found_and_taken_out(site: Any) -> None:
    result = run(site, upload=True)
    assert [check["name"] for check in result["checks"]] == ["upload", "download", "search", "delete", "gone"]
    assert failed(result) == [] and site.files == {}


@pytest.mark.parametrize(("flaw", "step"), [("truncates", "download"), ("keeps", "gone")])
def test_a_flaw_is_seen(site: Any, flaw: str, step: str) -> None:
    site.flaws.add(flaw)
    assert failed(run(site, upload=True)) == [step]


def test_an_answer_unlike_the_old_one_is_seen(site: Any) -> None:
    check = {"name": "greeting", "path": "/greeting", "same": True}
    assert failed(run(site, checks=[check], reference_url=f"http://{site.address}")) == []

    class Other(Site):
        greeting = b"HELLO"

    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever).start()
    try:
        result = run(site, checks=[check], reference_url=f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
    assert failed(result) == ["greeting"]


def test_not_ready_says_what_it_said_last(site: Any) -> None:
    site.flaws.add("ill")
    with pytest.raises(ApplicationError, match="status 503"):
        run(site)


def test_a_refused_login_does_not_repeat_what_was_sent(site: Any) -> None:
    wrong = {"path": "/api/login", "username": "admin", "password": "wrong-word", "format": "form", "token": "x"}
    with pytest.raises(ApplicationError, match="answered 401") as refused:
        run(site, login=wrong)
    assert "wrong-word" not in str(refused.value)


def test_wrong_status_and_missing_text_are_problems(site: Any) -> None:
    checks = [
        {"name": "status", "path": "/api/documents/download/none"},
        {"name": "text", "path": "/greeting", "contains": "goodbye"},
    ]
    assert failed(run(site, checks=checks)) == ["status", "text"]
