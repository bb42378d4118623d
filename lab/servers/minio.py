"""MinIO for tests, one folder, no console."""

from __future__ import annotations

import secrets
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lab.components import ensure
from lab.servers.daemon import Daemon, Server, free_port, hand_over, running


@contextmanager
def minio(directory: Path, *, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """An empty MinIO; `user` and `password` are access key and secret key, `settings` more environment variables."""
    home = ensure("minio")
    data = directory / "data"
    data.mkdir(parents=True, exist_ok=True)
    hand_over(directory)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    user, password = f"test{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    daemon = Daemon(
        command=[f"{home}/bin/minio", "server", "--quiet", f"--address=127.0.0.1:{port}", str(data)],
        directory=directory,
        is_ready=lambda: _is_live(url),
        environment={
            "MINIO_ROOT_USER": user,
            "MINIO_ROOT_PASSWORD": password,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
            **(settings or {}),
        },
        patience=30,
    )
    server = Server(
        host="127.0.0.1", port=port, user=user, password=password, url=url, directory=directory, daemon=daemon
    )
    with running(server):
        yield server


def _is_live(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/minio/health/cluster", timeout=2) as answer:  # noqa: S310 - our own loopback server
        return bool(answer.status == 200)
