"""docs/faults.md names exactly the tests that try a fault, and none that lost something."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.faults import END, PAGE, START
from tests.unit.test_house import ROOT


def test_the_page_is_the_tests() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "--faults=list", "tests/integration"]
    collected = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True).stdout
    tests = re.findall(r"^fault: tests/integration/(.+)$", collected, re.MULTILINE)
    text = PAGE.read_text(encoding="utf-8")
    table = text[text.index(START) : text.index(END)]
    assert re.findall(r"`([^`]+)` \|$", table, re.MULTILINE) == tests, "run the new ones, then: make faults"
    assert f"Faults tried: {len(tests)}. Survived: {len(tests)}. Items lost: 0." in table
