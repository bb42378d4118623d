"""The house rules that a machine can check: sizes, floors, names, and documentation that matches the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
UTILS = ROOT / "plugins" / "module_utils"
MODULES = sorted((ROOT / "plugins" / "modules").glob("*.py"))
SHIPPED = sorted([*(ROOT / "plugins").rglob("*.py"), *(ROOT / "lab").rglob("*.py")])
ROLES = sorted(path.parent.parent for path in (ROOT / "roles").glob("*/tasks/main.yml"))

FLOORS = {
    "_copy": 1,
    "_aws": 1,
    "_preflight": 3,
    # every other package of module_utils stands on floor 2
}


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SHIPPED, ids=label)
def test_sizes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if "modules" not in path.parts:  # a module's file is mostly its documentation
        assert text.count("\n") <= 400, "a file has at most 400 lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            limit = 40 if node.name == "main" else 50
            assert node.end_lineno - node.lineno < limit, f"{node.name} has more than {limit} lines"


def imported_packages(path: Path) -> set[str]:
    """The packages of module_utils that a file imports."""
    return set(re.findall(r"plugins\.module_utils\.(_\w+)", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted(UTILS.rglob("*.py")), ids=label)
def test_imports_run_down_only(path: Path) -> None:
    package = path.relative_to(UTILS).parts[0]
    for other in imported_packages(path) - {package}:
        assert FLOORS.get(other, 2) < FLOORS.get(package, 2), f"{package} must not know {other}"


def test_action_group_names_the_modules_that_talk_to_aws() -> None:
    group = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]["all"]
    talkers = [path.stem for path in MODULES if "AnsibleAWSModule" in path.read_text(encoding="utf-8")]
    assert group == talkers


@pytest.mark.parametrize("role", ROLES, ids=label)
def test_role_readme_matches_its_argument_specs(role: Path) -> None:
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    specified = {name for spec in specs.values() for name in spec.get("options", {})}
    readme = (role / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(rf"^\| *`({role.name}_\w+)`", readme, re.MULTILINE)) == specified


@pytest.mark.parametrize("role", ROLES, ids=label)
def test_role_defaults_are_specified(role: Path) -> None:
    defaults = role / "defaults" / "main.yml"
    given = yaml.safe_load(defaults.read_text(encoding="utf-8")) or {} if defaults.exists() else {}
    options: dict[str, dict[str, object]] = {}
    for spec in yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))[
        "argument_specs"
    ].values():
        options |= spec.get("options", {})
    public = {name for name in given if not name.startswith("__")}
    assert public <= options.keys(), "every public default stands in argument_specs.yml"
    assert all(name.startswith(f"{role.name}_") for name in public)
    assert all(option.get("description") for option in options.values())


@pytest.mark.parametrize("role", ROLES, ids=label)
def test_task_files_are_short(role: Path) -> None:
    for path in role.glob("tasks/*.yml"):
        assert path.read_text(encoding="utf-8").count("\n") <= 80, f"{label(path)} has more than 80 lines"
