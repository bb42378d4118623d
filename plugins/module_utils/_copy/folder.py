# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run folder: `<run_dir>/<run>/`, where one move of one store keeps all it knows. Locked while in use."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError

TAKEOVER = 10.0
"""Seconds to wait for a holder: one whose playbook was killed ends by itself within 5 s."""


def run_id(store: str, identity: tuple[str, str], include: Sequence[str], exclude: Sequence[str]) -> str:
    """The same source, target and choice give the same run, so that the same command resumes."""
    text = json.dumps([store, *identity, sorted(include), sorted(exclude)])
    return f"{store}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner can enter."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a whole file at once or not at all, readable by its owner only."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)


class Lock:
    """One writer per run. The kernel frees it when its holder ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._file: IO[str] | None = None

    def take(self, patience: float = TAKEOVER) -> None:
        """Wait for the holder for up to `patience` seconds, then say who it is."""
        held = self._path.open("a+", encoding="utf-8")
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    held.seek(0)
                    holder = held.read().strip()
                    held.close()
                    raise CopyError(
                        f"{self._path.parent} is in use by another command ({holder}). "
                        f"Wait for it to end, or end that process, then run this one again."
                    ) from None
                time.sleep(0.1)
        held.truncate(0)
        held.write(f"pid {os.getpid()}, since {time.strftime('%Y-%m-%d %H:%M:%S %z')}\n")
        held.flush()
        self._file = held

    def release(self) -> None:
        """Let the next one in."""
        if self._file:
            self._file.close()
            self._file = None


def _stat(pid: int) -> tuple[int, str]:
    """Parent and start time of a process, as /proc says. Raises OSError when it is gone."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    if fields[0] == "Z":  # ended, but its parent has not asked for it: in a container nobody may ever do so
        raise ProcessLookupError(pid)
    return int(fields[1]), fields[19]


def playbook_processes() -> list[tuple[int, str]]:
    """This process's ancestors up to the topmost Ansible, each as (pid, start time); empty if there is none."""
    chain, found = [], 0
    try:
        pid, _began = _stat(os.getpid())
        while pid > 1:
            parent, started = _stat(pid)
            chain.append((pid, started))
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if re.search(rb"(^|/|\0)ansible(-playbook)?(\0|$)", command):
                found = len(chain)
            pid = parent
    except OSError:  # no /proc (macOS), or a process that just ended
        return []
    return chain[:found]


def alive(processes: list[tuple[int, str]]) -> bool:
    """Whether all of them still run."""
    try:
        return all(_stat(pid)[1] == started for pid, started in processes)
    except OSError:
        return False
