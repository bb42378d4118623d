# Copyright: (c) 2026, The replatform.aws authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A VPC's flow log into CloudWatch Logs. AWS cannot change one: a changed one is taken away and made anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.replatform.aws.plugins.module_utils._aws.errors import CallError
from ansible_collections.replatform.aws.plugins.module_utils._aws.plan import Call, Plan, look, tag_list


@dataclass(frozen=True)
class FlowLog:
    """The desired flow log. `interval` is in seconds, 60 or 600."""

    vpc_id: str
    log_group: str
    role_arn: str
    traffic: str
    interval: int
    tags: Mapping[str, str]

    def view(self) -> dict[str, Any]:
        """In the form in which two states are compared and shown."""
        return {
            "log_group": self.log_group,
            "role_arn": self.role_arn,
            "traffic": self.traffic,
            "interval": self.interval,
        }


def read(client: Any, vpc_id: str, log_group: str) -> dict[str, Any] | None:
    """The live flow log of this VPC into this log group, or None."""
    filters = [{"Name": "resource-id", "Values": [vpc_id]}]
    answer = look(client, "describe_flow_logs", f"VPC {vpc_id}", Filters=filters)
    for entry in answer["FlowLogs"]:
        if entry.get("LogGroupName") == log_group and entry.get("ResourceId") == vpc_id:
            return {
                "id": entry["FlowLogId"],
                "log_group": entry["LogGroupName"],
                "role_arn": entry.get("DeliverLogsPermissionArn", ""),
                "traffic": entry.get("TrafficType", "ALL"),
                "interval": entry.get("MaxAggregationInterval", 600),
            }
    return None


def plan(desired: FlowLog, live: Mapping[str, Any] | None) -> Plan:
    """The calls that make the live flow log the desired one."""
    after = desired.view()
    before = {key: live[key] for key in after} if live else {}
    where = f"flow log of VPC {desired.vpc_id}"
    if before == after:
        return Plan(where, before, after, ())
    create = {
        "ResourceIds": [desired.vpc_id],
        "ResourceType": "VPC",
        "TrafficType": desired.traffic,
        "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": desired.log_group,
        "DeliverLogsPermissionArn": desired.role_arn,
        "MaxAggregationInterval": desired.interval,
        "TagSpecifications": [{"ResourceType": "vpc-flow-log", "Tags": tag_list(desired.tags)}],
    }
    calls = [Call("delete_flow_logs", {"FlowLogIds": [live["id"]]})] if live else []
    return Plan(where, before, after, (*calls, Call("create_flow_logs", create)))


def inspect(operation: str, answer: Mapping[str, Any]) -> None:
    """Both calls answer 200 and put their failures into the answer. Raises CallError."""
    for failure in answer.get("Unsuccessful", []):
        detail = failure["Error"]
        raise CallError(
            f"{detail['Code']}: {detail['Message']}",
            f"{operation} of {failure.get('ResourceId', 'the VPC')}",
            "check the log group and the role that delivers to it, then run it again.",
            detail["Code"],
        )
