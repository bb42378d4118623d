"""ECS: a task runs as its definition and its roles say."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from lab.aws import engine, hosts
from lab.aws.gaps import _hooks, gap
from lab.aws.settings import ACCOUNT, HOST, REGION, TASK_ENDPOINT, place

_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
_SESSION_SECONDS = 6 * 3600
# credentials id -> (role ARN, task id)
_credentials: dict[str, tuple[str, str]] = {}


def _session(role_arn: str, task_id: str) -> dict[str, str]:
    """Temporary credentials of a role, as STS would hand them to the task; IAM is enforced on their use."""
    from ministack.services import iam, sts

    role = role_arn.rsplit("/", 1)[-1]
    record = iam._roles.get_scoped(ACCOUNT, None, role) or {}
    until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=_SESSION_SECONDS)
    key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30), secrets.token_urlsafe(90)
    sts.register_session(key, {
        "SecretAccessKey": secret, "SessionToken": token, "Expiration": until.timestamp(), "AccountId": ACCOUNT,
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{task_id}", "PrincipalType": "AssumedRole",
        "UserId": f"{record.get('RoleId', '')}:{task_id}",
    })  # fmt: skip
    return {
        "RoleArn": role_arn, "AccessKeyId": key, "SecretAccessKey": secret, "Token": token,
        "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip


def _serve_credentials(call: _hooks.Call) -> _hooks.Answer | None:
    if not call.path.startswith("/v2/credentials/"):
        return None
    known = _credentials.get(call.path.rsplit("/", 1)[-1])
    return _hooks.json_answer("Credentials not found", 404) if known is None else _hooks.json_answer(_session(*known))


@gap(
    service="ecs",
    lacks="a task's credentials are random strings that no service accepts; none of Fargate's own variables is set",
    restores="AWS_CONTAINER_CREDENTIALS_RELATIVE_URI at 169.254.170.2 gives a session of the task's role (no role: no "
    "variable); AWS_REGION and AWS_EXECUTION_ENV are set; the lab's endpoint and CA certificate are in the task",
    how="the session is registered with ministack's STS; variables and the CA bundle's mount are added at the start",
)
def ecs_task_environment() -> None:
    """Give a task its role and its way to the pretend AWS."""
    from ministack.services import ecs

    _hooks.before("imds", "*")(_serve_credentials)
    build = ecs._build_run_kwargs

    def with_environment(cdef: Any, td: Any, env: dict[str, str], *rest: Any) -> dict[str, Any]:
        _set_environment(env, td, task_id=rest[3])
        kwargs: dict[str, Any] = build(cdef, td, env, *rest)
        kwargs["labels"].update(engine.labels("ecs"))
        kwargs.setdefault("volumes", []).append(f"{place().bundle_file}:{_BUNDLE}:ro")
        known = hosts.names().items()
        kwargs["extra_hosts"] = {name: TASK_ENDPOINT if address == HOST else address for name, address in known}
        return kwargs

    ecs._build_run_kwargs = with_environment


def _set_environment(env: dict[str, str], td: dict[str, Any], task_id: str) -> None:
    for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"):
        env.pop(name, None)
    token = env["ECS_CONTAINER_METADATA_URI_V4"].rsplit("/", 1)[-1]
    env["ECS_CONTAINER_METADATA_URI_V4"] = f"http://{TASK_ENDPOINT}/v4/{token}"
    if td.get("taskRoleArn"):
        identifier = secrets.token_hex(16)
        _credentials[identifier] = (td["taskRoleArn"], task_id)
        env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = f"/v2/credentials/{identifier}"
    env.update({"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE"})
    env["AWS_ENDPOINT_URL"] = f"https://{TASK_ENDPOINT}"
    env["AWS_CA_BUNDLE"] = _BUNDLE
    env.setdefault("SSL_CERT_FILE", _BUNDLE)


def _as_defined(kwargs: dict[str, Any], cdef: dict[str, Any], td: dict[str, Any], task_id: str) -> None:
    """Add the parts of a container definition that ministack leaves out."""
    if cdef.get("entryPoint"):
        kwargs["entrypoint"] = cdef["entryPoint"]
    if cdef.get("user"):
        kwargs["user"] = cdef["user"]
    if cdef.get("workingDirectory"):
        kwargs["working_dir"] = cdef["workingDirectory"]
    if cdef.get("readonlyRootFilesystem"):
        kwargs["read_only"] = True
    if (cdef.get("linuxParameters") or {}).get("initProcessEnabled"):
        kwargs["init"] = True
    memory = cdef.get("memory") or td.get("memory")
    if memory:
        kwargs["mem_limit"] = f"{int(memory)}m"
    scratch = {volume["name"] for volume in td.get("volumes", []) if not (volume.get("host") or {}).get("sourcePath")}
    for mount in cdef.get("mountPoints", []):
        if mount.get("sourceVolume") in scratch:
            mode = "ro" if mount.get("readOnly") else "rw"
            volume = f"replatform-task-{task_id[:12]}-{mount['sourceVolume']}"
            kwargs.setdefault("volumes", []).append(f"{volume}:{mount['containerPath']}:{mode}")
            _make_volume(volume)


def _make_volume(name: str) -> None:
    """A task's scratch volume: shared by its containers."""
    engine.client().volumes.create(name, labels=engine.labels("ecs"))


@gap(
    service="ecs",
    lacks="entryPoint, user, workingDirectory, readonlyRootFilesystem, initProcessEnabled, memory and scratch volumes "
    "of a container definition have no effect",
    restores="the container runs as defined: what needs to write its root file system, or more memory, fails here too",
    how="added to what ministack asks of the engine",
)
def ecs_container_definition() -> None:
    """Run a container as its definition says."""
    from ministack.services import ecs

    build = ecs._build_run_kwargs

    def as_defined(cdef: Any, td: Any, env: Any, *rest: Any) -> dict[str, Any]:
        kwargs: dict[str, Any] = build(cdef, td, env, *rest)
        _as_defined(kwargs, cdef, td, task_id=rest[3])
        return kwargs

    ecs._build_run_kwargs = as_defined
