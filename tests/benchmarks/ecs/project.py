"""A compose project of any number of services: programs with ports, settings, health checks, limits and an order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def services(count: int) -> dict[str, Any]:
    """Four of them are stores that managed services replace; the others are programs that use them."""
    made: dict[str, Any] = {
        "db": {"image": "postgres:16", "healthcheck": {"test": "pg_isready"}},
        "files": {"image": "minio/minio"},
        "search": {"image": "opensearchproject/opensearch:2.19.3"},
        "cache": {"image": "redis:7"},
    }
    for number in range(count - len(made)):
        made[f"app{number}"] = {
            "image": f"shop/app{number}:1",
            "command": ["serve", "--port", str(8000 + number)],
            "ports": [f"{8000 + number}"],
            "user": "10001",
            "environment": {
                "POSTGRES_HOST": "db",
                "POSTGRES_PORT": "5432",
                "SEARCH_URL": "http://search:9200",
                "CACHE_URL": "redis://cache:6379/0",
                **{f"SETTING_{index}": f"value {index} of {number}" for index in range(20)},
            },
            "healthcheck": {"test": ["CMD", "/check"], "interval": "10s", "timeout": "5s", "retries": 3},
            "deploy": {"resources": {"limits": {"cpus": "0.25", "memory": "256m"}}},
            "depends_on": {"db": {"condition": "service_healthy"}, "cache": {"condition": "service_started"}},
            "labels": {"team": f"team {number % 5}"},
            "stop_grace_period": "20s",
            "tmpfs": ["/run"],
        }
    return made


def decisions(names: list[str]) -> dict[str, Any]:
    """Each program a task of its own, and where the stores answer."""
    tasks = {name: {"task": name} for name in names if name.startswith("app")}
    return {
        "services": {**tasks, "cache": {"role": "replaced", "by": "other", "host": "cache.example.internal"}},
        "endpoints": {
            "rds": {"host": "db.example.internal", "port": 5432},
            "opensearch": {"host": "search.example.internal", "port": 443, "scheme": "https"},
        },
    }


def write(folder: Path, count: int) -> dict[str, Any]:
    """The project's file in a folder; the options with which it renders."""
    made = services(count)
    (folder / "compose.yml").write_text(yaml.safe_dump({"name": "shop", "services": made}), encoding="utf-8")
    return decisions(list(made))
