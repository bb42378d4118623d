"""The gaps as a table in docs/pretend-aws.md."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lab.aws.gaps import Gap

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "pretend-aws.md"
_START, _END = "<!-- gaps: start -->", "<!-- gaps: end -->"


def rendered(gaps: Iterable[Gap]) -> str:
    """A Markdown table, one row per gap."""
    rows = ["| gap | service | ministack lacks | restored, as AWS does | how |", "|---|---|---|---|---|"]
    rows += [f"| `{each.name}` | {each.service} | {each.lacks} | {each.restores} | {each.how} |" for each in gaps]
    return "\n".join(rows)


def inserted(document: str, gaps: Iterable[Gap]) -> str:
    """The document with the table between its two marks replaced."""
    head, rest = document.split(_START, 1)
    tail = rest.split(_END, 1)[1]
    return f"{head}{_START}\n{rendered(gaps)}\n{_END}{tail}"


def write(gaps: Iterable[Gap]) -> None:
    """Bring docs/pretend-aws.md up to date."""
    DOCUMENT.write_text(inserted(DOCUMENT.read_text(), gaps))
