"""IAM: what a request about a role is checked against, and a policy's default version."""

from __future__ import annotations

from typing import Any

from lab.aws.gaps import _hooks, gap


def _field(query: dict[str, Any], name: str) -> str:
    value = query.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value or "")


def _role(query: dict[str, Any]) -> dict[str, Any]:
    from ministack.services import iam

    return iam._roles.get(_field(query, "RoleName")) or {}


@gap(
    service="iam",
    lacks="a request about a role is checked against role/<name>, without the role's path",
    restores="the ARN with its path is what a policy's Resource has to match; a role that does not exist has no path",
    how="the path of the request or of the stored role is put into the ARN",
)
def iam_role_paths() -> None:
    """Put paths into the ARNs of roles."""
    from ministack.core import iam_actions

    extract = iam_actions.extract_resource_arn

    def with_path(service: str, method: str, path: str, headers: Any, body: Any, query: Any, *rest: Any) -> Any:
        arn = extract(service, method, path, headers, body, query, *rest)
        name = _field(query, "RoleName") if service == "iam" else ""
        if not name:
            return arn
        role_path = _role(query).get("Path") or _field(query, "Path") or "/"
        return arn.replace(f":role/{name}", f":role{role_path}{name}")

    iam_actions.extract_resource_arn = with_path


@gap(
    service="iam",
    lacks="the condition key iam:PermissionsBoundary",
    restores="a policy can allow creating and changing roles only under a boundary",
    how="the boundary of the request or of the stored role is added to what conditions see",
)
def iam_boundary_condition() -> None:
    """Show conditions the boundary."""
    from ministack.core import iam_actions

    tags = iam_actions.request_tag_context

    def with_boundary(service: str, action: str, body: Any, query: Any) -> dict[str, Any]:
        context = dict(tags(service, action, body, query))
        if service == "iam" and _field(query, "RoleName"):
            boundary = _field(query, "PermissionsBoundary") or _role(query).get("PermissionsBoundary")
            if boundary:
                context["iam:PermissionsBoundary"] = boundary
        return context

    iam_actions.request_tag_context = with_boundary


@gap(
    service="iam",
    lacks="SetDefaultPolicyVersion",
    restores="another version of a managed policy can be made the one that counts",
    how="answered before ministack",
)
def iam_default_policy_version() -> None:
    """Answer SetDefaultPolicyVersion."""

    @_hooks.before("iam", "SetDefaultPolicyVersion")
    def answer(call: _hooks.Call) -> _hooks.Answer:
        from ministack.services import iam

        policy = iam._policies.get(call.params.get("PolicyArn", ""))
        chosen = call.params.get("VersionId", "")
        if not policy or chosen not in policy["Versions"]:
            return _hooks.query_error("NoSuchEntity", f"Policy version {chosen} does not exist.", 404)
        for version in policy["Versions"].values():
            version["IsDefaultVersion"] = version["VersionId"] == chosen
        policy["DefaultVersionId"] = chosen
        return _hooks.query_answer("SetDefaultPolicyVersion", "https://iam.amazonaws.com/doc/2010-05-08/", "")


@gap(
    service="iam",
    lacks="SimulatePrincipalPolicy finds no policy of a role with a path, looks at the first ARN only, knows any role",
    restores="every action is answered for every ARN, by the policies of the role that the ARN names, if there is one",
    how="the role is found by its name; each ARN is evaluated in turn; NoSuchEntity is answered before ministack",
)
def iam_simulation() -> None:
    """Answer for roles with a path, and for all ARNs."""
    from ministack.core import iam_evaluator
    from ministack.services import iam

    gather, extract, build = (
        iam_evaluator._gather_role_policies,
        iam._extract_simulate_params,
        iam._build_simulate_results_real,
    )

    def of_name(name: str, account: str) -> Any:
        return gather(name.rpartition("/")[2], account)

    def all_arns(query: dict[str, Any]) -> tuple[list[str], list[str]]:
        arns = [_field(query, f"ResourceArns.member.{number}") for number in range(1, 1000)]
        return extract(query)[0], [arn for arn in arns if arn] or ["*"]

    def for_each(actions: list[str], arns: list[str], *rest: Any) -> str:
        return "".join(build(actions, arn, *rest) for arn in arns)

    @_hooks.before("iam", "SimulatePrincipalPolicy")
    def nobody(call: _hooks.Call) -> _hooks.Answer | None:
        name = str(call.params.get("PolicySourceArn", "")).rpartition("/")[2]
        if ":role/" not in str(call.params.get("PolicySourceArn", "")) or name in iam._roles:
            return None
        return _hooks.query_error("NoSuchEntity", f"The role with name {name} cannot be found.", 404)

    iam_evaluator._gather_role_policies = of_name
    iam._extract_simulate_params = all_arns
    iam._build_simulate_results_real = for_each
