"""Builds the stand-in images, each once: a label holds the hash of everything that it was made from."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.components import COMPONENTS, ensure
from lab.components.build import locked
from lab.engine import Engine
from lab.opensearch_node import JVM_FLAGS
from lab.paths import LABEL
from lab.processes import run
from lab.report import step

FOLDER = Path(__file__).parent
SUITE = "bookworm"
BASE = "replatform-lab/base:bookworm"
STAMP_LABEL = f"{LABEL}.stamp"


@dataclass(frozen=True)
class StandIn:
    """`folder` holds the Dockerfile, `borrows` are files of other folders, `component` is a second build context."""

    tag: str
    folder: str
    component: str | None = None
    borrows: tuple[str, ...] = ()
    version: str = ""

    def stamp(self) -> str:
        digest = hashlib.sha256(f"{SUITE} {self} {JVM_FLAGS}".encode())
        for path in self.sources():
            digest.update(path.read_bytes())
        if self.component:
            digest.update(COMPONENTS[self.component].stamp.encode())
        return digest.hexdigest()

    def sources(self) -> list[Path]:
        return sorted(FOLDER.joinpath(self.folder).iterdir()) + [FOLDER / name for name in self.borrows]


PYTHON = StandIn("python:3.11-slim", "python")
STAND_INS = (
    PYTHON,
    StandIn("postgres:15", "postgres"),
    StandIn("postgres:16-alpine", "postgres-alpine", "postgresql-16", ("postgres/entrypoint.sh",)),
    StandIn("minio/minio:RELEASE.2025-09-07T16-13-09Z", "minio", "minio"),
    *(
        StandIn(f"opensearchproject/opensearch:{version}", "opensearch", f"opensearch-{version}", version=version)
        for version in ("2.11.1", "2.19.3")
    ),
)


def ensure_images(engine: Engine) -> None:
    """All stand-ins, each built if it is missing or its sources have changed; Docker pulls the official ones."""
    if not engine.is_podman:
        return
    with locked("images"):
        stale = [image for image in STAND_INS if built_stamp(engine, image.tag) != image.stamp()]
        if stale and built_stamp(engine, BASE) != SUITE:
            with step(f"image {BASE}"):
                build_base(engine)
        for image in stale:
            with step(f"image {image.tag}"):
                build(engine, image)
        if stale:
            engine.run("image", "prune", "--force", what="removing the images that were replaced")


def built_stamp(engine: Engine, tag: str) -> str | None:
    """The stamp of the image of that name, or None where there is none of ours."""
    template = f'{{{{index .Labels "{STAMP_LABEL}"}}}}'
    answer = engine.ask("image", "inspect", "--format", template, f"localhost/{tag}")
    return answer.strip() if answer else None


def build_base(engine: Engine) -> None:
    """Debian's minimal system, fetched by debootstrap from its default mirror."""
    with tempfile.TemporaryDirectory(prefix="lab-base-", dir=_scratch()) as scratch:
        root, archive = Path(scratch, "root"), Path(scratch, "root.tar")
        run(
            ["debootstrap", "--variant=minbase", SUITE, str(root)],
            what="fetching Debian's minimal system",
            environment={},
        )
        for part in (
            "var/cache/apt/archives",
            "var/lib/apt/lists",
            "usr/share/doc",
            "usr/share/man",
            "usr/share/locale",
        ):
            shutil.rmtree(root / part, ignore_errors=True)
        root.joinpath("var/cache/apt/archives/partial").mkdir(parents=True)
        run(["tar", "-C", str(root), "-cf", str(archive), "."], what="packing the base image", environment={})
        change = ["--change", f"LABEL {STAMP_LABEL}={SUITE}", "--change", 'CMD ["bash"]']
        engine.run("import", "--quiet", *change, str(archive), f"localhost/{BASE}", what="importing the base image")


def build(engine: Engine, image: StandIn) -> None:
    with _context(image) as context:
        arguments = [
            "build", "--quiet", "--format", "docker", "--network", "host", "--pull-never",
            "--tag", f"localhost/{image.tag}", "--label", f"{STAMP_LABEL}={image.stamp()}",
            "--build-arg", f"BASE=localhost/{BASE}", "--build-arg", f"VERSION={image.version}",
        ]  # fmt: skip
        if image.component:
            arguments += ["--build-context", f"component={ensure(image.component)}"]
        engine.run(*arguments, str(context), what=f"building the stand-in image {image.tag}")


@contextmanager
def _context(image: StandIn) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lab-image-") as scratch:
        for source in image.sources():
            shutil.copy(source, scratch)
        Path(scratch, "jvm.args").write_text("\n".join(JVM_FLAGS) + "\n")
        yield Path(scratch)


def _scratch() -> str:
    """debootstrap makes device files, which /tmp as tmpfs with nodev refuses; /var/tmp takes them."""
    return "/var/tmp"  # noqa: S108
