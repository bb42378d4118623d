"""What the engine promises of a run, whatever the store."""

from __future__ import annotations

import json
import multiprocessing
import stat
import time
from pathlib import Path

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._copy import executor, folder
from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import CopyError, TransientError
from ansible_collections.replatform.aws.plugins.module_utils._copy.journal import Journal
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import Partition
from ansible_collections.replatform.aws.plugins.module_utils._copy.run import Choice, PartialCopy, compare, copy

from .memory import MemoryStore


@pytest.fixture
def choice(tmp_path: Path) -> Choice:
    return Choice(tmp_path / "runs")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore({"a": {"1": "one", "2": "two"}, "b": {"3": "three"}, "empty": {}}, {})


def only_run(choice: Choice) -> Path:
    (run,) = choice.run_dir.iterdir()
    return run


def test_copied_then_equal_then_skipped(store: MemoryStore, choice: Choice) -> None:
    first = copy(store, choice)
    assert store.target == store.source
    assert (first["changed"], first["item_count"]) == (True, 3)
    assert first["partitions"] == {"total": 3, "copied": 3, "skipped": 0, "failed": 0}
    proven = compare(store, choice)
    assert (proven["verdict"], proven["changed"], proven["item_count"]) == ("equal", False, 3)
    again = copy(store, choice)
    assert (again["changed"], again["partitions"]["skipped"], again["item_count"]) == (False, 3, 0)


def test_a_partition_whose_source_changed_is_pending_and_then_copied_alone(store: MemoryStore, choice: Choice) -> None:
    copy(store, choice)
    store.source["b"]["3"] = "drei"
    result = compare(store, choice)
    assert (result["verdict"], result["partitions"]["pending"], result["differences"]) == ("pending", 1, [])
    store.calls.clear()
    assert copy(store, choice)["partitions"]["copied"] == 1
    assert "copy b anew" in store.calls and "copy a" not in store.calls
    assert compare(store, choice)["verdict"] == "equal"


def test_a_part_that_a_comparison_found_different_is_copied_without_its_record(
    store: MemoryStore, choice: Choice
) -> None:
    copy(store, choice)
    store.target["b"]["3"] = "damaged"
    assert compare(store, choice)["verdict"] == "different"
    copy(store, choice)
    assert store.calls.count("copy b") == 2


def test_what_the_source_has_got_since_the_copy_is_pending(store: MemoryStore, choice: Choice) -> None:
    copy(store, choice)
    store.source["new"] = {"4": "four"}
    result = compare(store, choice)
    assert (result["verdict"], result["partitions"]["pending"]) == ("pending", 1)
    assert copy(store, choice)["partitions"]["copied"] == 1
    assert compare(store, choice)["verdict"] == "equal"


def test_before_any_copy_nothing_is_pending(store: MemoryStore, choice: Choice) -> None:
    assert compare(store, choice)["verdict"] == "different", "an empty target is no copy that is late"


def test_damage_on_the_target_is_named_exactly(store: MemoryStore, choice: Choice) -> None:
    copy(store, choice)
    store.target["a"].update({"1": "uno", "9": "nine"})
    del store.target["a"]["2"]
    result = compare(store, choice)
    assert result["verdict"] == "different"
    named = {(found["item"], found["kind"]) for found in result["differences"]}
    assert named == {("1", "changed"), ("2", "missing"), ("9", "extra")}
    proof = json.loads(Path(result["proof"]).read_text())
    assert [part["verdict"] for part in proof["partitions"]] == ["different", "equal", "equal"]


def test_what_was_found_different_is_copied_again_though_its_watermark_holds(
    store: MemoryStore, choice: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy(store, choice)
    store.target["a"]["1"] = "damaged where no watermark shows it"
    monkeypatch.setattr(store, "unchanged", lambda *_: True)
    assert copy(store, choice)["partitions"]["copied"] == 0
    assert compare(store, choice)["verdict"] == "different"
    assert copy(store, choice)["partitions"]["copied"] == 1
    assert compare(store, choice)["verdict"] == "equal"
    assert copy(store, choice)["partitions"]["copied"] == 0


def test_the_proof_root_follows_the_content(store: MemoryStore, choice: Choice) -> None:
    copy(store, choice)
    first = json.loads(Path(compare(store, choice)["proof"]).read_text())
    store.source["a"]["1"] = store.target["a"]["1"] = "other"
    second = json.loads(Path(compare(store, choice)["proof"]).read_text())
    assert first["root"] != second["root"]


def test_a_target_that_no_journal_explains_is_refused_untouched(store: MemoryStore, choice: Choice) -> None:
    store.target["theirs"] = {"x": "y"}
    with pytest.raises(CopyError, match="not empty"):
        copy(store, choice)
    assert store.target == {"theirs": {"x": "y"}}


def test_check_mode_changes_nothing_and_says_what_it_would_do(store: MemoryStore, choice: Choice) -> None:
    result = copy(store, choice, check=True)
    assert result["changed"] and store.target == {} and store.settings == {"refresh": "1s"}
    copy(store, choice)
    again = copy(store, choice, check=True)
    assert again["changed"] is False
    assert again["would_copy"]["partitions"] == 0


def test_check_mode_reads_the_source_alone_where_the_target_does_not_exist_yet(
    store: MemoryStore, choice: Choice
) -> None:
    store.exists = False
    result = copy(store, choice, check=True)
    assert result["changed"]
    assert result["would_copy"]["partitions"] == result["partitions"]["total"] == len(store.plan([]))
    assert result["would_copy"]["item_count"] > 0
    assert "open" not in store.calls
    assert list(choice.run_dir.glob("*")) == [], "no run folder for a target without an address"


def test_refused_items_are_dead_letters_and_fail_the_run(store: MemoryStore, choice: Choice) -> None:
    store.refused = {"2"}
    with pytest.raises(PartialCopy, match="refused 1 items") as failure:
        copy(store, choice)
    letters = Path(failure.value.result["dead_letters"]["path"]).read_text().splitlines()
    assert [json.loads(letter)["item"] for letter in letters] == ["2"]
    store.refused = set()
    assert copy(store, choice)["partitions"]["copied"] == 1, "only the partition with the refused item"
    assert store.calls.count("copy a anew") == 1 and "replay 2" in store.calls, "with its record, and its letters"


def test_a_part_that_lacks_only_what_was_refused_keeps_its_record(store: MemoryStore, choice: Choice) -> None:
    store.refused = {"2"}
    with pytest.raises(PartialCopy):
        copy(store, choice)
    assert compare(store, choice)["verdict"] == "different"
    store.refused = set()
    copy(store, choice)
    assert "copy a anew" in store.calls


def test_a_renewed_watermark_is_kept(store: MemoryStore, choice: Choice) -> None:
    copy(store, choice)
    store.marks["b"] = "newer"
    copy(store, choice)
    journal = Journal(only_run(choice) / "journal.sqlite")
    assert {name: record.watermark for name, record in journal.records().items()} == {
        "a": "mark",
        "b": "newer",
        "empty": "mark",
    }
    journal.close()


def test_one_partition_that_fails_does_not_stop_the_others(store: MemoryStore, choice: Choice) -> None:
    def fail(partition: Partition) -> None:
        if partition.id == "a":
            raise CopyError("a: disk full")

    store.before_copy = fail
    with pytest.raises(PartialCopy, match="disk full") as failure:
        copy(store, choice)
    assert failure.value.result["partitions"] == {"total": 3, "copied": 2, "skipped": 0, "failed": 1}
    assert "finish" not in store.calls, "what needs all data is not done on a part of it"
    assert store.settings == {"refresh": "1s"}, "settings for speed are put back all the same"


def test_settings_that_cannot_be_put_back_do_not_hide_what_failed_before(
    store: MemoryStore, choice: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_part: object) -> None:
        raise CopyError("disk full")

    def stuck(_tuning: object) -> None:
        raise CopyError("blocked")

    monkeypatch.setattr(store, "restore", stuck)
    store.before_copy = fail
    with pytest.raises(PartialCopy, match=r"disk full.*put back yet: blocked"):
        copy(store, choice)
    store.before_copy = lambda _part: None
    with pytest.raises(PartialCopy, match="put back yet: blocked"):
        copy(store, choice)
    assert "finish" not in store.calls
    monkeypatch.undo()
    copy(store, choice)
    assert store.settings == {"refresh": "1s"}


def test_marks_that_cannot_be_taken_do_not_hide_what_failed_before(
    store: MemoryStore, choice: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_part: object) -> None:
        raise CopyError("disk full")

    def gone(*_args: object) -> str:
        raise TransientError("the target cannot be reached")

    copy(store, choice)
    store.source["a"]["1"] = "other"
    store.before_copy = fail
    monkeypatch.setattr(store, "renewed", gone)
    with pytest.raises(PartialCopy, match="disk full"):
        copy(store, choice)


def test_a_transient_failure_is_tried_again(
    store: MemoryStore, choice: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "BACKOFF", (0.0, 0.0))
    failures = iter([TransientError("429"), TransientError("503")])

    def fail_twice(partition: Partition) -> None:
        if partition.id == "a" and (error := next(failures, None)):
            raise error

    store.before_copy = fail_twice
    assert copy(store, choice)["partitions"]["copied"] == 3
    assert store.calls.count("copy a") == 3


def test_settings_of_a_killed_run_are_restored_to_what_they_were_before_it(store: MemoryStore, choice: Choice) -> None:
    copy(store, choice)
    journal = Journal(only_run(choice) / "journal.sqlite")  # as if a run had been killed after it tuned
    journal.tune("refresh", "1s")
    journal.close()
    store.settings["refresh"] = "-1"
    copy(store, choice)
    assert store.settings == {"refresh": "1s"}


def _hold(path: Path, held: multiprocessing.synchronize.Event) -> None:
    lock = folder.Lock(path)
    lock.take()
    held.set()
    time.sleep(60)


def test_a_second_writer_waits_and_is_told_who_holds_the_run(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    held = context.Event()
    holder = context.Process(target=_hold, args=(tmp_path, held), daemon=True)
    holder.start()
    assert held.wait(10)
    with pytest.raises(CopyError, match=f"pid {holder.pid}"):
        folder.Lock(tmp_path).take(patience=0.3)
    holder.kill()
    folder.Lock(tmp_path).take(patience=5)  # a holder that died keeps nobody out
    holder.join()


def test_the_run_folder_is_private(store: MemoryStore, choice: Choice) -> None:
    copy(store, choice)
    compare(store, choice)
    run = only_run(choice)
    assert stat.S_IMODE(run.stat().st_mode) == 0o700
    assert stat.S_IMODE((run / "proof.json").stat().st_mode) == 0o600


def test_include_and_exclude_make_another_run(store: MemoryStore, choice: Choice) -> None:
    ids = {
        folder.run_id("memory", store.identity(), [], []),
        folder.run_id("memory", store.identity(), ["a*"], []),
        folder.run_id("memory", store.identity(), [], ["a*"]),
    }
    assert len(ids) == 3
