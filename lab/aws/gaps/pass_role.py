"""IAM: handing a role to a service takes iam:PassRole, and a task's execution role must allow what ECS does with it."""

from __future__ import annotations

import contextvars
from typing import Any

from lab.aws import calls
from lab.aws.gaps import _hooks, gap
from lab.aws.settings import ACCOUNT, REGION

_TASKS = "ecs-tasks.amazonaws.com"
# (service, action) -> the parameters that name a role, and the service that the role is passed to.
_PASSES = {
    ("ecs", "RegisterTaskDefinition"): (("taskRoleArn", "executionRoleArn"), _TASKS),
    ("ecs", "RunTask"): (("overrides.taskRoleArn", "overrides.executionRoleArn"), _TASKS),
    ("rds", "CreateDBInstance"): (("MonitoringRoleArn",), "monitoring.rds.amazonaws.com"),
    ("rds", "ModifyDBInstance"): (("MonitoringRoleArn",), "monitoring.rds.amazonaws.com"),
    ("ec2", "CreateFlowLogs"): (("DeliverLogsPermissionArn",), "vpc-flow-logs.amazonaws.com"),
    ("backup", "CreateBackupSelection"): (("BackupSelection.IamRoleArn",), "backup.amazonaws.com"),
}


def _value(params: dict[str, Any], path: str) -> str:
    found: Any = params
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return str(found or "")


def _check(call: _hooks.Call) -> _hooks.Answer | None:
    from ministack.core import iam_actions, iam_evaluator
    from ministack.core.router import extract_access_key_id

    fields, service = _PASSES[(call.service, call.action)]
    key = extract_access_key_id(call.headers, call.query)
    for role in filter(None, (_value(call.params, field) for field in fields)):
        context = {"iam:passedtoservice": service}
        denied = iam_evaluator.enforce(key, "iam:PassRole", "iam", REGION, resource_arn=role, service_context=context)
        if denied is not None and not isinstance(denied, iam_evaluator.AuthError):
            answer: _hooks.Answer = iam_actions.access_denied_response(
                call.service, "iam:PassRole", denied.principal_arn, "", headers=call.headers, resource_arn=role,
                explicit_deny=denied.decision == "Deny",
            )  # fmt: skip
            return answer
    return None


@gap(
    service="iam",
    lacks="iam:PassRole is not asked for",
    restores="who registers a task definition, or gives RDS, flow logs or Backup a role, needs iam:PassRole on it; "
    "iam:PassedToService is set",
    how="evaluated with ministack's own policies before the call",
)
def iam_pass_role() -> None:
    """Ask for iam:PassRole."""
    for service, action in _PASSES:
        _hooks.before(service, action)(_check)


def _may(role_arn: str, action: str, resource: str) -> bool:
    """Whether a role's policies allow an action."""
    from ministack.core import iam_evaluator
    from ministack.services import iam

    name = role_arn.rsplit("/", 1)[-1]
    context = iam_evaluator.EvalContext(
        principal_arn=role_arn, principal_type="AssumedRole", principal_account=ACCOUNT, action=action,
        resource_arn=resource, region=REGION, service_context={}, principal_keys={},
    )  # fmt: skip
    policies = iam_evaluator._gather_role_policies(name, ACCOUNT)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, ACCOUNT)
    allowed = bool(iam_evaluator.evaluate(context, policies, *limits).decision == "Allow")
    calls.record(role_arn, action, resource, "allowed" if allowed else "denied")
    return allowed


def _needs(cdef: dict[str, Any]) -> list[tuple[str, str]]:
    """(action, resource) that ECS does with the execution role to start a container."""
    needs = []
    for secret in cdef.get("secrets", []):
        source = secret.get("valueFrom", "")
        if ":secretsmanager:" in source:
            needs.append(("secretsmanager:GetSecretValue", ":".join(source.split(":")[:7])))
        else:
            parameter = (
                source if source.startswith("arn:") else f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{source.strip('/')}"
            )
            needs.append(("ssm:GetParameters", parameter))
    registry, _slash, rest = cdef.get("image", "").partition("/")
    if ".dkr.ecr." in registry:
        repository = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{rest.split('@')[0].split(':')[0]}"
        needs += [("ecr:GetAuthorizationToken", "*"), ("ecr:BatchGetImage", repository),
                  ("ecr:GetDownloadUrlForLayer", repository)]  # fmt: skip
    logs = cdef.get("logConfiguration") or {}
    if logs.get("logDriver") == "awslogs":
        group = (logs.get("options") or {}).get("awslogs-group", "")
        needs.append(("logs:CreateLogStream", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:*"))
    return needs


_role: contextvars.ContextVar[str] = contextvars.ContextVar("execution_role", default="")


@gap(
    service="ecs",
    lacks="a task gets its secrets, image and logs whatever its execution role allows",
    restores="ResourceInitializationError naming the missing permission, as on AWS",
    how="the execution role's policies are evaluated before a container's secrets are read",
)
def ecs_execution_role() -> None:
    """Hold a task to its execution role."""
    from ministack.services import ecs

    start, resolve = ecs._start_task_worker, ecs._resolve_container_secrets

    def starting(task: Any, td: dict[str, Any], *rest: Any) -> Any:
        token = _role.set(td.get("executionRoleArn") or "none")
        try:
            return start(task, td, *rest)
        finally:
            _role.reset(token)

    def resolved(cdef: dict[str, Any]) -> Any:
        role = _role.get()
        for action, resource in _needs(cdef):
            if not _may(role, action, resource):
                raise ecs._SecretResolutionError(
                    f"AccessDeniedException: {role} is not authorized to perform: {action} on resource: {resource}"
                )
        return resolve(cdef)

    ecs._start_task_worker, ecs._resolve_container_secrets = starting, resolved
