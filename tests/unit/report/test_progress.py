"""What a person is told of a running copy."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.replatform.aws.plugins.callback.progress import Lines
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter, Progress
from ansible_collections.replatform.aws.plugins.module_utils._report.progress import (
    Snapshot,
    duration,
    last_event,
    line,
    size,
    snapshots,
)


def test_reads_what_the_engine_writes(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "progress.jsonl", "objects")
    progress.begin("copy", 100, 1000)
    Meter(progress).add(25, 250)
    progress.end()
    found = last_event(tmp_path / "progress.jsonl")
    assert found is not None
    assert (found.store, found.phase, found.items, found.bytes, found.share) == ("objects", "copy", 25, 250, 0.25)


def test_a_half_written_event_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    Progress(path, "search").begin("compare", 1, 1)
    with path.open("a") as events:
        events.write('{"store": "sea')
    found = last_event(path)
    assert found is not None and found.phase == "compare"


def test_work_that_starts_again_is_taken_back(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "progress.jsonl", "search")
    progress.begin("copy", 10, 10)
    meter = Meter(progress)
    meter.add(4, 4)
    meter.rewind()
    progress.end()
    found = last_event(tmp_path / "progress.jsonl")
    assert found is not None and (found.items, found.bytes) == (0, 0)


def test_runs_of_before_are_not_shown(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        Progress(tmp_path / name / "progress.jsonl", name)
    os.utime(tmp_path / "old" / "progress.jsonl", (1, 1))
    assert [snapshot.store for snapshot in snapshots(tmp_path, since=1000)] == ["new"]


def test_many_small_items_after_a_large_one_are_not_nearly_done() -> None:
    assert Snapshot("objects", "copy", 1.0, 10, 95, 100, 100).share == 0.1
    assert Snapshot("objects", "copy", 1.0, 10, 0, 100, 0).share == 0.1


def test_the_line() -> None:
    half = Snapshot("postgresql", "copy", 10.0, 5000, 2_000_000, 10_000, 4_000_000)
    assert line(half) == ("postgresql copy: 5,000 of about 10,000 (50%), 2.0 MB, 500/s, 200.0 kB/s, about 10 s left")
    nothing = Snapshot("postgresql", "starting", 0.0, 0, 0, 0, 0)
    assert line(nothing) == "postgresql starting: 0, 0 B"


def test_figures_for_a_person() -> None:
    assert [size(0), size(999), size(1500), size(3 * 10**9)] == ["0 B", "999 B", "1.5 kB", "3.0 GB"]
    assert [duration(0.25), duration(59), duration(61)] == ["0.2 s", "59 s", "1 min 1 s"]
    assert duration(7265) == "2 h 1 min"


def test_what_a_deployment_waits_for_is_shown_once_as_it_comes() -> None:
    shown: list[str] = []
    lines = Lines(shown.append, interval=3600)
    for phase in ("starting", "0 of 1 tasks run", "0 of 1 tasks run", "1 of 1 tasks run"):
        lines.show([Snapshot("ecs", phase, 0.0, 0, 0, 0, 0), Snapshot("objects", "copy", 1.0, 1, 1, 9, 9)])
    assert shown == ["ecs: 0 of 1 tasks run", "ecs: 1 of 1 tasks run"]
