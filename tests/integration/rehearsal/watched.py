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
from tests.beside import beside

from .account import inventory
from .playing import ROOT, RUNS, Played, command, empty_account, play, telling, told

_SESSION = f"""
import json, boto3
role = boto3.client("sts").assume_role(RoleArn="{DEPLOY_ROLE}", RoleSessionName="watched", DurationSeconds=14400)
print(json.dumps({{"Version": 1, **role["Credentials"]}}, default=lambda when: when.isoformat()))
"""


@dataclass(frozen=True)
class Tried:
    """The same rehearsal in check mode, before it: what was in the account before and after, and the run folders."""

    before: dict[str, list[str]]
    played: Played
    after: dict[str, list[str]]
    run_folders: tuple[str, ...]


@dataclass(frozen=True)
class Watched:
    """One rehearsal and what was seen of it."""

    pid: int
    """Of the emulator: another pid is another account."""
    tried: Tried
    played: Played
    folder: Path
    arguments: frozenset[bytes]
    """Of every process that was seen while it ran, as /proc has them."""
    temporary: dict[Path, bytes]
    """What ansible left in its temporary folder."""
    second: Played
    """provision.yml, once more."""
    calls: tuple[dict[str, Any], ...]
    """What the emulator was asked by the two."""

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

    def look(ended: threading.Event) -> None:
        while not ended.wait(0.1):
            for entry in os.scandir("/proc"):
                if entry.name.isdigit():
                    try:
                        seen.add(Path(entry.path, "cmdline").read_bytes())
                    except OSError:  # it has ended
                        continue

    with beside(look):
        yield seen


def _try() -> Tried:
    before = inventory()
    played = play("playbooks/rehearse.yml", "--check")
    return Tried(before, played, inventory(), tuple(sorted(path.name for path in RUNS.glob("*"))))


def _run(folder: Path) -> Watched:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(calls.VARIABLE, str(folder / "calls.jsonl"))
        empty_account()
    pid = aws.status()["pid"]
    assert isinstance(pid, int)
    tried = _try()
    (folder / "calls.jsonl").write_text("")  # a trial asks as an administrator, before there is a deploy role
    local = folder / "local"
    settings = {
        "AWS_CONFIG_FILE": _deploy_profile(folder),
        "ANSIBLE_INJECT_INVOCATION": 1,  # without it -vvv does not say what a module was given
        "ANSIBLE_KEEP_REMOTE_FILES": 1,
        "ANSIBLE_REMOTE_TMP": folder / "remote",
        "ANSIBLE_LOCAL_TEMP": local,
        **telling(folder / "outcomes.jsonl"),
    }
    # As a person does it, but for the file that says how to become the deploy role.
    typed = command("playbooks/rehearse.yml", "-vvv", "--diff")
    where = typed.index("ansible-playbook")
    typed[where:where] = ["env", *(f"{name}={value}" for name, value in settings.items())]
    with _watched_processes() as seen:
        done = subprocess.run(typed, cwd=ROOT, text=True, capture_output=True, check=False, timeout=3600)
    played = Played(done.returncode, done.stdout + done.stderr, told(folder / "outcomes.jsonl"))
    (folder / "output.log").write_text(played.output)
    (folder / "arguments").write_bytes(b"\n".join(sorted(seen)))
    second = play("playbooks/provision.yml") if played.status == 0 else played
    asked = tuple(calls.read(folder / "calls.jsonl"))
    return Watched(pid, tried, played, folder, frozenset(seen), _contents(local), second, asked)


_runs: list[Watched] = []


def watched_rehearsal(folders: pytest.TempPathFactory) -> Watched:
    """The one rehearsal that several modules look at; played again if another test has thrown its account away."""
    if not _runs or _runs[-1].pid != aws.status()["pid"]:
        _runs.append(_run(folders.mktemp("watched")))
    return _runs[-1]
