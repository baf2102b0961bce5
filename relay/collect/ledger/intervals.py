"""Arithmetic of stretches of time: what was read, and what is left of a window. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From `start` up to `end`, which lies behind it."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def within(self, window: Interval) -> Interval | None:
        """What of it lies in the window; None when nothing does."""
        return interval(max(self.start, window.start), min(self.end, window.end))


def interval(start: datetime, end: datetime) -> Interval | None:
    """None for a stretch that is empty or runs backwards (a clock that was put back)."""
    return Interval(start, end) if start < end else None


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time in as few intervals as it takes, in order; those that touch become one."""
    joined: list[Interval] = []
    for each in sorted(intervals):
        if joined and each.start <= joined[-1].end:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, each.end))
        else:
            joined.append(each)
    return joined


def holes(window: Interval, covered: Iterable[Interval]) -> list[Interval]:
    """What of the window no interval covers, in order."""
    left, at = [], window.start
    for each in union(part for one in covered if (part := one.within(window)) is not None):
        if at < each.start:
            left.append(Interval(at, each.start))
        at = each.end
    if at < window.end:
        left.append(Interval(at, window.end))
    return left


def share(window: Interval, covered: Iterable[Interval]) -> float:
    """How much of the window is covered, from 0 to 1."""
    missing = sum((hole.length for hole in holes(window, covered)), timedelta())
    return 1.0 - missing / window.length
