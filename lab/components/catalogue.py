"""The list of what can be had by name."""

from __future__ import annotations

from pathlib import Path

from lab.components import opensearch
from lab.components.build import ComponentError, build, cache_dir
from lab.components.minio import MINIO
from lab.components.ministack import MINISTACK
from lab.components.plain_search import PLAIN_SEARCH
from lab.components.postgresql import POSTGRESQL_16, debian_15

COMPONENTS = {
    component.name: component
    for component in (
        MINIO,
        MINISTACK,
        POSTGRESQL_16,
        *(opensearch.component(version) for version in opensearch.LUCENE),
    )
}
ON_DEMAND = {component.name: component for component in PLAIN_SEARCH}
"""What only some tests need: built when one of them asks."""


def ensure(name: str) -> Path:
    """The program's home, built first if need be; ComponentError says what is missing and which command brings it."""
    if name == "postgresql-15":
        return debian_15()
    known = COMPONENTS | ON_DEMAND
    if name not in known:
        raise ComponentError(f"There is no component {name!r}; known are postgresql-15, {', '.join(sorted(known))}")
    return build(known[name], cache_dir() / name)
