"""The tables of docs/compose.md, from the rules of keys.py and compose's own schema.

`python -m tests.compose_table` rewrites them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tests.compose_schema import below, project_paths, service_paths

# isort: split
from ansible_collections.replatform.aws.plugins.module_utils._ecs.draft import Rule
from ansible_collections.replatform.aws.plugins.module_utils._ecs.keys import PROJECT_KEYS, SERVICE_KEYS, WHOLE
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import Outcome
from tests.tables import ROOT, filled, rewrite, rows

DOCUMENT = ROOT / "docs" / "compose.md"
_HEAD = ("key", "becomes", "target", "what and why")


def _text(outcome: Outcome) -> str:
    """Words that are known at run time only are shown as <word>."""
    return re.sub(r"\{(\w+)\}", r"&lt;\1&gt;", outcome.about or outcome.reason).replace("|", "\\|")


def _rows(rules: Mapping[str, Rule], paths: frozenset[str]) -> Iterator[tuple[str, ...]]:
    for pattern in sorted(rules):
        whole = below(paths, pattern) if pattern.endswith(WHOLE) else []
        note = f" All of it: {', '.join(f'`{name}`' for name in whole)}." if whole else ""
        key = f"`{pattern.removesuffix(WHOLE)}`"
        for outcome in rules[pattern].outcomes:
            target = re.sub(r"\{(\w+)\}", r"<\1>", outcome.target)
            text = f"{_text(outcome)}{'.' if note else ''}{note}"
            yield key, outcome.fate.value.replace("_", " "), f"`{target}`" if target else "", text
            key, note = "", ""


def service() -> str:
    """Every key of a service."""
    return rows(_HEAD, _rows(SERVICE_KEYS, service_paths()))


def project() -> str:
    """Every key beside `services`."""
    return rows(_HEAD, _rows(PROJECT_KEYS, project_paths()))


TABLES = {"service": service, "project": project}


def rewritten(text: str) -> str:
    """The document with its tables as they must be."""
    return filled(text, TABLES)


if __name__ == "__main__":
    rewrite(DOCUMENT, TABLES)
