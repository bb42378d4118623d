"""How fast the index of a number of documents is copied and compared, beside the tools that people use.

python -m tests.benchmarks.search [--docs N] [--runs N] [--rtt MS] [--growth]. A table, and JSON in the last line.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from lab.servers import opensearch
from tests.benchmarks.distance import HOST, far
from tests.benchmarks.measure import BenchmarkError, Usage, in_turn
from tests.benchmarks.search.tools import Bench

OURS, LIMIT = "opensearch_reindex (ours)", "limit: the same bulk bodies alone"
REINDEX_SIZES = (10_000, 5_000, 1_000)
DEFAULT = REINDEX_SIZES[-1]
Tools = dict[str, Callable[[], Usage]]


def say(line: str) -> None:
    print(line, flush=True)


@contextlib.contextmanager
def bench(documents: int) -> Iterator[Bench]:
    """Two nodes with 2 GB heaps, the source loaded."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-search-") as name,
        opensearch("2.11.1", Path(name, "source"), heap="2g") as source,
        opensearch("2.19.3", Path(name, "target"), heap="2g") as target,
    ):
        made = Bench(source, target, documents, Path(name, "runs"))
        made.load()
        yield made


def reindexes(made: Bench, url: str) -> Tools:
    return {
        f"_reindex, size {size}": functools.partial(made.timed, functools.partial(made.reindex, url, size))
        for size in REINDEX_SIZES
    }


def ours(made: Bench, url: str) -> Callable[[], Usage]:
    return functools.partial(made.timed, functools.partial(made.ours, url), made=False)


def near_tools(made: Bench) -> Tools:
    """All of them, source and target side by side."""
    url, prepared = made.source.url, made.prepare()
    return {
        OURS: ours(made, url),
        **reindexes(made, url),
        "opensearch-py scan + streaming_bulk": lambda: made.timed(lambda: made.scan_and_bulk(url)),
        "elasticdump --limit 5000": lambda: made.timed(lambda: made.elasticdump(url)),
        LIMIT: lambda: made.timed(lambda: made.limit(prepared)),
    }


def compared(made: Bench, runs: int) -> float:
    """Documents a second that the comparison reads on each side, while it proves what ours has copied."""
    made.timed(lambda: made.ours(made.source.url), made=False)
    rates = []
    for _run in range(runs):
        _used, result = made.module("compare", made.source.url)
        if result["verdict"] != "equal":
            raise BenchmarkError(f"the comparison says {result['verdict']}")
        rates.append(made.documents / result["seconds"])
    return statistics.median(rates)


def table(title: str, found: dict[str, Usage], documents: int) -> None:
    say(f"\n{title}\n| | s | documents/s | client CPU s | client MB |\n|---|---|---|---|---|")
    for name, usage in sorted(found.items(), key=lambda pair: pair[1].seconds):
        rate = f"{documents / usage.seconds:,.0f}"
        say(f"| {name} | {usage.seconds:.2f} | {rate} | {usage.cpu:.2f} | {usage.peak_mb:.0f} |")


def best(found: dict[str, Usage]) -> float:
    """Seconds of the fastest peer."""
    return min(usage.seconds for name, usage in found.items() if name not in (OURS, LIMIT))


def side_by_side(documents: int, runs: int, rtt: int) -> dict[str, float]:
    """The figures of the last line."""
    with bench(documents) as made:
        tools = near_tools(made)
        say("warming up")
        for name in (OURS, f"_reindex, size {DEFAULT}"):
            tools[name]()
        near = in_turn(tools, runs, say)
        with far(made.source.port, rtt) as port:
            url = f"http://{HOST}:{port}"
            wide = in_turn({OURS: ours(made, url), **reindexes(made, url)}, runs, say)
        rate = compared(made, runs)
    table(f"{documents:,} documents, source and target on this machine, medians of {runs}", near, documents)
    table(f"The source {rtt} ms away", wide, documents)
    say(f"\nThe comparison reads {rate:,.0f} documents/s on each side.\n")
    return {
        "ours": near[OURS].seconds,
        "best_peer": best(near),
        "ratio": best(near) / near[OURS].seconds,
        "reindex_default_ratio": near[f"_reindex, size {DEFAULT}"].seconds / near[OURS].seconds,
        "wan_ratio": best(wide) / wide[OURS].seconds,
        "limit": near[LIMIT].seconds,
        "of_limit": near[LIMIT].seconds / near[OURS].seconds,
        "client_cpu_s": near[OURS].cpu,
        "peak_mb": near[OURS].peak_mb,
        "compare_docs_s": rate,
    }


def growth(runs: int) -> dict[str, float]:
    """Speed and memory at ten times the documents."""
    found = {}
    for documents in (100_000, 1_000_000):
        with bench(documents) as made:
            made.timed(lambda made=made: made.ours(made.source.url), made=False)  # type: ignore[misc]
            found[documents] = in_turn({OURS: ours(made, made.source.url)}, runs, say)[OURS]
    small, large = (documents / usage.seconds for documents, usage in found.items())
    return {
        "docs_s_100k": small,
        "docs_s_1m": large,
        "growth": large / small,
        "peak_mb_100k": found[100_000].peak_mb,
        "peak_mb_1m": found[1_000_000].peak_mb,
    }


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.search", description=__doc__)
    parser.add_argument("--docs", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rtt", type=int, default=20, help="round trip to the far source, in ms")
    parser.add_argument("--growth", action="store_true", help="100,000 against a million documents instead")
    chosen = parser.parse_args(words)
    try:
        found = growth(chosen.runs) if chosen.growth else side_by_side(chosen.docs, chosen.runs, chosen.rtt)
    except BenchmarkError as error:
        print(f"bench-search: {error}", file=sys.stderr)
        return 1
    say(json.dumps({name: round(value, 3) for name, value in found.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
