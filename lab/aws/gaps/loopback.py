"""Whatever the emulator starts listens on loopback only, and only the account's own keys are keys."""

from __future__ import annotations

import os
from typing import Any

from lab.aws.gaps import gap
from lab.aws.settings import HOST


@gap(
    service="(all)",
    lacks="container ports are published on every interface",
    restores="what a private subnet does: nothing outside this machine reaches a database or a task",
    how="every port binding sent to the engine gets the host address 127.0.0.1",
)
def loopback_ports() -> None:
    """Rewrite the engine client's port bindings."""
    from docker.types import containers

    class LoopbackHostConfig(containers.HostConfig):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for bindings in (self.get("PortBindings") or {}).values():
                for binding in bindings:
                    binding["HostIp"] = HOST

    containers.HostConfig = LoopbackHostConfig
    from docker.api import container

    container.HostConfig = LoopbackHostConfig


@gap(
    service="iam",
    lacks="the keys `test`, an empty key and any account number are the account's root, without a signature check",
    restores="an unsigned or unknown caller is refused; only IAM users, roles and the start-up's root key exist",
    how="the emulator's test for root keys accepts the one random key of this start",
)
def only_real_keys() -> None:
    """Accept the root key of this start alone."""
    from ministack import app
    from ministack.core import iam_evaluator

    root = os.environ["AWS_ACCESS_KEY_ID"]

    def is_root(access_key_id: str) -> bool:
        return access_key_id == root

    iam_evaluator.is_root_access_key = is_root
    iam_evaluator._is_root_key = is_root

    # A task asks for its credentials and metadata without any; the address and a token are what protects them.
    authenticate = app._authenticate_only

    def authenticate_only(service: str, *rest: Any) -> Any:
        return None if service in ("imds", "ecs-metadata") else authenticate(service, *rest)

    app._authenticate_only = authenticate_only
