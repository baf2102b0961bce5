"""When each source is read again: a network's daily quotas, shared over its walls and its tag search. Pure.

A sweep is worth its call once about FRESH posts, or half a post with the tag, are to be expected; that is the wall's
own interval, from its pace. Night stretches it, the last days of a campaign shorten it. Where all walls together
would spend more than the quota's share, all are stretched by one factor; none beyond LONGEST or half the overlap,
unless even that is more than the quota gives. Arithmetic and quotas: docs/vk.md, Reading walls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

QUOTA_SHARE = 0.8
"""The rest is left for further pages, deep sweeps, and looking posts up."""
FRESH = 4.0
"""Posts of any kind that make a sweep worth a call."""
FRESH_MATCHED = 0.5
LONGEST = timedelta(hours=6)
NIGHT = range(7)
"""Hours of the campaign's zone in which hardly anybody posts, or waits."""
NIGHT_SHARE = 0.4
DAY_SHARE = (24 - len(NIGHT) * NIGHT_SHARE) / (24 - len(NIGHT))
"""What the night leaves goes to the day, so that 24 hours in a row hold the same sum wherever they begin."""
RUSH = ((timedelta(days=1), 3.0), (timedelta(days=3), 2.0))
"""Before the close people hurry: (time left, how many times more often)."""
HALF_LIFE = timedelta(hours=24)
"""After so long an observation of a wall's pace counts half."""
PAGE = 95
"""New posts per page of 100, because pages overlap."""
TAIL = 30
"""Old posts that a page has to show besides, before a wall is left, and some room."""
SLOTS = tuple(timedelta(minutes=minutes) for minutes in (60, 30, 15, 5, 2))
"""Sweeps begin at whole slots, so that many walls are due at once and share a request."""
FIRST_PAGE = 100
ROOM = 1.25
"""A wall may be livelier than it was; what is missing then is a call too many."""
NO_PACE = 2.0
"""Posts an hour that a wall is taken to have, for the size of its first page, until somebody has watched it."""
HARDEST_BRAKE = 8.0
PRECISE = 1e-6
"""Of the factor by which all wait longer."""
DAY_HOURS = 24.0
BURST = 4.0
MOST_COMMENT_CALLS = 50
"""In one sweep, so that one wall leaves something for the others."""


@dataclass(frozen=True, slots=True)
class PostRate:
    """Posts an hour, of any kind and with the tag. None of them known: not watched for long enough."""

    posts: float | None = None
    matched: float = 0.0


@dataclass(frozen=True, slots=True)
class PastSweep:
    """One complete sweep: when it was, what the network said that it holds, and what was new with the tag."""

    at: datetime
    total: int | None
    new: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """Calls a day: of each token, how many tokens share the work, and what all of them spent in the last 24 hours.

    `per_token` None: the network counts no calls.
    """

    per_token: int | None
    tokens: int = 1
    spent: int = 0

    @property
    def whole(self) -> float:
        return math.inf if self.per_token is None else float(self.per_token * max(1, self.tokens))

    @property
    def share(self) -> float:
        """What sweeps may spend."""
        return self.whole * QUOTA_SHARE


@dataclass(frozen=True, slots=True)
class Wall:
    """What the planner knows of a source. `calls`: of one sweep, where they are known: of the search, its tags, and on
    a network that counts none, what the ledger says; else they follow the wall's pace.

    `tz`: zone of the campaign; `closes`: its end, None where there is none to hurry for.
    """

    key: int
    pace: PostRate = PostRate()
    tz: str = "UTC"
    closes: datetime | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """`shortest`: nobody is read more often; `overlap`: how far every sweep goes back behind its mark."""

    shortest: timedelta
    overlap: timedelta

    @property
    def longest(self) -> timedelta:
        return max(self.shortest, min(LONGEST, self.overlap / 2))


@dataclass(frozen=True, slots=True)
class Plan:
    """`stretch`: the one factor by which all had to wait longer than their pace asks for (1: none had to).

    `base`: each source's interval by its pace and the quota, before the hour is looked at; `calls`: a day, by source.
    """

    rules: Bounds
    budget: Budget
    stretch: float
    base: Mapping[int, timedelta]
    calls: Mapping[int, float]
    walls: Mapping[int, Wall]

    def interval(self, key: int, now: datetime) -> timedelta:
        """Until the next sweep of a source that was read now."""
        wall, base = self.walls[key], self.base[key]
        clock = _IntervalHours.of(self.rules)
        hours = (clock.night if _is_night(now, wall.tz) else clock.day)(_hours(base))
        return timedelta(hours=hours * slowdown(self.budget))

    def day_and_night(self, key: int) -> tuple[timedelta, timedelta]:
        """The interval of a source by day and by night."""
        clock, base = _IntervalHours.of(self.rules), _hours(self.base[key])
        return timedelta(hours=clock.day(base)), timedelta(hours=clock.night(base))

    @property
    def daily(self) -> float:
        """Calls a day, of all sources together."""
        return sum(self.calls.values())


def plan(walls: Iterable[Wall], budget: Budget, rules: Bounds, now: datetime) -> Plan:
    """Intervals whose calls of a day stay within `budget.share`; more tokens never make one longer, nor more walls
    one shorter.
    """
    known = {wall.key: wall for wall in walls}
    clock, prices = _IntervalHours.of(rules), {key: _price(wall, rules) for key, wall in known.items()}
    wishes = {key: urgency(wall, rules, now) for key, wall in known.items()}
    further, most = sum(price.further for price in prices.values()), clock.most
    costs = [(hours, prices[key].sweep) for key, hours in wishes.items()]

    def spends(stretch: float) -> float:
        return further + sum(cost * clock.sweeps(min(hours * stretch, most)) for hours, cost in costs)

    def spends_beyond(factor: float) -> float:
        return further + clock.sweeps(most * factor) * sum(cost for _, cost in costs)

    ceiling, beyond = max((clock.most / hours for hours in wishes.values()), default=1.0), 1.0
    if spends(1.0) <= budget.share:
        stretch = 1.0
    elif spends(ceiling) <= budget.share:
        stretch = _least(spends, budget.share, 1.0, ceiling)
    else:
        stretch = ceiling
        beyond = _least(spends_beyond, budget.share, 1.0, _doubled_until(spends_beyond, budget.share))
    hours = {key: min(wished * stretch, clock.most) * beyond for key, wished in wishes.items()}
    return Plan(
        rules=rules,
        budget=budget,
        stretch=stretch * beyond,
        base={key: timedelta(hours=value) for key, value in hours.items()},
        calls={key: prices[key].a_day(clock.sweeps(value)) for key, value in hours.items()},
        walls=known,
    )


def urgency(wall: Wall, rules: Bounds, now: datetime) -> float:
    """Hours between two sweeps that the source's pace alone asks for. One that nobody has watched yet is watched."""
    if wall.pace.posts is None:
        return _hours(rules.shortest)
    hours = min(FRESH / max(wall.pace.posts, 1e-9), FRESH_MATCHED / max(wall.pace.matched, 1e-9))
    return min(max(hours / rush(wall.closes, now), _hours(rules.shortest)), _IntervalHours.of(rules).most)


def rush(closes: datetime | None, now: datetime) -> float:
    """How many times more often than usual, before the close."""
    if closes is None or now > closes:
        return 1.0
    return next((factor for left, factor in RUSH if closes - now <= left), 1.0)


def slowdown(budget: Budget) -> float:
    """Further pages and deep sweeps spend too: beyond the share, everything waits longer the less there is left."""
    left = 1.0 - budget.spent / budget.whole
    return min(HARDEST_BRAKE, max(1.0, (1.0 - QUOTA_SHARE) / max(left, 1e-9)))


def post_rate(looks: Sequence[PastSweep], now: datetime) -> PostRate:
    """The pace of a wall: new posts an hour between its sweeps in order, newer ones counting more (an EWMA by age).

    What the network says that it holds also falls, by deletions: then nothing is known of that stretch of time.
    """
    posts = matched = hours = 0.0
    before = None
    for look in looks:
        if before is not None and before.total is not None and look.total is not None:
            apart = (look.at - before.at).total_seconds() / 3600
            weight = 0.5 ** (max(0.0, (now - look.at).total_seconds()) / HALF_LIFE.total_seconds())
            hours += weight * apart
            posts += weight * max(0, look.total - before.total)
            matched += weight * look.new
        before = look
    return PostRate() if hours < 0.5 else PostRate(posts / hours, matched / hours)


def expected(wall: PostRate, since: datetime, until: datetime, *, holds: int | None = None) -> int:
    """How many posts a wall should be asked for at first to reach back to `since`. `holds`: what it had in all.

    A wall that nobody has watched yet is asked for one page, and tells the rest by it.
    """
    posts = NO_PACE if wall.posts is None else wall.posts
    expected = math.ceil(ROOM * posts * max(0.0, _hours(until - since))) + TAIL
    if wall.posts is None:
        return min(expected, FIRST_PAGE)
    return expected if holds is None else min(expected, holds + TAIL)


def aligned(now: datetime, interval: timedelta, longest: timedelta) -> datetime:
    """The time of the next sweep, put off to a whole slot where that makes the interval longer by a quarter at most."""
    at = now + interval
    slot = next((slot for slot in SLOTS if interval >= 4 * slot), None)
    if slot is None:
        return at
    late = (at - datetime(2000, 1, 1, tzinfo=UTC)) % slot
    later = at + (slot - late) % slot
    return later if later - now <= longest or interval > longest else at - late


def comment_calls(budget: Budget, this_hour: int) -> int:
    """How many calls may go into comments now: what an hour's part of the day's share, and the share itself, leave.

    Comments come in bursts, so one hour may take BURST times its part; what the day holds is never exceeded.
    """
    hour = math.inf if budget.per_token is None else max(1.0, math.ceil(BURST * budget.share / DAY_HOURS))
    left = min(hour - this_hour, budget.share - budget.spent)
    return MOST_COMMENT_CALLS if math.isinf(left) else max(0, min(MOST_COMMENT_CALLS, math.floor(left)))


@dataclass(frozen=True, slots=True)
class _IntervalHours:
    """Hours of the shortest and the longest interval."""

    shortest: float
    longest: float

    @classmethod
    def of(cls, rules: Bounds) -> _IntervalHours:
        return cls(_hours(rules.shortest), _hours(rules.longest))

    @property
    def most(self) -> float:
        """What gives the longest interval by day and by night."""
        return self.longest * DAY_SHARE

    def day(self, base: float) -> float:
        return max(base / DAY_SHARE, self.shortest)

    def night(self, base: float) -> float:
        return min(base / NIGHT_SHARE, max(self.day(base), self.longest))

    def sweeps(self, base: float) -> float:
        """How many a day and a night hold."""
        day = max(base / DAY_SHARE, self.shortest)  # as `day` and `night` have it: this runs for every wall and try
        return (DAY_HOURS - len(NIGHT)) / day + len(NIGHT) / min(base / NIGHT_SHARE, max(day, self.longest))


@dataclass(frozen=True, slots=True)
class _Price:
    """Calls of one sweep, and those that a day's new posts cost besides, however they are shared out."""

    sweep: float
    further: float

    def a_day(self, sweeps: float) -> float:
        return self.sweep * sweeps + self.further


def _price(wall: Wall, rules: Bounds) -> _Price:
    if wall.calls:
        return _Price(wall.calls, 0.0)
    posts = wall.pace.posts or 0.0
    return _Price(math.ceil((posts * _hours(rules.overlap) + TAIL) / PAGE), posts * DAY_HOURS / PAGE)


def _is_night(now: datetime, tz: str) -> bool:
    return now.astimezone(ZoneInfo(tz)).hour in NIGHT


def _least(spends: Callable[[float], float], most: float, low: float, high: float) -> float:
    """The smallest factor at which no more than `most` is spent; spending falls with the factor, nearly as 1/factor
    does, so looking close to where a straight line would have it takes fewer tries than halving alone.
    """
    too_much, enough = spends(low), spends(high)
    while high - low > PRECISE * high and too_much > enough:
        chord = 1 / (1 / high + (1 / low - 1 / high) * (most - enough) / (too_much - enough))
        for factor in (chord * (1 + PRECISE / 3), chord * (1 - PRECISE / 3), (low + high) / 2):
            if low < factor < high and (spent := spends(factor)) <= most:
                high, enough = factor, spent
            elif low < factor < high:
                low, too_much = factor, spent
    return high


def _doubled_until(spends: Callable[[float], float], most: float) -> float:
    factor = 2.0
    while spends(factor) > most and factor < 1e9:
        factor *= 2
    return factor


def _hours(time: timedelta) -> float:
    return time / timedelta(hours=1)
