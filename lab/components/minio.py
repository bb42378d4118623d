"""MinIO's server, compiled from its Go module: there is no other way to it where no image can be pulled."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from lab.components.build import Component, ComponentError, run

VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
# The server's module asks for 1.24; from 1.21 on, Go fetches a newer toolchain by itself.
OLDEST_GO = (1, 21)


def go() -> str:
    """A Go that can build the server, or an error that says which command brings one."""
    for candidate in (shutil.which("go"), "/usr/local/go/bin/go"):
        if candidate and Path(candidate).exists():
            told = subprocess.run([candidate, "version"], capture_output=True, text=True, check=False).stdout
            found = re.search(r"go(\d+)\.(\d+)", told)
            if found and (int(found[1]), int(found[2])) >= OLDEST_GO:
                return candidate
    raise ComponentError(
        "MinIO is built from source and needs Go 1.21 or newer, which this machine lacks (Debian 12's own is too old). "
        "Install it: sudo apt-get install -y -t bookworm-backports golang-go"
    )


def make(place: Path) -> None:
    modules = place / "modules"
    environment = {"GOBIN": str(place / "bin"), "GOFLAGS": "-modcacherw", "CGO_ENABLED": "0"}
    if "GOPATH" not in os.environ and not Path.home().joinpath("go").exists():
        environment["GOPATH"] = str(modules)
    run(
        [go(), "install", "-p", "2", "-ldflags=-s -w", f"github.com/minio/minio@{VERSION}"],
        env=environment,
        what="building MinIO",
    )
    shutil.rmtree(modules, ignore_errors=True)


MINIO = Component("minio", VERSION, make)
