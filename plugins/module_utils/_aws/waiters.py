# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting with a deadline: says what it waits for, how long it waited, and what it last saw."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import DeadlineError

Found = TypeVar("Found")  # ansible-test holds modules to Python 3.9's syntax
Progress = Callable[[str, float], None]  # a line for a person, and the seconds waited so far


@dataclass(frozen=True)
class Pending:
    """Not yet. `state` says, for a person, what was seen."""

    state: str


@dataclass(frozen=True)
class Waited(Generic[Found]):  # noqa: UP046
    """What came, and after how many seconds."""

    value: Found
    seconds: float


def silent(_line: str, _seconds: float) -> None:
    """Shows nothing."""


def wait_for(  # noqa: UP047
    check: Callable[[], Found | Pending],
    *,
    what: str,
    where: str,
    timeout: float,
    interval: float = 5.0,
    progress: Progress = silent,
    next_step: str = "raise the time-out, or look at the resource in the console, then run it again.",
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Waited[Found]:
    """Calls `check` until it returns something else than Pending.

    check: raises an AwsError as soon as waiting longer is of no use.
    timeout, interval: seconds. Raises DeadlineError with the last state seen.
    """
    start = clock()
    shown = ""
    while True:
        found = check()
        elapsed = clock() - start
        if not isinstance(found, Pending):
            return Waited(found, elapsed)
        if found.state != shown:
            progress(f"{what}: {found.state}", elapsed)
            shown = found.state
        if elapsed >= timeout:
            raise DeadlineError(f"{what} took longer than {timeout:.0f} s; last seen: {found.state}", where, next_step)
        sleep(min(interval, max(timeout - elapsed, 0.1)))
