# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A DB parameter group: static parameters wait for a restart, dynamic ones take effect at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.client import pages
from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import AwsError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import (
    Call,
    Plan,
    TagCalls,
    from_tag_list,
    look,
    own_tags,
    tag_list,
    wanted_tags,
)

_AT_ONCE = 20  # ModifyDBParameterGroup takes no more


@dataclass(frozen=True)
class ParameterGroup:
    """The desired group. Parameters that are not named are left alone."""

    name: str
    family: str
    description: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str] | None
    purge_tags: bool = True


def read(client: Any, name: str) -> dict[str, Any] | None:
    """The live group with the values and the kinds (static, dynamic) of its parameters, or None."""
    where = f"parameter group {name}"
    absent = ("DBParameterGroupNotFound", "DBParameterGroupNotFoundFault")
    answer = look(client, "describe_db_parameter_groups", where, absent, DBParameterGroupName=name)
    if not answer or not answer["DBParameterGroups"]:
        return None
    group = answer["DBParameterGroups"][0]
    arn = group["DBParameterGroupArn"]
    parameters = list(pages(client, "describe_db_parameters", "Parameters", where, DBParameterGroupName=name))
    return {
        "arn": arn,
        "family": group["DBParameterGroupFamily"],
        "values": {entry["ParameterName"]: entry.get("ParameterValue", "") for entry in parameters},
        "types": {entry["ParameterName"]: entry.get("ApplyType", "static") for entry in parameters},
        "tags": from_tag_list(look(client, "list_tags_for_resource", where, ResourceName=arn).get("TagList")),
    }


def plan(desired: ParameterGroup, live: Mapping[str, Any] | None) -> Plan:
    """The calls that make the live group the desired one. Raises AwsError for what PostgreSQL of this version lacks."""
    where = f"RDS parameter group {desired.name}"
    own = own_tags((live or {}).get("tags", {}))
    tags = wanted_tags(own, desired.tags, desired.purge_tags)
    after = {"family": desired.family, "parameters": dict(sorted(desired.parameters.items())), "tags": tags}
    if live is None:
        create = {
            "DBParameterGroupName": desired.name,
            "DBParameterGroupFamily": desired.family,
            "Description": desired.description,
            "Tags": tag_list(tags),
        }
        # Which of them are dynamic is not known before the group exists; nothing runs with it, so it does not matter.
        calls = (Call("create_db_parameter_group", create), *_modify(desired.name, desired.parameters, {}))
        return Plan(where, {}, after, calls)
    _refuse(desired, live, where)
    current = {name: live["values"][name] for name in after["parameters"]}
    before = {"family": live["family"], "parameters": current, "tags": own}
    changed = {name: value for name, value in desired.parameters.items() if current[name] != value}
    tagging = TagCalls({"ResourceName": live["arn"]}, "add_tags_to_resource", "remove_tags_from_resource")
    calls = (*_modify(desired.name, changed, live["types"]), *tagging.between(own, tags))
    return Plan(where, before, after, calls)


def _modify(name: str, changed: Mapping[str, str], types: Mapping[str, str]) -> Iterator[Call]:
    entries = [
        {
            "ParameterName": parameter,
            "ParameterValue": value,
            "ApplyMethod": "immediate" if types.get(parameter) == "dynamic" else "pending-reboot",
        }
        for parameter, value in sorted(changed.items())
    ]
    for start in range(0, len(entries), _AT_ONCE):
        arguments = {"DBParameterGroupName": name, "Parameters": entries[start : start + _AT_ONCE]}
        yield Call("modify_db_parameter_group", arguments)


def _refuse(desired: ParameterGroup, live: Mapping[str, Any], where: str) -> None:
    if live["family"] != desired.family:
        step = "make a group of another name for the new major version, and move the instance to it."
        raise AwsError(
            f"the group is of family {live['family']} (wanted {desired.family}), which is fixed", where, step
        )
    unknown = sorted({*desired.parameters} - {*live["values"]})
    if unknown:
        step = "correct rds_parameters; `aws rds describe-engine-default-parameters` lists what there is."
        raise AwsError(f"{desired.family} has no parameter {', '.join(unknown)}", where, step)
