"""Where the lab keeps things. One lab per machine and cache folder."""

from __future__ import annotations

import os
from pathlib import Path

from lab.components import cache_dir

ROOT = Path(__file__).resolve().parents[1]
COMPOSE_FILE = ROOT / "lab" / "compose.yml"
COMPOSE_PROJECT = "replatform-lab"
# On everything the lab makes in an engine, so that it finds what is its own again.
LABEL = "org.replatform.lab"


def state_dir() -> Path:
    """What a running lab needs and `clean` removes: sockets, pids, secrets, certificates."""
    return cache_dir() / "lab"


def storage_dir() -> Path:
    """podman's images and volumes: kept over `down`, apart from the user's own podman."""
    return cache_dir() / "containers"


def write_private(path: Path, text: str) -> None:
    """A file that only its owner may read, never readable by others for a moment, and never half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    scratch.rename(path)
