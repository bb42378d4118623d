"""OpenSearch for tests: one node, with Korean analysis; with or without the security plugin (TLS and passwords)."""

from __future__ import annotations

import base64
import secrets
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lab.certificates import authority, issue
from lab.components import ensure
from lab.opensearch_node import JVM_FLAGS, MAIN_CLASS, java_17, security_settings, write_security, write_settings
from lab.servers.daemon import Daemon, Server, free_port, hand_over, running


@contextmanager
def opensearch(
    version: str,
    directory: Path,
    *,
    security: bool = False,
    heap: str = "512m",
    settings: Mapping[str, object] | None = None,
) -> Iterator[Server]:
    """An empty node of version "2.11.1" or "2.19.3". With `security`: https, user admin, `ca_path` to trust."""
    home = ensure(f"opensearch-{version}")
    config, port = lay_out(home, directory), free_port()
    chosen = settings_on_loopback(directory, port) | {
        "node.name": f"test-{version}",
        "reindex.remote.allowlist": ["127.0.0.1:*", "localhost:*"],
    }
    user, password, ca_path = "", "", None
    if security:
        user, password = "admin", secrets.token_urlsafe(16)
        ca = authority(config / "ca")
        issue(ca, config, "node", ["localhost", "127.0.0.1"])
        issue(ca, config, "lab-admin")
        ca_path = ca.ca_path
        chosen |= security_settings("node.pem", "node-key.pem", "ca/ca.pem")
        write_security(home, config, {user: (password, "admin")})
    elif home.joinpath("plugins", "opensearch-security").exists():
        chosen["plugins.security.disabled"] = True
    write_settings(config, chosen | dict(settings or {}))
    hand_over(directory)
    url = f"{'https' if security else 'http'}://127.0.0.1:{port}"
    daemon = Daemon(
        command=_command(home, directory, heap),
        directory=directory,
        is_ready=lambda: is_ready(url, user, password, ca_path),
        patience=300,  # seconds: seven on a quiet machine, minutes on one that runs several tests at once
    )
    server = Server(
        host="127.0.0.1",
        port=port,
        user=user,
        password=password,
        url=url,
        directory=directory,
        daemon=daemon,
        ca_path=ca_path,
    )
    with running(server):
        yield server


def lay_out(home: Path, directory: Path) -> Path:
    """A node's own folders; that of its settings."""
    config = directory / "config"
    for folder in (config, directory / "data", directory / "logs", directory / "tmp"):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(home / "config" / "log4j2.properties", config)
    return config


def settings_on_loopback(directory: Path, port: int) -> dict[str, object]:
    """What every node is told, whoever made it."""
    return {
        "cluster.name": directory.name,
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": port,
        "transport.port": free_port(),
        "path.data": str(directory / "data"),
        "path.logs": str(directory / "logs"),
        "cluster.routing.allocation.disk.threshold_enabled": False,
    }


def _command(home: Path, directory: Path, heap: str) -> list[str]:
    scratch = directory / "tmp"
    return [
        java_17(),
        f"-Xms{heap}",
        f"-Xmx{heap}",
        *JVM_FLAGS,
        f"-Djava.io.tmpdir={scratch}",
        f"-Djna.tmpdir={scratch}",
        f"-Dopensearch.path.home={home}",
        f"-Dopensearch.path.conf={directory}/config",
        "-cp",
        f"{home}/lib/*",
        MAIN_CLASS,
    ]


def is_ready(url: str, user: str, password: str, ca_path: Path | None) -> bool:
    request = urllib.request.Request(f"{url}/_cluster/health")  # noqa: S310 - our own loopback server
    context = None
    if ca_path:
        context = ssl.create_default_context(cafile=str(ca_path))
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
    try:
        with urllib.request.urlopen(request, timeout=5, context=context) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        # 503: the security plugin has not yet made its index; 401: it has not yet read it.
        error.close()
        return False
