# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Signed requests to one bucket: what S3 says in headers and bytes, unchanged by any model of it."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError, TransientError
from ansible_collections.replatform.aws.plugins.module_utils._objects.connect import End
from ansible_collections.replatform.aws.plugins.module_utils._objects.errors import Changed, disconnection, refusal
from ansible_collections.replatform.aws.plugins.module_utils._objects.libraries import (
    aiohttp,
    botocore_auth,
    botocore_awsrequest,
    yarl,
)

CONNECTIONS = 32
"""At the same time, to one server."""

ATTEMPTS = 5
"""Of a request that fails for a reason that may pass; the partition is tried again after that."""

_SLICE = 1 << 20
_AUTOMATIC = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


@dataclass(frozen=True)
class Answer:
    """A successful answer. Header names are looked up in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def etag(self) -> str:
        """The ETag without its quotes."""
        return self.headers.get("ETag", "").strip('"')


class Wire:
    """Connections to one bucket. Lives in one event loop."""

    def __init__(self, end: End) -> None:
        self.end = end
        self.attempts = 2  # until the first answer: a wrong address is told at once
        self._url = f"{urlsplit(end.endpoint).scheme}://{end.dial or end.host}"
        self._signed_url = f"{urlsplit(end.endpoint).scheme}://{end.host}"
        self._signer = botocore_auth.S3SigV4Auth(None, "s3", end.region)
        # The body is covered by its own checksum header, which is signed; hashing it once more would only cost.
        self._signer.payload = lambda _request: "UNSIGNED-PAYLOAD"
        self._session: Any = None

    async def open(self) -> None:
        """Make ready to connect."""
        context: Any = False
        if self.end.tls:
            try:
                context = ssl.create_default_context(cafile=self.end.ca_path or None)
            except OSError as error:
                raise CopyError(f"{self.end.where}: ca_path {self.end.ca_path} cannot be read: {error}") from error
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, ssl=context),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=120),
            auto_decompress=False,
            skip_auto_headers=_AUTOMATIC,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session:
            await self._session.close()

    async def call(
        self,
        method: str,
        key: str = "",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int | None = None,
    ) -> Answer:
        """Ask, again if it may help. limit: bytes of the answer that there is room for.

        Raises Gone, Refused, Changed (also for an answer over the limit), TransientError, CopyError.
        """
        for attempt in range(1, self.attempts + 1):
            try:
                answer = await self._once(method, key, query or {}, headers or {}, body, limit)
                self.attempts = ATTEMPTS
                return answer
            except TransientError:
                if attempt == self.attempts:
                    raise
                await asyncio.sleep(random.uniform(0.1, 0.2) * 2**attempt)  # noqa: S311
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _once(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes | None,
        limit: int | None,
    ) -> Answer:
        target = self.end.path(key) + (f"?{_encoded(query)}" if query else "")
        operation = (
            f"{method} {key!r}{' ' + _encoded(query) if query else ''}" if key else f"{method} {_encoded(query)}"
        )
        try:
            async with self._session.request(
                method,
                yarl.URL(self._url + target, encoded=True),
                headers=self._signed(method, target, headers, body),
                data=_slices(body) if body else None,
                allow_redirects=False,
                server_hostname=self.end.host.rsplit(":", 1)[0] if self.end.dial and self.end.tls else None,
            ) as response:
                if response.status >= 300:
                    raise refusal(self.end.where, operation, response.status, await response.read())
                if limit is not None and (response.content_length or 0) > limit:
                    response.close()
                    raise Changed(f"{self.end.where}: {key!r} has grown since it was listed")
                return Answer(response.status, response.headers, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise disconnection(self.end.where, self.end.dial or self.end.host, error) from error

    def _signed(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> dict[str, str]:
        request = botocore_awsrequest.AWSRequest(method, self._signed_url + target, headers=dict(headers))
        self._signer.credentials = self.end.credentials.get_frozen_credentials()
        self._signer.add_auth(request)
        signed = {**dict(request.headers.items()), "Host": self.end.host}
        return signed if body is None else {**signed, "Content-Length": str(len(body))}


def _encoded(query: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items()))


async def _slices(body: bytes) -> AsyncIterator[memoryview]:
    """The body piece by piece, so that a large one does not hold up the loop."""
    view = memoryview(body)
    for start in range(0, len(body), _SLICE):
        yield view[start : start + _SLICE]
