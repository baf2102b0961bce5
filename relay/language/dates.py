"""Moments, days and spans of time as a language writes them; Babel knows how. Pure."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from babel.dates import format_date, format_datetime, format_timedelta

Unit = Literal["year", "month", "day", "hour", "minute", "second"]
UNITS: tuple[tuple[Unit, int], ...] = (
    ("year", 31_556_952),
    ("month", 2_629_746),
    ("day", 86_400),
    ("hour", 3600),
    ("minute", 60),
    ("second", 1),
)
"""Seconds of the mean Gregorian year and its twelfth, and of what needs no mean. No weeks: days say more."""
_FIRST = re.compile(r"^1(?= [a-zéû]|–$)")


def ago(seconds: float, language: str) -> str:
    """`6 days ago`: in whole units, and in the largest of which there are two, so that nothing is rounded up.

    Babel's own choice says "1 week" of six days, and "1 year" of 311.
    """
    unit, length = next(((unit, length) for unit, length in UNITS if abs(seconds) >= 2 * length), UNITS[-1])
    whole = timedelta(seconds=-(int(seconds / length) or 1) * length)
    return format_timedelta(whole, granularity=unit, threshold=math.inf, add_direction=True, locale=language)


def when(moment: str | datetime | None, language: str, pattern: str = "", *, now: datetime | None = None) -> str:
    """`18 January, 09:05`, with the year where it is another one than now; empty for no moment.

    In the zone that the time itself carries: services hand out times in the campaign's zone. `pattern` is one of
    https://unicode.org/reports/tr35/tr35-dates.html#Date_Format_Patterns.
    """
    if not moment:
        return ""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if not pattern:
        is_of_this_year = moment.year == (now or datetime.now(UTC)).astimezone(moment.tzinfo).year
        pattern = "d MMMM, HH:mm" if is_of_this_year else "d MMMM y, HH:mm"
    return _ordinal(format_datetime(moment, pattern, tzinfo=moment.tzinfo, locale=language), language)


def short_day(day: date, language: str, this_year: int) -> str:
    """`18 Jan`, with the year where it is another one."""
    return _date(day, "d MMM" if day.year == this_year else "d MMM y", language)


def window(first: date, last: date, language: str) -> str:
    """From day to day: `11–18 января 2023`, `28 декабря 2022 – 3 января 2023`."""
    end = _date(last, "d MMMM y", language)
    if first >= last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{_ordinal(f'{first.day}–', language)}{end}"
    return f"{_date(first, 'd MMMM' if first.year == last.year else 'd MMMM y', language)} – {end}"


def _date(day: date, pattern: str, language: str) -> str:
    return _ordinal(format_date(day, pattern, locale=language), language)


def _ordinal(written: str, language: str) -> str:
    """French has an ordinal for the first of a month, which Babel's patterns can't write: `1er janvier`."""
    return _FIRST.sub("1er", written) if language == "fr" else written
