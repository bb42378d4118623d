"""The stages of a deployment that shifts traffic: their order, pauses, bake times, and the way back."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from lab.aws.rollout import DONE, Rollout, Tasks, stages, steps

PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
UP, GONE = Tasks(wanted=2, healthy=2), Tasks(wanted=2, healthy=0)


def test_the_names_are_those_of_the_api() -> None:
    ecs = botocore.session.get_session().get_service_model("ecs")
    deployment = ecs.shape_for("ServiceDeployment").members
    of_hooks = set(ecs.shape_for("DeploymentLifecycleHookStageList").member.enum)
    known = set(deployment["lifecycleStage"].enum) | of_hooks
    assert set(stages({"strategy": "BLUE_GREEN"})) | {"RECONCILE_SERVICE"} == known | {"PRE_PRODUCTION_TRAFFIC_SHIFT"}
    assert set(DONE) | {"IN_PROGRESS", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"} <= set(deployment["status"].enum)


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ({"strategy": "BLUE_GREEN"}, [(100, 0)]),
        ({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 5}},
         [(10, 5), (100, 0)]),
        ({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 25, "stepBakeTimeInMinutes": 2}},
         [(25, 2), (50, 2), (75, 2), (100, 0)]),
        ({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 30, "stepBakeTimeInMinutes": 1}},
         [(30, 1), (60, 1), (90, 1), (100, 0)]),
    ],
)  # fmt: skip
def test_the_steps_of_a_shift(configuration: dict[str, Any], expected: list[tuple[float, float]]) -> None:
    assert list(steps(configuration)) == expected
    assert stages(configuration).count("PRODUCTION_TRAFFIC_SHIFT") == len(expected)


def test_traffic_comes_only_after_the_tasks_and_the_old_ones_go_last() -> None:
    rollout = Rollout({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1})
    rollout.advance(Tasks(2, 1, old=2), 0)
    assert (rollout.stage, rollout.test, rollout.production) == ("SCALE_UP", 0, 0)
    rollout.advance(Tasks(2, 2, old=2), 10)
    assert (rollout.stage, rollout.test, rollout.production) == ("BAKE_TIME", 100, 100)
    rollout.advance(Tasks(2, 2, old=2), 69)
    assert rollout.stage == "BAKE_TIME"
    rollout.advance(Tasks(2, 2, old=2), 70)
    assert (rollout.stage, rollout.status) == ("CLEAN_UP", "IN_PROGRESS")
    rollout.advance(Tasks(2, 2, old=0), 71)
    assert rollout.status == "SUCCESSFUL"


def test_a_canary_stays_at_its_share_for_its_time() -> None:
    shares = {"canaryPercent": 10, "canaryBakeTimeInMinutes": 5}
    rollout = Rollout({"strategy": "CANARY", "canaryConfiguration": shares})
    rollout.advance(UP, 0)
    rollout.advance(UP, 299)
    assert (rollout.stage, rollout.production) == ("PRODUCTION_TRAFFIC_SHIFT", 10)
    rollout.advance(UP, 300)
    assert (rollout.status, rollout.production) == ("SUCCESSFUL", 100)


@pytest.mark.parametrize(("action", "status"), [("CONTINUE", "SUCCESSFUL"), ("ROLLBACK", "ROLLBACK_SUCCESSFUL")])
def test_a_pause_waits_for_its_answer(action: str, status: str) -> None:
    rollout = Rollout({"strategy": "BLUE_GREEN", "lifecycleHooks": [PAUSE]})
    rollout.advance(UP, 0)
    hook = rollout.waiting
    assert hook is not None
    assert (hook.stage, rollout.test, rollout.production) == ("POST_TEST_TRAFFIC_SHIFT", 100, 0)
    rollout.advance(UP, 3600)
    assert rollout.waiting is hook
    assert not rollout.answer("another", action)
    assert rollout.answer(hook.hook_id, action)
    assert not rollout.answer(hook.hook_id, action)
    rollout.advance(UP, 3601)
    if action == "ROLLBACK":
        assert (rollout.status, rollout.test, rollout.production) == ("ROLLBACK_IN_PROGRESS", 0, 0)
        rollout.advance(GONE, 3602)
    assert rollout.status == status


@pytest.mark.parametrize(("action", "status"), [("CONTINUE", "SUCCESSFUL"), ("ROLLBACK", "ROLLBACK_IN_PROGRESS")])
def test_a_pause_that_nobody_answers_times_out(action: str, status: str) -> None:
    hook = {**PAUSE, "timeoutConfiguration": {"timeoutInMinutes": 10, "action": action}}
    rollout = Rollout({"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]})
    for now in (0, 599):
        rollout.advance(UP, now)
        assert rollout.waiting is not None
    rollout.advance(UP, 600)
    rollout.advance(UP, 601)
    assert (rollout.status, rollout.hooks[0].status) == (status, "TIMED_OUT")


def test_a_hook_before_each_step_is_asked_each_time() -> None:
    hook = {"targetType": "PAUSE", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}
    shift = {"stepPercent": 50, "stepBakeTimeInMinutes": 0}
    rollout = Rollout({"strategy": "LINEAR", "linearConfiguration": shift, "lifecycleHooks": [hook]})
    shares = []
    for now in range(4):
        rollout.advance(UP, now)
        if rollout.waiting:
            shares.append(rollout.production)
            rollout.answer(rollout.waiting.hook_id, "CONTINUE")
    assert (shares, rollout.status) == ([0, 50], "SUCCESSFUL")


def test_tasks_that_are_given_up_turn_it_back() -> None:
    rollout = Rollout({"strategy": "BLUE_GREEN"})
    rollout.advance(Tasks(2, 0, failed="circuit breaker"), 0)
    rollout.advance(GONE, 1)
    assert (rollout.status, rollout.reason) == ("ROLLBACK_SUCCESSFUL", "circuit breaker")


def test_the_first_revision_has_nothing_to_shift_from() -> None:
    rollout = Rollout({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, "lifecycleHooks": [PAUSE]}, first=True)
    rollout.advance(UP, 0)
    assert (rollout.status, rollout.production) == ("SUCCESSFUL", 100)
