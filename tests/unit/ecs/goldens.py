"""Compose projects of many kinds and all that each becomes. `python -m tests.unit.ecs.goldens` rewrites what differs.

A folder of `golden` holds the compose files, `options.yml` (the module's options, and what a task of it finds when it
runs) and `expected.yml`: whole requests and the whole ledger, or all problems. Read the difference before a commit.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

import tests.conftest  # noqa: F401  # pylint: disable=unused-import  # makes the collection importable

# isort: split
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import Project, ProjectSource, read_project
from ansible_collections.replatform.aws.plugins.module_utils._ecs.ledger import RefusedError
from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import Rendered, Request, render
from tests.unit.ecs.support import COMPOSE, load, request

FOLDER = Path(__file__).parent / "golden"
_SOURCE = ("project_name", "files", "profiles", "env_files")
_DECISIONS = ("services", "overrides", "endpoints", "images")


@dataclass(frozen=True)
class Golden:
    """One folder."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def options(self) -> dict[str, Any]:
        path = self.folder / "options.yml"
        return dict(load(path) or {}) if path.exists() else {}

    @property
    def runs(self) -> Mapping[str, str | None]:
        """Container -> the Python program that takes its command's place; None: its own command. Empty: not run."""
        return self.options.get("run") or {}

    @cached_property
    def project(self) -> Project:
        given = {key: self.options[key] for key in _SOURCE if key in self.options}
        texts = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
        return read_project(ProjectSource(str(self.folder / self.options.get("project_src", "")), **texts), COMPOSE)

    @property
    def request(self) -> Request:
        decisions = {key: self.options[key] for key in _DECISIONS if key in self.options}
        own = {key: self.options[key] for key in ("family", "task_role_arn", "tags") if key in self.options}
        return replace(request(self.options.get("secrets"), **decisions), **own)

    def rendered(self, wanted: Request | None = None) -> Rendered:
        return render(self.project, wanted or self.request)

    def expected(self) -> str:
        """expected.yml as it must be."""
        try:
            found = _shown(self.rendered())
        except RefusedError as error:
            found = {"problems": list(error.problems)}
        # The checkout's path goes before the text is wrapped: its length must not show.
        found = json.loads(json.dumps(found).replace(f"{self.folder}/", ""))
        text = yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=150)
        return f"---\n# Made by `python -m tests.unit.ecs.goldens`.\n{text}"

    @property
    def recorded(self) -> str:
        path = self.folder / "expected.yml"
        return path.read_text(encoding="utf-8") if path.exists() else ""


def _shown(rendered: Rendered) -> dict[str, Any]:
    """Ledger: service -> path -> `fate > target: reason`."""
    ledger: dict[str, dict[str, str]] = {}
    for entry in rendered.ledger:
        target = f" > {entry['target']}" if entry["target"] else ""
        reason = f": {entry['reason']}" if entry["reason"] else ""
        paths = ledger.setdefault(entry["service"] or "(project)", {})
        paths[entry["path"] or "(service)"] = f"{entry['fate']}{target}{reason}"
    shown = {"task_definitions": rendered.task_definitions, "ledger": ledger, "warnings": rendered.warnings}
    return {key: value for key, value in shown.items() if value}


GOLDENS = [Golden(path) for path in sorted(FOLDER.iterdir()) if path.is_dir()]


def main() -> None:
    """Rewrite what differs."""
    for golden in GOLDENS:
        text = golden.expected()
        if text != golden.recorded:
            (golden.folder / "expected.yml").write_text(text, encoding="utf-8")
            sys.stdout.write(f"{golden.name}: rewritten\n")


if __name__ == "__main__":
    main()
