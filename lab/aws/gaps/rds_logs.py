"""RDS: which logs of an instance go to CloudWatch Logs."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from lab.aws.gaps import _hooks, _rds, gap

_KEY = "EnabledCloudwatchLogsExports"


def _members(call: _hooks.Call, prefix: str) -> set[str]:
    """A list of the query protocol: prefix.member.1, prefix.member.2, …"""
    return {str(value) for name, value in call.params.items() if name.startswith(f"{prefix}.member.")}


def _keep(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    record = _rds.touched(call, answer)
    if record is None:
        return answer
    configuration = "CloudwatchLogsExportConfiguration"
    on = _members(call, "EnableCloudwatchLogsExports") | _members(call, f"{configuration}.EnableLogTypes")
    off = _members(call, f"{configuration}.DisableLogTypes")
    record[_KEY] = sorted(({*record.get(_KEY, [])} | on) - off)
    return _rds.answered(call.action, record)


def _xml(record: dict[str, Any]) -> str:
    return "".join(f"<member>{escape(name)}</member>" for name in record.get(_KEY, []))


@gap(
    service="rds",
    lacks="the logs that an instance exports are forgotten",
    restores="EnabledCloudwatchLogsExports lists them, and ModifyDBInstance changes them (no line is ever exported)",
    how="noted in ministack's record and put into its answers",
)
def rds_log_exports() -> None:
    """Remember the exported logs."""
    from ministack.services import rds

    instance_xml = rds._instance_xml
    empty = f"<{_KEY}/>"
    rds._instance_xml = lambda record: instance_xml(record).replace(empty, f"<{_KEY}>{_xml(record)}</{_KEY}>")
    _hooks.after("rds", "CreateDBInstance", "ModifyDBInstance")(_keep)
