"""A store that is down: the health check says which, the application survives it and works again afterwards."""

from __future__ import annotations

import time

import pytest
import requests

from lab.servers import Server

from .conftest import App, Seeded

pytestmark = pytest.mark.stores


def states(app: App) -> tuple[int, dict[str, str]]:
    answer = requests.get(f"{app.url}/health", timeout=30)
    return answer.status_code, answer.json()["stores"]


@pytest.mark.parametrize("name", ["postgresql", "objects", "search"])
def test_health_names_the_store_that_is_down(app: App, seeded_stores: Seeded, name: str) -> None:
    servers: dict[str, Server] = {
        "postgresql": seeded_stores.postgresql,
        "objects": seeded_stores.minio,
        "search": seeded_stores.opensearch,
    }
    well = dict.fromkeys(servers, "ok")
    assert states(app) == (200, well)
    servers[name].stop()
    try:
        began = time.monotonic()
        assert states(app) == (503, well | {name: "unavailable"})
        # The image's health check gives up after 8 s.
        assert time.monotonic() - began < 8
        if name == "postgresql":
            answer = requests.post(f"{app.url}/login", json={"username": "a", "password": "b"}, timeout=30)
            assert answer.status_code == 503
    finally:
        servers[name].restart()
    deadline = time.monotonic() + 30
    while states(app) != (200, well) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert states(app) == (200, well)
    assert app.process.poll() is None
