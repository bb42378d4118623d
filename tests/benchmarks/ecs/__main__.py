"""How long a large compose project takes to render, and how many calls it takes to find that nothing has to be done.

python -m tests.benchmarks.ecs [--services N] [--runs N]. Needs the lab. Two tables, and JSON in the last line.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from lab import control
from lab.errors import LabError
from tests.benchmarks.ecs.converging import BY_STOCK, CONVERGE, HISTORIES, label, stage
from tests.benchmarks.ecs.converging import tools as converging
from tests.benchmarks.ecs.rendering import CONFIG, FUNCTION, MODULE
from tests.benchmarks.ecs.rendering import tools as rendering
from tests.benchmarks.measure import BenchmarkError, in_turn


def say(line: str) -> None:
    print(line, flush=True)


def rendered(services: int, runs: int) -> dict[str, float]:
    """Figures of the first table."""
    with tempfile.TemporaryDirectory(prefix="bench-ecs-") as name:
        found = in_turn(rendering(Path(name), services), runs, say)
    say(f"\nA compose file of {services} services, medians of {runs}\n| | s | CPU s | MB |\n|---|---|---|---|")
    for tool, usage in found.items():
        memory = f"{usage.peak_mb:.0f}" if usage.peak_mb else ""
        say(f"| {tool} | {usage.seconds:.3f} | {usage.cpu:.3f} | {memory} |")
    over = found[MODULE].seconds - found[CONFIG].seconds
    say(f"The module takes {over:.3f} s more than compose.\n")
    return {
        "module_s": found[MODULE].seconds,
        "compose_config_s": found[CONFIG].seconds,
        "beside_compose_s": over,
        "render_s": found[FUNCTION].seconds,
    }


def converged(runs: int) -> dict[str, float]:
    """Figures of the second table."""
    with stage() as here:
        made = converging(here)
        found = in_turn(made.timed, runs, say)
    say(f"\nNothing to do, medians of {runs}\n| | API calls | s | CPU s | MB |\n|---|---|---|---|---|")
    for tool, usage in found.items():
        say(f"| {tool} | {made.calls[tool]} | {usage.seconds:.2f} | {usage.cpu:.2f} | {usage.peak_mb:.0f} |")
    say("")
    figures: dict[str, float] = {}
    for revisions, suffix in zip(HISTORIES, ("", f"_{HISTORIES[1]}"), strict=True):
        ours, stock = label(CONVERGE, revisions), label(BY_STOCK, revisions)
        figures |= {
            f"noop_calls{suffix}": made.calls[ours],
            f"stock_calls{suffix}": made.calls[stock],
            f"calls_ratio{suffix}": made.calls[stock] / made.calls[ours],
            f"noop_s{suffix}": found[ours].seconds,
            f"stock_s{suffix}": found[stock].seconds,
        }
    return figures


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ecs", description=__doc__)
    parser.add_argument("--services", type=int, default=50)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args(words)
    try:
        lab = control.environment()
        os.environ.clear()  # nobody else's AWS settings
        os.environ.update(lab)
        figures = rendered(chosen.services, chosen.runs) | converged(chosen.runs)
    except (BenchmarkError, LabError) as error:
        print(f"bench-ecs: {error}", file=sys.stderr)
        return 1
    say(json.dumps({name: round(value, 3) for name, value in figures.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
