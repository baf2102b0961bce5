"""Moments that were written down, read by a clock that may have been set since; and whether it was.

A row keeps a moment of the wall clock: a lease ends then, a source is due then. Somebody may set that clock back (a
flat battery and then NTP, a dual boot, a virtual machine that wakes up on another host), and then what was promised
for five minutes lies two hours ahead. Whoever compares a kept moment with now asks here: a promise that reaches
further than any such promise can was made by the clock that was wrong, and counts no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement

SKEW = timedelta(minutes=1)
"""So far apart the clocks of two machines of one installation may be."""
A_FEW_SECONDS = timedelta(seconds=3)
"""What a wall clock moves by at once without anybody having set it: leap seconds, the ticks of a busy machine."""
TOGETHER = 1.0
"""Seconds within which clocks have to be read that are compared: a process may be stopped between two readings."""


def holds(until: datetime | None, now: datetime, longest: timedelta) -> bool:
    """Whether what was promised for `until`, `longest` ahead at most, still lies ahead."""
    return until is not None and now < until <= now + longest + SKEW


def holding(until: Any, now: datetime, longest: timedelta) -> ColumnElement[bool]:
    """`holds` for a column."""
    both: ColumnElement[bool] = (until > now) & (until <= furthest(now, longest))
    return both


def furthest(now: datetime, longest: timedelta) -> datetime:
    """Up to where `holding` believes a promise, for a statement that stands ready and is given its bounds."""
    return now + longest + SKEW


def run_out(until: Any, now: datetime, longest: timedelta) -> ColumnElement[bool]:
    """The opposite of `holding`, for a column that is not NULL."""
    either: ColumnElement[bool] = (until <= now) | (until > now + longest + SKEW)
    return either


def has_passed(time_: timedelta, since: datetime, now: datetime) -> bool:
    """Whether so much time has passed `since` something happened. When that lies ahead nobody knows, and it has."""
    return not -SKEW <= now - since < time_


def within(moment: Any, time_: timedelta, now: datetime) -> ColumnElement[bool]:
    """For a column: it happened less than `time_` ago, by a clock that has not been set back since."""
    both: ColumnElement[bool] = (moment > now - time_) & (moment <= now + SKEW)
    return both


@dataclass(frozen=True, slots=True)
class Jump:
    """What happened between two checks. `set_by`: by how much somebody set the wall clock, negative when back; `slept`:
    how long the machine was suspended.
    """

    set_by: timedelta
    slept: timedelta = timedelta()

    @property
    def back(self) -> timedelta:
        """By how much the clock was set back; nothing where it was not."""
        return max(timedelta(), -self.set_by) if self.set_by < -A_FEW_SECONDS else timedelta()


def since_boot() -> float:
    """Seconds that have gone by, those of a suspended machine too, by a clock that nobody sets (clock_gettime(2)).

    `time.monotonic` stands still on a suspended machine, of Linux and of macOS; there CLOCK_MONOTONIC goes on.
    """
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if hasattr(time, "clock_gettime"):
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


Readings = tuple[float, float, float]
"""Seconds by the wall clock, the one that stands still with the machine, and the one that goes on."""


def _between(before: Readings, after: Readings) -> Jump | None:
    wall, running, elapsed = (now - then for now, then in zip(after, before, strict=True))
    jump = Jump(timedelta(seconds=wall - elapsed), timedelta(seconds=elapsed - running))
    moved = (jump.set_by, jump.slept, jump.set_by + jump.slept)
    return jump if any(abs(each) > A_FEW_SECONDS for each in moved) else None


class WallClock:
    """Tells when the wall clock has been set, and when the machine slept, from two clocks that nobody sets.

    `running` stands still while the machine is suspended, as threads that sleep do; `elapsed` goes on. Every check is
    compared with the one before, so that a clock that is slewed (NTP, at most 0.5 ms a second) never adds up.
    """

    def __init__(
        self,
        wall: Callable[[], datetime],
        running: Callable[[], float] = time.monotonic,
        elapsed: Callable[[], float] = since_boot,
    ) -> None:
        self._wall, self.running, self._elapsed = wall, running, elapsed
        self._last = self._read()

    def check(self) -> Jump | None:
        """What has happened since the last check; None where all clocks went on alike."""
        last, self._last = self._last, self._read()
        return _between(last, self._last)

    def has_jumped(self) -> bool:
        """Whether the next check will see something."""
        return _between(self._last, self._read()) is not None

    def _read(self) -> Readings:
        while True:
            before, wall, elapsed, after = self.running(), self._wall(), self._elapsed(), self.running()
            if after - before < TOGETHER:
                return wall.timestamp(), after, elapsed
