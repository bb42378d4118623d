"""The order of the tests that share the one account of the lab."""

from __future__ import annotations

import pytest

LAST = ("test_secure_defaults.py", "test_own_stack.py")
"""The controls are read on the account that the rehearsal has left; another stack then takes an account of its own."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LAST.index(item.path.name) if item.path.name in LAST else -1)
