# Copyright (c) 2026, the replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the compose file says that concerns the move: addresses of the old stack, and hosts outside of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.replatform.aws.plugins.module_utils._ecs.compose import ProjectSource, read_project
from ansible_collections.replatform.aws.plugins.module_utils._preflight.findings import FACT, PROBLEM, WARNING, Finding

_IMPLIED = {"OPENAI_API_KEY": "api.openai.com", "ANTHROPIC_API_KEY": "api.anthropic.com"}
"""Variables that imply a host outside, which the application's subnets must let it reach."""


def old_addresses(model: Mapping[str, Any], application: str) -> list[str]:
    """`host:port` and `//host/` forms under which the application knows its stores: they must not be in the data.

    Each service but the application itself, by its name and container name, with each port that it exposes.
    """
    found: set[str] = set()
    for name, service in (model.get("services") or {}).items():
        if name == application:
            continue
        names = {name, service.get("container_name") or name, service.get("hostname") or name}
        ports = {str(port["target"]) for port in service.get("ports") or []}
        ports |= {str(port).split("/", maxsplit=1)[0] for port in service.get("expose") or []}
        found |= {f"{host}:{port}" for host in names for port in ports} | {f"//{host}/" for host in names}
    return sorted(found)


def external_hosts(environment: Mapping[str, str | None], services: set[str]) -> list[str]:
    """Hosts outside the stack that the application's environment names or implies."""
    found = {host for name, host in _IMPLIED.items() if environment.get(name)}
    for value in environment.values():
        for url in re.findall(r"\bhttps?://[^\s'\"]+", value or ""):
            host = urlsplit(url).hostname or ""
            if host and host not in services and host != "localhost" and not host.startswith("127."):
                found.add(host)
    return sorted(found)


def look_at_compose(project: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether the application's service is there, and which hosts outside it needs."""
    source = ProjectSource.from_params(project)
    read = read_project(source)
    application = project["service"]
    if application not in read.services:
        yield Finding(
            PROBLEM,
            "compose",
            f"{source.project_src} has no service {application!r}, only {', '.join(sorted(read.services))}.",
            "Set replatform_compose.service to the application's service.",
        )
        return
    yield Finding(FACT, "compose", f"project {read.name}: {', '.join(sorted(read.services))}")
    environment = read.services[application].get("environment") or {}
    for host in external_hosts(environment, set(read.services)):
        yield Finding(
            WARNING,
            "compose",
            f"The application reaches {host}, outside of its stack.",
            "Its private subnets need a way out: network_nat is single or per_zone, or there is an endpoint for it.",
        )
