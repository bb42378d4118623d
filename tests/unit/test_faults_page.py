"""Each page of faults names exactly the tests that try one of its kind, and none that lost something."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import END, PAGES, START
from tests.unit.test_house import ROOT


@functools.cache
def collected() -> str:
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "--faults=list", "tests/integration"]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True).stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_is_the_tests(page: Path) -> None:
    tests = re.findall(rf"^fault: tests/integration/(.+)\t{PAGES[page]}", collected(), re.MULTILINE)
    text = page.read_text(encoding="utf-8")
    table = text[text.index(START) : text.index(END)]
    assert re.findall(r"`([^`]+)` \|$", table, re.MULTILINE) == tests, "run the new ones, then: make faults"
    assert f"Faults tried: {len(tests)}. Survived: {len(tests)}. Items lost: 0." in table
