"""Search servers of other versions and makers, as their archives on Maven are: the server, and no plugin besides.

They are built when a test asks for one.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path

from lab.components.build import Component
from lab.components.maven import Artifact, fetch

ARCHIVES = {
    f"{name}-{version}": Artifact(f"org.{group}.distribution.integ-test-zip", name, version, "zip")
    for group, name, version in (
        ("elasticsearch", "elasticsearch", "7.10.2"),
        ("opensearch", "opensearch", "1.3.20"),
        ("opensearch", "opensearch", "3.6.0"),
    )
}


def _make(archive: Artifact, place: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="lab-search-") as scratch:
        fetched = fetch({"server": archive}, Path(scratch, "fetched"))
        with zipfile.ZipFile(next(fetched["server"].glob(f"{archive.name}-*.zip"))) as packed:
            packed.extractall(scratch)
        for part in Path(scratch, f"{archive.name}-{archive.version}").iterdir():
            shutil.move(part, place)
    # OpenSearch 3 brings it: its Thai analyzer wants words of Java's that the packaged Java leaves out.
    shutil.rmtree(place / "modules" / "analysis-common", ignore_errors=True)


PLAIN_SEARCH = [
    Component(name, f"{archive} without analysis-common", lambda place, archive=archive: _make(archive, place))  # type: ignore[misc]
    for name, archive in ARCHIVES.items()
]
