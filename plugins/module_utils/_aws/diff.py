# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whole-object comparison: bring both sides into one form, then compare everything; never a subset.

A path is written with dots, list items as []: `containerDefinitions[].environment`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SortKey = Callable[[Any], Any]


@dataclass(frozen=True)
class Change:
    """One difference. A side that lacks the path has None."""

    path: str
    before: Any
    after: Any


def as_text(value: Any) -> str:
    """A sort key for anything that JSON can say."""
    return json.dumps(value, sort_keys=True, default=str)


def by(*names: str) -> SortKey:
    """A sort key for dicts: the named fields, then everything."""
    return lambda item: [str(item.get(name, "")) for name in names] + [as_text(item)]


def _empty(value: Any) -> bool:
    return value is None or value in ([], {})


def canonical(value: Any, unordered: Mapping[str, SortKey] | None = None, path: str = "") -> Any:
    """`value` with keys sorted, empty members left out, and the lists whose path is in `unordered` sorted.

    Empty means None, [] or {}: AWS answers with them where nothing was set. 0, "" and False stay.
    """
    unordered = unordered or {}
    if isinstance(value, Mapping):
        members = {k: canonical(value[k], unordered, f"{path}.{k}" if path else str(k)) for k in sorted(value)}
        return {k: v for k, v in members.items() if not _empty(v)}
    if isinstance(value, list | tuple | set | frozenset):
        items = [canonical(item, unordered, f"{path}[]") for item in value]
        return sorted(items, key=unordered[path]) if path in unordered else items
    return value


def changes(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Every difference between two canonical values, by path."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from changes(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from changes(old, new, f"{path}[{index}]")
    elif as_text(before) != as_text(after):  # as text, because 1 == True in Python
        yield Change(path, before, after)


def ansible_diff(before: Any, after: Any, header: str) -> dict[str, str]:
    """The dict that a module returns as `diff`: both sides as indented JSON under one header."""
    return {
        "before_header": header,
        "after_header": header,
        "before": _document(before),
        "after": _document(after),
    }


def _document(value: Any) -> str:
    return "" if _empty(value) else json.dumps(value, indent=2, sort_keys=True, default=str, ensure_ascii=False) + "\n"
