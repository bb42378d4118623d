# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One form for documents that say the same in other bytes (another tool wrote them), and where two of them differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any


class Number(str):
    """A number by its digits: nothing is rounded, so 2**53 + 1 and 0.1234567890123456789 stay what they are."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{str(self)}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and str(self) == str(other)

    __hash__ = str.__hash__


def _decimal(text: str) -> Number:
    """1.50 is 1.5 and 15e-1; but 1.0 is not 1: whoever reads the document gets another type."""
    try:
        sign, digits, exponent = Decimal(text).as_tuple()
    except InvalidOperation:  # an exponent beyond any machine
        return Number(text)
    figures = "".join(map(str, digits)).lstrip("0")
    kept = figures.rstrip("0")
    power = int(exponent) + len(figures) - len(kept) if kept else 0
    return Number(f"{'-' * sign}{kept or '0'}e{power}")


def parse(source: bytes) -> Any:
    """The document, its numbers as `Number`."""
    return json.loads(source, parse_float=_decimal, parse_int=Number)


def canonical(source: bytes) -> bytes:
    """The same bytes for the same JSON value: keys sorted, no spaces, one way to write a number."""
    return _text(json.loads(source, parse_float=_decimal, parse_int=Number, object_pairs_hook=_Pairs)).encode()


class _Pairs(list[tuple[str, Any]]):
    """An object's members, equal keys too (in their order: the last one is what most readers see)."""


def _text(value: Any) -> str:
    if isinstance(value, _Pairs):
        members = sorted(value, key=lambda member: member[0])
        return "{" + ",".join(f"{ascii(name)}:{_text(member)}" for name, member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    return repr(value) if isinstance(value, Number) else ascii(value)


def fields(one: Any, other: Any, at: str = "") -> Iterator[str]:
    """The paths at which two documents differ: `title`, `pages.2.text`. Names only, never a value."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            inner = f"{at}.{name}" if at else name
            if name not in one or name not in other:
                yield inner
            else:
                yield from fields(one[name], other[name], inner)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from fields(left, right, f"{at}.{number}" if at else str(number))
    elif type(one) is not type(other) or one != other:
        yield at or "_source"
