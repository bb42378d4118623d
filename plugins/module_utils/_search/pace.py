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

FIRST_BODY, LEAST_BODY = 2 * 1024 * 1024, 256 * 1024
"""Bytes of a bulk body. It grows up to what the caller allows."""

GAIN = 1.1
"""What one request more, or a body of twice the size, has to bring, as a factor of the rate, to be kept."""

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
        self._rest = {"width": 0, "body": 0}
        self._tried: tuple[str, int] | None = None  # which of them grew for this round, and what it was before
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
            self._answers += 1
            if self._answers > 0:
                self._bytes += size
            else:
                self._began = self._clock()
            if self._answers >= 2 * self.width:
                self._end_round()

    def refused(self) -> None:
        """The target is overloaded, or did not answer."""
        with self._free:
            self.width = max(1, self.width // 2)
            self.body = max(LEAST_BODY, self.body // 2)
            self._tried, self._best = None, 0.0
            self._rest = dict.fromkeys(self._rest, REST)
            self._new_round()

    def too_large(self, size: int) -> None:
        """The target takes no body of so many bytes, now or later."""
        with self._free:
            self._most_body = max(1, size // 2)
            self.body = min(self.body, self._most_body)

    def _new_round(self) -> None:
        # What is under way was sent before the last change: its answers say nothing of that.
        self._bytes, self._answers = 0, -self.width
        self._began = self._clock()

    def _end_round(self) -> None:
        rate = self._bytes / max(self._clock() - self._began, 1e-6)
        self._rest = {name: max(0, rounds - 1) for name, rounds in self._rest.items()}
        tried, self._tried = self._tried, None
        if tried and rate < GAIN * self._before:
            self._set(*tried)
            self._rest[tried[0]] = REST
        elif rate < LOSS * self._best and self.width > 1:
            self.width -= 1
            self._rest, self._best = dict.fromkeys(self._rest, REST), rate
        else:
            self._grow(rate)
        self._best = max(self._best, rate)
        self._free.notify_all()
        self._new_round()

    def _grow(self, rate: float) -> None:
        """One request more or twice the body, for one round; what grew last comes last."""
        grown = {"width": min(self.width + 1, MOST), "body": min(2 * self.body, self._most_body)}
        for name, rest in list(self._rest.items()):
            before = getattr(self, name)
            if not rest and grown[name] > before:
                self._set(name, grown[name])
                self._tried, self._before = (name, before), rate
                self._rest[name] = self._rest.pop(name)
                return

    def _set(self, name: str, value: int) -> None:
        setattr(self, name, min(value, self._most_body) if name == "body" else value)
