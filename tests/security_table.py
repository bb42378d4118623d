"""The tables of docs/security.md, from the checks, the roles' relaxing variables and the rehearsal's inventory.

`python -m tests.security_table` rewrites them.
"""

from __future__ import annotations

from typing import Any

import yaml

from tests.conftest import ROOT  # makes the collection importable under its own name

# isort: split
from ansible_collections.replatform.aws.plugins.module_utils._waivers.relaxations import RELAXATIONS
from tests.integration.provision.controls import CONTROLS, NOT_SHOWN
from tests.tables import filled, rewrite, rows

DOCUMENT = ROOT / "docs" / "security.md"
REHEARSAL = ROOT / "inventories" / "rehearsal" / "group_vars" / "all" / "10-rehearsal.yml"


def _rehearsal() -> dict[str, Any]:
    return dict(yaml.safe_load(REHEARSAL.read_text(encoding="utf-8")))


def _relaxed() -> dict[str, tuple[str, ...]]:
    given, found = _rehearsal(), dict[str, tuple[str, ...]]()
    for item in RELAXATIONS:
        if item.waiver in given:
            for control in item.control.split(", "):
                found[control] = (*found.get(control, ()), item.variable)
    return found


RELAXED = _relaxed()
"""Control -> the variables with which the rehearsal relaxes it."""


def controls() -> str:
    """Every control that is checked on a live account."""
    given = _rehearsal()
    found = []
    for control in CONTROLS:
        where = control.check.__module__.rpartition(".")[2]
        relaxed = [
            f"`{name}: {str(given[name]).lower()}`: {given[f'{name}_waiver']}" for name in RELAXED.get(control.id, ())
        ]
        also = f" ({', '.join(control.also)})" if control.also else ""
        found.append((f"{control.id}{also}", control.sets, f"`{where}.{control.check.__name__}`", "; ".join(relaxed)))
    return rows(("control", "what the roles set", "check", "relaxed in the rehearsal"), found)


def not_shown() -> str:
    """What the rehearsal's account cannot show."""
    found = [(entry.id, entry.sets, entry.why, entry.instead) for entry in NOT_SHOWN]
    return rows(("control", "what is done", "why it is not shown", "tested instead"), found)


def variables() -> str:
    """Every variable that can relax a control."""
    found = [(f"`{item.variable}`", item.control, item.must) for item in RELAXATIONS]
    return rows(("variable", "control", "needs a reason unless it is"), found)


TABLES = {"controls": controls, "not shown": not_shown, "variables": variables}


def rewritten(text: str) -> str:
    """The document with its tables as they must be."""
    return filled(text, TABLES)


if __name__ == "__main__":
    rewrite(DOCUMENT, TABLES)
