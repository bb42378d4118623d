"""MinIO's server, compiled from its Go module."""

from __future__ import annotations

from pathlib import Path

from lab.components.build import Component
from lab.components.go import go_install

VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"


def make(place: Path) -> None:
    go_install(place, f"github.com/minio/minio@{VERSION}", "building MinIO")


MINIO = Component("minio", VERSION, make)
