"""The go-between in front of a real MinIO: it signs what it passes on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from urllib.parse import urlsplit

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lab.certificates import Certificate
from lab.servers import Server
from tests import between as one
from tests.between import Exchange, Hook, nothing

__all__ = ["Exchange", "between", "refuse"]


def refuse(exchange: Exchange, status: int, code: str) -> None:
    body = f"<Error><Code>{code}</Code><Message>said the test</Message></Error>"
    exchange.refuse(status, "application/xml", body.encode())


def between(
    server: Server, *, before: Hook = nothing, after: Hook = nothing, certificate: Certificate | None = None
) -> AbstractContextManager[str]:
    """The go-between's URL on loopback."""
    pool = urllib3.PoolManager(maxsize=32, block=True, retries=False)

    def forward(exchange: Exchange) -> None:
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
        exchange.answered(answer)

    return one.between(forward, before=before, after=after, certificate=certificate)
