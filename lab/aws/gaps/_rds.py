"""What the RDS gaps share: ministack's records and answers."""

from __future__ import annotations

from typing import Any

from lab.aws.gaps import _hooks


def record(identifier: str) -> dict[str, Any] | None:
    """ministack's record of an instance, by identifier or ARN."""
    from ministack.services import rds

    found: dict[str, Any] | None = rds._resolve_instance(identifier)
    return found


def touched(call: _hooks.Call, answer: _hooks.Answer) -> dict[str, Any] | None:
    """The record of the instance that a call was about, if the call succeeded."""
    return record(call.params.get("DBInstanceIdentifier", "")) if answer[0] == 200 else None


def answered(action: str, instance: dict[str, Any]) -> _hooks.Answer:
    """The answer of an action on one instance, as its record is now."""
    from ministack.services import rds

    answer: _hooks.Answer = rds._single_instance_response(f"{action}Response", f"{action}Result", instance)
    return answer
