"""ELB: a rule's traffic is shared among target groups by weight."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from lab.aws.gaps import gap


def _groups(params: Any, prefix: str, first: Any) -> Iterator[dict[str, Any]]:
    number = 1
    while arn := first(params, f"{prefix}.{number}.TargetGroupArn"):
        yield {"TargetGroupArn": arn, "Weight": int(first(params, f"{prefix}.{number}.Weight", "1") or 1)}
        number += 1


def _chosen(action: dict[str, Any]) -> dict[str, Any]:
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    if not groups or not any(group["Weight"] for group in groups):
        return action
    (one,) = random.choices(groups, weights=[group["Weight"] for group in groups])
    return {**action, "TargetGroupArn": one["TargetGroupArn"]}


@gap(
    service="elasticloadbalancing",
    lacks="ForwardConfig of a listener's or rule's action",
    restores="it is kept and described, and requests are shared among its target groups by weight",
    how="read from the request, added to the answers, and chosen from before ministack forwards",
)
def elb_weights() -> None:
    """Share traffic by weight."""
    from ministack.services import alb

    parse, as_xml, execute = alb._parse_actions, alb._action_xml, alb._execute_actions

    def parsed(params: Any, prefix: str = "DefaultActions") -> list[dict[str, Any]]:
        actions: list[dict[str, Any]] = parse(params, prefix)
        for number, action in enumerate(actions, 1):
            groups = list(_groups(params, f"{prefix}.member.{number}.ForwardConfig.TargetGroups.member", alb._p))
            if groups:
                action["ForwardConfig"] = {"TargetGroups": groups}
        return actions

    def shown(action: dict[str, Any]) -> str:
        groups = "".join(
            f"<member><TargetGroupArn>{group['TargetGroupArn']}</TargetGroupArn><Weight>{group['Weight']}</Weight></member>"
            for group in (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
        )
        more = f"<ForwardConfig><TargetGroups>{groups}</TargetGroups></ForwardConfig></member>"
        text = str(as_xml(action))
        return text.removesuffix("</member>") + more if groups else text

    async def shared(actions: list[dict[str, Any]], *rest: Any, **named: Any) -> Any:
        return await execute([_chosen(action) for action in actions], *rest, **named)

    alb._parse_actions, alb._action_xml, alb._execute_actions = parsed, shown, shared
