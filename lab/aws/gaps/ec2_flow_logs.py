"""EC2: how a flow log was described."""

from __future__ import annotations

import re

from lab.aws.gaps import _hooks, gap

_asked: dict[str, dict[str, str]] = {}
_FIELDS = {
    "LogGroupName": "logGroupName",
    "DeliverLogsPermissionArn": "deliverLogsPermissionArn",
    "MaxAggregationInterval": "maxAggregationInterval",
}


def _remember(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    asked = {name: str(call.params[field]) for field, name in _FIELDS.items() if call.params.get(field)}
    for flow_log in re.findall(rb"fl-[0-9a-fA-F]+", answer[2]):
        _asked[flow_log.decode()] = {"maxAggregationInterval": "600", **asked}
    return answer


def _complete(match: re.Match[str]) -> str:
    fields = _asked.get(match.group(1), {})
    return match.group(0) + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())


@gap(
    service="ec2",
    lacks="a flow log's log group, role and interval are forgotten",
    restores="DescribeFlowLogs answers with them (no record is ever written)",
    how="noted when the flow log is made and put into the answer",
)
def ec2_flow_logs() -> None:
    """Remember how flow logs were described."""
    _hooks.after("ec2", "CreateFlowLogs")(_remember)

    @_hooks.after("ec2", "DescribeFlowLogs")
    def describe(_call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
        status, headers, body = answer
        text = body.decode() if isinstance(body, bytes) else str(body)
        return status, headers, re.sub(r"<flowLogId>(.*?)</flowLogId>", _complete, text).encode()
