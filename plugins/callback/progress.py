# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shows what a long copy is doing while its task runs."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: aggregate
short_description: Bars, rates and remaining time of copies and comparisons
version_added: 0.1.0
description:
  - While a task of this collection copies or compares, shows how far each store is, how fast,
    and how long it will take yet. While it deploys, shows what it waits for.
  - In a terminal it draws bars; elsewhere it writes one plain line per store every O(interval) seconds.
  - It reads the progress file in the run folder and never touches the copy itself.
requirements:
  - Enable it with C(callbacks_enabled) in the configuration.
  - rich >= 13 (Python library), for the bars
options:
  root:
    description: Folder under which the run folders lie, the parent of every C(run_dir).
    type: path
    default: .replatform
    env:
      - name: REPLATFORM_PROGRESS_ROOT
    ini:
      - section: callback_progress
        key: root
  interval:
    description: Seconds between two lines when the output is no terminal.
    type: float
    default: 10
    env:
      - name: REPLATFORM_PROGRESS_INTERVAL
    ini:
      - section: callback_progress
        key: interval
author:
  - The replatform.aws authors (@replatform)
"""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

from ansible_collections.replatform.aws.plugins.module_utils._report.progress import Snapshot, line, size, snapshots

try:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    HAS_RICH = True
except ImportError:
    HAS_RICH = False

_STEPS = "ecs"
"""What tells only what it waits for: a deployment, a task."""

_WATCHED = {
    "ecs_run_task",
    "ecs_service",
    "ecs_service_deployment",
    "postgresql_copy",
    "postgresql_compare",
    "s3_copy",
    "s3_compare",
    "opensearch_reindex",
    "opensearch_compare",
}


class Lines:
    """One plain line per store and phase, at most every `interval` seconds; each step as it comes."""

    def __init__(self, write: Callable[[str], None], interval: float) -> None:
        self._write = write
        self._interval = interval
        self._due = time.monotonic() + interval
        self._step = ""

    def show(self, found: list[Snapshot]) -> None:
        due = time.monotonic() >= self._due
        if due:
            self._due = time.monotonic() + self._interval
        for snapshot in found:
            if snapshot.store == _STEPS:
                if snapshot.phase not in ("starting", self._step):
                    self._step = snapshot.phase
                    self._write(f"{snapshot.store}: {snapshot.phase}")
            elif due:
                self._write(line(snapshot))

    def close(self) -> None:
        """Nothing is left open."""


class Bars:
    """A bar per store and phase, drawn by rich below whatever Ansible prints."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(file=sys.stdout),
            transient=True,
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._progress.start()

    def show(self, found: list[Snapshot]) -> None:
        for snapshot in found:
            if snapshot.store == _STEPS:
                self._step(snapshot)
                continue
            key = (snapshot.store, snapshot.phase)
            if key not in self._tasks:
                self._tasks[key] = self._progress.add_task(" ".join(key), total=1.0, rate="")
            pace = max(snapshot.seconds, 0.001)
            rate = f"{snapshot.items:,}  {snapshot.items / pace:,.0f}/s  {size(snapshot.bytes / pace)}/s"
            self._progress.update(self._tasks[key], completed=snapshot.share, rate=rate)

    def _step(self, snapshot: Snapshot) -> None:
        """One bar that only moves, with what is waited for beside it."""
        key = (snapshot.store, "")
        if key not in self._tasks:
            self._tasks[key] = self._progress.add_task("", total=None, rate="")
        self._progress.update(self._tasks[key], description=f"{snapshot.store} {snapshot.phase}")

    def close(self) -> None:
        self._progress.stop()


class CallbackModule(CallbackBase):
    """Starts a watcher with each task that copies, compares or deploys, and ends it with the task's result."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "replatform.aws.progress"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ended: threading.Event | None = None
        self._watcher: threading.Thread | None = None

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._stop()
        if str(task.action).rsplit(".", 1)[-1] in _WATCHED:
            self._ended = threading.Event()
            self._watcher = threading.Thread(target=self._watch, args=(self._ended,), daemon=True)
            self._watcher.start()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._stop()

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._stop()

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._ended and self._watcher:
            self._ended.set()
            self._watcher.join(timeout=2)
            self._ended = self._watcher = None

    def _watch(self, ended: threading.Event) -> None:
        # A callback runs in the controller: whatever goes wrong here, the copy goes on without a picture of it.
        try:
            root, since = Path(self.get_option("root")), time.time() - 1
            view = (
                Bars()
                if HAS_RICH and sys.stdout.isatty()
                else Lines(self._display.display, self.get_option("interval"))
            )
            try:
                while not ended.wait(0.5):
                    view.show([one for one in snapshots(root, since) if one.items_expected or one.store == _STEPS])
            finally:
                view.close()
        except Exception as error:  # noqa: BLE001
            self._display.vv(f"replatform.aws.progress: no picture of this task: {error}")
