# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user decides about each compose service: the options `services` and `overrides`, and `x-replatform`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError

ROLES = ("container", "replaced", "left_out")
MANAGED = ("rds", "s3", "opensearch", "other")

# Images that a managed service takes the place of, unless the user says otherwise.
_BY_IMAGE = {
    "postgres": "rds",
    "postgresql": "rds",
    "postgis": "rds",
    "pgvector": "rds",
    "minio": "s3",
    "mc": "s3",
    "opensearch": "opensearch",
    "opensearch-dashboards": "opensearch",
    "elasticsearch": "opensearch",
    "elasticsearch-oss": "opensearch",
}


class SettingsError(AwsError):
    """`services`, `overrides` or `x-replatform` say something that is not understood."""


@dataclass(frozen=True)
class Choice:
    """What a compose service becomes. host, port, scheme: where the managed service answers."""

    role: str = "container"
    by: str = ""
    task: str = "main"
    host: str | None = None
    port: int | None = None
    scheme: str | None = None


@dataclass(frozen=True)
class Override:
    """Changes to one container. cpu in units (1024 = 1 vCPU), memory in MiB; accept: compose paths given up."""

    image: str | None = None
    user: str | None = None
    cpu: int | None = None
    memory: int | None = None
    environment: Mapping[str, str | None] = field(default_factory=dict)
    secret: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    writable_root: bool = False
    run_as_root: bool = False
    scratch: tuple[str, ...] = ("/tmp",)  # noqa: S108 - a path in the container
    volumes: Mapping[str, Any] = field(default_factory=dict)
    secrets_as: Mapping[str, str] = field(default_factory=dict)
    accept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decisions:
    """The user's options. endpoints: rds, s3, opensearch or other -> {host, port, scheme}. images: service -> image."""

    services: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)
    endpoints: Mapping[str, Any] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Decisions:
        return cls(params["services"], params["overrides"], params["endpoints"], params.get("images") or {})


def choices(services: Mapping[str, Mapping[str, Any]], decisions: Decisions) -> dict[str, Choice]:
    """A Choice for every compose service: the option wins over `x-replatform`, which wins over the image's name."""
    given = decisions.services
    _refuse_strangers("services", given, services)
    _check_keys("endpoints", decisions.endpoints, set(MANAGED))
    for by, endpoint in decisions.endpoints.items():
        _check_keys(f"endpoints.{by}", endpoint, {"host", "port", "scheme"})
    return {name: _choice(name, model, given.get(name) or {}, decisions.endpoints) for name, model in services.items()}


def overrides(services: Mapping[str, Mapping[str, Any]], decisions: Decisions) -> dict[str, Override]:
    """An Override for every compose service, the option's members over those of `x-replatform`."""
    given, images = decisions.overrides, decisions.images
    _refuse_strangers("overrides", given, services)
    _refuse_strangers("images", images, services)
    pushed = {name: {"image": image} for name, image in images.items()}
    return {
        name: _override(name, model, pushed.get(name, {}) | dict(given.get(name) or {}))
        for name, model in services.items()
    }


def _names(kind: type) -> set[str]:
    return {member.name for member in fields(kind)}


def _refuse_strangers(option: str, given: Mapping[str, Any], services: Mapping[str, Any]) -> None:
    strangers = sorted(set(given) - set(services))
    if strangers:
        raise SettingsError(
            f"{option} names what is no service of the project: {', '.join(strangers)}",
            option,
            f"the project (with these profiles) has: {', '.join(sorted(services))}.",
        )


def _extension(name: str, model: Mapping[str, Any]) -> dict[str, Any]:
    found = model.get("x-replatform") or {}
    _check_keys(f"services.{name}.x-replatform", found, _names(Choice) | _names(Override))
    return dict(found)


def _check_keys(where: str, given: Any, known: set[str]) -> None:
    if not isinstance(given, Mapping):
        raise SettingsError("a mapping is needed", where, f"its members are: {', '.join(sorted(known))}.")
    unknown = sorted(set(given) - known)
    if unknown:
        raise SettingsError(f"unknown: {', '.join(unknown)}", where, f"its members are: {', '.join(sorted(known))}.")


def managed_by_image(image: str) -> str:
    """Which managed service takes an image's place; '' if none does."""
    repository = image.partition("@")[0]
    name = repository.rsplit("/", 1)[-1].partition(":")[0]
    return _BY_IMAGE.get(name, "")


def _choice(name: str, model: Mapping[str, Any], given: Mapping[str, Any], endpoints: Mapping[str, Any]) -> Choice:
    where = f"services.{name}"
    _check_keys(where, given, _names(Choice))
    said = {key: value for key, value in _extension(name, model).items() if key in _names(Choice)} | dict(given)
    by_image = managed_by_image(str(model.get("image", "")))
    if "role" not in said and (said.get("by") or by_image):
        said["role"] = "replaced"
    said.setdefault("by", by_image if said.get("role") == "replaced" else "")
    if said.get("role") == "replaced" and not said.get("host"):
        said |= endpoints.get(said["by"]) or {}
    if said.get("port") is not None:
        said["port"] = _number(where, "port", said["port"])
    choice = Choice(**said)
    if choice.role not in ROLES:
        raise SettingsError(f"role is {choice.role!r}", where, f"use one of {', '.join(ROLES)}.")
    if choice.role == "replaced" and choice.by not in MANAGED:
        raise SettingsError(f"by is {choice.by!r}", where, f"say what replaces it: {', '.join(MANAGED)}.")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", str(choice.task)):
        raise SettingsError(f"task is {choice.task!r}", where, "use letters, digits, - and _.")
    return choice


def _number(where: str, key: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise SettingsError(f"{key} is {value!r}", where, "a whole number is needed.") from None


def _override(name: str, model: Mapping[str, Any], given: Mapping[str, Any]) -> Override:
    where = f"overrides.{name}"
    _check_keys(where, given, _names(Override))
    said = {key: value for key, value in _extension(name, model).items() if key in _names(Override)} | dict(given)
    for key in ("secret", "plain", "scratch", "accept"):
        if isinstance(said.get(key), str):
            raise SettingsError(f"{key} is a text", where, "a list is needed.")
        if key in said:
            said[key] = tuple(str(item) for item in said[key] or ())
    for key in ("cpu", "memory"):
        if said.get(key) is not None:
            said[key] = _number(where, key, said[key])
    for key in ("environment", "volumes", "secrets_as"):
        if key in said:
            said[key] = dict(said[key] or {})
    if "environment" in said:
        said["environment"] = {str(k): None if v is None else _text(v) for k, v in said["environment"].items()}
    return Override(**said)


def _text(value: Any) -> str:
    """As compose writes it: YAML's true is the text "true"."""
    return str(value).lower() if isinstance(value, bool) else str(value)
