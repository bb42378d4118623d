"""Components are built once, under a lock, and again only when their pins change."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from lab.components import Component, ComponentError, cache_dir, ensure
from lab.components.build import build, program, run
from lab.components.opensearch import stem


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REPLATFORM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Builds:
    def __init__(self) -> None:
        self.count = 0

    def component(self, pins: str) -> Component:
        return Component("thing", pins, self.make)

    def make(self, place: Path) -> None:
        self.count += 1
        place.joinpath("made").write_text(str(self.count))


def test_built_once_and_again_when_the_pins_change(cache: Path) -> None:
    builds = Builds()
    for pins, expected in (("1", "1"), ("1", "1"), ("2", "2"), ("2", "2")):
        home = build(builds.component(pins), cache / "thing")
        assert home.joinpath("made").read_text() == expected


def test_builders_at_the_same_time_build_once(cache: Path) -> None:
    builds = Builds()
    threads = [threading.Thread(target=build, args=(builds.component("1"), cache / "thing")) for _thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert builds.count == 1


def test_a_failed_build_leaves_the_old_one_in_place(cache: Path) -> None:
    build(Builds().component("1"), cache / "thing")

    def fail(place: Path) -> None:
        place.joinpath("half").touch()
        raise ComponentError("no network")

    with pytest.raises(ComponentError, match="no network"):
        build(Component("thing", "2", fail), cache / "thing")
    assert cache.joinpath("thing", "made").read_text() == "1"
    assert not cache.joinpath("thing", "half").exists()


def test_a_failed_step_shows_the_command_and_its_last_words() -> None:
    with pytest.raises(ComponentError, match=r"(?s)compiling failed \(exit 3\).*sh -c.*the reason"):
        run(["sh", "-c", "echo the reason >&2; exit 3"], what="compiling")


def test_an_unknown_component_names_the_known() -> None:
    with pytest.raises(ComponentError, match="minio"):
        ensure("oracle")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"REPLATFORM_CACHE": "/a"}, "/a"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/replatform-lab"),
        ({"HOME": "/c"}, "/c/.cache/replatform-lab"),
    ],
)
def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str) -> None:
    for name in ("REPLATFORM_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(cache_dir()) == expected


@pytest.mark.parametrize(
    ("jar", "expected"),
    [
        ("jackson-core-2.18.2.jar", "jackson-core"),
        ("netty-handler-4.1.100.Final.jar", "netty-handler"),
        ("lucene-core-9.7.0.jar", "lucene-core"),
    ],
)
def test_a_jar_is_known_without_its_version(jar: str, expected: str) -> None:
    assert stem(Path(jar)) == expected


def test_a_missing_program_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ComponentError, match="sudo apt-get install -y --no-install-recommends some-package"):
        program("no-such-program", "some-package")
