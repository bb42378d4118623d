"""The table of docs/compose.md: every key of the compose specification and what becomes of it on Fargate.

`python -m tests.compose_table` rewrites it, from the code's own tables and the JSON schema that docker-compose carries.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from tests.conftest import ROOT  # makes the collection importable under its own name

# isort: split
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import compose_program
from ansible_collections.replatform.aws.plugins.module_utils._ecs.keys import ELSEWHERE, PROJECT_KEYS, SERVICE_KEYS
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import Fate
from ansible_collections.replatform.aws.plugins.module_utils._ecs.members import MEMBERS

DOCUMENT = ROOT / "docs" / "compose.md"
START, END = "<!-- keys: start -->", "<!-- keys: end -->"
ENVIRONMENT = (
    "environment, each variable by itself: secrets to `secrets`, addresses of replaced services rewired, access keys "
    "left out for the task role"
)
_FATES = {
    Fate.MAPPED: "mapped", Fate.REPLACED: "replaced", Fate.WITHOUT_EFFECT: "without effect", Fate.REFUSED: "refused",
}  # fmt: skip


@cache
def schema() -> dict[str, Any]:
    """compose-spec's own JSON schema, which docker-compose carries inside."""
    text = Path(compose_program()[0]).read_bytes()
    start = text.index(b'"$schema"')
    while True:
        begin = text.rindex(b"{", 0, start)
        try:
            found: dict[str, Any] = json.JSONDecoder().raw_decode(
                text[begin : begin + 200_000].decode("utf-8", "ignore")
            )[0]
        except ValueError:
            found = {}
        if "service" in definitions(found):
            return found
        start = text.index(b'"$schema"', start + 1)


def definitions(document: dict[str, Any]) -> dict[str, Any]:
    return document.get("definitions") or document.get("$defs") or {}


def paths(node: dict[str, Any], prefix: str = "") -> set[str]:
    """All property paths below a schema node, at every depth, without indices and names that the user chooses."""
    if "$ref" in node:
        shared = definitions(schema())[node["$ref"].rpartition("/")[2]]
        node = shared | {key: node[key] for key in node if key != "$ref"}
    found: set[str] = set()
    for name, value in (node.get("properties") or {}).items():
        found |= {f"{prefix}{name}"} | paths(value, f"{prefix}{name}.")
    for pattern, value in (node.get("patternProperties") or {}).items():
        if not pattern.startswith("^x-"):
            found |= paths(value, prefix)
    if isinstance(node.get("items"), dict):
        found |= paths(node["items"], prefix)
    for kind in ("oneOf", "anyOf", "allOf"):
        for option in node.get(kind) or ():
            found |= paths(option, prefix)
    return found


def service_paths() -> list[str]:
    return sorted(paths(definitions(schema())["service"]))


def fate(path: str) -> tuple[str, str]:
    """(fate, what becomes of it) of a service's key at any depth. Raises KeyError for one that the code lacks."""
    if path in ELSEWHERE:
        return "mapped", ENVIRONMENT
    if path in SERVICE_KEYS:
        return _FATES[SERVICE_KEYS[path].fate], SERVICE_KEYS[path].becomes
    if any(known.startswith(f"{path}.") for known in SERVICE_KEYS):
        return "", "see its members"
    parts = path.split(".")
    ancestors = (".".join(parts[:length]) for length in range(len(parts) - 1, 0, -1))
    above = next((item for item in ancestors if item in SERVICE_KEYS), path)
    below = path.removeprefix(f"{above}.")
    if above in MEMBERS:
        said, colon, reason = MEMBERS[above][below].partition(": ")
        return (said, reason) if colon and said in _FATES.values() else ("mapped", MEMBERS[above][below])
    return _FATES[SERVICE_KEYS[above].fate], f"as {above}"


def table() -> str:
    rows = ["| key of a service | fate | what becomes of it |", "|---|---|---|"]
    rows += [f"| `{path}` | {' | '.join(fate(path))} |" for path in service_paths()]
    rows += ["", "| key of the project | what becomes of it |", "|---|---|", "| `services` | the table above |"]
    rows += [f"| `{key}` | {PROJECT_KEYS[key]} |" for key in sorted(schema()["properties"]) if key != "services"]
    return "\n".join(rows)


def document() -> str:
    """The document as it should be."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _start, rest = text.partition(START)
    return f"{before}{START}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(ROOT)}: table rewritten\n")
