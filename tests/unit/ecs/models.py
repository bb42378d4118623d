"""Compose models made from the specification's own schema, as `docker compose config` would print them.

Where the schema allows several forms, compose prints the long one. FORMS has the keys whose texts have a grammar that
the schema does not know: durations, sizes, names of other services.
"""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import Project
from ansible_collections.replatform.aws.plugins.module_utils._ecs.render import Rendered
from tests.compose_schema import definitions, resolved

SERVICES = ["app", "work.er", "cache", "db"]
SECRET = "hush-0123456789abcdefXYZ"
# Resolved by compose, so in no model that it prints.
_RESOLVED = {"env_file", "extends", "label_file"}

Any_ = st.SearchStrategy[Any]
_texts = st.sampled_from(["a", "x y", "한국어", "/a/b", "10", "host"])
_durations = st.sampled_from(["0s", "500ms", "1s", "30s", "1m30s", "10m0s", "1h0m0s"])
_sizes = st.sampled_from(["0", "1", "6291456", "536870912", "2147483648", "214748364800"])
_cpus = st.sampled_from([0, 0.0001, 0.25, 1, 2.5, 20])
_ports = st.sampled_from([53, 80, 443, 8000, 65535])
_limit = st.integers(-1, 1_048_576)
_addresses = ["postgres://app:5432/x", "http://cache:80/", "redis://u:p@db:1", "db", "work.er:9000", "", "x=y", SECRET]

FORMS: dict[str, Any_] = {
    "image": st.sampled_from(["app:1", "postgres:15", "minio/minio", "redis:7", "r.example:5000/a@sha256:0b3f"]),
    "command": st.sampled_from([None, [], ["a", "$HOME", "b c"]]),
    "entrypoint": st.sampled_from([None, [], ["/e"]]),
    "user": st.sampled_from(["1000", "root", "0:0", "app:app", "1000:0"]),
    "platform": st.sampled_from(["linux/amd64", "linux/arm64", "linux/arm64/v8", "windows/amd64"]),
    "restart": st.sampled_from(["no", "always", "on-failure:3", "unless-stopped"]),
    "network_mode": st.sampled_from(["bridge", "host", "none", "service:app", "service:cache"]),
    "ipc": st.sampled_from(["private", "host", "shareable", "service:app"]),
    "stop_signal": st.sampled_from(["SIGTERM", "SIGINT"]),
    "stop_grace_period": _durations,
    "runtime": st.sampled_from(["runc", "nvidia"]),
    "expose[]": st.sampled_from(["80", "3000-3003", "53/udp", "9/sctp"]),
    "tmpfs[]": st.sampled_from(["/run", "/run:size=1m", "/tmp", "/a-b", "/a/b"]),  # noqa: S108 - in a container
    "cap_add[]": st.sampled_from(["SYS_PTRACE", "CAP_SYS_PTRACE", "NET_ADMIN"]),
    "security_opt[]": st.sampled_from(["no-new-privileges:true", "seccomp=unconfined"]),
    "links[]": st.sampled_from(["db", "db:database", "cache:c"]),
    "cpus": _cpus,
    "deploy.resources.limits.cpus": _cpus,
    "ports[].target": _ports,
    "ports[].protocol": st.sampled_from(["tcp", "udp", "sctp"]),
    "ports[].name": st.sampled_from(["web", "Web", "api", "a" * 65]),
    "ports[].app_protocol": st.sampled_from(["http", "grpc", "mqtt"]),
    "healthcheck.test": st.sampled_from([["CMD", "true"], ["CMD-SHELL", "exit 0"], ["NONE"], []]),
    "healthcheck.retries": st.integers(0, 50),
    "depends_on.*.condition": st.sampled_from(["service_started", "service_healthy", "service_completed_successfully"]),
    "volumes[].type": st.sampled_from(["bind", "volume", "tmpfs", "image", "cluster", "npipe"]),
    "volumes[].source": st.sampled_from(["v", "w", "/s"]),
    "volumes[].target": st.sampled_from(["/v", "/tmp", "/a/b", "/a-b", "/trailing/"]),  # noqa: S108
    "secrets[].source": st.sampled_from(["s", "t"]),
    "configs[].source": st.sampled_from(["c"]),
    "ulimits.*": _limit | st.fixed_dictionaries({"soft": _limit, "hard": _limit}),
    "environment.*": st.sampled_from(_addresses) | st.none(),
    **{f"healthcheck.{key}": _durations for key in ("interval", "timeout", "start_period", "start_interval")},
    **{f"{key}": _sizes for key in ("mem_limit", "mem_reservation", "memswap_limit", "shm_size")},
    **{f"deploy.resources.{key}.memory": _sizes for key in ("limits", "reservations")},
}
NAMES: dict[str, list[str]] = {
    "depends_on": SERVICES,
    "ulimits": ["nofile", "nproc"],
    "sysctls": ["net.core.somaxconn", "kernel.shmmax", "kernel.domainname"],
    "environment": ["A", "B_HOST", "B_PORT", "C_URL", "API_TOKEN", "MINIO_SECRET_KEY", "AWS_ACCESS_KEY_ID"],
}
REQUIRED = {"volumes[]": ["type", "target"], "ports[]": ["target"], "secrets[]": ["source"], "configs[]": ["source"]}
_MORE: dict[str, Any_] = {"x-note": st.just({"a": 1}), "unheard_of": st.just({"a": 1})}


def _form(node: dict[str, Any]) -> dict[str, Any]:
    """The form that compose prints where the schema allows several: a mapping, else a list."""
    node = resolved(node)
    options = [_form(option) for kind in ("oneOf", "anyOf") for option in node.get(kind) or ()]
    if not options:
        return node
    ranked = sorted(
        options,
        key=lambda option: ("object", "array").index(_type(option)) if _type(option) in ("object", "array") else 2,
    )
    return ranked[0]


def _type(node: dict[str, Any]) -> str:
    kind = node.get("type") or "string"
    kinds = [kind] if isinstance(kind, str) else [item for item in kind if item != "null"]
    # Compose prints what may be a number or a text of digits as it would read it: `mode: "0440"`, `uid: "1"`.
    return next((item for item in ("boolean", "integer", "number", "object", "array") if item in kinds), "string")


_SCALARS: dict[str, Any_] = {"boolean": st.booleans(), "integer": st.integers(0, 70_000), "number": st.integers(0, 511)}


def _values(node: dict[str, Any], path: str) -> Any_:
    if path in FORMS:
        return FORMS[path]
    if path == "networks.*":  # null is what compose prints where only the name is said
        return st.none() | _mapping(_form(node), path)
    node = _form(node)
    kind = _type(node)
    if kind == "object":
        return _mapping(node, path)
    if kind == "array":
        return st.lists(_values(node.get("items") or {}, f"{path}[]"), max_size=2)
    return st.sampled_from(node["enum"]) if "enum" in node else _SCALARS.get(kind, _texts)


def _mapping(node: dict[str, Any], path: str) -> Any_:
    lead = f"{path}." if path else ""
    members = {key: _values(value, f"{lead}{key}") for key, value in (node.get("properties") or {}).items()}
    if members:
        required = REQUIRED.get(path, [])
        known = {key: members.pop(key) for key in required}
        return st.fixed_dictionaries(known, optional={**members, **_MORE})
    values = next((value for key, value in (node.get("patternProperties") or {}).items() if key != "^x-"), {})
    names = st.sampled_from(NAMES.get(path, ["one", "t.wo"]))
    return st.dictionaries(names, _values(values, f"{lead}*"), max_size=2)


def service() -> Any_:
    """A service with some of all keys that there are, each in any form."""
    schema = definitions()["service"]["properties"]
    every = {key: _values(schema[key], key) for key in sorted(schema) if key not in _RESOLVED} | _MORE
    some = st.sets(st.sampled_from(sorted(every)), max_size=8)
    image = st.sampled_from([{"image"}] * 9 + [set()])
    return st.tuples(some, image).flatmap(
        lambda keys: st.fixed_dictionaries({key: every[key] for key in sorted(keys[0] | keys[1])})
    )


_NUMBERS = st.sampled_from([None, 128, 2048])
_FILES = st.sampled_from(
    [
        "scratch",
        "left_out",
        "?",
        {"efs": "fs-1"},
        {"efs": "fs-1", "access_point": "a"},
        {"efs": "f", "root_directory": "/r"},
    ]
)


def decisions() -> Any_:
    """What the user may say of a service: (services, overrides)."""
    choice = st.fixed_dictionaries(
        {},
        optional={
            "task": st.sampled_from(["main", "other"]),
            "role": st.sampled_from(["container", "left_out"]),
            "host": st.just("h.example"),
        },
    )
    override = st.fixed_dictionaries(
        {},
        optional={
            "image": st.just("pushed@sha256:1"),
            "user": st.just("1000"),
            "cpu": _NUMBERS,
            "memory": _NUMBERS,
            "writable_root": st.booleans(),
            "run_as_root": st.booleans(),
            "volumes": st.dictionaries(st.sampled_from(["v", "/v", "/tmp", "/a/b"]), _FILES),  # noqa: S108
            "secrets_as": st.just({"s": "S_VARIABLE", "t": "T_VARIABLE"}),
            "environment": st.just({"A": "1", "NEW": "x", "C_URL": None}),
        },
    )
    return st.tuples(choice, override)


def leaves(value: Any, path: str = "") -> list[str]:
    """The path of every value of a service, as the ledger writes it."""
    if isinstance(value, dict) and value:
        return [leaf for key, item in value.items() for leaf in leaves(item, f"{path}.{key}" if path else key)]
    if isinstance(value, list) and value:
        return [leaf for index, item in enumerate(value) for leaf in leaves(item, f"{path}[{index}]")]
    return [path]


def unaccounted(found: Project, rendered: Rendered) -> list[tuple[str, str]]:
    """(service, path) of every leaf that lies neither at nor below an entry of the ledger."""
    entries = {(entry["service"], entry["path"]) for entry in rendered.ledger}
    return [
        (name, path)
        for name, members in found.services.items()
        if members and (name, "") not in entries
        for path in leaves(members)
        if not any((name, path[: cut.start()]) in entries for cut in re.finditer(r"\.|\[|$", path))
    ]
