"""Time, CPU time and peak memory of a program; runs of several tools in turn; medians."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class BenchmarkError(Exception):
    """A tool failed, or did not do all of the work: its time would mean nothing."""


@dataclass(frozen=True)
class Usage:
    """seconds on the clock; CPU seconds and peak resident memory (MB) of the client with its children."""

    seconds: float
    cpu: float = 0.0
    peak_mb: float = 0.0


def run(command: Sequence[str], environment: Mapping[str, str], told: str = "") -> tuple[Usage, str]:
    """Run a program to its end; what it used, and its output. `told` is its standard input."""
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as output:
        given.write(told)
        given.seek(0)
        began = time.monotonic()
        process = subprocess.Popen(
            command, env=os.environ | dict(environment), stdin=given, stdout=output, stderr=subprocess.STDOUT
        )
        # Of the program and of all its children that it has waited for.
        _pid, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise BenchmarkError(f"{Path(command[0]).name} ended with {process.returncode}:\n{said[-3000:]}")
    return Usage(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024), said


def in_turn(tools: Mapping[str, Callable[[], Usage]], runs: int, say: Callable[[str], None]) -> dict[str, Usage]:
    """Medians of each tool's runs. They take turns, in another order each time: a machine drifts."""
    measured: dict[str, list[Usage]] = {name: [] for name in tools}
    names = list(tools)
    for number in range(runs):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            usage = tools[name]()
            measured[name].append(usage)
            figures = f"{usage.seconds:8.2f} s {usage.cpu:7.2f} s CPU {usage.peak_mb:6.0f} MB"
            say(f"  {number + 1}/{runs}  {name:<40} {figures}")
    return {name: median(usages) for name, usages in measured.items()}


def median(usages: Sequence[Usage]) -> Usage:
    """Each figure's own median."""
    return Usage(
        statistics.median(usage.seconds for usage in usages),
        statistics.median(usage.cpu for usage in usages),
        statistics.median(usage.peak_mb for usage in usages),
    )
