"""OpenSearch Service domains: a node with the security plugin for each, and what the front needs to know of it."""

from __future__ import annotations

import functools
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3

from lab.aws import engine, pki
from lab.aws.settings import NETWORK, NETWORK_GATEWAY, place

_CONFIG = "/usr/share/opensearch/config"
_START_SECONDS = 240
# The front speaks for its caller, and for the service itself; nobody else may send these headers (see `_security`).
USER_HEADER, ROLES_HEADER = "x-proxy-user", "x-proxy-roles"
SERVICE_USER = "opensearch-service"
# The lab's stand-in images are of these versions; any other is asked of the engine as its .0.
_VERSIONS = {"OpenSearch_2.11": "2.11.1", "OpenSearch_2.19": "2.19.3"}
_SMALL = re.compile(r"\.(small|medium|large)(\.search)?$")


@dataclass(frozen=True)
class Domain:
    """One domain. `options` is its AdvancedSecurityOptions as asked for, `access_policy` its JSON text."""

    name: str
    arn: str
    endpoint: str
    version: str
    instance_type: str
    access_policy: str
    options: Mapping[str, Any] = field(repr=False)
    address: str = ""

    @property
    def container(self) -> str:
        """The node's container."""
        return f"replatform-domain-{self.name}"

    @property
    def image(self) -> str:
        """The image of the domain's engine version."""
        tag = _VERSIONS.get(self.version) or f"{self.version.removeprefix('OpenSearch_')}.0"
        return f"opensearchproject/opensearch:{tag}"

    @property
    def request_limit(self) -> int:
        """Bytes of a request body: 10 MiB up to .large, 100 MiB above."""
        return (10 if _SMALL.search(self.instance_type) else 100) * 1024 * 1024

    @property
    def fine_grained(self) -> bool:
        """Whether fine-grained access control is on."""
        return bool(self.options.get("Enabled"))

    @property
    def internal_users(self) -> bool:
        """Whether HTTP basic authentication against the internal user database is on."""
        return self.fine_grained and bool(self.options.get("InternalUserDatabaseEnabled"))

    @property
    def url(self) -> str:
        """Where the front reaches the node."""
        return f"https://{self.address}:9200"


_domains: dict[str, Domain] = {}


def known(domain: Domain) -> None:
    """Let the front serve this domain, as it is now."""
    _domains[domain.name] = domain


def forget(name: str) -> Domain | None:
    """Serve it no more."""
    return _domains.pop(name, None)


def named(name: str) -> Domain | None:
    """The domain of that name."""
    return _domains.get(name)


def for_host(host: str) -> Domain | None:
    """The domain whose endpoint `host` is."""
    return next((domain for domain in _domains.values() if domain.endpoint == host), None)


def _security() -> dict[str, Any]:
    """The security plugin's files: callers come through the front (proxy headers) or with a password (basic)."""
    proxy = {
        "http_enabled": True, "order": 0, "authentication_backend": {"type": "noop"},
        "http_authenticator": {"type": "proxy", "challenge": False,
                               "config": {"user_header": USER_HEADER, "roles_header": ROLES_HEADER}},
    }  # fmt: skip
    basic = {
        "http_enabled": True, "order": 1, "authentication_backend": {"type": "internal"},
        "http_authenticator": {"type": "basic", "challenge": True},
    }  # fmt: skip
    front = {"enabled": True, "internalProxies": re.escape(NETWORK_GATEWAY), "remoteIpHeader": "x-forwarded-for"}
    meta = {"config_version": 2}
    return {
        "config.yml": {"_meta": {"type": "config", **meta}, "config": {"dynamic": {
            "http": {"anonymous_auth_enabled": False, "xff": front}, "authc": {"proxy": proxy, "basic": basic}}}},
        "roles.yml": {"_meta": {"type": "roles", **meta},
                      "security_manager": {"reserved": True, "cluster_permissions": ["restapi:*"]}},
        "roles_mapping.yml": {"_meta": {"type": "rolesmapping", **meta},
                              "all_access": {"reserved": False, "backend_roles": [SERVICE_USER]},
                              "security_manager": {"reserved": False, "backend_roles": [SERVICE_USER]}},
        "internal_users.yml": {"_meta": {"type": "internalusers", **meta}},
        "action_groups.yml": {"_meta": {"type": "actiongroups", **meta}},
        "tenants.yml": {"_meta": {"type": "tenants", **meta}},
        "nodes_dn.yml": {"_meta": {"type": "nodesdn", **meta}},
    }  # fmt: skip


def _settings(domain: Domain) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "cluster.name": domain.name,
        "discovery.type": "single-node",
        "network.host": "0.0.0.0",  # noqa: S104 the container's own network
        "plugins.security.ssl.http.enabled": True,
        "plugins.security.ssl.transport.enforce_hostname_verification": False,
        "plugins.security.allow_default_init_securityindex": True,
        "plugins.security.authcz.admin_dn": ["CN=nobody"],
        "plugins.security.restapi.roles_enabled": ["all_access", "security_manager"],
        "plugins.security.system_indices.enabled": True,
    }
    for layer in ("http", "transport"):
        settings[f"plugins.security.ssl.{layer}.pemcert_filepath"] = "domain.pem"
        settings[f"plugins.security.ssl.{layer}.pemkey_filepath"] = "domain-key.pem"
        settings[f"plugins.security.ssl.{layer}.pemtrustedcas_filepath"] = "ca.pem"
    return settings


def _files(domain: Domain) -> dict[str, tuple[bytes, int]]:
    """What is written into the container before it starts. JSON is YAML too."""
    certificate, key = pki.issue(place().pki, [domain.endpoint, domain.container])
    files = {
        f"{_CONFIG}/opensearch.yml": (json.dumps(_settings(domain)).encode(), 0o644),
        f"{_CONFIG}/domain.pem": (certificate, 0o644),
        f"{_CONFIG}/domain-key.pem": (key, 0o600),
        f"{_CONFIG}/ca.pem": (place().ca_file.read_bytes(), 0o644),
    }
    for name, content in _security().items():
        files[f"{_CONFIG}/opensearch-security/{name}"] = (json.dumps(content).encode(), 0o644)
    return files


def start(domain: Domain) -> str:
    """Start the node, apply the master user, and return the node's address. Takes 10 to 60 s."""
    engine.ensure_image(domain.image)
    engine.remove(domain.container)
    docker = engine.client()
    container = docker.containers.create(
        domain.image,
        name=domain.container,
        environment={"OPENSEARCH_JAVA_OPTS": "-Xms512m -Xmx512m", "DISABLE_INSTALL_DEMO_CONFIG": "true",
                     "DISABLE_PERFORMANCE_ANALYZER_AGENT_CLI": "true"},
        labels=engine.labels("opensearch"),
        network=NETWORK,
        ulimits=[],
    )  # fmt: skip
    engine.put_files(container, _files(domain), owner=1000)
    container.start()
    return engine.address(container)


def wait_until_up(domain: Domain) -> None:
    """Wait for the node to take requests of the service's own user."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            status = request(domain, "GET", "/_cluster/health", None)[0]
        except urllib3.exceptions.HTTPError:
            status = 0
        if status == 200:
            return
        if time.monotonic() > deadline or engine.client().containers.get(domain.container).status == "exited":
            raise TimeoutError(f"the node of {domain.name} does not answer (HTTP {status}); see its container's log")
        time.sleep(0.5)


@functools.cache
def pool(endpoint: str) -> urllib3.PoolManager:
    """Connections to a domain's node, whose certificate is checked against the endpoint's name."""
    return urllib3.PoolManager(
        ca_certs=str(place().ca_file), assert_hostname=endpoint, server_hostname=endpoint, retries=False, maxsize=32,
        timeout=urllib3.Timeout(connect=5, read=300),
    )  # fmt: skip


def request(domain: Domain, method: str, path: str, body: Any) -> tuple[int, bytes]:
    """One request as the service itself, which is in all_access."""
    headers = {
        USER_HEADER: SERVICE_USER, ROLES_HEADER: SERVICE_USER, "x-forwarded-for": "127.0.0.1",
        "content-type": "application/json",
    }  # fmt: skip
    text = None if body is None else json.dumps(body)
    reply = pool(domain.endpoint).request(method, domain.url + path, headers=headers, body=text)
    return reply.status, reply.data


def apply_master(domain: Domain) -> None:
    """Give the master user (an IAM ARN, or a name and password) all_access and security_manager."""
    master = domain.options.get("MasterUserOptions") or {}
    mapping: dict[str, Any] = {"backend_roles": [SERVICE_USER], "users": [], "hosts": []}
    if master.get("MasterUserARN"):
        mapping["backend_roles"].append(master["MasterUserARN"])
        mapping["users"].append(master["MasterUserARN"])
    elif master.get("MasterUserName"):
        mapping["users"].append(master["MasterUserName"])
        user = {"password": master["MasterUserPassword"], "description": "master user"}
        _apply(domain, f"internalusers/{master['MasterUserName']}", user)
    for role in ("all_access", "security_manager"):
        _apply(domain, f"rolesmapping/{role}", mapping)


def _apply(domain: Domain, what: str, body: Mapping[str, Any]) -> None:
    status, answer = request(domain, "PUT", f"/_plugins/_security/api/{what}", body)
    if status not in (200, 201):
        raise RuntimeError(f"the security plugin of {domain.name} refused {what}: HTTP {status} {answer[:300]!r}")


def delete(domain: Domain) -> None:
    """Remove the node and its data."""
    engine.remove(domain.container)
