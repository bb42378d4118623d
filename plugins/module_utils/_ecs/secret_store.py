# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secret values of a compose project, from the project straight into AWS Secrets Manager: one secret per service.

Each secret holds one JSON object, variable name to value, which ECS reads key by key. No value leaves this file.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.diff import ansible_diff
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import (
    AwsError,
    CallError,
    calling,
    error_code,
)
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import STAND_IN
from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import Project
from ansible_collections.replatform.aws.plugins.module_utils._ecs.environment import Kind
from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import variables
from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Decisions, choices, overrides

_BY_NAME = "secretsmanager://"
_BY_ARN = re.compile(r"(arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:([^:]+?)(?:-[A-Za-z0-9]{6})?)(:.*)?")


@dataclass(frozen=True)
class Place:
    """Where the secrets go. given: NAME or service/NAME -> valueFrom or secretsmanager://name#key, of secrets that
    exist already."""

    prefix: str
    kms_key_id: str | None
    tags: Mapping[str, str]
    given: Mapping[str, str]


@dataclass(frozen=True)
class Written:
    """secrets: service/NAME -> valueFrom, the given ones included. versions: secret name -> version id, likewise.

    unwatched: given ARNs whose version may not be looked at.
    """

    changed: bool
    secrets: dict[str, str]
    versions: dict[str, str]
    diff: dict[str, str]
    unwatched: tuple[str, ...] = ()


def collect(project: Project, decisions: Decisions, given: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """service -> variable -> value, of everything that is secret and has no ARN yet."""
    found: dict[str, dict[str, str]] = {}
    for service, environment in variables(project, decisions).items():
        for variable in environment:
            if variable.kind is Kind.SECRET and not _given(given, service, variable.name):
                found.setdefault(service, {})[variable.name] = variable.value
    chosen = choices(project.services, decisions)
    for service, override in overrides(project.services, decisions).items():
        used = {str(item["source"]) for item in project.services[service].get("secrets") or ()}
        for source, name in override.secrets_as.items():
            if chosen[service].role == "container" and source in used and not _given(given, service, name):
                found.setdefault(service, {})[name] = _compose_secret(project, source)
    return found


def _given(given: Mapping[str, str], service: str, name: str) -> bool:
    return f"{service}/{name}" in given or name in given


def _compose_secret(project: Project, source: str) -> str:
    definition = (project.model.get("secrets") or {}).get(source) or {}
    where = f"secrets.{source}"
    if definition.get("file"):
        try:
            return Path(definition["file"]).read_text(encoding="utf-8").removesuffix("\n")
        except (OSError, UnicodeDecodeError):
            raise AwsError("the secret's file cannot be read", where, f"check {definition['file']}.") from None
    name = definition.get("environment")
    if name and name in os.environ:
        return os.environ[name]
    raise AwsError(
        "the secret has neither a readable file nor a set variable", where, "give its ARN in the option secrets."
    )


def write(client: Any, wanted: Mapping[str, Mapping[str, str]], place: Place, *, check_mode: bool) -> Written:
    """Every service's secret holds exactly its variables afterwards."""
    changed, versions = False, dict[str, str]()
    secrets = {name: _value_from(client, given, versions, check_mode=check_mode) for name, given in place.given.items()}
    unwatched = tuple(given for given in dict.fromkeys(place.given.values()) if not _watch(client, given, versions))
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for service, values in sorted(wanted.items()):
        name = f"{place.prefix.rstrip('/')}/{service}"
        live = _read(client, name)
        before[name], after[name] = _shown(live, values)
        arn, version = (live or {}).get("ARN", STAND_IN), (live or {}).get("VersionId", "")
        if live is None or live["values"] != dict(values):
            changed, version = True, STAND_IN
            if not check_mode:
                arn, version = _put(client, name, values, place, live)
        versions[name] = version
        for variable in values:
            secrets[f"{service}/{variable}"] = f"{arn}:{variable}::" if arn != STAND_IN else STAND_IN
    diff = ansible_diff(before, after, "secrets (names only)")
    return Written(changed, secrets, versions, diff, unwatched)


def _watch(client: Any, given: str, versions: dict[str, str]) -> bool:
    """Notes the version of a secret given by ARN. False if it may not be looked at; ECS reads it with another role."""
    found = _BY_ARN.fullmatch(given)
    if found is None:
        return True
    try:
        with calling(f"DescribeSecret of {found.group(1)}"):
            versions[found.group(2)] = _current(client.describe_secret(SecretId=found.group(1)))
    except CallError as error:
        if error_code(error) in ("AccessDeniedException", "ResourceNotFoundException"):
            return False
        raise
    return True


def _current(described: Mapping[str, Any]) -> str:
    stages = described.get("VersionIdsToStages") or {}
    return next((version for version, stage in stages.items() if "AWSCURRENT" in stage), "")


def _value_from(client: Any, given: str, versions: dict[str, str], *, check_mode: bool) -> str:
    """A reference by name becomes what ECS takes, and its version is noted; a valueFrom stays as it is."""
    if not given.startswith(_BY_NAME):
        return given
    name, _hash, key = given.removeprefix(_BY_NAME).partition("#")
    try:
        with calling(f"DescribeSecret of {name}"):
            found = client.describe_secret(SecretId=name)
    except CallError as error:
        if check_mode and error_code(error) == "ResourceNotFoundException":
            return STAND_IN
        raise
    versions[name] = _current(found)
    return f"{found['ARN']}:{key}::" if key else str(found["ARN"])


def _read(client: Any, name: str) -> dict[str, Any] | None:
    """ARN, VersionId and values of a secret; None if there is none. One that waits for deletion has no values."""
    try:
        with calling(f"GetSecretValue of {name}"):
            answer = client.get_secret_value(SecretId=name)
    except CallError as error:
        if error_code(error) == "ResourceNotFoundException":
            return None
        if error_code(error) == "InvalidRequestException" and "delet" in error.what:
            return {"values": None, "deleted": True}
        raise
    try:
        values = json.loads(answer.get("SecretString") or "")
    except ValueError:
        values = None  # someone else's text: written over, and the diff says so
    return {"ARN": answer["ARN"], "VersionId": answer.get("VersionId", ""), "values": values}


def _put(
    client: Any, name: str, values: Mapping[str, str], place: Place, live: Mapping[str, Any] | None
) -> tuple[str, str]:
    text = json.dumps(dict(values), sort_keys=True, ensure_ascii=False)
    if live is None:
        extra = {"KmsKeyId": place.kms_key_id} if place.kms_key_id else {}
        tags = [{"Key": key, "Value": str(value)} for key, value in sorted(place.tags.items())]
        with calling(f"CreateSecret of {name}"):
            made = client.create_secret(
                Name=name, SecretString=text, Description="Environment of a compose service", Tags=tags, **extra
            )
        return made["ARN"], made.get("VersionId", "")
    if live.get("deleted"):
        with calling(f"RestoreSecret of {name}"):
            client.restore_secret(SecretId=name)
    with calling(f"PutSecretValue of {name}"):
        made = client.put_secret_value(SecretId=name, SecretString=text)
    return made["ARN"], made.get("VersionId", "")


def _shown(live: Mapping[str, Any] | None, values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Before and after by variable, with words in place of values."""
    old = live["values"] if live and isinstance(live["values"], dict) else {}
    before = dict.fromkeys(sorted(old), "(kept)")
    after = {name: "(kept)" if old.get(name) == value else "(new value)" for name, value in sorted(values.items())}
    return before, after
