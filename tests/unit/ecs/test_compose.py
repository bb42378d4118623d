"""A compose project as it is read: what YAML's two readers see differently."""

from __future__ import annotations

from pathlib import Path

from tests.unit.ecs.support import project


def test_a_lone_equals_sign_is_a_text(tmp_path: Path) -> None:
    text = "services: {app: {image: x, command: [test, a, '=', b], x-replatform: {memory: 512}, x-sign: '='}}"
    service = project(tmp_path, text).services["app"]
    assert service["command"] == ["test", "a", "=", "b"]
    assert (service["x-replatform"], service["x-sign"]) == ({"memory": 512}, "=")
