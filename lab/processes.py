"""Background processes of the lab: recorded by pid and start time, so that a recycled pid is never taken for ours."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.paths import state_dir


def start_time(pid: int) -> int | None:
    """The kernel's start time of a live process (clock ticks since boot); None when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])


@dataclass(frozen=True)
class Background:
    """A named process with its record `<state>/<name>.pid` and its output `<state>/<name>.log`."""

    name: str

    @property
    def record(self) -> Path:
        return state_dir() / f"{self.name}.pid"

    @property
    def log(self) -> Path:
        return state_dir() / f"{self.name}.log"

    def pid(self) -> int | None:
        """The pid while the process we started lives."""
        try:
            recorded = json.loads(self.record.read_text())
        except (FileNotFoundError, ValueError):
            return None
        pid = int(recorded["pid"])
        return pid if start_time(pid) == recorded["started"] else None

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        state_dir().mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                command,
                env=os.environ | dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.record.write_text(json.dumps({"pid": process.pid, "started": start_time(process.pid)}))
        return process.pid

    def stop(self, patience: float = 10.0) -> bool:
        """True when there was something to stop. SIGKILL after `patience` seconds."""
        pid = self.pid()
        if pid is None:
            self.record.unlink(missing_ok=True)
            return False
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            if wait_until(lambda: self.pid() is None, patience, pause=0.05):
                break
        else:
            raise LabError(f"The lab's process {self.name} (pid {pid}) does not end. Try: kill -9 {pid}")
        self.record.unlink(missing_ok=True)
        return True

    def log_tail(self, lines: int = 15) -> str:
        if not self.log.exists():
            return "(it wrote nothing)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def wait_until(condition: Callable[[], bool], patience: float, pause: float = 0.2) -> bool:
    """Asks until true, at most `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def run(command: Sequence[str], *, what: str, environment: Mapping[str, str], cwd: Path | None = None) -> str:
    """Runs a command of the lab; its output, or a LabError with its last lines."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-20:])
        raise LabError(f"{what} failed (exit {done.returncode}). Command: {' '.join(command)}\n{tail}")
    return done.stdout
