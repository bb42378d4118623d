"""PostgreSQL for tests: logical replication possible, no fsync, passwords demanded, TCP on loopback only."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import struct
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lab.certificates import authority, issue
from lab.components import ensure
from lab.servers.daemon import Daemon, Server, ServerError, free_port, hand_over, running, unprivileged

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "wal_level": "logical",
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_senders": "20",
    "max_replication_slots": "20",
    "shared_buffers": "64MB",
}


@contextmanager
def postgresql(
    version: str,
    directory: Path,
    *,
    settings: Mapping[str, str] | None = None,
    tls: bool = False,
    locale: str = "C.UTF-8",
    user: str = "postgres",
) -> Iterator[Server]:
    """A fresh cluster of major version "15" or "16" in `directory`; `user` is its superuser.

    `settings` go over the defaults above. With `tls` the server has a certificate for localhost and 127.0.0.1.
    """
    home = ensure(f"postgresql-{version}")
    directory.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(16)
    port = free_port()
    chosen = SETTINGS | {"port": str(port)} | dict(settings or {})
    ca_path = None
    if tls:
        ca = authority(directory / "ca")
        certificate = issue(ca, directory, "server", ["localhost", "127.0.0.1"])
        ca_path = ca.ca_path
        chosen |= {"ssl": "on", "ssl_cert_file": str(certificate.cert_path), "ssl_key_file": str(certificate.key_path)}
    _initdb(home, directory, user, password, locale)
    daemon = Daemon(
        command=[
            f"{home}/bin/postgres",
            "-D",
            f"{directory}/data",
            *(f"--{name}={value}" for name, value in chosen.items()),
        ],
        directory=directory,
        is_ready=lambda: _accepts_logins(port, user),
        patience=30,
        # "Fast" shutdown: SIGTERM would wait for every client to leave.
        stop_signal=signal.SIGINT,
    )
    server = Server(
        host="127.0.0.1",
        port=port,
        user=user,
        password=password,
        url=f"postgresql://{user}@127.0.0.1:{port}/postgres",
        directory=directory,
        daemon=daemon,
        ca_path=ca_path,
    )
    with running(server):
        yield server


def _initdb(home: Path, directory: Path, user: str, password: str, locale: str) -> None:
    password_file = directory / "password"
    with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(password)
    hand_over(directory)
    command = [
        f"{home}/bin/initdb",
        "-D",
        f"{directory}/data",
        "-U",
        user,
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
    ]
    command += ["--encoding=UTF8", f"--locale={locale}", "--no-sync"]
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    done = subprocess.run(
        unprivileged(command), cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    password_file.unlink()
    if done.returncode:
        raise ServerError(f"initdb failed (exit {done.returncode}) in {directory}:\n{done.stdout}{done.stderr}")


def _accepts_logins(port: int, user: str) -> bool:
    """True once the server asks for a password: while it starts or recovers, it answers with an error instead."""
    body = struct.pack("!i", 196608) + f"user\0{user}\0\0".encode()
    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(struct.pack("!i", len(body) + 4) + body)
        return connection.recv(1) == b"R"
