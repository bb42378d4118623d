# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Partitions to workers: any concurrent.futures.Executor will do; here, threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from ansible_collections.replatform.aws.plugins.module_utils._copy.errors import Stopped, TransientError
from ansible_collections.replatform.aws.plugins.module_utils._copy.partition import P
from ansible_collections.replatform.aws.plugins.module_utils._copy.progress import Meter, Progress

R = TypeVar("R")

BACKOFF = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds before each further try of a partition that failed for a reason that may pass."""


def attempt(  # noqa: UP047 (see P)
    work: Callable[[P, Meter], R], partition: P, progress: Progress
) -> R:
    """Do the work on one partition, again after a transient failure."""
    for seconds in BACKOFF:
        meter = Meter(progress)
        try:
            return work(partition, meter)
        except TransientError:
            meter.rewind()
            progress.pause(seconds)
    return work(partition, Meter(progress))


def each(  # noqa: UP047
    work: Callable[[P, Meter], R], partitions: Sequence[P], progress: Progress, jobs: int
) -> Iterator[tuple[P, R | Exception]]:
    """Work on all partitions, the largest first, `jobs` at a time; yield each result, or its failure, as it comes.

    What another partition does is not stopped by a failure: what can be done is done.
    """
    queue = sorted(partitions, key=lambda partition: (-partition.size, partition.id))
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="copy") as pool:
        running: dict[Future[R], P] = {}
        try:
            while queue or running:
                # Handed out one by one, not all at once: a stop leaves nothing queued behind it.
                while queue and len(running) < jobs:
                    partition = queue.pop(0)
                    running[pool.submit(attempt, work, partition, progress)] = partition
                done, _waiting = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    error = future.exception()
                    if isinstance(error, Stopped) or (error and not isinstance(error, Exception)):
                        raise error
                    partition = running.pop(future)
                    yield partition, (error if isinstance(error, Exception) else future.result())
        except BaseException:
            progress.stop()
            raise
