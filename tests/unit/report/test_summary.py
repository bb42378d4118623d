"""The summary at the end of a move."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._copy.run import Choice, compare, copy
from ansible_collections.replatform.aws.plugins.module_utils._report.summary import ReportError, summarize
from tests.unit.copy.memory import MemoryStore


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for name in ("postgresql", "objects"):
        store = MemoryStore({"a": {"1": "one"}, "b": {"2": "two"}}, {}, name=name)
        copy(store, Choice(tmp_path))
        compare(store, Choice(tmp_path))
    return tmp_path


def test_a_store_without_a_proof_leaves_the_whole_not_proven(runs: Path) -> None:
    result = summarize(runs, ["postgresql", "objects", "search"]).result()
    assert result["verdict"] == "not proven"
    assert any(line.startswith("search") and "not proven" in line for line in result["text"])


def test_all_equal(runs: Path) -> None:
    result = summarize(runs, ["postgresql", "objects"]).result()
    assert result["verdict"] == "equal"
    assert [(store["items"], store["copied_items"]) for store in result["stores"]] == [(2, 2), (2, 2)]
    assert "2 rows" in result["text"][0] and "2 objects" in result["text"][1]
    assert result["text"][-1].endswith(result["stores"][1]["proof"])


def test_a_later_delta_does_not_hide_the_copy(runs: Path) -> None:
    store = MemoryStore({"a": {"1": "uno"}, "b": {"2": "two"}}, {}, name="objects")
    store.target = {"a": {"1": "one"}, "b": {"2": "two"}}
    copy(store, Choice(runs))
    (objects,) = summarize(runs, ["objects"]).stores
    assert objects.copied_items == 2


def test_a_relative_run_dir_will_do(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs.parent)
    assert summarize(Path(runs.name), ["objects"]).verdict == "equal"


def test_a_damaged_proof_is_said_not_passed_over(runs: Path) -> None:
    (proof,) = runs.glob("objects-*/proof.json")
    proof.write_text("{")
    with pytest.raises(ReportError, match="Compare again"):
        summarize(runs, ["objects"])
