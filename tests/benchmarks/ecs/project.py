"""A compose project of many services, the same for a number: applications, each with programs, a cache, a database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

REGION = "ap-northeast-2"
ROLES = ("web", "worker", "scheduler", "cache", "database")
"""An application is one task of four containers; RDS takes the database's place."""
PORTS = {"web": 8000, "cache": 6379, "database": 5432}
_CHECKS = {
    "web": ["CMD", "curl", "-f", "http://localhost:8000/health"],
    "cache": ["CMD", "redis-cli", "ping"],
    "database": ["CMD-SHELL", "pg_isready"],
}
_SECRETS = ("DATABASE_PASSWORD", "SESSION_SECRET", "API_TOKEN")
_ARN = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:bench-AbCdEf"


def _named(services: int) -> Iterator[tuple[str, str, int]]:
    """(application, role in it, the application's number)."""
    for count in range(services):
        number, role = divmod(count, len(ROLES))
        yield f"shop{number}", ROLES[role], number


def _environment(application: str, role: str) -> dict[str, str]:
    return {
        **{f"SETTING_{number}": f"{number} of {role}" for number in range(12)},
        "DATABASE_HOST": f"{application}-database",
        "DATABASE_PORT": "5432",
        "DATABASE_URL": f"postgresql://{application}-database:5432/shop",
        "CACHE_URL": f"redis://{application}-cache:6379/0",
        "LOG_LEVEL": "${LOG_LEVEL:-info}",
        **dict.fromkeys(_SECRETS, "correct-horse"),
    }


def _program(application: str, role: str) -> dict[str, Any]:
    """A container of the application's own image."""
    return {
        "image": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/{application}@sha256:{'0' * 64}",
        "command": ["python", "-m", f"shop.{role}"],
        "environment": _environment(application, role),
        "depends_on": {f"{application}-{needed}": {"condition": "service_healthy"} for needed in ("database", "cache")},
        "deploy": {"resources": {"limits": {"cpus": "0.25", "memory": "512M"}}},
        "volumes": [f"{application}-files:/srv/files"],
        "tmpfs": ["/run/app"],
        "ulimits": {"nofile": {"soft": 65536, "hard": 65536}},
        "stop_grace_period": "45s",
    }


def _store(application: str, role: str) -> dict[str, Any]:
    image = {"cache": "redis:7.4", "database": "postgres:16.4"}[role]
    return {"image": image, "volumes": [f"{application}-{role}:/data"]}


def _service(application: str, role: str, number: int) -> dict[str, Any]:
    own = _store(application, role) if role in ("cache", "database") else _program(application, role)
    if role in PORTS:
        own["ports"] = [f"{PORTS[role] + 10_000 + number}:{PORTS[role]}"]
        own["healthcheck"] = {"test": _CHECKS[role], "interval": "30s", "timeout": "5s", "retries": 3}
    return {
        **own,
        "user": "10001:10001",
        "restart": "unless-stopped",
        "networks": [application],
        "labels": {"com.example.application": application, "com.example.role": role},
        "logging": {"driver": "json-file", "options": {"max-size": "10m"}},
        "x-replatform": {"task": application},
    }


def write(folder: Path, services: int) -> dict[str, Any]:
    """The project's file in a folder; the options with which ecs_task_definition_render takes it."""
    named = list(_named(services))
    applications = list(dict.fromkeys(application for application, _role, _number in named))
    project = {
        "name": "bench",
        "services": {f"{name}-{role}": _service(name, role, number) for name, role, number in named},
        "networks": {name: {} for name in applications},
        "volumes": {f"{name}-{kind}": {} for name in applications for kind in ("files", "cache", "database")},
    }
    (folder / "compose.yml").write_text(yaml.safe_dump(project), encoding="utf-8")
    kept_by_nobody = {f"{name}-{kind}": "scratch" for name in applications for kind in ("files", "cache")}
    return {
        "project_src": str(folder),
        "execution_role_arn": "arn:aws:iam::123456789012:role/bench-execution",
        "task_role_arn": "arn:aws:iam::123456789012:role/bench-task",
        "log_group": "/bench",
        "log_region": REGION,
        "endpoints": {"rds": {"host": "db.example.internal", "port": 5432}},
        "secrets": {name: f"{_ARN}:{name}::" for name in _SECRETS},
        "overrides": {f"{name}-{role}": {"volumes": kept_by_nobody} for name, role, _number in named},
    }
