"""Builds a component once: under a lock, in a folder beside its place, put in place by one rename."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STAMP = ".stamp"


class ComponentError(Exception):
    """A component cannot be built here; the message names the command that would help."""


@dataclass(frozen=True)
class Component:
    """How one program comes into the cache.

    `pins` is whatever the result depends on (versions, source text): when it changes, the component is built again.
    `make` fills the folder it is given. `relocatable` is false for what remembers its own path: a virtual environment.
    """

    name: str
    pins: str
    make: Callable[[Path], None]
    relocatable: bool = True

    @property
    def stamp(self) -> str:
        return hashlib.sha256(self.pins.encode()).hexdigest()


def cache_dir() -> Path:
    """The folder that holds what is built once; outside the checkout, so that a clean clone finds it again."""
    if explicit := os.environ.get("REPLATFORM_CACHE"):
        return Path(explicit).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base).absolute() / "replatform-lab"


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One builder at a time, also across processes; the lock dies with its holder."""
    folder = cache_dir() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_built(component: Component, place: Path) -> bool:
    stamp = place / STAMP
    return stamp.is_file() and stamp.read_text() == component.stamp


def build(component: Component, place: Path) -> Path:
    """The component's folder, built first if it is missing or its pins have changed."""
    if is_built(component, place):
        return place
    with locked(component.name):
        if is_built(component, place):
            return place
        work = place.with_name(f".{place.name}.new") if component.relocatable else place
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        component.make(work)
        (work / STAMP).write_text(component.stamp)
        if work != place:
            shutil.rmtree(place, ignore_errors=True)
            work.rename(place)
    return place


def program(name: str, package: str) -> str:
    """The path of a system program, installed by apt when it is missing and we are root."""
    if not shutil.which(name):
        apt_install(package)
    found = shutil.which(name)
    if not found:
        raise ComponentError(f"The package {package} is installed, but brought no program {name}: is it on PATH?")
    return found


def apt_install(*packages: str) -> None:
    """Installs Debian packages, or says with which command somebody else does."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise ComponentError(f"Missing on this machine: {', '.join(packages)}. Install: sudo {' '.join(command)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        run(command, env=quiet, what=f"installing {', '.join(packages)}")
    except ComponentError:
        # A machine that has never asked for the list of packages knows none of them.
        run(["apt-get", "update"], env=quiet, what="reading the list of packages")
        run(command, env=quiet, what=f"installing {', '.join(packages)}")


def run(command: list[str], *, what: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Runs a build step and returns its output; a failure shows the last lines, which hold the reason."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | (env or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise ComponentError(f"{what} failed (exit {done.returncode}). Command: {' '.join(command)}\n{tail}")
    return done.stdout
