"""What a trap of the object store is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PREFIX = "traps/"
PART = 5 * 1024 * 1024


@dataclass(frozen=True)
class ObjectTrap:
    """One object of the application's bucket.

    `options` are arguments of PutObject, and what GetObject then has to say. With `part_bytes` the body goes up in
    parts of that size. `listed` is False where MinIO serves the object but lists it nowhere.
    """

    name: str
    key: str
    body: bytes = b"trap\n"
    options: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    part_bytes: int | None = None
    listed: bool = True
