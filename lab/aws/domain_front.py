"""What stands before a domain's node, as OpenSearch Service does: SigV4, the access policy, the request limit.

A signed request is checked against the pretend IAM and passed on in its caller's name (the role's or the user's ARN);
a request with a password goes through if the domain has an internal user database and its policy lets anybody in.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import urllib3

from lab.aws import calls, domains
from lab.aws.settings import ACCOUNT, REGION

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "host", "content-length", "expect"}
_OURS = {domains.USER_HEADER, domains.ROLES_HEADER, "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}


@dataclass(frozen=True)
class Refusal(Exception):
    """An answer of the front itself."""

    status: int
    message: str


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    raw_path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def target(self) -> str:
        """Path and query, as sent."""
        return self.raw_path + (f"?{self.query}" if self.query else "")


async def _read(scope: dict[str, Any], receive: Any, limit: int) -> Request:
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            raise Refusal(413, f"Request size exceeded {limit} bytes")
    headers = {name.decode("latin-1").lower(): value.decode("utf-8", "replace") for name, value in scope["headers"]}
    raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    return Request(scope["method"], raw, scope["query_string"].decode("latin-1"), headers, bytes(body))


def _caller(request: Request) -> Any:
    """The IAM principal that signed the request; Refusal if the signature does not hold."""
    from ministack.core import iam_evaluator, sigv4

    signature = sigv4.parse_header_signature(request.headers)
    if isinstance(signature, tuple):
        raise Refusal(403, signature[1])
    if signature.service not in ("es", "opensearch"):
        raise Refusal(
            403, f"Credential should be scoped to correct service: 'es'. It is scoped to '{signature.service}'."
        )
    credential = iam_evaluator.resolve_credential(
        signature.access_key_id, ACCOUNT, request.headers.get("x-amz-security-token", "")
    )
    if isinstance(credential, iam_evaluator.CredentialResolutionError):
        raise Refusal(403, credential.message)
    failure = sigv4.request_time_failure(signature) or sigv4.header_signature_failure(
        signature, credential.secret_access_key, request.method, request.raw_path,
        parse_qs(request.query, keep_blank_values=True), request.headers, request.body,
    )  # fmt: skip
    if failure:
        raise Refusal(403, failure[1])
    principal = iam_evaluator.resolve_principal(signature.access_key_id, ACCOUNT, credential)
    if isinstance(principal, iam_evaluator.AuthError):
        raise Refusal(403, principal.message)
    return principal


def _authorize(domain: domains.Domain, request: Request, principal: Any) -> None:
    """Identity policies or the domain's access policy must allow es:ESHttp<Method>; None is an anonymous caller."""
    from ministack.core import iam_evaluator

    verb = request.method.capitalize()
    arn = principal.arn if principal else "anonymous"
    context = iam_evaluator.EvalContext(
        principal_arn=arn, principal_type=principal.type if principal else "Anonymous",
        principal_account=principal.account if principal else "", action=f"es:ESHttp{verb}",
        resource_arn=f"{domain.arn}{request.raw_path}", region=REGION, service_context={},
        principal_keys=principal.keys if principal else {},
    )  # fmt: skip
    decisions = [iam_evaluator.evaluate_resource_policy(domain.access_policy, context).decision]
    if principal is not None and principal.policies is None:
        return  # the account's root
    if principal is not None:
        decisions.append(iam_evaluator.evaluate(context, principal.policies, *principal.limits).decision)
    denied = "Deny" in decisions or "Allow" not in decisions
    calls.record(arn, context.action, context.resource_arn, "denied" if denied else "allowed")
    if denied:
        raise Refusal(403, f"User: {arn} is not authorized to perform: es:ESHttp{verb} on resource: {domain.name}")


def _identity(principal: Any) -> str:
    """The ARN by which the security plugin knows the caller: the role itself for an assumed role."""
    from ministack.services import iam

    arn = str(principal.arn)
    if ":assumed-role/" not in arn:
        return arn
    role = arn.split(":assumed-role/", 1)[1].split("/", 1)[0]
    record = iam._roles.get_scoped(ACCOUNT, None, role) or {}
    return str(record.get("Arn") or f"arn:aws:iam::{ACCOUNT}:role/{role}")


def _check_settings(request: Request) -> None:
    """`_cluster/settings` takes flat names only."""
    if request.method != "PUT" or request.raw_path.rstrip("/") != "/_cluster/settings":
        return
    try:
        asked = json.loads(request.body)
    except ValueError:
        return
    groups = asked.values() if isinstance(asked, dict) else []
    if any(isinstance(value, dict) for group in groups if isinstance(group, dict) for value in group.values()):
        raise Refusal(401, "Your request: '/_cluster/settings' payload is not allowed.")


def _admitted(domain: domains.Domain, request: Request) -> dict[str, str]:
    """Check a request; return the headers that go to the node."""
    kept = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP | _OURS}
    authorization = request.headers.get("authorization", "")
    signed = authorization.startswith("AWS4-")
    if not domain.internal_users and authorization.startswith("Basic ") and domain.fine_grained:
        raise Refusal(401, "The internal user database of this domain is disabled: sign the request (SigV4).")
    principal = _caller(request) if signed else None
    _authorize(domain, request, principal)
    _check_settings(request)
    if principal is not None:
        kept.pop("authorization")
    # Without fine-grained access control whoever the policies let in may do everything.
    name = _identity(principal) if principal and domain.fine_grained else None
    if not domain.fine_grained:
        kept.pop("authorization", None)
        name = domains.SERVICE_USER
    if name:
        kept |= {domains.USER_HEADER: name, domains.ROLES_HEADER: name, "x-forwarded-for": "127.0.0.1"}
    return kept


def _forward(domain: domains.Domain, request: Request) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    headers = _admitted(domain, request)
    if not domain.address:
        raise Refusal(503, "The domain is being created.")
    reply = domains.pool(domain.endpoint).request(
        request.method, domain.url + request.target, headers=headers, body=request.body or None,
        decode_content=False, preload_content=True,
    )  # fmt: skip
    answer = [
        (name.lower().encode(), value.encode("latin-1"))
        for name, value in reply.headers.items()
        if name.lower() not in _HOP_BY_HOP
    ]
    return reply.status, answer, reply.data


async def serve(domain: domains.Domain, scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer one request to a domain's endpoint."""
    try:
        request = await _read(scope, receive, domain.request_limit)
        status, headers, body = await asyncio.to_thread(_forward, domain, request)
    except Refusal as refusal:
        status, headers = refusal.status, [(b"content-type", b"application/json")]
        body = json.dumps({"Message": refusal.message}).encode()
    except urllib3.exceptions.HTTPError:
        status, headers, body = 504, [], b""
    if scope["method"] != "HEAD":
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
