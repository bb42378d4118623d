"""Tables in Markdown that are made from the code, between a `<!-- name: start -->` and a `<!-- name: end -->`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def rows(head: tuple[str, ...], body: Iterable[tuple[str, ...]]) -> str:
    """A table."""
    lines = [head, ("---",) * len(head), *body]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def filled(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """The document with its tables as they must be."""
    for name, table in tables.items():
        start, end = f"<!-- {name}: start -->\n", f"<!-- {name}: end -->\n"
        before, _start, rest = text.partition(start)
        _old, _end, after = rest.partition(end)
        if not _start or not _end:
            raise SystemExit(f"the document has no {start.strip()} and {end.strip()}")
        text = f"{before}{start}{table()}{end}{after}"
    return text


def rewrite(document: Path, tables: Mapping[str, Callable[[], str]]) -> None:
    """Rewrites the document if it differs."""
    text = document.read_text(encoding="utf-8")
    if filled(text, tables) != text:
        document.write_text(filled(text, tables), encoding="utf-8")
        sys.stdout.write(f"{document.relative_to(ROOT)}: tables rewritten\n")
