"""What ECS's record of a deployment is taken for: its end, its pause, its stage; and what a rollback goes back to."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from ansible_collections.replatform.aws.plugins.module_utils._ecs.deployment import End
from ansible_collections.replatform.aws.plugins.module_utils._ecs.service_deployments import (
    UNDER_WAY,
    ServiceDeploymentError,
    deployments,
    newer_than,
    paused,
    succeeded_before,
)
from ansible_collections.replatform.aws.plugins.module_utils._ecs.traffic import judge_shift, shifts_traffic

STATUSES = botocore.session.get_session().get_service_model("ecs").shape_for("ServiceDeployment").members["status"].enum
HOOK = {"hookId": "h", "targetType": "PAUSE", "status": "AWAITING_ACTION", "timeoutAction": "ROLLBACK"}


def deployment(status: str = "IN_PROGRESS", **more: Any) -> dict[str, Any]:
    return {"serviceDeploymentArn": "arn:sd", "status": status, "lifecycleStage": "SCALE_UP", **more}


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ("SUCCESSFUL", None),
        ("PENDING", None),
        ("IN_PROGRESS", None),
        ("STOPPED", End.STOPPED),
        ("STOP_REQUESTED", End.STOPPED),
        ("ROLLBACK_REQUESTED", End.ROLLED_BACK),
        ("ROLLBACK_IN_PROGRESS", End.ROLLED_BACK),
        ("ROLLBACK_SUCCESSFUL", End.ROLLED_BACK),
        ("ROLLBACK_FAILED", End.FAILED),
    ],
)
def test_every_status_has_its_verdict(status: str, end: End | None) -> None:
    judgement = judge_shift(deployment(status))
    assert judgement.end is end
    assert bool(judgement.pending) is (end is None and status != "SUCCESSFUL")


def test_no_status_of_the_api_is_unknown() -> None:
    ends = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}
    assert set(STATUSES) == ends | set(UNDER_WAY)
    assert {status for status in STATUSES if not judge_shift(deployment(status)).pending} == set(STATUSES) - {
        "PENDING",
        "IN_PROGRESS",
    }


def test_why_it_went_back_is_told() -> None:
    told = judge_shift(deployment("ROLLBACK_FAILED", statusReason="alarm", rollback={"reason": "alarm"}))
    assert told.detail == "alarm; and so did its rollback"


def test_the_stage_the_tasks_and_the_shares_are_shown() -> None:
    target = {"runningTaskCount": 1, "requestedTaskCount": 2, "requestedTestTrafficWeight": 100.0}
    shown = judge_shift(deployment(targetServiceRevision=target)).pending
    assert shown == "SCALE_UP, 1 of 2 new tasks run, 100 % of test traffic"


def test_a_pause_says_how_to_go_on() -> None:
    waits = deployment(lifecycleHookDetails=[{**HOOK, "status": "SUCCEEDED"}, HOOK])
    pause = paused(waits)
    assert pause is not None
    assert pause.hook_id == "h"
    line = judge_shift(waits).pending
    assert "continue-service-deployment --service-deployment-arn arn:sd --hook-id h --action CONTINUE" in line
    assert paused(deployment(lifecycleHookDetails=[{**HOOK, "targetType": "AWS_LAMBDA"}])) is None
    assert paused(deployment()) is None


@pytest.mark.parametrize(
    ("configuration", "shifts"),
    [(None, False), ({}, False), ({"strategy": "ROLLING"}, False), ({"strategy": "LINEAR"}, True)],
)
def test_rolling_shifts_no_traffic(configuration: dict[str, Any] | None, shifts: bool) -> None:
    assert shifts_traffic(configuration) is shifts


class Ecs:
    """Lists deployments two at a time, oldest first, and knows their revisions. ran: (revision, status)."""

    def __init__(self, *ran: tuple[int, str]) -> None:
        self.all = [
            {"serviceDeploymentArn": f"d{number}", "status": status, "createdAt": f"{number:03}",
             "targetServiceRevisionArn": f"r{number}", "revision": revision}
            for number, (revision, status) in enumerate(ran)
        ]  # fmt: skip
        self.asked = 0

    def list_service_deployments(self, **request: Any) -> dict[str, Any]:
        self.asked += 1
        found = [item for item in self.all if item["status"] in request.get("status", STATUSES)]
        start = int(request.get("nextToken", 0))
        more = {"nextToken": str(start + 2)} if start + 2 < len(found) else {}
        return {"serviceDeployments": found[start : start + 2], **more}

    def describe_service_revisions(self, serviceRevisionArns: list[str]) -> dict[str, Any]:  # noqa: N803
        assert len(serviceRevisionArns) <= 20
        return {"serviceRevisions": [
            {"serviceRevisionArn": item["targetServiceRevisionArn"], "taskDefinition": f"arn:td/app:{item['revision']}"}
            for item in self.all if item["targetServiceRevisionArn"] in serviceRevisionArns
        ]}  # fmt: skip


def test_all_pages_are_read_and_the_newest_comes_first() -> None:
    ecs = Ecs(*[(1, "SUCCESSFUL")] * 5)
    assert [item["serviceDeploymentArn"] for item in deployments(ecs, "c", "s")] == ["d4", "d3", "d2", "d1", "d0"]


@pytest.mark.parametrize(
    ("ran", "newest", "back"),
    [
        ([(1, "SUCCESSFUL"), (2, "SUCCESSFUL")], 2, "arn:td/app:1"),
        ([(1, "SUCCESSFUL"), (2, "ROLLBACK_SUCCESSFUL"), (3, "SUCCESSFUL")], 3, "arn:td/app:1"),
        ([(1, "SUCCESSFUL"), (2, "SUCCESSFUL"), (1, "SUCCESSFUL")], 2, "arn:td/app:1"),  # back already: the same again
        ([(1, "STOPPED"), (2, "SUCCESSFUL")], 2, ""),
        ([(2, "SUCCESSFUL")], 2, ""),
        ([], 2, ""),
        ([(1, "SUCCESSFUL"), *[(9, "SUCCESSFUL")] * 50], 9, "arn:td/app:1"),
    ],
)
def test_back_is_the_newest_that_ran_well_below_the_newest_registered(
    ran: list[tuple[int, str]], newest: int, back: str
) -> None:
    assert succeeded_before(Ecs(*ran), "c", "s", f"arn:td/app:{newest}") == back
    assert succeeded_before(Ecs(*ran), "c", "s", f"arn:td/other:{newest}") == ""


def test_a_deployment_may_be_listed_late_but_not_never() -> None:
    ecs, slept = Ecs((1, "SUCCESSFUL")), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            ecs.all.append({**ecs.all[0], "serviceDeploymentArn": "new", "createdAt": "1"})

    assert newer_than(ecs, "c", "s", "d0", sleep) == "new"
    with pytest.raises(ServiceDeploymentError, match="no new deployment"):
        newer_than(ecs, "c", "s", "new", lambda _seconds: None)
