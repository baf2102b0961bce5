"""A week of `relay work` in a second: the real schedule, the real lease and real SQLite on a machine whose three clocks
are ours. Somebody sets the wall clock back and forward, and the machine is suspended, while walls are read.

APScheduler sleeps as it does in life: on the clock that stands still with the machine, for as long as it reckoned from
the wall clock, or until somebody wakes it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

import pytest
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers import base
from apscheduler.schedulers.base import BaseScheduler
from sqlmodel import select

from relay.alerts import open_alerts
from relay.clocks import Jump, WallClock
from relay.collect import campaigns, sources
from relay.collect.planner import NIGHT_SHARE
from relay.context import Relay
from relay.jobs import Scheduler
from relay.models import Campaign, Sweep
from relay.upkeep import health
from tests.collect.conftest import SLUG
from tests.fakes.machine import FakeMachine
from tests.fakes.source import FakeSource, a_post

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
TICK = 5 * MINUTE
"""Between two ticks of the leadership thread; a second in life."""
INTERVAL = HOUR
"""Of the search; that of a wall grows with what is known of it."""
AT_MOST = 1.25 * INTERVAL
"""Sweeps begin at whole slots."""
BY_NIGHT = AT_MOST / NIGHT_SHARE
LONGEST = 8 * HOUR
"""Of a wall, by night."""


class ByHand(BaseScheduler):  # type: ignore[misc]
    """Has no thread: whoever holds it lets it do what is due, and is told how long it would sleep."""

    def __init__(self) -> None:
        self.woken = False
        executors = {"default": DebugExecutor(), "always": DebugExecutor()}
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        super().__init__(timezone=UTC, executors=executors, job_defaults=defaults)

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)

    def wakeup(self) -> None:
        self.woken = True

    def does_what_is_due(self) -> float:
        self.woken = False
        seconds = self._process_jobs()
        return math.inf if seconds is None else float(seconds)


class Half(Scheduler):
    """Reads, and starts and stops campaigns; there is nothing to fetch."""

    def _tasks(self) -> Any:
        return ((self._campaigns, 15.0), (self._crawl, 5.0), (self._reclaim, 60.0))


class Blind(WallClock):
    """Red twin: nobody sees that the clock has jumped."""

    def check(self) -> Jump | None:
        return None


class Week:
    def __init__(self, relay: Relay, machine: FakeMachine, wall_clock: WallClock, tick: float = TICK) -> None:
        self.relay, self.machine, self._tick = relay, machine, tick
        self.schedule, self._sleeps_until = ByHand(), 0.0
        self.work = Half(relay, wall_clock)
        self.work._schedule = self.schedule
        self.schedule.start()
        self.work.tick()
        self.swept: dict[int, list[float]] = {}
        self.alerts: list[tuple[float, str, str]] = []
        self._seen, self._open = 0, dict[str, str]()

    def runs(self, seconds: float) -> None:
        ends = self.machine.running + seconds
        while self.machine.running < ends:
            self.machine.runs(self._tick)
            self.work.tick()
            if self.schedule.woken or self.machine.running >= self._sleeps_until:
                self._sleeps_until = self.machine.running + self.schedule.does_what_is_due()
            health.watch(self.relay)  # as the desk does, whose thread sleeps by itself
            self._notes()

    def _notes(self) -> None:
        with self.relay.reading() as session:
            for row in session.exec(select(Sweep).where(Sweep.id > self._seen).order_by(Sweep.id)):  # type: ignore[operator,arg-type]
                self._seen = row.id or 0
                self.swept.setdefault(row.source_id, []).append(self.machine.running)
            known = {alert.key: alert.text for alert in open_alerts(session)}
        at, before, self._open = self.machine.running, self._open, known
        self.alerts += [(at, "open", text) for key, text in known.items() if before.get(key) != text]
        self.alerts += [(at, "over", text) for key, text in before.items() if key not in known]

    def pauses(self, source: int) -> list[float]:
        """Between two sweeps, of the time in which the machine was awake."""
        return [later - before for before, later in pairwise(self.swept[source])]


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine()


@pytest.fixture
def relay(relay: Relay, machine: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> Relay:
    """With APScheduler on the same wall clock."""

    class Shown(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return machine.at.astimezone(tz)

    monkeypatch.setattr(base, "datetime", Shown)
    settings = relay.settings.model_copy(
        update={"crawl_minutes": INTERVAL / MINUTE, "lease_seconds": 4 * MINUTE, "min_free_gb": 0.0}
    )
    return dataclasses.replace(relay, clock=machine.now, settings=settings)


@pytest.fixture
def search(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    """The hashtag search; there is a wall besides."""
    campaigns.extend(relay, SLUG, "2023-02-18", person="olga")
    sources.add(relay, SLUG, "vk:gorod")
    network.has(a_post("1", "Читаю #proryv80"))
    return sources.add(relay, SLUG, "vk:tag").id or 0


BACK = "The clock of this machine was set back by {}. Relay goes on."
JUMPS: list[tuple[Callable[[FakeMachine], object], str]] = [
    (lambda machine: machine.is_set(minutes=-5), BACK.format("5 min")),
    (lambda machine: machine.is_set(hours=-2), BACK.format("2 h")),
    (lambda machine: machine.is_set(hours=2), ""),
    (lambda machine: machine.sleeps(hours=9), ""),
    (lambda machine: machine.is_set(days=-1), BACK.format("24 h")),
    (lambda machine: machine.is_set(days=1), ""),
    (lambda machine: (machine.sleeps(hours=5), machine.is_set(hours=-3)), BACK.format("3 h")),
]


def jumps_once_a_day(week: Week, days: int) -> tuple[list[float], list[tuple[float, str]]]:
    """Returns when the clock jumped, and when people had to be told of what."""
    jumped, told = [], []
    for jump, text in JUMPS[:days]:
        week.runs(DAY / 2)
        jump(week.machine)
        jumped.append(week.machine.running)
        told += [(week.machine.running, text)] if text else []
        week.runs(DAY / 2)
    return jumped, told


@pytest.mark.slow
def test_in_a_week_of_clock_jumps_every_due_sweep_is_made_once(relay: Relay, machine: FakeMachine, search: int) -> None:
    tick = 10 * MINUTE
    week = Week(relay, machine, machine.wall_clock(), tick)
    jumped, told = jumps_once_a_day(week, 7)
    assert max(week.pauses(search)) <= BY_NIGHT + 2 * tick
    for at in jumped:
        assert min(swept for swept in week.swept[search] if swept > at) <= at + AT_MOST + tick
    assert len(week.swept[search]) >= 0.7 * machine.running / INTERVAL
    early = [pause for pause in week.pauses(search) if pause < INTERVAL - tick]
    assert len(early) <= len(jumped), "a jump brings one sweep early, and no more"
    (wall,) = set(week.swept) - {search}
    assert max(week.pauses(wall)) <= LONGEST + tick
    assert_told(week, told, tick)
    assert not health.read_vitals(relay).overdue
    assert health.read_vitals(relay).has_leader


def assert_told(week: Week, told: list[tuple[float, str]], tick: float = TICK) -> None:
    """Each jump back once, at once, with its all-clear soon after; and nothing else."""
    assert [text for _, _, text in week.alerts] == [text for _, text in told for _ in ("open", "over")]
    assert [what for _, what, _ in week.alerts] == ["open", "over"] * len(told)
    for (at, _), (opened, _, _), (closed, _, _) in zip(told, week.alerts[::2], week.alerts[1::2], strict=True):
        assert opened - at <= tick
        assert health.STEADY.total_seconds() <= closed - opened <= health.STEADY.total_seconds() + tick


@pytest.mark.slow
@pytest.mark.parametrize(
    "by", [pytest.param(timedelta(hours=-1), marks=pytest.mark.slow), timedelta(hours=-2), timedelta(days=-1)]
)
def test_without_the_heart_the_schedule_stands_still_and_nobody_calls_it_running(
    relay: Relay, machine: FakeMachine, search: int, by: timedelta
) -> None:
    week = Week(relay, machine, Blind(machine.now, lambda: machine.running, lambda: machine.elapsed))
    week.runs(2 * TICK)
    machine.is_set(seconds=by.total_seconds())
    at = machine.running
    week.runs(25 * MINUTE)
    assert week.swept[search][-1] <= at, "it stands still"
    assert "crawl" in health.read_vitals(relay).overdue
    assert health.read_vitals(relay).is_stalled


@pytest.mark.slow
def test_a_clock_that_starts_hours_ahead_and_is_put_right_a_minute_later(
    relay: Relay, machine: FakeMachine, search: int
) -> None:
    machine.is_set(hours=6)
    week = Week(relay, machine, machine.wall_clock())
    week.runs(TICK)
    assert search in week.swept
    machine.is_set(hours=-6)
    at = machine.running
    week.runs(3 * HOUR)
    assert max(week.pauses(search)) <= AT_MOST + TICK
    assert_told(week, [(at, BACK.format("6 h"))])


@pytest.mark.slow
def test_a_clock_that_starts_in_1970_is_put_forward_by_half_a_century(
    relay: Relay, machine: FakeMachine, search: int
) -> None:
    """A small computer without a clock of its own. APScheduler's intervals would reckon through every one of them."""
    right = machine.at
    machine.at = datetime(1970, 1, 1, tzinfo=UTC)
    week = Week(relay, machine, machine.wall_clock())
    week.runs(TICK)
    machine.at = right
    week.runs(2 * HOUR)
    assert max(week.pauses(search)) <= AT_MOST + TICK
    assert health.read_vitals(relay).has_leader


@pytest.mark.slow
def test_a_process_that_is_started_after_the_jump_goes_on_and_tells(
    relay: Relay, machine: FakeMachine, search: int
) -> None:
    Week(relay, machine, machine.wall_clock()).runs(2 * TICK)
    machine.is_set(hours=-2)
    assert not health.read_vitals(relay).has_leader, "the one before is no more"
    newcomer = dataclasses.replace(relay, holder="another")
    week = Week(newcomer, machine, machine.wall_clock())
    week.runs(2 * HOUR)
    assert week.swept[search][1] < machine.running - INTERVAL / 2, "it reads soon"
    assert max(week.pauses(search)) <= AT_MOST + TICK
    assert health.read_vitals(relay).has_leader
    assert [text for _, _, text in week.alerts] == [BACK.format("2 h")] * 2


@pytest.mark.slow
def test_set_back_again_and_again_it_is_one_trouble(relay: Relay, machine: FakeMachine, search: int) -> None:
    week = Week(relay, machine, machine.wall_clock())
    for _ in range(6):
        week.runs(TICK)
        machine.is_set(hours=-1)
    week.runs(HOUR)
    assert [what for _, what, _ in week.alerts] == ["open", "over"]
