# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether anybody is left to read the result: what a module started must not go on alone."""

from __future__ import annotations

import signal
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.folder import alive, playbook_processes

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Listener:
    """Notices, inside its block, that the playbook ended or that the module is told to end.

    A signal is only noted: the block ends in its own words, after it has put things right.
    """

    def __init__(self) -> None:
        self._told = ""
        self._playbook: list[tuple[int, str]] = []
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Listener:
        self._playbook = playbook_processes()
        self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: object) -> None:
        self._told = f"it was told to end by {signal.Signals(number).name}"

    @property
    def reason(self) -> str:
        """Why the block has to end; '' while it may go on."""
        return self._told or ("" if alive(self._playbook) else "the playbook that started it has ended")
