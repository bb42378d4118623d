"""The stages of an ECS deployment that shifts traffic, as the developer guide names them: a state machine without ECS.

Who drives it looks at the tasks (`Tasks`), calls `advance`, and does what `stage`, `test` and `production` say.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

PRE_SHIFT, SHIFT = "PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"
BEFORE = ("PRE_SCALE_UP", "SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT")
AFTER = ("POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP")
DONE = ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "STOPPED")
PAUSE_MINUTES = 24 * 60.0  # where a hook names no time


@dataclass(frozen=True)
class Tasks:
    """What is seen of the new revision's tasks. failed: why they were given up, '' if they were not."""

    wanted: int
    healthy: int
    old: int = 0
    failed: str = ""


@dataclass
class Hook:
    """One pause hook at one stage."""

    hook_id: str
    stage: str
    expires: float
    timeout_action: str
    status: str = "AWAITING_ACTION"


def steps(configuration: dict[str, Any]) -> tuple[tuple[float, float], ...]:
    """(percent of production traffic, minutes to stay there) of each shift; the last is 100 %."""
    strategy = configuration.get("strategy")
    if strategy == "CANARY":
        canary = configuration.get("canaryConfiguration") or {}
        return (
            (float(canary.get("canaryPercent", 5)), float(canary.get("canaryBakeTimeInMinutes", 10))),
            (100.0, 0.0),
        )
    if strategy == "LINEAR":
        linear = configuration.get("linearConfiguration") or {}
        step, minutes = float(linear.get("stepPercent", 10)), float(linear.get("stepBakeTimeInMinutes", 6))
        shares = [step * number for number in range(1, int(100 / step) + 1) if step * number < 100]
        return (*((share, minutes) for share in shares), (100.0, 0.0))
    return ((100.0, 0.0),)


def stages(configuration: dict[str, Any]) -> tuple[str, ...]:
    """Every stage in order; linear and canary shifts go through theirs once for each step."""
    return (*BEFORE, *(PRE_SHIFT, SHIFT) * len(steps(configuration)), *AFTER)


@dataclass
class Rollout:
    """One deployment. configuration: its deploymentConfiguration. minute: seconds that a minute takes here."""

    configuration: dict[str, Any]
    first: bool = False  # no revision before it: nothing to shift from, and no hook is asked
    minute: float = 60.0
    status: str = "IN_PROGRESS"
    reason: str = ""
    at: int = 0
    since: float | None = None
    test: float = 0.0
    production: float = 0.0
    hooks: list[Hook] = field(default_factory=list)
    asked: bool = False  # this stage's hooks were made

    @property
    def stage(self) -> str:
        return stages(self.configuration)[self.at]

    @property
    def waiting(self) -> Hook | None:
        return next((hook for hook in self.hooks if hook.status == "AWAITING_ACTION"), None)

    def advance(self, tasks: Tasks, now: float) -> None:
        """As far as it goes by itself. now: seconds of a clock that only runs forward."""
        if self.status in DONE:
            return
        if self.status == "IN_PROGRESS" and tasks.failed:
            self.roll_back(tasks.failed)
        if self.status in ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"):
            self._turn_back(tasks)
            return
        while self.status == "IN_PROGRESS" and self._may_leave(tasks, now):
            if self.at + 1 == len(stages(self.configuration)):
                self.status = "SUCCESSFUL"
                return
            self.at, self.since, self.asked = self.at + 1, None, False

    def roll_back(self, reason: str) -> None:
        """All traffic to the old revision; the new one's tasks end."""
        if self.status == "IN_PROGRESS":
            self.status, self.reason = "ROLLBACK_REQUESTED", reason
            for hook in self.hooks:
                if hook.status == "AWAITING_ACTION":
                    hook.status = "FAILED"

    def answer(self, hook_id: str, action: str) -> bool:
        """ContinueServiceDeployment. Whether the hook waits for it."""
        hook = self.waiting
        if self.status != "IN_PROGRESS" or hook is None or hook.hook_id != hook_id:
            return False
        if action == "ROLLBACK":
            self.roll_back(f"ContinueServiceDeployment asked for it at {hook.stage}.")
        hook.status = "SUCCEEDED" if action == "CONTINUE" else "FAILED"
        return True

    def _turn_back(self, tasks: Tasks) -> None:
        self.status, self.test, self.production = "ROLLBACK_IN_PROGRESS", 0.0, 0.0
        if tasks.healthy == 0:
            self.status = "ROLLBACK_SUCCESSFUL"

    def _may_leave(self, tasks: Tasks, now: float) -> bool:
        """Does the stage's work, then asks its hooks."""
        self.since = now if self.since is None else self.since
        if not self._work(tasks, (now - self.since) / self.minute):
            return False
        if not self.asked and not self.first:
            self.asked = True
            self.hooks += [self._hook(item, now) for item in self._configured()]
        hook = self.waiting
        if hook is None:
            return True
        if now >= hook.expires:
            hook.status = "TIMED_OUT"
            if hook.timeout_action == "ROLLBACK":
                self.roll_back(f"The pause at {hook.stage} timed out.")
                return False
            return self.waiting is None
        return False

    def _work(self, tasks: Tasks, elapsed: float) -> bool:
        """Whether what the stage does is done. elapsed: minutes in it."""
        if self.stage == "SCALE_UP":
            return tasks.healthy >= tasks.wanted
        if self.stage == "TEST_TRAFFIC_SHIFT":
            self.test = 100.0
        elif self.stage == SHIFT:
            number = sum(stage == SHIFT for stage in stages(self.configuration)[: self.at])
            self.production, minutes = steps(self.configuration)[number]
            return self.first or elapsed >= minutes
        elif self.stage == "BAKE_TIME":
            return self.first or elapsed >= float(self.configuration.get("bakeTimeInMinutes") or 0)
        elif self.stage == "CLEAN_UP":
            return tasks.old == 0
        return True

    def _configured(self) -> list[dict[str, Any]]:
        return [
            item
            for item in self.configuration.get("lifecycleHooks") or ()
            if item.get("targetType") == "PAUSE" and self.stage in item["lifecycleStages"]
        ]

    def _hook(self, item: dict[str, Any], now: float) -> Hook:
        limit = item.get("timeoutConfiguration") or {}
        minutes = float(limit.get("timeoutInMinutes") or PAUSE_MINUTES)
        identifier = f"ecs-pause-{secrets.token_urlsafe(24)}"
        return Hook(identifier, self.stage, now + minutes * self.minute, limit.get("action") or "ROLLBACK")
