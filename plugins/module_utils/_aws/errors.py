# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One exception tree: every failure says what happened, where, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

botocore: Any
try:
    import botocore.exceptions as botocore
except ImportError:  # references.resolve and the stores work without the SDK
    botocore = None

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
_EXPIRED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
}
_THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"}


class AwsError(Exception):
    """Root of the tree.

    what: what happened, in a sentence. where: the resource, call or file. next_step: what to do now.
    """

    def __init__(self, what: str, where: str = "", next_step: str = "") -> None:
        self.what = what
        self.where = where
        self.next_step = next_step
        super().__init__(self._text())

    def _text(self) -> str:
        text = self.what.rstrip(".") + "."
        if self.where:
            text += f" Where: {self.where.rstrip('.')}."
        if self.next_step:
            text += f" Next: {self.next_step}"
        return text

    def facts(self) -> dict[str, Any]:
        """What a module adds to fail_json beside the message."""
        return {"what": self.what, "where": self.where, "next_step": self.next_step}


class CallError(AwsError):
    """An AWS call was answered with an error, or not answered at all. `code` is AWS's own, or ''."""

    def __init__(self, what: str, where: str = "", next_step: str = "", code: str = "") -> None:
        self.code = code
        super().__init__(what, where, next_step)

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "code": self.code}


class DeadlineError(AwsError):
    """A wait reached its deadline."""


class SecretReferenceError(AwsError):
    """A reference to a secret could not be resolved. Carries the reference, never a value."""


def error_code(error: Exception) -> str:
    """AWS's error code of a botocore ClientError or of a CallError, else ''."""
    if isinstance(error, CallError):
        return error.code
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def _denied_action(message: str) -> str:
    found = re.search(r"perform:? ([a-z0-9-]+:[A-Za-z*]+)", message)
    return found.group(1) if found else "the action named in the message"


def _from_client_error(error: Any, where: str) -> CallError:
    detail = error.response.get("Error", {})
    code = str(detail.get("Code", "Unknown"))
    message = str(detail.get("Message", "")) or str(error)
    if code in _DENIED:
        step = f"allow {_denied_action(message)} in the policy of the role that runs this, then run it again."
    elif code in _EXPIRED:
        step = "get new credentials (`aws sts get-caller-identity` must answer), then run it again."
    elif code in _THROTTLED:
        step = "AWS still throttled the call after all retries: wait a minute and run it again."
    else:
        step = "correct what the message names, then run it again; finished steps are not repeated."
    return CallError(f"{code}: {message}", where, step, code)


def _from_sdk_error(error: Any, where: str) -> CallError:
    if isinstance(error, botocore.NoCredentialsError | botocore.PartialCredentialsError):
        step = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run on a host with a role."
    elif isinstance(error, botocore.NoRegionError):
        step = "set AWS_REGION, or the option region."
    elif isinstance(error, botocore.EndpointConnectionError):
        step = "check the network path, the region's name and AWS_ENDPOINT_URL."
    else:
        step = "check the network and the options of this task, then run it again."
    return CallError(str(error), where, step)


@contextmanager
def calling(where: str) -> Iterator[None]:
    """Turns botocore's exceptions inside the block into CallError; `where` names the call and the resource."""
    if botocore is None:  # then nothing inside can raise its exceptions
        yield
        return
    try:
        yield
    except botocore.ClientError as error:
        raise _from_client_error(error, where) from error
    except botocore.BotoCoreError as error:
        raise _from_sdk_error(error, where) from error
