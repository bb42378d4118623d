# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an S3 server answers with, as exceptions that tell a person what to do next."""

from __future__ import annotations

import re
import ssl

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError, TransientError
from ansible_collections.replatform.aws.plugins.module_utils._objects.libraries import aiohttp

RETRIED_STATUS = frozenset({408, 429, 500, 502, 503, 504})
RETRIED_CODES = frozenset(
    {"SlowDown", "RequestTimeout", "InternalError", "BadDigest", "XAmzContentChecksumMismatch", "IncompleteBody"}
)

_NEXT = {
    "NoSuchBucket": "Check the name of the bucket; this module never creates one.",
    "InvalidAccessKeyId": "Check access_key: the server does not know it.",
    "SignatureDoesNotMatch": "Check secret_key: it does not belong to access_key.",
    "AuthorizationHeaderMalformed": "Check region: it must be the bucket's own.",
    "PermanentRedirect": "Check region and endpoint_url: the bucket lies elsewhere.",
    "RequestTimeTooSkewed": "Set this machine's clock: it is too far from the server's.",
    "ExpiredToken": "Get new credentials and run the same command again: it goes on from here.",
    "InvalidToken": "Check session_token: it does not belong to access_key.",
    "AccessDenied": "Allow this action on this bucket to the user or role whose keys these are.",
}

ONE_OBJECT_STATUS = frozenset({400, 405, 409, 413, 414, 501})
"""Refusals that concern one object (its name, its tags, its size), if they are none of the codes above."""


class Refused(CopyError):
    """The server answered with an error that trying again does not mend."""

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def one_object(self) -> bool:
        """Whether only this object is refused, so that the others can still be copied."""
        return self.status in ONE_OBJECT_STATUS and self.code not in _NEXT


class Gone(Refused):
    """There is no such object (any more)."""


class Changed(CopyError):
    """The object is not the one that was listed or begun with."""


def error_of_body(body: bytes) -> tuple[str, str]:
    """Code and message of an XML error document; empty if it is none."""
    text = body.decode("utf-8", "replace")
    found = [re.search(f"<{name}>(.*?)</{name}>", text, re.DOTALL) for name in ("Code", "Message")]
    return found[0].group(1) if found[0] else "", found[1].group(1) if found[1] else ""


def refusal(where: str, operation: str, status: int, body: bytes) -> CopyError:
    """The exception for an answer that is no success. where: the side with its bucket; operation: what was asked."""
    code, message = error_of_body(body)
    text = f"{where}: {operation} failed: {code or f'HTTP {status}'}{f' ({message})' if message else ''}."
    if status in RETRIED_STATUS or code in RETRIED_CODES:
        return TransientError(f"{text} The server is overloaded or failing: run the same command again later.")
    if status == 412:
        return Changed(text)
    if status == 404 and code in {"", "NoSuchKey", "NoSuchVersion"}:
        return Gone(text, status, code)
    if not code and status in {301, 307}:
        code = "PermanentRedirect"
    if not code and status == 403:
        code = "AccessDenied"
    return Refused(f"{text} {_NEXT.get(code, 'Look up this code in the S3 documentation.')}", status, code)


def disconnection(where: str, dialled: str, error: BaseException) -> CopyError:
    """The exception for a connection that could not be made, or broke."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        return CopyError(
            f"{where}: the certificate of {dialled} is not trusted: {error}. "
            f"Give the authority that signed it in ca_path, and use the name that the certificate was made for."
        )
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return CopyError(f"{where}: {dialled} does not speak TLS as expected: {error}. Check https:// in endpoint_url.")
    reason = str(error) or type(error).__name__
    return TransientError(
        f"{where}: {dialled} cannot be reached or broke off: {reason}. "
        f"Check that the server runs and that this machine may reach it; connect_to says where to dial instead."
    )
