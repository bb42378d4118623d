"""The controls are read last: on the account that the rehearsal has left, instead of on one made for them alone."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name == "test_secure_defaults.py")
