# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of a running application: does it answer, and does it answer what the old one answers."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from ansible_collections.replatform.aws.plugins.module_utils._application.client import (
    Answer,
    ApplicationError,
    Client,
)


@dataclass(frozen=True)
class Login:
    """How to get a bearer token: a POST of user name and password, as a form or as JSON."""

    path: str
    username: str
    password: str
    format: str = "form"
    token: str = "access_token"  # noqa: S105 - the name of a field


@dataclass(frozen=True)
class Check:
    """One request and what its answer must be.

    contains: text that must be in the body. same: whether the reference must answer the same body.
    """

    name: str
    path: str
    method: str = "GET"
    json: Any = None
    status: int = 200
    contains: str = ""
    same: bool = False
    login: bool = False


@dataclass(frozen=True)
class Upload:
    """How to upload a file, find it again, and take it out. Paths may name fields of the upload's answer in braces."""

    path: str
    field: str
    name: str
    download_path: str
    delete_path: str
    search_path: str = ""


def wait_until_ready(client: Client, path: str, seconds: float, pause: Callable[[float], None] = time.sleep) -> float:
    """Wait for a 200 from `path`; answer how long it took. An ApplicationError says what it said last."""
    began = time.monotonic()
    while True:
        try:
            answer = client.request("GET", path)
            last = f"status {answer.status}: {_text(answer)}"
            if answer.status == 200:
                return time.monotonic() - began
        except ApplicationError as error:
            last = str(error)
        if time.monotonic() - began >= seconds:
            raise ApplicationError(
                f"{client.url}{path} did not answer 200 within {seconds:.0f} s; it last said: {last}. "
                f"Look at the tasks' logs and at the target group's health."
            )
        pause(1.0)


def log_in(client: Client, login: Login) -> str:
    """A bearer token. What the application answers is never shown: it may repeat what was sent."""
    given = {"username": login.username, "password": login.password}
    if login.format == "json":
        headers, body = {"Content-Type": "application/json"}, json.dumps(given).encode()
    else:
        headers, body = {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(given).encode()
    answer = client.request("POST", login.path, headers=headers, body=body)
    if answer.status != 200:
        raise ApplicationError(
            f"login: {client.url}{login.path} answered {answer.status} for user {login.username}. "
            f"Are the users' table and the password right?"
        )
    token = answer.json().get(login.token)
    if not isinstance(token, str):
        raise ApplicationError(f"login: the answer has no {login.token!r}. Set login.token to the field of the token.")
    return token


def run_checks(
    client: Client, checks: Sequence[Check], login: Login | None, reference: Client | None
) -> list[dict[str, Any]]:
    """Run all checks; answer one result each: name, ok, status, seconds, problem (empty when ok)."""
    token = log_in(client, login) if login else ""
    return [_result(check, client, token, reference) for check in checks]


def _result(check: Check, client: Client, token: str, reference: Client | None) -> dict[str, Any]:
    try:
        answer = _send(client, check, token)
        problem = _problem(check, answer, reference)
    except ApplicationError as error:
        return {"name": check.name, "ok": False, "status": 0, "seconds": 0.0, "problem": str(error)}
    return {
        "name": check.name,
        "ok": not problem,
        "status": answer.status,
        "seconds": round(answer.seconds, 3),
        "problem": problem,
    }


def _send(client: Client, check: Check, token: str) -> Answer:
    headers = _bearer(token) if check.login else {}
    body = None
    if check.json is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(check.json).encode()
    return client.request(check.method, check.path, headers=headers, body=body)


def _problem(check: Check, answer: Answer, reference: Client | None) -> str:
    if answer.status != check.status:
        return f"{check.method} {check.path} answered {answer.status} instead of {check.status}: {_text(answer)}"
    if check.contains and check.contains.encode() not in answer.body:
        return f"{check.method} {check.path}: {check.contains!r} is not in the answer: {_text(answer)}"
    if check.same and reference:
        # Sent without a token: a token of the one side is worth nothing on the other.
        wanted = _send(reference, check, "")
        if wanted.body != answer.body:
            return (
                f"{check.method} {check.path}: the answer ({len(answer.body)} bytes) is not what {reference.url} "
                f"answers ({len(wanted.body)} bytes)"
            )
    return ""


def run_upload(client: Client, upload: Upload, login: Login) -> list[dict[str, Any]]:
    """Upload a file that nobody else has, download it, search for it, take it out, and see that it is gone."""
    token = log_in(client, login)
    word = f"smoke{secrets.token_hex(8)}"
    content = f"replatform.aws upload check {word}\n".encode()
    steps: list[dict[str, Any]] = []

    def step(name: str, method: str, path: str, ok: Callable[[Answer], bool], **request: Any) -> Answer:
        answer = client.request(method, path, **request)
        problem = "" if ok(answer) else f"{method} {path} answered {answer.status}: {_text(answer)}"
        steps.append(
            {
                "name": name,
                "ok": not problem,
                "status": answer.status,
                "seconds": round(answer.seconds, 3),
                "problem": problem,
            }
        )
        return answer

    fields = {upload.field: (upload.name, content, "text/plain")}
    answer = step(
        "upload", "POST", upload.path, lambda got: got.status in (200, 201), headers=_bearer(token), fields=fields
    )
    if not steps[-1]["ok"]:
        return steps
    known = {"name": upload.name, **answer.json()}
    step("download", "GET", _fill(upload.download_path, known), lambda got: got.body == content)
    if upload.search_path:
        query = json.dumps({"query": word}).encode()
        headers = {"Content-Type": "application/json"}
        found = upload.name.encode()
        step("search", "POST", upload.search_path, lambda got: found in got.body, headers=headers, body=query)
    step("delete", "DELETE", _fill(upload.delete_path, known), lambda got: got.status < 300, headers=_bearer(token))
    step("gone", "GET", _fill(upload.download_path, known), lambda got: got.status == 404)
    return steps


def _fill(path: str, values: Mapping[str, Any]) -> str:
    try:
        return path.format_map({name: quote(str(value), safe="") for name, value in values.items()})
    except KeyError as error:
        raise ApplicationError(f"{path} names {error}, which the upload's answer does not have.") from error


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _text(answer: Answer) -> str:
    return answer.body[:200].decode("utf-8", "replace")
