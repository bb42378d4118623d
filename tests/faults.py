"""Faults tried, survived, and what they lost: what tests marked `fault` say of themselves becomes docs/faults.md,
and docs/faults-search.md of the search ones alone.

A marked test records the property `lost`, the number of items that its own comparison found to be lost. Results are
kept in pytest's cache; `pytest --collect-only --faults=write` writes the pages from them, and from what docs/faults.md
says of tests that were not run here since. `--faults=list` prints names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

Record = Callable[[str, object], None]
"""The type of pytest's fixture record_property."""

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = {DOCS / "faults.md": "", DOCS / "faults-search.md": "search"}
"""Each page, and the first word of the faults that it lists (none: all)."""
KEPT = "replatform/faults"
START, END = "<!-- faults: start -->", "<!-- faults: end -->"
RESULTS = pytest.StashKey[dict[str, dict[str, object]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", choices=["list", "write"], help="name the fault tests, or write their pages in docs")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RESULTS] = {}


def described(item: pytest.Item) -> str:
    """The fault that a test tries, in its mark's words; empty if it tries none."""
    mark = item.get_closest_marker("fault")
    return str(mark.args[0]) if mark else ""


def kept_in(session: pytest.Session) -> pytest.Cache | None:
    """pytest's cache; none with `-p no:cacheprovider`."""
    return getattr(session.config, "cache", None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call" and described(item):
        lost = dict(item.user_properties).get("lost")
        if report.passed and lost != 0:
            report.outcome = "failed"
            report.longrepr = f"a test of a fault records how many items were lost, and none may be: lost is {lost!r}"
        item.config.stash[RESULTS][item.nodeid] = {"survived": report.passed, "lost": lost}
    return report


def pytest_collection_finish(session: pytest.Session) -> None:
    wanted = session.config.getoption("--faults")
    marked = [item for item in session.items if described(item)]
    cache = kept_in(session)
    if wanted == "list":
        print("".join(f"\nfault: {item.nodeid}\t{described(item)}" for item in marked))
    if wanted == "write" and cache:
        results = said() | cache.get(KEPT, {})
        for path, word in PAGES.items():
            listed = [item for item in marked if described(item).startswith(word)]
            path.write_text(page(path, listed, results), encoding="utf-8")


def pytest_sessionfinish(session: pytest.Session) -> None:
    results, cache = session.config.stash[RESULTS], kept_in(session)
    if results and cache:
        cache.set(KEPT, cache.get(KEPT, {}) | results)


def said() -> dict[str, dict[str, object]]:
    """What docs/faults.md says, as results of the tests."""
    rows = re.findall(r"\| (yes|NO) \| (\d+) \| `([^`]+)` \|$", (DOCS / "faults.md").read_text(encoding="utf-8"), re.M)
    return {
        f"tests/integration/{name}": {"survived": survived == "yes", "lost": int(lost)} for survived, lost, name in rows
    }


def page(path: Path, items: list[pytest.Item], results: dict[str, dict[str, object]]) -> str:
    """A page with its table made anew. Raises UsageError naming the tests that have no result yet."""
    if missing := [item.nodeid for item in items if item.nodeid not in results]:
        raise pytest.UsageError("not run yet, run them first: " + " ".join(missing))
    survived = sum(bool(results[item.nodeid]["survived"]) for item in items)
    lost = sum(int(str(results[item.nodeid]["lost"] or 0)) for item in items)
    rows = [f"Faults tried: {len(items)}. Survived: {survived}. Items lost: {lost}.\n"]
    rows += ["| fault | survived | items lost | test |", "|---|---|---|---|"]
    for item in items:
        result = results[item.nodeid]
        name = item.nodeid.removeprefix("tests/integration/")
        rows.append(f"| {described(item)} | {'yes' if result['survived'] else 'NO'} | {result['lost']} | `{name}` |")
    text = path.read_text(encoding="utf-8")
    return text[: text.index(START) + len(START)] + "\n" + "\n".join(rows) + "\n" + text[text.index(END) :]
