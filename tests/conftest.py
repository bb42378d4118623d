"""Makes the checkout importable under the collection's own name, as ansible does it."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# `ansible_collections` is a namespace package: the checkout's link joins what the ansible package installs.
sys.path[:0] = [str(ROOT), str(ROOT / ".ansible" / "collections")]

from tests import faults  # noqa: E402

pytest_addoption = faults.pytest_addoption
pytest_collection_finish = faults.pytest_collection_finish
pytest_configure = faults.pytest_configure
pytest_runtest_makereport = faults.pytest_runtest_makereport
pytest_sessionfinish = faults.pytest_sessionfinish
