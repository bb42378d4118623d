"""Fetches artifacts with Maven's own client and its own settings (mirrors, proxies, local repository)."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from lab.components.build import program, run

COPY_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies"
HEAD = '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
PARENT = "<groupId>lab</groupId><artifactId>parent</artifactId><version>1</version>"


@dataclass(frozen=True)
class Artifact:
    group: str
    name: str
    version: str
    kind: str = "jar"

    def as_xml(self) -> str:
        pairs = {"groupId": self.group, "artifactId": self.name, "version": self.version, "type": self.kind}
        return (
            "<dependency>" + "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in pairs.items()) + "</dependency>"
        )


def fetch(artifacts: dict[str, Artifact], target: Path) -> dict[str, Path]:
    """Each artifact with what it depends on, in a folder of its own: `{label: folder}`. One run of Maven for all."""
    with tempfile.TemporaryDirectory(prefix="lab-maven-") as scratch:
        for label, artifact in artifacts.items():
            module = Path(scratch, label)
            module.mkdir()
            module.joinpath("pom.xml").write_text(
                f"{HEAD}<parent>{PARENT}</parent><artifactId>{label}</artifactId><packaging>pom</packaging>"
                f"<dependencies>{artifact.as_xml()}</dependencies></project>"
            )
        modules = "".join(f"<module>{label}</module>" for label in artifacts)
        Path(scratch, "pom.xml").write_text(
            f"{HEAD}{PARENT}<packaging>pom</packaging><modules>{modules}</modules></project>"
        )
        run(
            [
                program("mvn", "maven"),
                "-q",
                "-B",
                COPY_DEPENDENCIES,
                f"-DoutputDirectory={target}/${{project.artifactId}}",
            ],
            cwd=Path(scratch),
            what="fetching from Maven",
        )
    return {label: target / label for label in artifacts}
