"""Days of a campaign's own zone, and the columns of a chart that are made of them. Counting is the database's work, by
the quarter of an hour: no zone's midnight lies inside one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, func
from sqlmodel import Session

QUARTER = 900
"""Seconds."""


class ColumnUnit(StrEnum):
    day = "day"
    week = "week"
    month = "month"


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Of one day: videos found and fetched, clips that were approved and still are."""

    day: date
    found: int
    fetched: int
    approved: int


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """From day to day, both included."""

    first: date
    last: date
    found: int
    fetched: int
    approved: int


def seconds(session: Session, moment: Any) -> ColumnElement[int]:
    """Seconds since 1970 of a time in the database, in its own words."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(func.floor(func.extract("epoch", moment)), BigInteger)
    return cast(func.strftime("%s", moment), BigInteger)


def quarter(session: Session, moment: Any) -> ColumnElement[int]:
    return seconds(session, moment) // QUARTER


def day_of(number: int, zone: tzinfo) -> date:
    """The day in which a quarter of an hour lies."""
    return datetime.fromtimestamp(number * QUARTER, UTC).astimezone(zone).date()


def by_day(quarters: Iterable[tuple[int, int]], zone: tzinfo) -> Counter[date]:
    """Numbers by quarter, added up."""
    found: Counter[date] = Counter()
    for number, count in quarters:
        found[day_of(number, zone)] += count
    return found


def filled(
    found: Counter[date], fetched: Counter[date], approved: Counter[date], first: date, last: date
) -> list[DayCounts]:
    """Every day from the first to the last. What lies before the first counts in it; what lies behind the last makes
    the curve longer.
    """
    every = (found, fetched, approved)
    last = max([last, *(day for counts in every for day in counts)])
    if last < first:
        return []
    begun = [_begun(counts, first) for counts in every]
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [DayCounts(day, *(counts[day] for counts in begun)) for day in days]


def columns(days: Sequence[DayCounts], most: int) -> tuple[ColumnUnit, list[ChartColumn]]:
    """As many as a chart can show: days, weeks from Monday on, or months."""
    unit = ColumnUnit.day
    if len(days) > most:
        unit = ColumnUnit.week if len(days) <= 7 * (most - 1) else ColumnUnit.month
    groups: dict[date, list[DayCounts]] = {}
    for each in days:
        groups.setdefault(_begin(each.day, unit), []).append(each)
    return unit, [_column(group) for group in groups.values()]


def _begun(counts: Counter[date], first: date) -> Counter[date]:
    early = sum(number for day, number in counts.items() if day < first)
    return counts + Counter({first: early})


def _begin(day: date, unit: ColumnUnit) -> date:
    if unit is ColumnUnit.week:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit is ColumnUnit.month else day


def _column(group: Sequence[DayCounts]) -> ChartColumn:
    sums = (sum(getattr(each, name) for each in group) for name in ("found", "fetched", "approved"))
    return ChartColumn(group[0].day, group[-1].day, *sums)
