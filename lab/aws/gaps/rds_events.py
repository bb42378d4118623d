"""RDS: event subscriptions."""

from __future__ import annotations

from lab.aws.gaps import _hooks, gap
from lab.aws.settings import REGION

_HOST = f"rds.{REGION}.amazonaws.com"


@gap(
    service="rds",
    lacks="event subscriptions",
    restores="event subscriptions are kept, described, changed and deleted (no event is ever sent)",
    how="sent to moto in the emulator's process; a change is a deletion and a creation there",
)
def rds_event_subscriptions() -> None:
    """Send the four actions to moto."""
    _hooks.to_moto("rds", _HOST, ["CreateEventSubscription", "DescribeEventSubscriptions", "DeleteEventSubscription"])

    @_hooks.before("rds", "ModifyEventSubscription")
    def modify(call: _hooks.Call) -> _hooks.Answer:
        gone = _hooks.moto_answer(call.with_form(Action="DeleteEventSubscription"), _HOST)
        if gone[0] != 200:
            return gone
        status, headers, body = _hooks.moto_answer(call.with_form(Action="CreateEventSubscription"), _HOST)
        return status, headers, body.replace(b"CreateEventSubscription", b"ModifyEventSubscription")
