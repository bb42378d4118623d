# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The environment classified: what is secret, what pointed at a replaced service, what the task role makes needless."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ansible_collections.replatform.aws.plugins.module_utils._ecs.settings import Choice, Override

LOCAL = "127.0.0.1"  # containers of one awsvpc task share the loopback interface


class Kind(StrEnum):
    """What becomes of a variable."""

    PLAIN = "plain"  # stays in `environment`
    SECRET = "secret"  # noqa: S105 - goes to Secrets Manager, its ARN to `secrets`
    TASK_ROLE = "task_role"  # left out: the task role signs instead
    ENDPOINT = "endpoint"  # left out: the managed service's endpoint follows from the region
    UNSET = "unset"  # left out: no value in this shell, or taken out by an override
    LOST = "lost"  # names a service that will not be reachable


@dataclass(frozen=True)
class Variable:
    """One variable after classification. The value never shows."""

    name: str
    kind: Kind
    value: str = field(default="", repr=False)
    reason: str = ""


@dataclass(frozen=True)
class Neighbour:
    """Another service of the project, under every name that compose gives it."""

    names: tuple[str, ...]
    choice: Choice
    same_task: bool

    @property
    def endpoint(self) -> tuple[str, int | None, str | None] | None:
        """host, port (None: as it was), scheme (None: as it was); None if there is nowhere to point to."""
        if self.choice.host:
            return self.choice.host, self.choice.port, self.choice.scheme
        return (LOCAL, None, None) if self.same_task else None


_SECRET_NAME = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|(^|_)(PASS|PWD|PW|PIN|SALT|PEPPER)($|_)|SECRET|TOKEN|CREDENTIAL|API_?KEY|PRIVATE_?KEY|"
    r"(ACCESS|ENCRYPTION|SIGNING|MASTER|AUTH|LICENSE|ACCOUNT|SHARED|WEBHOOK)_?KEY|(^|_)DSN$|CONNECTION_?STRING|WEBHOOK_URL",
    re.IGNORECASE,
)
_SURELY_SECRET = re.compile(r"(PASSWORD|PASSWD|PASSPHRASE|SECRET|SECRET_KEY|(^|_)PIN)$", re.IGNORECASE)
_NOT_SECRET = re.compile(
    r"(_FILE|_PATH|_ALGORITHM|_ISSUER|_AUDIENCE|_TTL|_LENGTH|_ENABLED|_TYPE|_HEADER)$", re.IGNORECASE
)
_ROLE_KEYS = re.compile(
    r"^(AWS|S3|MINIO)(_.*)?_(ACCESS_KEY(_ID)?|SECRET(_ACCESS)?_KEY|SESSION_TOKEN|SECURITY_TOKEN|ROOT_USER|ROOT_PASSWORD)$"
)
_HOST_NAME = re.compile(
    r"(HOST|HOSTS|HOSTNAME|SERVER|SERVERS|ADDR|ADDRESS|ENDPOINT|ENDPOINTS|NODE|NODES|URL|URI)$", re.IGNORECASE
)
_URL_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)
_RANDOM = re.compile(r"[A-Za-z0-9+/_=-]{20,}")


def looks_secret(name: str, value: str) -> str:
    """Why a variable is taken for a secret; '' if it is not. An empty value hides nothing."""
    if not value:
        return ""
    if _URL_PASSWORD.search(value):
        return "its address contains a password"
    if _SECRET_NAME.search(name) and not _NOT_SECRET.search(name):
        harmless = re.fullmatch(r"(true|false|yes|no|on|off|\d{1,7})", value, re.IGNORECASE)
        if not harmless or _SURELY_SECRET.search(name):
            return "its name says so"
    if _RANDOM.fullmatch(value) and _entropy(value) > (3.0 if re.fullmatch(r"[0-9a-fA-F]+", value) else 3.9):
        return "its value looks random"
    return ""


def _entropy(text: str) -> float:
    """Bits per character; words and host names lie below 3.9, base64 above it, hexadecimal at most 4."""
    if not re.search(r"\d", text) or not re.search(r"[A-Za-z]", text):
        return 0.0
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def classify(
    environment: Mapping[str, str | None], neighbours: Sequence[Neighbour], override: Override
) -> list[Variable]:
    """Every variable of a service, by name. Overridden values are taken as they are; the rest is rewired first."""
    merged = {**environment, **override.environment}
    found = []
    for name in sorted(merged):
        value = merged[name]
        if value is None:
            why = "taken out by overrides" if name in override.environment else "no value where compose was read"
            found.append(Variable(name, Kind.UNSET, reason=why))
        elif name in override.environment:
            found.append(_secret_or_plain(name, value, "set by overrides", override))
        else:
            found.append(_variable(name, value, merged, neighbours, override))
    return found


def _variable(
    name: str, value: str, merged: Mapping[str, str | None], neighbours: Sequence[Neighbour], override: Override
) -> Variable:
    to_s3 = any(n.choice.role == "replaced" and n.choice.by == "s3" for n in neighbours)
    if _ROLE_KEYS.search(name) and (to_s3 or name.startswith("AWS_")) and name not in override.plain:
        return Variable(name, Kind.TASK_ROLE, reason="the task role signs; a key in the container would win over it")
    for neighbour in neighbours:
        rewired = rewire(name, value, neighbour, merged)
        if rewired is None:
            continue
        if neighbour.endpoint is None:
            return _nowhere(name, neighbour)
        return _secret_or_plain(name, rewired, f"pointed at {neighbour.names[0]}", override)
    return _secret_or_plain(name, value, "", override)


def _nowhere(name: str, neighbour: Neighbour) -> Variable:
    service = neighbour.names[0]
    if neighbour.choice.role == "replaced" and neighbour.choice.by == "s3":
        return Variable(name, Kind.ENDPOINT, reason=f"pointed at {service}; S3's endpoint follows from the region")
    return Variable(name, Kind.LOST, reason=f"points at {service}: say where it will answer in services.{service}.host")


def _secret_or_plain(name: str, value: str, note: str, override: Override) -> Variable:
    if name in override.plain:
        return Variable(name, Kind.PLAIN, value, "plain by overrides")
    why = "secret by overrides" if name in override.secret else looks_secret(name, value)
    reason = "; ".join(part for part in (note, why) if part)
    return Variable(name, Kind.SECRET if why else Kind.PLAIN, value, reason)


def rewire(name: str, value: str, neighbour: Neighbour, siblings: Mapping[str, str | None]) -> str | None:
    """The value with the neighbour's address changed, or None if it does not point there.

    A bare service name counts only where the variable's name says host: a user or a database is often called the same.
    """
    if _is_port_of(name, neighbour, siblings):
        port = neighbour.endpoint[1] if neighbour.endpoint else None
        return str(port) if port else (value if neighbour.endpoint else None)
    if not any(alias.lower() in value.lower() for alias in neighbour.names):
        return None  # every service is held against every variable: this is what most of them are told
    host, port, scheme = neighbour.endpoint or ("", None, None)
    hosts = "|".join(re.escape(n) for n in neighbour.names)
    bare = rf"(?:{hosts})" if _HOST_NAME.search(name) else rf"(?:{hosts})(?=:\d)"
    # A host stands at the start, after a comma, after scheme:// or after user:password@.
    pattern = re.compile(
        rf"(?P<lead>(?:(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<login>[^/\s@]*@)?(?:{hosts}))|(?:(?:^|(?<=,)|(?<=@)){bare}))"
        rf"(?P<port>:\d+)?(?![\w.-])",
        re.IGNORECASE,
    )

    def address(match: re.Match[str]) -> str:
        new_port = f":{port}" if port and (match["port"] or match["scheme"]) else (match["port"] or "")
        if not match["scheme"]:
            return f"{host}{new_port}"
        old = match["scheme"].lower()
        # One way of speaking for another only: http for https, redis for rediss; never https for a database's address.
        changes = scheme and (old in ("http", "https") or scheme == f"{old}s")
        new_scheme = scheme if changes else match["scheme"]
        return f"{new_scheme}://{match['login'] or ''}{host}{new_port}"

    changed, count = pattern.subn(address, value)
    return changed if count else None


def _is_port_of(name: str, neighbour: Neighbour, siblings: Mapping[str, str | None]) -> bool:
    """X_PORT belongs to the neighbour that X_HOST (X_SERVER, …) points at."""
    if not (siblings.get(name) or "").isdecimal():
        return False
    stem = re.fullmatch(r"(.*?)_?PORT", name, re.IGNORECASE)
    if not stem:
        return False
    ends = ("HOST", "HOSTNAME", "SERVER", "ADDR", "ADDRESS", "NODE")
    return any(siblings.get(f"{stem[1]}{glue}{end}") in neighbour.names for end in ends for glue in ("_", ""))
