# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles, users and role mappings of OpenSearch's security plugin, through its REST API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._access.endpoint import AccessError, Endpoint

boto3: Any
try:
    import boto3
except ImportError:
    boto3 = None
opensearchpy: Any
try:
    import opensearchpy
except ImportError:  # the module says so with missing_required_lib
    opensearchpy = None

_API = "/_plugins/_security/api"


@dataclass(frozen=True)
class Login:
    """How to connect: auth is basic (user, password) or sigv4 (credentials of botocore and a region)."""

    endpoint: Endpoint
    auth: str
    user: str = ""
    password: str = field(default="", repr=False)
    credentials: Any = field(default=None, repr=False)
    region: str = ""
    ca_path: str | None = None


@dataclass(frozen=True)
class Access:
    """What shall be there: the application's role, its user, and who else is mapped to which role.

    user: None where the application logs in with its IAM role.
    mappings: backend roles (IAM role ARNs) by role of the security plugin; entries that are not named stay.
    """

    role: str
    user: str | None
    password: str | None = field(repr=False)
    cluster_permissions: tuple[str, ...]
    index_permissions: Mapping[str, tuple[str, ...]]
    mappings: Mapping[str, tuple[str, ...]]

    def role_document(self) -> dict[str, Any]:
        """The role as the API takes it."""
        return {
            "cluster_permissions": sorted(self.cluster_permissions),
            "index_permissions": [
                {"index_patterns": [pattern], "allowed_actions": sorted(actions)}
                for pattern, actions in sorted(self.index_permissions.items())
            ],
            "tenant_permissions": [],
        }


@dataclass(frozen=True)
class Step:
    """One PUT. `shown` is what a person may see of it."""

    path: str
    body: Mapping[str, Any] = field(repr=False)
    shown: str


def sigv4_credentials(profile: str | None) -> Any:
    """The AWS credentials of this process, which refresh themselves."""
    return boto3.session.Session(profile_name=profile or None).get_credentials()


def connect(login: Login) -> Any:
    """A client of opensearch-py. The certificate is checked against the endpoint's own name, wherever is dialled."""
    host, port = login.endpoint.address()
    auth: Any = (login.user, login.password)
    if login.auth == "sigv4":
        auth = opensearchpy.Urllib3AWSV4SignerAuth(login.credentials, login.region, "es")
    return opensearchpy.OpenSearch(
        hosts=[{"host": host, "port": port}],
        http_auth=auth,
        use_ssl=True,
        verify_certs=True,
        ca_certs=login.ca_path,
        ssl_assert_hostname=login.endpoint.host,
        headers={"Host": login.endpoint.host},
        timeout=30,
        max_retries=3,
        retry_on_timeout=True,
    )


def _ask(client: Any, login: Login, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    where = f"{method} {path} of {login.endpoint.host}"
    try:
        return client.transport.perform_request(method, _API + path, body=json.dumps(body) if body else None)
    except opensearchpy.NotFoundError:
        return None
    except opensearchpy.AuthenticationException as error:
        step = "check the master user's secret; if it was changed by hand, put the domain's password into it."
        raise AccessError("the domain does not accept the master user", where, step) from error
    except opensearchpy.TransportError as error:
        step = "the domain is private: run where it can be reached, or set opensearch_connect_to (host:port)."
        raise AccessError(f"{error.status_code} {error.error}", where, step) from error
    except opensearchpy.OpenSearchException as error:
        step = "check the path to the domain, ca_path, and opensearch_connect_to."
        raise AccessError(type(error).__name__, where, step) from error


def plan(client: Any, login: Login, wanted: Access) -> list[Step]:
    """The PUTs that are missing, in order."""
    steps = [*_role(client, login, wanted), *_user(client, login, wanted)]
    own: dict[str, tuple[str, ...]] = {wanted.role: ()} if wanted.user else {}
    for role, arns in sorted({**own, **wanted.mappings}.items()):
        users = (wanted.user,) if wanted.user and role == wanted.role else ()
        steps += _mapping(client, login, role, users, tuple(arns))
    return steps


def _role(client: Any, login: Login, wanted: Access) -> list[Step]:
    path = f"/roles/{wanted.role}"
    document = wanted.role_document()
    live = (_ask(client, login, "GET", path) or {}).get(wanted.role)
    return [] if live and _governed(live) == document else [Step(path, document, f"PUT role {wanted.role}")]


def _governed(live: Mapping[str, Any]) -> dict[str, Any]:
    # Field- and document-level rules are not ours; the API answers with empty ones.
    permissions = [
        {"index_patterns": entry["index_patterns"], "allowed_actions": sorted(entry["allowed_actions"])}
        for entry in live.get("index_permissions", [])
    ]
    return {
        "cluster_permissions": sorted(live.get("cluster_permissions", [])),
        "index_permissions": sorted(permissions, key=lambda entry: entry["index_patterns"]),
        "tenant_permissions": live.get("tenant_permissions", []),
    }


def _user(client: Any, login: Login, wanted: Access) -> list[Step]:
    if wanted.user is None:
        return []
    path = f"/internalusers/{wanted.user}"
    exists = (_ask(client, login, "GET", path) or {}).get(wanted.user) is not None
    if exists and _logs_in(login, wanted):
        return []
    body: dict[str, Any] = {"password": wanted.password, "backend_roles": [], "attributes": {}}
    return [Step(path, body, f"PUT user {wanted.user} with password (hidden)")]


def _logs_in(login: Login, wanted: Access) -> bool:
    own = Login(login.endpoint, "basic", wanted.user or "", wanted.password or "", ca_path=login.ca_path)
    with connect(own) as client:
        try:
            client.transport.perform_request("GET", "/_plugins/_security/authinfo")
        except opensearchpy.AuthenticationException:
            return False
        except opensearchpy.AuthorizationException:  # known, and not allowed to ask
            return True
        except opensearchpy.OpenSearchException as error:
            step = "see whether the domain is healthy, then run it again."
            raise AccessError(type(error).__name__, f"login of {wanted.user}", step) from error
    return True


def _mapping(client: Any, login: Login, role: str, users: tuple[str, ...], backends: tuple[str, ...]) -> list[Step]:
    path = f"/rolesmapping/{role}"
    live = (_ask(client, login, "GET", path) or {}).get(role) or {}
    body: dict[str, Any] = {
        "users": sorted({*live.get("users", []), *users}),
        "backend_roles": sorted({*live.get("backend_roles", []), *backends}),
        "hosts": live.get("hosts", []),
    }
    same = all(sorted(live.get(key, [])) == sorted(value) for key, value in body.items())
    return [] if live and same else [Step(path, body, f"PUT mapping {role}: {', '.join((*users, *backends))}")]


def planned_from_nothing(wanted: Access) -> list[str]:
    """What would be done on a domain that does not exist yet."""
    steps = [f"PUT role {wanted.role}"]
    mappings = {role: ", ".join(arns) for role, arns in wanted.mappings.items()}
    if wanted.user:
        steps.append(f"PUT user {wanted.user} with password (hidden)")
        mappings[wanted.role] = ", ".join([wanted.user, *wanted.mappings.get(wanted.role, ())])
    return [*steps, *(f"PUT mapping {role}: {who}" for role, who in sorted(mappings.items()))]


def converge(login: Login, wanted: Access, check_mode: bool) -> list[str]:
    """Make it as wanted unless in check mode; gives the steps as shown, [] where nothing is to do."""
    with connect(login) as client:
        steps = plan(client, login, wanted)
        for step in () if check_mode else steps:
            _ask(client, login, "PUT", step.path, step.body)
    return [step.shown for step in steps]
