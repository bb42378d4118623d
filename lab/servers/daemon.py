"""One server process: started, waited for, stopped; as an unprivileged user, because the servers refuse root."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

NOBODY = 65534
# Below the kernel's own range, so that no outgoing connection takes the port between our look and the server's bind.
PORTS = range(20000, 32000)


class ServerError(Exception):
    """A server did not start or stop; the message holds the end of its log."""


def free_port() -> int:
    """A loopback port that nobody listens on."""
    for _try in range(200):
        port = random.choice(PORTS)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerError(f"No free port on 127.0.0.1 between {PORTS.start} and {PORTS.stop}: too much is running here")


def unprivileged(command: list[str]) -> list[str]:
    """The command as the user nobody when we are root; it may still read what root may (the cache below /root, say)."""
    if os.geteuid() != 0:
        return command
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    effective = next(
        int(line.split()[1], 16)
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("CapEff")
    )
    for bit, capability in ((2, "dac_read_search"), (1, "dac_override")):
        if effective >> bit & 1:
            caps = [f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
            # Without this bit, access(2) forgets the capability.
            return [*drop, "--securebits=+no_setuid_fixup", *caps, *command]
    return [*drop, *command]


def hand_over(directory: Path) -> None:
    """Gives a folder and what is in it to the user that `unprivileged` runs as."""
    if os.geteuid() == 0:
        for path in (directory, *directory.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def descendants(pid: int) -> list[int]:
    """The children of a process and theirs; processes that end meanwhile are left out."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, children.read_text().split()):
                found += [child, *descendants(child)]
    return found


@dataclass
class Daemon:
    """The process behind a server. `is_ready` asks the server itself; it may raise OSError while nothing listens."""

    command: list[str]
    directory: Path
    is_ready: Callable[[], bool]
    environment: dict[str, str] = field(default_factory=dict)
    patience: float = 120.0
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None

    @property
    def log_path(self) -> Path:
        return self.directory / "server.log"

    def start(self) -> None:
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                unprivileged(self.command),
                cwd=self.directory,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.directory)} | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise ServerError(
                    f"{self.command[0]} ended at once (exit {self.process.returncode}):\n{self.log_tail()}"
                )
            try:
                if self.is_ready():
                    return
            except ssl.SSLCertVerificationError as error:
                self.kill()
                raise ServerError(
                    f"{self.command[0]} shows a certificate that its own CA does not prove: {error}"
                ) from error
            except OSError:
                pass  # nothing listens yet
            time.sleep(0.05)
        self.kill()
        raise ServerError(f"{self.command[0]} did not answer within {self.patience:.0f} s:\n{self.log_tail()}")

    def signal_and_wait(self, number: signal.Signals, patience: float) -> bool:
        if self.process is None or self.process.poll() is not None:
            return True
        # PostgreSQL's backends have sessions of their own and would outlive a SIGKILL for a moment, holding its memory.
        family = descendants(self.process.pid) if number == signal.SIGKILL else []
        for pid in (self.process.pid, *family):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        if not self.signal_and_wait(self.stop_signal, 30):
            self.kill()

    def kill(self) -> None:
        if not self.signal_and_wait(signal.SIGKILL, 10):
            raise ServerError(f"{self.command[0]} (pid {self.process and self.process.pid}) survived SIGKILL for 10 s")

    def log_tail(self) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-25:])


@dataclass(frozen=True)
class Server:
    """Where a running server is and how to get in. `url` names no password; `ca_path` is set when it speaks TLS."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    url: str
    directory: Path
    daemon: Daemon = field(repr=False)
    ca_path: Path | None = None

    def stop(self) -> None:
        """As an administrator would: open work is finished."""
        self.daemon.stop()

    def kill(self) -> None:
        """As a crash would: SIGKILL to the server and its children."""
        self.daemon.kill()

    def restart(self) -> None:
        """The same port, data and credentials; stops the server first if it runs."""
        self.daemon.stop()
        self.daemon.start()


@contextlib.contextmanager
def running(server: Server) -> Iterator[Server]:
    """Starts the server for the length of a `with` block, and removes its data afterwards: a data folder is large."""
    try:
        server.daemon.start()
        yield server
    finally:
        server.daemon.stop()
        shutil.rmtree(server.directory / "data", ignore_errors=True)
