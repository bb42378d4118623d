"""One line per step with its time, in the terminal of whoever started the lab."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(title: str) -> Iterator[None]:
    """Prints the title when the step begins (on a terminal) and its time when it is done."""
    started = time.monotonic()
    if sys.stdout.isatty():
        print(f"  {title:<52} …", end="\r", flush=True)
    try:
        yield
    except BaseException:
        print(f"  {title:<52} FAILED after {time.monotonic() - started:.1f} s", flush=True)
        raise
    print(f"  {title:<52} {time.monotonic() - started:6.1f} s", flush=True)
