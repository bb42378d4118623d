"""The list of gaps between ministack and AWS that this lab fills.

A gap is a function in a module of this package, decorated with `gap(...)`. It runs once in the emulator's process,
before the first request, and patches ministack or registers hooks (`_hooks`). The modules are also imported where
ministack is not installed (to print the list), so a gap imports ministack inside its function only.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

OFF_VARIABLE = "REPLATFORM_AWS_GAPS_OFF"


@dataclass(frozen=True)
class Gap:
    """One thing that AWS does and ministack does not, and what the lab does about it."""

    name: str
    service: str
    lacks: str
    restores: str
    how: str
    apply: Callable[[], None]


_gaps: dict[str, Gap] = {}


def gap(*, service: str, lacks: str, restores: str, how: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register the decorated function as a gap; its name is the gap's name, `_` written as `-`."""

    def register(apply: Callable[[], None]) -> Callable[[], None]:
        name = apply.__name__.replace("_", "-")
        if name in _gaps and _gaps[name].apply.__module__ != apply.__module__:
            raise ValueError(f"two gaps are named {name}: {_gaps[name].apply.__module__} and {apply.__module__}")
        _gaps[name] = Gap(name, service, lacks, restores, how, apply)
        return apply

    return register


def load() -> list[Gap]:
    """All gaps, by service and name."""
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__name__}.{module.name}")
    return sorted(_gaps.values(), key=lambda each: (each.service, each.name))


def apply_all(off: Iterable[str]) -> list[Gap]:
    """Fill every gap except those named in `off` (tests show with it that a gap matters); return the filled ones."""
    gaps, left_open = load(), set(off)
    unknown = left_open - {each.name for each in gaps}
    if unknown:
        raise ValueError(f"{OFF_VARIABLE} names gaps that do not exist: {', '.join(sorted(unknown))}")
    filled = [each for each in gaps if each.name not in left_open]
    for each in filled:
        each.apply()
    return filled


def switched_off() -> list[str]:
    """The gaps that the environment leaves open."""
    return [name for name in os.environ.get(OFF_VARIABLE, "").split(",") if name]
