"""EC2: security groups are found by their ids."""

from __future__ import annotations

from fnmatch import fnmatchcase

from lab.aws.gaps import _hooks, gap


def _wanted(call: _hooks.Call) -> list[str] | None:
    """The ids that the filter names (`*` and `?` are wildcards); None without such a filter."""
    for field, name in call.params.items():
        if name == "group-id" and field.startswith("Filter.") and field.endswith(".Name"):
            values = field.removesuffix("Name") + "Value."
            return [value for other, value in call.params.items() if other.startswith(values)]
    return None


@gap(
    service="ec2",
    lacks="DescribeSecurityGroups ignores the filter `group-id`: it answers with every group",
    restores="it answers with the groups that the filter names, and with none if there is none",
    how="the filter's ids are put into the request as GroupId",
)
def ec2_security_group_ids() -> None:
    """Heed the filter."""

    @_hooks.before("ec2", "DescribeSecurityGroups")
    def filtered(call: _hooks.Call) -> _hooks.Call | _hooks.Answer | None:
        from ministack.services import ec2

        wanted = _wanted(call)
        if wanted is None:
            return None
        found = [group for group in ec2._security_groups if any(fnmatchcase(group, each) for each in wanted)]
        named = {value for field, value in call.params.items() if field.startswith("GroupId.")}
        if named:  # an unknown id among these is ministack's to refuse
            found = [group for group in found if group in named] if named <= set(ec2._security_groups) else list(named)
        if not found:
            answer: _hooks.Answer = ec2._xml(200, "DescribeSecurityGroupsResponse", "<securityGroupInfo/>")
            return answer
        ids: dict[str, str | None] = {field: None for field in call.params if field.startswith("GroupId.")}
        return call.with_form(**ids | {f"GroupId.{number}": group for number, group in enumerate(found, 1)})
