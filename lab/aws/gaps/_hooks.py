"""Hooks for gaps: answer an AWS action before ministack does, change its answer, or send it to an in-process moto.

IAM is enforced before any hook runs: a hook never widens what a caller may do.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

Headers = dict[str, Any]
Answer = tuple[int, Headers, Any]


@dataclass(frozen=True)
class Call:
    """One request to a service, as its handler gets it. `params` are query and form fields, or the JSON body."""

    service: str
    action: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: dict[str, list[str]]
    params: dict[str, Any] = field(default_factory=dict)

    def with_form(self, **fields: str | None) -> Call:
        """The same query-protocol call with fields set (None: taken out)."""
        merged = {**self.params, **fields}
        kept = {name: value for name, value in merged.items() if value is not None}
        return replace(self, params=kept, body=urlencode(kept).encode(), query={})


Before = Callable[[Call], "Call | Answer | None | Awaitable[Call | Answer | None]"]
After = Callable[[Call, Answer], "Answer | Awaitable[Answer]"]
_before: dict[tuple[str, str], list[Before]] = {}
_after: dict[tuple[str, str], list[After]] = {}
_wrapped: set[str] = set()


def before(service: str, *actions: str) -> Callable[[Before], Before]:
    """Run the decorated function first: it returns an answer, a changed call, or None to let ministack answer.

    `service` is ministack's own name for it (`rds`, `elasticloadbalancing`, `opensearch`, …), an action AWS's
    (`DescribeDBInstances`); `*` is every action.
    """

    def register(hook: Before) -> Before:
        for action in actions:
            _before.setdefault((service, action), []).append(hook)
        _wrap(service)
        return hook

    return register


def after(service: str, *actions: str) -> Callable[[After], After]:
    """Run the decorated function on ministack's answer: it returns the answer that the caller gets."""

    def register(hook: After) -> After:
        for action in actions:
            _after.setdefault((service, action), []).append(hook)
        _wrap(service)
        return hook

    return register


def json_answer(body: Any, status: int = 200, error: str = "") -> Answer:
    """An answer of a JSON or REST-JSON service; `error` is the exception's name."""
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    if error:
        headers["x-amzn-ErrorType"] = error
        body = {"__type": error, "message": body}
    return status, headers, json.dumps(body).encode()


def query_answer(action: str, namespace: str, result: str) -> Answer:
    """An answer of a query-protocol service: `result` is the XML inside <ActionResult>."""
    return (
        200,
        {"Content-Type": "text/xml"},
        (
            f'<{action}Response xmlns="{namespace}"><{action}Result>{result}</{action}Result>'
            f"<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>"
            f"</{action}Response>"
        ).encode(),
    )


def query_error(code: str, message: str, status: int = 400) -> Answer:
    """An error of a query-protocol service."""
    return (
        status,
        {"Content-Type": "text/xml"},
        (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
        ).encode(),
    )


def _form(body: bytes, query: dict[str, list[str]]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: values[0] for name, values in query.items() if values}
    fields.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return fields


def _json(body: bytes) -> dict[str, Any]:
    try:
        decoded = json.loads(body) if body else {}
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


def parse_call(
    service: str, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
) -> Call:
    """Name the action of a request, in whichever protocol it came."""
    target = headers.get("x-amz-target", "")
    if target:
        return Call(service, target.rsplit(".", 1)[-1], method, path, headers, body, query, _json(body))
    if "x-www-form-urlencoded" in headers.get("content-type", "") or "Action" in query:
        form = _form(body, query)
        return Call(service, str(form.get("Action", "")), method, path, headers, body, query, form)
    from ministack.core.iam_actions import _match_rest_action

    action = _match_rest_action(service, method, path, query) or ""
    return Call(service, action, method, path, headers, body, query, {} if service == "s3" else _json(body))


async def _settled(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def _answer(call: Call, handler: Callable[..., Awaitable[Answer]]) -> Answer:
    for hook in _before.get((call.service, call.action), []) + _before.get((call.service, "*"), []):
        outcome = await _settled(hook(call))
        if isinstance(outcome, Call):
            call = outcome
        elif outcome is not None:
            return outcome
    answer = await handler(call.method, call.path, call.headers, call.body, call.query)
    for change in _after.get((call.service, call.action), []) + _after.get((call.service, "*"), []):
        answer = await _settled(change(call, answer))
    return answer


def _wrap(service: str) -> None:
    """Put the hooks around ministack's handler of a service, once."""
    from ministack import app

    if service in _wrapped:
        return
    if service not in app.SERVICE_HANDLERS:
        raise ValueError(f"ministack runs no service {service}: add it to SERVICES in lab/aws/settings.py")
    _wrapped.add(service)
    handler = app.SERVICE_HANDLERS[service]

    async def hooked(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Answer:
        return await _answer(parse_call(service, method, path, headers, body, query), handler)

    app.SERVICE_HANDLERS[service] = hooked


def _moto_application() -> Any:
    from moto.server import DomainDispatcherApplication, create_backend_app

    return DomainDispatcherApplication(create_backend_app)


def moto_answer(call: Call, host: str) -> Answer:
    """Send a call to the moto in this process; `host` is the service's AWS host, by which moto picks the backend."""
    from werkzeug.test import Client

    skipped = {"host", "content-length", "transfer-encoding"}
    headers = [(name, value) for name, value in call.headers.items() if name not in skipped]
    reply = Client(_moto_application()).open(
        call.path, method=call.method, headers=headers, data=call.body, base_url=f"https://{host}",
        query_string=urlencode(call.query, doseq=True),
    )  # fmt: skip
    return reply.status_code, dict(reply.headers), reply.get_data()


def to_moto(service: str, host: str, actions: Iterable[str]) -> None:
    """Let moto answer these actions of a service that ministack has."""

    @before(service, *actions)
    def answer(call: Call) -> Answer:
        return moto_answer(call, host)


def whole_service_to_moto(service: str, host: str, target_prefix: str) -> None:
    """Add a JSON-protocol service that ministack does not have; moto answers it, and IAM is enforced on its actions.

    `service` is the signing name and the IAM namespace; `target_prefix` is what X-Amz-Target starts with.
    """
    from ministack import app
    from ministack.core import iam_actions

    detect = app.detect_service

    def detect_with_new(method: str, path: str, headers: dict[str, str], query: dict[str, list[str]]) -> str:
        if headers.get("x-amz-target", "").startswith(target_prefix) or re.search(
            rf"Credential=[^/]+/[^/]+/[^/]+/{re.escape(service)}/", headers.get("authorization", "")
        ):
            return service
        return str(detect(method, path, headers, query))

    async def handler(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Answer:
        return moto_answer(parse_call(service, method, path, headers, body, query), host)

    app.detect_service = detect_with_new
    app.SERVICE_HANDLERS[service] = handler
    iam_actions.SERVICE_TO_IAM_NAMESPACE[service] = service
