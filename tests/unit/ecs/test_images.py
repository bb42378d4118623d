"""The tag of an image's source, and the secrets of a project: found, never shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._ecs.images import Build, ImageError, builds
from ansible_collections.replatform.aws.plugins.module_utils._ecs.secret_store import Place, collect, write
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


STAGES = """
FROM --platform=linux/amd64 base AS build
USER root
RUN make
FROM build AS tools
FROM slim AS run
COPY --from=build /a /a
user 10001:10001
"""


@pytest.mark.parametrize(
    ("dockerfile", "extra", "user"),
    [
        ("FROM x\nUSER 10001:10001\n", "", "10001:10001"),
        ("FROM x\nUSER root\nRUN y\nUSER app # not root\n", "", "app"),
        (STAGES, "", "10001:10001"),
        (STAGES, ", target: tools", "root"),
        (STAGES, ", target: RUN", "10001:10001"),
        ("FROM x\n", "", ""),  # the base image decides, and nobody has looked into it
        ("FROM x\nARG UID=1\nUSER $UID\n", "", ""),
        ("FROM x\nUSER 5\nFROM y\n", "", ""),
    ],
)
def test_the_user_of_the_image(source: Path, dockerfile: str, extra: str, user: str) -> None:
    (source / "src" / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    assert _build(source, extra).user == user


def test_the_user_of_the_compose_service_wins_and_the_tag_does_not_know_it(source: Path) -> None:
    (source / "src" / "Dockerfile").write_text("FROM x\nUSER 1\n", encoding="utf-8")
    (found,) = builds(project(source, "services: {a: {build: {context: src}, user: '7:7'}}"), Decisions())
    assert found.user == "7:7"
    assert found.tag == _build(source).tag


class Store:
    """Secrets Manager with one secret of two versions."""

    def describe_secret(self, **given: str) -> dict[str, Any]:
        stages = {"old": ["AWSPREVIOUS"], "new": ["AWSCURRENT"]}
        return {"ARN": f"arn:aws:secretsmanager:::secret:{given['SecretId']}", "VersionIdsToStages": stages}

    def get_secret_value(self, **given: str) -> dict[str, Any]:
        arn = f"arn:aws:secretsmanager:::secret:{given['SecretId']}"
        return {"ARN": arn, "VersionId": "live", "SecretString": '{"KEY": "value"}'}


@pytest.mark.parametrize(("value", "version"), [("value", "live"), ("another", "(known after provision)")])
def test_versions_are_of_every_secret_that_a_task_reads(value: str, version: str) -> None:
    arn = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:/by/arn-AbCdEf"
    given = {"PASSWORD": "secretsmanager://db#password", "OTHER": "arn:aws:given", "KEY2": f"{arn}:key::"}
    place = Place("/p", None, {}, given)
    written = write(Store(), {"app": {"KEY": value}}, place, check_mode=True)
    assert written.versions == {"db": "new", "/p/app": version, "/by/arn": "new"}
    assert written.unwatched == ()
    assert written.secrets["PASSWORD"] == "arn:aws:secretsmanager:::secret:db:password::"
