"""RDS: whether minor versions are installed by themselves."""

from __future__ import annotations

from lab.aws.gaps import _hooks, _rds, gap

_KEY = "AutoMinorVersionUpgrade"


def _keep(call: _hooks.Call, answer: _hooks.Answer) -> _hooks.Answer:
    instance = _rds.touched(call, answer)
    if instance is None or _KEY not in call.params:
        return answer
    instance[_KEY] = str(call.params[_KEY]).lower() == "true"
    return _rds.answered(call.action, instance)


@gap(
    service="rds",
    lacks="ModifyDBInstance forgets AutoMinorVersionUpgrade",
    restores="DescribeDBInstances says what was asked for",
    how="noted in ministack's record",
)
def rds_minor_versions() -> None:
    """Keep the change."""
    _hooks.after("rds", "ModifyDBInstance")(_keep)
