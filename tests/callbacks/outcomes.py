"""Writes what each task did, one JSON line for each item of a loop, into the file that REPLATFORM_TEST_OUTCOMES names.

Tests switch it on; ansible-playbook's usual output stays as it is.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: outcomes
type: aggregate
short_description: What each task did, as JSON lines
description:
  - For tests only.
"""

KEPT = ("calls", "steps", "changes", "partitions", "verdict", "would_copy", "msg", "skip_reason", "warnings")


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """One line for each outcome: task, action, item, state (ok, changed, skipped, failed), what tells of the work."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "outcomes"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, state: str, outcome: Any) -> None:
        result = outcome.result
        if result.get("results"):  # of a loop: each item has come by itself
            return
        if state == "ok" and result.get("changed"):
            state = "changed"
        line = {
            "task": outcome.task.get_name(),
            "action": outcome.task.action,
            "item": str(result.get("_ansible_item_label", "")),
            "state": state,
            **{name: result[name] for name in KEPT if name in result},
        }
        with Path(os.environ["REPLATFORM_TEST_OUTCOMES"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write("ok", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._write("skipped", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._write("failed", result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._write("ok", result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        self._write("skipped", result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._write("failed", result)
