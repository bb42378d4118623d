# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A worker's two connections, source and target, driven together from one thread, and kept for the next partition."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import TransientError
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter
from ansible_collections.replatform.aws.plugins.module_utils._postgresql.connect import End, connect_async, speaking_to


class Pair:
    """Connections to both ends. The source's stays in one transaction under the run's snapshot."""

    def __init__(self, source: End, target: End, snapshot: str) -> None:
        self._ends = source, target
        self._snapshot = snapshot
        self._loop = asyncio.new_event_loop()
        self.source: Any = None
        self.target: Any = None

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine on this pair's loop, in the calling thread."""
        return self._loop.run_until_complete(work)

    async def together(self, meter: Meter | None, *work: Coroutine[Any, Any, Any]) -> list[Any]:
        """Do all of it at once and return all results; the first failure, or a stop of the run, cancels the rest."""
        tasks = [asyncio.ensure_future(one) for one in work]
        pending: set[asyncio.Future[Any]] = set(tasks)
        try:
            while pending:
                done, pending = await asyncio.wait(pending, timeout=1.0, return_when=asyncio.FIRST_EXCEPTION)
                for task in done:
                    task.result()
                if pending:
                    self._check_connections()
                if meter:
                    meter.add(0, 0)  # raises Stopped when the run has to end, however long a query takes
        finally:
            for task in pending:
                task.cancel()
            await asyncio.wait(tasks, timeout=5.0)  # a driver that waits for a lost connection is left behind
        return [task.result() for task in tasks]

    def _check_connections(self) -> None:
        """Raise TransientError if one is lost: asyncpg's COPY, having paused writing, would not notice it."""
        for end, connection in zip(self._ends, (self.source, self.target), strict=True):
            if connection.is_closed():
                raise TransientError(f"{end.side} {end.name}: the connection was lost.")

    async def connect(self) -> None:
        """Open both. Raises CopyError, or TransientError if another try may help."""
        source, target = self._ends
        self.source = await connect_async(source)
        with speaking_to(source, "taking part in the snapshot"):
            await self.source.execute(
                f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '{self._snapshot}'"
            )
        self.target = await connect_async(target)

    def close(self) -> None:
        """Drop both, whatever they are doing: the servers roll back."""
        if not self._loop.is_closed():
            for connection in (self.source, self.target):
                if connection:
                    connection.terminate()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()


class Pairs:
    """Pairs that no thread uses at the moment. One that failed is not used again."""

    def __init__(self, source: End, target: End, snapshot: str) -> None:
        self._make = lambda: Pair(source, target, snapshot)
        self._lock = threading.Lock()
        self._idle: list[Pair] = []

    @contextmanager
    def one(self) -> Iterator[Pair]:
        """A connected pair for the length of a `with` block."""
        with self._lock:
            pair = self._idle.pop() if self._idle else None
        if pair is None:
            pair = self._make()
        works = False
        try:
            if pair.target is None:
                pair.run(pair.connect())
            yield pair
            works = True
        finally:
            if works:
                with self._lock:
                    self._idle.append(pair)
            else:
                pair.close()

    def close(self) -> None:
        """Let go of all that are idle."""
        with self._lock:
            for pair in self._idle:
                pair.close()
            self._idle.clear()
