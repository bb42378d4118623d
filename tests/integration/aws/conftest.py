"""Two kinds of pretend AWS: one of a test's own without containers, and the lab's, whose containers are shared."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from lab import engine
from lab.aws import control, gaps
from lab.images import ensure_images

Client = Callable[..., Any]


def client_maker(settings: dict[str, str]) -> Client:
    """A function service -> boto3 client for the administrator of a pretend AWS; other keys can be given."""

    def make(service: str, **overrides: Any) -> Any:
        options: dict[str, Any] = {
            "endpoint_url": settings["AWS_ENDPOINT_URL"], "region_name": settings["AWS_DEFAULT_REGION"],
            "verify": settings["AWS_CA_BUNDLE"], "aws_access_key_id": settings["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": settings["AWS_SECRET_ACCESS_KEY"],
        }  # fmt: skip
        build: Any = boto3.Session().client
        return build(service, **{**options, **overrides})

    return make


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def own_aws(folder: Path, off: list[str] | None = None) -> Iterator[Client]:
    """A pretend AWS without containers, on free ports, with gaps left open."""
    wanted = {
        "REPLATFORM_AWS_STATE": str(folder / "aws"),
        "REPLATFORM_AWS_HOSTS_FILE": str(folder / "hosts"),
        gaps.OFF_VARIABLE: ",".join(off or []),
        **{f"REPLATFORM_AWS_{name}PORT": str(_free_port()) for name in ("", "HTTPS_", "HTTP_")},
    }
    folder.joinpath("hosts").write_text("127.0.0.1 localhost\n")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in wanted.items():
            patch.setenv(name, value)
        try:
            yield client_maker(control.up(None))
        finally:
            control.down()


@pytest.fixture(scope="session")
def lab_aws() -> Iterator[Client]:
    """The lab's pretend AWS with its containers; started for the tests if it does not run."""
    running = engine.start()
    ensure_images(running)
    was_running = control.status()["running"]
    settings = control.up(running)
    try:
        yield client_maker(settings)
    finally:
        if not was_running:
            control.down()
