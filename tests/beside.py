"""Something that goes on in a thread of its own while a test does another thing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def beside(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run `work(ended)` until the end of the block, where `ended` is set. What it raises is raised there."""
    ended = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work, ended)
        try:
            yield
        finally:
            ended.set()
        done.result()
