"""Time, CPU time and peak memory of a program; runs of several tools in turn; medians."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
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


# A program's peak memory counts from that of the process that started it: one that holds nothing starts it.
_START = """
import json, os, sys
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_pid, status, used = os.wait4(pid, 0)
with open(sys.argv[1], "w") as figures:
    json.dump([status, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024], figures)
"""


def run(command: Sequence[str], environment: Mapping[str, str], told: str = "") -> tuple[Usage, str]:
    """Run a program to its end; what it used, and its output. `told` is its standard input."""
    with tempfile.TemporaryFile("w+") as given, tempfile.NamedTemporaryFile("r") as figures:
        given.write(told)
        given.seek(0)
        began = time.monotonic()
        # Of the program and of all its children that it has waited for.
        done = subprocess.run(
            [sys.executable, "-S", "-c", _START, figures.name, *command],
            env=os.environ | dict(environment),
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        seconds = time.monotonic() - began
        status, cpu, peak = json.load(figures)
    if code := os.waitstatus_to_exitcode(status):
        raise BenchmarkError(f"{Path(command[0]).name} ended with {code}:\n{done.stdout[-3000:]}")
    return Usage(seconds, cpu, peak), done.stdout


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
