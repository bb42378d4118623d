"""What the tests of the ECS part share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import (
    Project,
    ProjectSource,
    compose_program,
    read_project,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import Request
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Decisions

ROLE = "arn:aws:iam::123456789012:role/execution"
COMPOSE = compose_program()


def request(secrets: dict[str, str] | None = None, **decisions: Any) -> Request:
    """A request with a role and a log group."""
    return Request(
        decisions=Decisions(**decisions),
        secrets=secrets or {},
        execution_role_arn=ROLE,
        log_group="/test",
        region="ap-northeast-2",
    )


def project(folder: Path, text: str, **source: Any) -> Project:
    """A compose file as docker compose reads it."""
    (folder / "compose.yml").write_text(text, encoding="utf-8")
    source.setdefault("project_name", "compose-project")
    return read_project(ProjectSource(str(folder), **source), COMPOSE)


def model(services: dict[str, Any], **rest: Any) -> Project:
    """A model as `docker compose config` would print it."""
    return Project("test", {"name": "test", "services": services, **rest})


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
