# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How much the target is given at once: more while that makes it faster, less when it says no or slows down.

Additive increase, multiplicative decrease, as TCP does with its window (RFC 5681); but an increase is kept only if more
bytes a second went through: past the target's limit, further requests only wait in its queue.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FIRST, MOST = 4, 8
"""Bulk requests under way at once. Two cores are busy with four; each one more is a body in memory."""

FIRST_BODY, LEAST_BODY = 4 * 1024 * 1024, 256 * 1024
"""Bytes of a bulk body. It grows up to what the caller allows."""

GAIN = 1.05
"""What one request more has to bring, as a factor of the rate, to be kept."""

LOSS = 0.6
"""Below this part of the best rate there is one request less: the target answers late."""

REST = 8
"""Rounds without another try after one that did not help."""


class Pace:
    """Shared by all writers of a run. Thread-safe."""

    def __init__(self, max_body: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_body = max_body
        self.body = min(FIRST_BODY, max_body)
        self.width = FIRST
        self._clock = clock
        self._free = threading.Condition()
        self._busy = 0
        self._rest = 0
        self._tries = False
        self._before = self._best = 0.0
        self._new_round()

    def enter(self, check: Callable[[], None]) -> None:
        """Wait until another request may begin. `check` is called every second meanwhile; it may raise."""
        with self._free:
            while self._busy >= self.width:
                if not self._free.wait(1.0):
                    check()
            self._busy += 1

    def leave(self) -> None:
        """A request has ended, well or not."""
        with self._free:
            self._busy -= 1
            self._free.notify_all()

    def took(self, size: int) -> None:
        """The target took a body of so many bytes."""
        with self._free:
            self._bytes += size
            self._answers += 1
            if self._answers >= 2 * self.width:
                self._end_round()

    def refused(self) -> None:
        """The target is overloaded, or did not answer."""
        with self._free:
            self.width = max(1, self.width // 2)
            self.body = max(LEAST_BODY, self.body // 2)
            self._rest, self._tries, self._best = REST, False, 0.0
            self._new_round()

    def too_large(self, size: int) -> None:
        """The target takes no body of so many bytes, now or later."""
        with self._free:
            self._most_body = max(1, size // 2)
            self.body = min(self.body, self._most_body)

    def _new_round(self) -> None:
        self._bytes = self._answers = 0
        self._began = self._clock()

    def _end_round(self) -> None:
        rate = self._bytes / max(self._clock() - self._began, 1e-6)
        if self._tries and rate < GAIN * self._before:
            self.width -= 1
            self._rest, self._tries = REST, False
        elif rate < LOSS * self._best and self.width > 1:
            self.width -= 1
            self._rest, self._tries, self._best = REST, False, rate
        elif self._rest:
            self._rest -= 1
        elif self.width < MOST:
            self.width += 1
            self._before, self._tries = rate, True
        else:
            self._tries = False
        self._best = max(self._best, rate)
        self.body = min(2 * self.body, self._most_body)
        self._free.notify_all()
        self._new_round()
