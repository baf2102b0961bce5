from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from relay.clocks import SKEW, Jump, WallClock, has_passed, holding, holds, run_out, since_boot, within
from relay.context import Relay
from relay.models import Lease
from tests.fakes.machine import FakeMachine

NOW = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
LONGEST = timedelta(minutes=10)
SECOND = timedelta(seconds=1)

MOMENTS = [
    (NOW - timedelta(days=1), False),
    (NOW, False),
    (NOW + SECOND, True),
    (NOW + LONGEST, True),
    (NOW + LONGEST + SKEW, True),
    (NOW + LONGEST + SKEW + SECOND, False),
    (NOW + timedelta(hours=2), False),
    (NOW + timedelta(days=1), False),
]


@pytest.mark.parametrize(("until", "stands"), MOMENTS)
def test_a_promise_holds_while_it_lies_ahead_and_no_further_than_it_can(until: datetime, stands: bool) -> None:
    assert holds(until, NOW, LONGEST) is stands


def test_no_promise_holds_nothing() -> None:
    assert not holds(None, NOW, LONGEST)


@pytest.mark.slow
def test_columns_are_judged_as_moments_are(relay: Relay) -> None:
    with relay.transaction() as session:
        session.add_all(Lease(name=f"{number}", holder="", until=until) for number, (until, _) in enumerate(MOMENTS))
    until = col(Lease.until)
    with relay.reading() as session:
        standing = set(session.exec(select(Lease.name).where(holding(until, NOW, LONGEST))))
        over = set(session.exec(select(Lease.name).where(run_out(until, NOW, LONGEST))))
        lately = set(session.exec(select(Lease.name).where(within(until, LONGEST, NOW))))
    assert standing == {f"{number}" for number, (_, stands) in enumerate(MOMENTS) if stands}
    assert over == {f"{number}" for number, (_, stands) in enumerate(MOMENTS) if not stands}
    assert lately == {"1", "2"}, "just now, or by a machine whose clock is a second ahead"


@pytest.mark.parametrize(
    ("ago", "passed"),
    [
        (LONGEST - SECOND, False),
        (LONGEST, True),
        (timedelta(0), False),
        (-SKEW, False),
        (-SKEW - SECOND, True),
        (-timedelta(days=1), True),
    ],
)
def test_what_happened_in_the_future_was_long_ago(ago: timedelta, passed: bool) -> None:
    assert has_passed(LONGEST, NOW - ago, NOW) is passed


Happens = Callable[[FakeMachine], object]
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("happens", "jump"),
    [
        (lambda machine: machine.runs(5), None),
        (lambda machine: machine.is_set(seconds=-2), None),
        (lambda machine: machine.is_set(seconds=2), None),
        (lambda machine: machine.is_set(minutes=-5), Jump(-HOUR / 12)),
        (lambda machine: machine.is_set(hours=-2), Jump(-2 * HOUR)),
        (lambda machine: machine.is_set(days=-1), Jump(-24 * HOUR)),
        (lambda machine: machine.is_set(hours=2), Jump(2 * HOUR)),
        (lambda machine: machine.is_set(days=9000), Jump(9000 * 24 * HOUR)),
        (lambda machine: machine.sleeps(hours=2), Jump(timedelta(), 2 * HOUR)),
        # a virtual machine is woken up where the clock is wrong; forward by as much as it slept, on the whole
        (lambda machine: (machine.sleeps(hours=3), machine.is_set(hours=-2)), Jump(-2 * HOUR, 3 * HOUR)),
        (lambda machine: (machine.sleeps(hours=2), machine.is_set(hours=-2)), Jump(-2 * HOUR, 2 * HOUR)),
    ],
)
def test_a_clock_that_was_set_is_told_from_a_machine_that_slept(happens: Happens, jump: Jump | None) -> None:
    machine = FakeMachine()
    clock = machine.wall_clock()
    machine.runs(1)
    assert clock.check() is None
    happens(machine)
    found = clock.check()
    assert (found is None) is (jump is None)
    if found is not None and jump is not None:
        assert abs(found.set_by - jump.set_by) < SECOND / 1000
        assert abs(found.slept - jump.slept) < SECOND / 1000
        assert found.back == (-found.set_by if jump.set_by < timedelta() else timedelta())
    machine.runs(3600)
    assert clock.check() is None, "it is told once"


@pytest.mark.slow
def test_a_clock_that_is_slewed_never_jumps() -> None:
    machine = FakeMachine()
    clock = machine.wall_clock()
    for _ in range(1000):
        machine.runs(60)
        machine.is_set(seconds=-0.03)
        assert clock.check() is None


def test_a_suspend_alone_is_no_clock_set_back() -> None:
    assert Jump(timedelta(), timedelta(hours=5)).back == timedelta()
    assert Jump(timedelta(seconds=-3), timedelta(hours=5)).back == timedelta()
    assert Jump(timedelta(seconds=-4), timedelta(hours=5)).back == timedelta(seconds=4)


def a_clock_of_a_process_that_is_stopped(machine: FakeMachine) -> WallClock:
    """For an hour, while the clocks are read for the fourth time: after the wall clock and before the others."""
    stops = [0.0, 0.0, 0.0, 3600.0]

    def elapsed() -> float:
        machine.runs(stops.pop(0) if stops else 0)
        return machine.elapsed

    return WallClock(machine.now, lambda: machine.running, elapsed)


def test_a_process_that_is_stopped_between_two_readings_reads_again() -> None:
    clock = a_clock_of_a_process_that_is_stopped(FakeMachine())
    assert [clock.check() for _ in range(5)] == [None] * 5


def test_read_once_the_hour_of_the_stop_is_a_clock_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.clocks.TOGETHER", 7200.0)
    clock = a_clock_of_a_process_that_is_stopped(FakeMachine())
    assert next(jump.back for _ in range(5) if (jump := clock.check()) is not None) == timedelta(hours=1)


def test_the_machine_has_a_clock_that_nobody_sets() -> None:
    first, wall = since_boot(), time.monotonic()
    assert first > 0
    time.sleep(0.01)
    assert 0 < since_boot() - first < 5 + time.monotonic() - wall
    assert WallClock(lambda: datetime.now(UTC)).check() is None
