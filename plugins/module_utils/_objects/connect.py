# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The two ends of a move: where a bucket is, by which name it is addressed, and whose keys open it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.references import resolve
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError
from ansible_collections.replatform.aws.plugins.module_utils._objects.libraries import (
    botocore_credentials,
    botocore_exceptions,
    botocore_session,
)

_DNS_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


def end_options() -> dict[str, Any]:
    """The options of one end, as the doc fragment describes them."""
    return {
        "endpoint_url": {"type": "str"},
        "bucket": {"type": "str", "required": True},
        "region": {"type": "str"},
        "access_key": {"type": "str", "no_log": True},
        "secret_key": {"type": "str", "no_log": True},
        "session_token": {"type": "str", "no_log": True},
        "profile": {"type": "str"},
        "addressing_style": {"type": "str", "default": "auto", "choices": ["auto", "path", "virtual"]},
        "ca_path": {"type": "path"},
        "connect_to": {"type": "str"},
    }


@dataclass(frozen=True)
class End:
    """One bucket and how to reach it. Knows nothing of what is in it.

    endpoint: scheme://host[:port] without the bucket. dial: host:port to connect to, empty if the endpoint's own.
    """

    side: str
    endpoint: str
    bucket: str
    region: str
    virtual: bool
    ca_path: str
    dial: str
    credentials: Any = field(repr=False)

    def __str__(self) -> str:
        return f"{self.endpoint}/{self.bucket}"

    @property
    def where(self) -> str:
        """For messages."""
        return f"The {self.side} {self}"

    @property
    def host(self) -> str:
        """The name that the server is known by: for the Host header, the signature and the certificate."""
        netloc = urlsplit(self.endpoint).netloc
        return f"{self.bucket}.{netloc}" if self.virtual else netloc

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.endpoint.startswith("https:")

    def path(self, key: str = "") -> str:
        """The encoded path of a key, byte by byte: dots and double slashes stay."""
        encoded = quote(key, safe="/")
        return f"/{encoded}" if self.virtual else f"/{self.bucket}/{encoded}" if key else f"/{self.bucket}"


def make_end(side: str, params: Mapping[str, Any]) -> End:
    """An end from a module's option `source` or `target`. Contacts no bucket; a reference may ask Secrets Manager."""
    options = {name: value for name, value in params.items() if value}
    try:
        session = botocore_session.Session(profile=options.get("profile"))
        region = options.get("region") or session.get_config_variable("region") or "us-east-1"
        endpoint = options.get("endpoint_url") or _aws_endpoint(session, region)
        credentials = _credentials(side, options, session)
    except AwsError as error:
        raise CopyError(f"The {side}'s credentials: {error}") from error
    except botocore_exceptions.BotoCoreError as error:
        raise CopyError(f"The {side}'s options: {error}. Check profile, region and ~/.aws/config.") from error
    _check_endpoint(side, endpoint)
    style = options["addressing_style"]
    on_aws = urlsplit(endpoint).netloc.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    virtual = style == "virtual" or (style == "auto" and on_aws and bool(_DNS_NAME.fullmatch(options["bucket"])))
    return End(
        side=side,
        endpoint=endpoint.rstrip("/"),
        bucket=options["bucket"],
        region=region,
        virtual=virtual,
        ca_path=options.get("ca_path") or os.environ.get("AWS_CA_BUNDLE", ""),
        dial=_dial(side, options.get("connect_to", "")),
        credentials=credentials,
    )


def _aws_endpoint(session: Any, region: str) -> str:
    """Where AWS's S3 is: botocore knows the partitions, and honours AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_S3."""
    unused = "unused: nothing is sent"
    client = session.create_client("s3", region, aws_access_key_id=unused, aws_secret_access_key=unused)
    return str(client.meta.endpoint_url)


def _credentials(side: str, options: Mapping[str, Any], session: Any) -> Any:
    access_key, secret_key = options.get("access_key"), options.get("secret_key")
    if bool(access_key) != bool(secret_key):
        raise CopyError(f"The {side} has only one of access_key and secret_key: give both, or none for the AWS chain.")
    if access_key and secret_key:
        token = options.get("session_token")
        return botocore_credentials.Credentials(
            resolve(access_key), resolve(secret_key), resolve(token) if token else None
        )
    found = session.get_credentials()
    if found is None:
        raise CopyError(
            f"The {side} has no credentials: give access_key and secret_key, a profile, or run where AWS's own chain "
            f"(environment, shared file, task or instance role) finds some."
        )
    return found


def _check_endpoint(side: str, endpoint: str) -> None:
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
        raise CopyError(f"The {side}'s endpoint_url {endpoint!r} is not of the form https://host:port.")


def _dial(side: str, connect_to: str) -> str:
    host, _colon, port = connect_to.rpartition(":")
    if connect_to and not (host and port.isdecimal()):
        raise CopyError(f"The {side}'s connect_to {connect_to!r} is not of the form host:port.")
    return connect_to
