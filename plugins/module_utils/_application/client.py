# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP to an application that may have to be dialled at another address than its name says."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

try:
    import urllib3

    MISSING: ImportError | None = None
except ImportError as error:  # the module says what to install
    MISSING = error


class ApplicationError(Exception):
    """The application does not do what it has to. The message says what, where, and what to do next."""


@dataclass(frozen=True)
class Answer:
    """What the application answered. `seconds` is the time from the request to the last byte."""

    status: int
    body: bytes
    seconds: float

    def json(self) -> Any:
        """The body as JSON; an ApplicationError if it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise ApplicationError(f"the answer is no JSON: {self.body[:80]!r}") from error


class Client:
    """Requests to one application.

    url: its public address, such as https://api.example.com.
    connect_to: `host:port` to dial instead; the certificate and the Host header are still those of `url`.
    ca_path: certificates to trust besides the system's; empty for the system's alone.
    """

    def __init__(self, url: str, *, connect_to: str = "", ca_path: str = "", timeout: float = 10) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ApplicationError(f"url is {url!r}, but an address such as https://api.example.com is needed.")
        self.url = url.rstrip("/")
        self._base = parts.path.rstrip("/")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host, _colon, dialled = connect_to.rpartition(":") if connect_to else (parts.hostname, "", str(port))
        options: dict[str, Any] = {"timeout": timeout, "retries": False, "maxsize": 1}
        if parts.scheme == "https":
            options |= {"assert_hostname": parts.hostname, "server_hostname": parts.hostname}
            options |= {"ca_certs": ca_path} if ca_path else {}
            self._pool: urllib3.HTTPConnectionPool = urllib3.HTTPSConnectionPool(host, int(dialled), **options)
        else:
            self._pool = urllib3.HTTPConnectionPool(host, int(dialled), **options)
        self._headers = {"Host": parts.netloc}

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Send one request. `fields` are sent as a form with files (multipart)."""
        sent = {**self._headers, **(headers or {})}
        if fields is not None:
            body, content_type = urllib3.encode_multipart_formdata(fields)
            sent["Content-Type"] = content_type
        began = time.monotonic()
        try:
            response = self._pool.request(method, self._base + path, headers=sent, body=body, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise ApplicationError(f"{self.url} cannot be reached: {error}") from error
        return Answer(response.status, response.data, time.monotonic() - began)
