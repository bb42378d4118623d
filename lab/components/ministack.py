"""The pretend AWS, in a virtual environment of its own: it pins another botocore than the collection does."""

from __future__ import annotations

import sys
from pathlib import Path

from lab.components.build import Component, run

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements" / "ministack.txt"


def make(place: Path) -> None:
    run([sys.executable, "-m", "venv", str(place)], what="making the pretend AWS's virtual environment")
    run(
        [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS)],
        what="installing the pretend AWS",
    )


MINISTACK = Component("ministack", f"{sys.version}\n{REQUIREMENTS.read_text()}", make, relocatable=False)
