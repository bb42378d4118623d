# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What preflight has found. Everything is looked at; nothing stops the look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

PROBLEM, WARNING, FACT = "problem", "warning", "fact"


@dataclass(frozen=True)
class Finding:
    """level: `problem` stops the move, `warning` is for a person to weigh, `fact` is for the record.

    area: account, permissions, bucket, postgresql, objects, search, compose, or addresses. step: what to do next.
    """

    level: str
    area: str
    text: str
    step: str = ""

    @property
    def line(self) -> str:
        return f"{self.area}: {self.text}" + (f" Next: {self.step}" if self.step else "")


def guarded(
    area: str, look: Callable[[], Iterable[Finding]], expected: tuple[type[Exception], ...]
) -> Iterator[Finding]:
    """What a look finds; a failure to look is a problem of its own."""
    try:
        yield from look()
    except expected as error:
        yield Finding(PROBLEM, area, str(error))
