"""The tag of an image's source, and the secrets of a project: found, never shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._ecs.images import Build, ImageError, builds
from ansible_collections.replatform.aws.plugins.module_utils._ecs.secret_store import collect
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Decisions
from tests.unit.ecs.support import model, project


def _build(folder: Path, extra: str = "") -> Build:
    (found,) = builds(project(folder, f"services: {{a: {{build: {{context: src{extra}}}}}}}"), Decisions())
    return found


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM x\n", encoding="utf-8")
    (folder / "main.py").write_text("print(1)\n", encoding="utf-8")
    (folder / ".dockerignore").write_text("# notes\n*.log\n", encoding="utf-8")
    return tmp_path


def _write(name: str, text: str) -> Callable[[Path], object]:
    def act(folder: Path) -> object:
        path = folder / "src" / name
        path.parent.mkdir(exist_ok=True)
        return path.write_text(text, encoding="utf-8")

    return act


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (_write("main.py", "print(2)\n"), False),
        (_write("Dockerfile", "FROM y\n"), False),
        (_write("new.py", ""), False),
        (lambda folder: (folder / "src/main.py").chmod(0o755), False),
        (lambda folder: (folder / "src/main.py").rename(folder / "src/other.py"), False),
        (lambda folder: (folder / "src/link").symlink_to("main.py"), False),
        (_write("run.log", "noise"), True),
        (_write("__pycache__/main.pyc", "noise"), True),
        (lambda folder: (folder / "src/main.py").touch(), True),
    ],
)
def test_the_tag_changes_exactly_with_the_source(source: Path, change: Callable[[Path], object], same: bool) -> None:
    before = _build(source).tag
    change(source)
    assert (_build(source).tag == before) is same


def test_the_options_of_the_build_are_part_of_the_source(source: Path) -> None:
    tags = {_build(source, extra).tag for extra in ("", ", args: {A: b}", ", target: t", ", dockerfile: main.py")}
    assert len(tags) == 4


def test_a_build_that_the_engine_cannot_do_is_refused(source: Path) -> None:
    with pytest.raises(ImageError, match=r"ssh.*overrides.a.image"):
        _build(source, ", ssh: [default]")


def test_secrets_are_collected_by_service_without_those_that_exist(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("from a file\n", encoding="utf-8")
    found = model(
        {
            "app": {
                "image": "a",
                "environment": {"A_PASSWORD": "one", "B_TOKEN": "two-two-two", "AWS_SECRET_ACCESS_KEY": "x", "C": "3"},
                "secrets": [{"source": "s", "target": "/run/secrets/s"}],
            },
            "postgres": {"image": "postgres", "environment": {"POSTGRES_PASSWORD": "p"}},
        },
        secrets={"s": {"file": str(tmp_path / "s")}},
    )
    decisions = Decisions(overrides={"app": {"secrets_as": {"s": "FROM_FILE"}, "secret": ["C"]}})
    assert collect(found, decisions, {"B_TOKEN": "arn"}) == {
        "app": {"A_PASSWORD": "one", "C": "3", "FROM_FILE": "from a file"}
    }
