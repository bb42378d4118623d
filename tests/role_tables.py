"""The table of variables in a role's README, from its argument_specs. `python -m tests.role_tables` rewrites it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
HEADING = "## Variables\n"
_HEAD = "| variable | type | default | meaning |\n|---|---|---|---|\n"


def roles() -> list[Path]:
    """All roles of the collection."""
    return sorted(path.parent.parent for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"))


def _plain(markup: str) -> str:
    """Ansible's markup (`O(x)`, `C(x)`, `M(x)` …) as Markdown's."""
    return re.sub(r"\b[OCMVR]V?\(([^)]*)\)", r"`\1`", markup)


def _text(option: dict[str, Any]) -> str:
    given = option["description"]
    text = _plain(" ".join(given) if isinstance(given, list) else given)
    choices = option.get("choices")
    return f"{text} One of {', '.join(f'`{choice}`' for choice in choices)}." if choices else text


def _default(option: dict[str, Any]) -> str:
    if option.get("required"):
        return "required"
    value = option.get("default")
    if value is None:
        return ""
    shown = {True: "true", False: "false", "": '""'}.get(value, value) if isinstance(value, bool | str) else value
    return f"`{shown}`".replace("'", "")


def table(role: Path) -> str:
    """All options of all entry points, each once."""
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    options: dict[str, dict[str, Any]] = {}
    for spec in specs.values():
        options |= spec.get("options", {})
    rows = []
    for name, option in options.items():
        kind = f"list of {option.get('elements', 'any')}" if option["type"] == "list" else option["type"]
        rows.append(f"| `{name}` | {kind} | {_default(option)} | {_text(option)} |\n")
    return _HEAD + "".join(rows)


def rewritten(role: Path) -> str:
    """The README with the table as it must be."""
    text = (role / "README.md").read_text(encoding="utf-8")
    before, _heading, after = text.partition(HEADING)
    rest = re.sub(r"\A\n*(\|[^\n]*\n)*", "", after)
    return f"{before}{HEADING}\n{table(role)}{rest if rest.startswith(chr(10)) or not rest else chr(10) + rest}"


def main() -> None:
    """Rewrite the READMEs that differ."""
    for role in roles():
        readme = role / "README.md"
        text = rewritten(role)
        if text != readme.read_text(encoding="utf-8"):
            readme.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{readme.relative_to(ROOT)}: table rewritten\n")


if __name__ == "__main__":
    main()
