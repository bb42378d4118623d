"""What only the benchmarks need: built once into the lab's cache, when a benchmark asks for it."""

from __future__ import annotations

from pathlib import Path

from lab.components.build import Component, build, cache_dir, program, run
from lab.components.go import go_install

_TOXIPROXY = "github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0"
_ELASTICDUMP = "elasticdump@6.125.1"


def _make_elasticdump(place: Path) -> None:
    npm = program("npm", "npm")
    run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), _ELASTICDUMP], what=_ELASTICDUMP
    )


def toxiproxy() -> Path:
    """The program that puts a round trip between two ends."""
    made = Component("toxiproxy", _TOXIPROXY, lambda place: go_install(place, _TOXIPROXY, "building toxiproxy"))
    return build(made, cache_dir() / made.name) / "bin" / "server"


def elasticdump() -> Path:
    """The peer of that name."""
    made = Component("elasticdump", _ELASTICDUMP, _make_elasticdump)
    return build(made, cache_dir() / made.name) / "node_modules" / ".bin" / "elasticdump"
