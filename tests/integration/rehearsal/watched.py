"""A rehearsal from an empty account, watched: what it asks of AWS, every process's arguments, all it says at -vvv."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.aws import calls
from lab.aws import control as aws
from lab.control import DEPLOY_ROLE

from .playing import ROOT, Played, empty_account, play

_SESSION = f"""
import json, boto3
role = boto3.client("sts").assume_role(RoleArn="{DEPLOY_ROLE}", RoleSessionName="watched", DurationSeconds=14400)
print(json.dumps({{"Version": 1, **role["Credentials"]}}, default=lambda when: when.isoformat()))
"""


@dataclass(frozen=True)
class Watched:
    """One rehearsal and what was seen of it."""

    pid: int
    """Of the emulator: another pid is another account."""
    played: Played
    folder: Path
    arguments: frozenset[bytes]
    """Of every process that was seen while it ran, as /proc has them."""
    temporary: dict[Path, bytes]
    """What ansible left in its temporary folder."""
    first_calls: tuple[dict[str, Any], ...]
    """What the emulator was asked by the rehearsal alone."""

    def calls(self) -> list[dict[str, Any]]:
        """What the emulator was asked, until now."""
        return calls.read(self.folder / "calls.jsonl")

    def again(self, playbook: str) -> Played:
        """A playbook run once more in the same account."""
        if (self.pid, playbook) not in _second_runs:
            _second_runs[self.pid, playbook] = play(f"playbooks/{playbook}.yml")
        return _second_runs[self.pid, playbook]

    def session(self) -> dict[str, str]:
        """The keys with which the deploy role acted."""
        found: dict[str, str] = json.loads((self.folder / "session.json").read_text())
        return found

    def payloads(self) -> dict[Path, bytes]:
        """The programs that ansible made of its modules and their arguments."""
        return _contents(self.folder / "remote")


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _deploy_profile(folder: Path) -> Path:
    """AWS's own way to take keys from a program: the role is assumed once, and the keys are known to the test."""
    kept, program = folder / "session.json", folder / "session.sh"
    assume = f"AWS_PROFILE=administrator {shlex.quote(sys.executable)} -c {shlex.quote(_SESSION)}"
    program.write_text(f"umask 077; test -s {kept} || {assume} > {kept}; cat {kept}\n")
    region = "region = ap-northeast-2"
    config = folder / "aws.config"
    config.write_text(
        f"[profile administrator]\n{region}\n[profile deploy]\n{region}\ncredential_process = /bin/sh {program}\n"
    )
    return config


@contextmanager
def _watched_processes() -> Iterator[set[bytes]]:
    """Look at every process's arguments, about ten times a second."""
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            for entry in os.scandir("/proc"):
                if entry.name.isdigit():
                    try:
                        seen.add(Path(entry.path, "cmdline").read_bytes())
                    except OSError:  # it has ended
                        continue

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def _run(folder: Path) -> Watched:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(calls.VARIABLE, str(folder / "calls.jsonl"))
        empty_account()
    pid = aws.status()["pid"]
    assert isinstance(pid, int)
    local = folder / "local"
    settings = {
        "AWS_CONFIG_FILE": _deploy_profile(folder),
        "ANSIBLE_KEEP_REMOTE_FILES": 1,
        "ANSIBLE_REMOTE_TMP": folder / "remote",
        "ANSIBLE_LOCAL_TEMP": local,
    }
    command = [
        sys.executable, "-m", "lab", "run", "--profile", "deploy", "--",
        "env", *(f"{name}={value}" for name, value in settings.items()),
        "ansible-playbook", "playbooks/rehearse.yml", "-vvv", "--diff",
    ]  # fmt: skip
    with _watched_processes() as seen:
        done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False, timeout=3600)
    asked = tuple(calls.read(folder / "calls.jsonl"))
    played = Played(done.returncode, done.stdout + done.stderr)
    (folder / "output.log").write_text(played.output)
    (folder / "arguments").write_bytes(b"\n".join(sorted(seen)))
    return Watched(pid, played, folder, frozenset(seen), _contents(local), asked)


_runs: list[Watched] = []
_second_runs: dict[tuple[int, str], Played] = {}


def watched_rehearsal(folders: pytest.TempPathFactory) -> Watched:
    """The one rehearsal that several modules look at; played again if another test has thrown its account away."""
    if not _runs or _runs[-1].pid != aws.status()["pid"]:
        _runs.append(_run(folders.mktemp("watched")))
    return _runs[-1]
