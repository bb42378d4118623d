"""A record of who asked what of the pretend AWS, and whether IAM was asked: with REPLATFORM_AWS_CALLS, into that file.

One JSON object a line: `caller` (ARN), `action` as IAM evaluates it, `resource`, `keys` (the condition keys that a
policy of this collection reads), `outcome`: allowed, denied, or unchecked (the emulator answered without asking IAM).
It holds no parameter of a request, so no secret either.
"""

from __future__ import annotations

import contextvars
import json
import os
import re
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

VARIABLE = "REPLATFORM_AWS_CALLS"
_KEYS = ("iam:PassedToService", "iam:PermissionsBoundary", "iam:AWSServiceName")
_lock = threading.Lock()
# Whether IAM was asked in the request at hand.
_asked: contextvars.ContextVar[list[bool] | None] = contextvars.ContextVar("asked", default=None)


def record(caller: str, action: str, resource: str, outcome: str, context: dict[str, Any] | None = None) -> None:
    """Write one line, if a file is named and its folder is still there."""
    file = os.environ.get(VARIABLE)
    if not file or not Path(file).parent.is_dir():
        return
    caller = re.sub(r"(:assumed-role/[^/]+)/.*", r"\1", caller)  # the role, whichever its session
    given = {name.lower(): value for name, value in (context or {}).items()}
    keys = {name: given[name.lower()] for name in _KEYS if name.lower() in given}
    line = {"caller": caller, "action": action, "resource": resource, "keys": keys, "outcome": outcome}
    with _lock, Path(file).open("a") as out:
        out.write(json.dumps(line) + "\n")


def read(file: Path) -> list[dict[str, Any]]:
    """What was recorded, each different line once."""
    return [json.loads(line) for line in dict.fromkeys(file.read_text().splitlines())]


def install() -> None:
    """Note what ministack asks of IAM, and which requests it answers without."""
    from ministack import app
    from ministack.core import iam_evaluator
    from ministack.core.responses import get_account_id

    enforce = iam_evaluator.enforce

    def noted(key: str, action: str, service: str, region: str, *rest: Any, **named: Any) -> Any:
        denied = enforce(key, action, service, region, *rest, **named)
        principal = iam_evaluator.resolve_principal(key or "", get_account_id())
        resource = named.get("resource_arn") or (rest[0] if rest else "*")
        context = named.get("service_context") or (rest[1] if len(rest) > 1 else None)
        never_asked = action in iam_evaluator._ALWAYS_ALLOWED_ACTIONS
        outcome = "denied" if denied is not None else "unchecked" if never_asked else "allowed"
        record(getattr(principal, "arn", "") or "nobody", action, resource, outcome, context)
        if (asked := _asked.get()) is not None:
            asked.append(True)
        return denied

    iam_evaluator.enforce = noted
    app.app = _noting_unchecked(app.app)


def _noting_unchecked(application: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        asked: list[bool] = []
        token = _asked.set(asked)
        try:
            await application(scope, receive, send)
        finally:
            _asked.reset(token)
        if scope["type"] == "http" and not asked:
            record("unknown", _request_name(scope), "*", "unchecked")

    return serve


def _request_name(scope: dict[str, Any]) -> str:
    """What an unchecked request was, without a name or a token that may stand in its path."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get("host", "").rsplit(":", 1)[0]
    if host.endswith(".elb.amazonaws.com"):
        return "load balancer"
    target = headers.get("x-amz-target", "")
    signed_for = re.search(r"Credential=[^/]+/[^/]+/[^/]+/([\w-]+)/", headers.get("authorization", ""))
    if scope["path"].startswith("/v2/"):
        return "credentials of a task" if scope["path"].startswith("/v2/credentials") else "registry"
    depth = len([word for word in scope["path"].split("/") if word])
    what = target.rpartition(".")[2] or f"{scope['method']} {'/…' * depth or '/'}"
    return f"{signed_for.group(1) if signed_for else 'unsigned'}:{what}"
