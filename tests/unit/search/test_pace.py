"""The pace of writing, held against targets of several kinds, in a time of their own."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable

import pytest

from ansible_collections.replatform.aws.plugins.module_utils._search.pace import (
    FIRST,
    FIRST_BODY,
    LEAST_BODY,
    MOST,
    Pace,
)

MIB = 1024 * 1024


class Target:
    """Serves bodies at a speed that depends on how many are under way; refuses those above what it takes."""

    def __init__(self, speed: Callable[[int], float], takes: Callable[[float], int] = lambda _now: MOST) -> None:
        self.now = 0.0
        self._speed, self._takes = speed, takes
        self.pace = Pace(8 * MIB, lambda: self.now)
        self.refused = 0

    def serve(self, bodies: int) -> list[int]:
        """Send so many bodies; the width after each answer."""
        under_way: list[tuple[float, int]] = []
        widths = []
        for _body in range(bodies):
            while len(under_way) < self.pace.width:
                share = self._speed(len(under_way) + 1) / (len(under_way) + 1)
                heapq.heappush(under_way, (self.now + self.pace.body / share, self.pace.body))
            refused = len(under_way) > self._takes(self.now)
            self.now, size = heapq.heappop(under_way)
            if refused:
                self.refused += 1
                self.pace.refused()
            else:
                self.pace.took(size)
            widths.append(self.pace.width)
        return widths


def test_it_climbs_while_the_target_gets_faster() -> None:
    assert Target(lambda under_way: 10 * MIB * under_way).serve(400)[-1] == MOST


def test_it_does_not_queue_at_a_target_that_gets_no_faster() -> None:
    widths = Target(lambda under_way: 10 * MIB * min(under_way, FIRST)).serve(400)
    assert max(widths) == FIRST + 1
    assert widths.count(FIRST) > len(widths) * 0.7


def test_it_falls_when_the_target_refuses_and_climbs_again_afterwards() -> None:
    target = Target(lambda under_way: 10 * MIB * under_way, takes=lambda now: 2 if 5 < now < 20 else MOST)
    widths = target.serve(1500)
    assert min(widths) <= 2
    assert target.refused < 40
    assert widths[-1] == MOST


def test_it_falls_when_answers_take_longer() -> None:
    target = Target(lambda under_way: 40 * MIB if under_way <= FIRST else 40 * MIB / under_way)
    assert target.serve(400)[-1] <= FIRST
    slow = Target(lambda under_way: 40 * MIB if slow.now < 3 else 4 * MIB / under_way)
    assert slow.serve(400)[-1] < FIRST


def test_bodies_do_not_grow_where_that_brings_nothing() -> None:
    target = Target(lambda under_way: 10 * MIB * min(under_way, FIRST))
    target.serve(400)
    assert target.pace.body <= 2 * FIRST_BODY


def test_bodies_grow_to_what_is_allowed_and_shrink() -> None:
    target = Target(lambda under_way: 10 * MIB * under_way * target.pace.body**0.5)
    target.serve(400)
    assert target.pace.body == 8 * MIB
    target.pace.refused()
    assert target.pace.body == 4 * MIB
    target.pace.too_large(2 * MIB)
    target.serve(400)
    assert target.pace.body == MIB
    for _time in range(20):
        target.pace.refused()
    assert (target.pace.body, target.pace.width) == (LEAST_BODY, 1)


def test_no_more_are_under_way_than_it_says() -> None:
    pace = Pace(MIB)
    for _request in range(FIRST):
        pace.enter(lambda: None)

    class StopError(Exception):
        """Told to end."""

    def stop() -> None:
        raise StopError

    with pytest.raises(StopError):
        pace.enter(stop)
    threading.Timer(0.1, pace.leave).start()
    pace.enter(stop)
