"""Alarms and logs."""

from __future__ import annotations

from typing import Any

from .account import Account
from .registry import control


def _alarms(account: Account) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.client("cloudwatch").describe_alarms(AlarmNamePrefix=account.name)[
        "MetricAlarms"
    ]
    assert found
    return found


@control("CloudWatch.15", "every alarm tells the topic")
def alarms_act(account: Account) -> None:
    topic = f":{account.name}-alarms"
    assert not [alarm["AlarmName"] for alarm in _alarms(account) if not alarm["AlarmActions"]]
    assert all(arn.endswith(topic) for alarm in _alarms(account) for arn in alarm["AlarmActions"])


@control("CloudWatch.16", "every log group keeps its lines for a year at least")
def retention(account: Account) -> None:
    pages = account.client("logs").get_paginator("describe_log_groups")
    found = [
        group
        for page in pages.paginate(logGroupNamePrefix=f"/replatform/{account.environment}/")
        for group in page["logGroups"]
    ]
    assert {group["logGroupName"].rpartition("/")[2] for group in found} >= {
        "flow",
        "application",
        "audit",
        "database-api",
    }
    assert not [group["logGroupName"] for group in found if group.get("retentionInDays", 0) < 365]


@control("CloudWatch.17", "no alarm's actions are switched off")
def actions_enabled(account: Account) -> None:
    assert all(alarm["ActionsEnabled"] for alarm in _alarms(account))
