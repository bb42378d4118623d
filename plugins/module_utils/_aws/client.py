# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""boto3 clients made from a module's options or from the process environment, with retries and time limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError, calling

CONNECT_TIMEOUT = 10  # seconds
READ_TIMEOUT = 60  # seconds
ATTEMPTS = 8  # in all, per call; botocore's own backoff between them


@dataclass(frozen=True)
class Connection:
    """How to reach AWS. What is None comes from the environment and the profile, in botocore's own order."""

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    ca_bundle: str | None = None
    validate_certs: bool = True
    access_key: str | None = None
    secret_key: str | None = None
    session_token: str | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Connection:
        """From the options that amazon.aws.common and amazon.aws.region document."""
        return cls(
            region=params.get("region") or None,
            profile=params.get("profile") or None,
            endpoint_url=params.get("endpoint_url") or None,
            ca_bundle=params.get("aws_ca_bundle") or None,
            validate_certs=params.get("validate_certs") is not False,
            access_key=params.get("access_key") or None,
            secret_key=params.get("secret_key") or None,
            session_token=params.get("session_token") or None,
        )

    def __repr__(self) -> str:
        """Without the keys: a connection may end up in a traceback."""
        return f"Connection(region={self.region!r}, profile={self.profile!r}, endpoint_url={self.endpoint_url!r})"


def _sdk(name: str) -> Any:
    # Imported on first use: the stores' modules carry this file and most of their runs never call AWS.
    try:
        return import_module(name)
    except ImportError as error:
        raise AwsError(
            f"the Python library {name.partition('.')[0]} is missing",
            "the Python that runs this task",
            "install the collection's requirements/control.txt into the interpreter that Ansible uses.",
        ) from error


def make_client(service: str, connection: Connection | None = None) -> Any:
    """A boto3 client of `service`. Raises AwsError when the SDK, the profile or the region is missing."""
    connection = connection or Connection()
    config = _sdk("botocore.config").Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        user_agent_extra="replatform.aws",
    )
    with calling(f"a client for {service}"):
        session = _sdk("boto3").session.Session(profile_name=connection.profile, region_name=connection.region)
        return session.client(
            service,
            endpoint_url=connection.endpoint_url,
            verify=(connection.ca_bundle or None) if connection.validate_certs else False,
            aws_access_key_id=connection.access_key,
            aws_secret_access_key=connection.secret_key,
            aws_session_token=connection.session_token,
            config=config,
        )


def pages(client: Any, operation: str, key: str, where: str = "", **arguments: Any) -> Iterator[Any]:
    """Every item under `key` of all pages of a list or describe call, e.g. pages(ecs, "list_tasks", "taskArns")."""
    with calling(where or operation):
        for page in client.get_paginator(operation).paginate(**arguments):
            yield from page.get(key) or ()
