"""Dates and times as people type them. Pure.

Understood are ISO 8601 (`2023-01-18`, `20230118`, `2023-W03-3`, `2023-W03`), the order that is usual in Russia
(`18.01.2023`, `18 января 2023 г.`), and names of months in Russian, English and French (`1er février 2023`). A time may
follow: `23:59`, `23:59:30`, `T2359`, `24:00`, `23 h 59`, with an offset from UTC. What can be read in two ways
(`01/02/2023`, but for somebody who writes the day first; `18.01.23`) and what lacks the year is refused: a window that
is wrong by a day or by years loses people's posts. Dates that sites write, where
nobody can be asked, are read by `relay.sources.dates`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from unicodedata import normalize
from zoneinfo import ZoneInfo

from relay.errors import Refused

HINT = "Write it like 2023-01-18 or 18.01.2023, with a time like 2023-01-18T23:59."
MONTHS = (
    "янв|jan", "фев|feb|fev|fév", "мар|mar", "апр|apr|avr", "мая|май|may|mai", "июн|jun|juin",
    "июл|jul|juil", "авг|aug|aou|aoû", "сен|sep", "окт|oct", "ноя|nov", "дек|dec|déc",
)  # fmt: skip
"""How the names of the months begin."""
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)

_MONTH = rf"(?:{'|'.join(MONTHS)})[^\W\d_]*\.?"
_YEAR_BEHIND = r"\s*(?:г\.?|года)?"
_DAYS = (
    r"(?P<year>\d{4})(?P<mark>[-./])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
    r"(?P<year>\d{4})-?W(?P<week>\d\d)(?:-?(?P<weekday>\d))?",
    rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}){_YEAR_BEHIND}",
    rf"(?P<day>\d{{1,2}})(?:-?го|st|nd|rd|th|er)? (?P<name>{_MONTH}),? (?P<year>\d{{4}}){_YEAR_BEHIND}",
    rf"(?P<name>{_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})",
)
_TIME = (
    r"(?:(?:T|, ?| (?:(?:в|at|à) )?)"
    r"(?:(?P<hour>\d{1,2})(?:[:.]| ?h ?)(?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?"
    r"|(?P<hh>\d\d)(?:(?P<mm>\d\d)(?P<ss>\d\d)?)?)"
    r" ?(?P<offset>Z|[+-]\d\d(?::?\d\d)?)?)?"
)
_WRITTEN = [re.compile(day + _TIME, re.IGNORECASE) for day in _DAYS]
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})" + _TIME, re.IGNORECASE)
_TWO_WAYS = re.compile(r"\d{1,2}([/-])\d{1,2}\1\d{2,4}(?!\d).*")
_SHORT_YEAR = re.compile(r"\d{1,2}\.\d{1,2}\.\d\d(?!\d).*")
_NO_YEAR = re.compile(rf"\d{{1,2}}(?:[./]\d{{1,2}}\.?|(?:-?го)? {_MONTH})(?![./\d]).*", re.IGNORECASE)


def moment(given: str | date, zone: ZoneInfo, *, end: bool = False, day_first: bool = False) -> datetime:
    """UTC of what was typed, in `zone` where it names no offset.

    `day_first`: it was typed by somebody in whose language `11/01/2023` is in January. With `end` it is the
    last second of the day, week or minute that was named; `24:00` ends its day either way.
    Raises Refused, and says why.
    """
    written = given.isoformat() if isinstance(given, date) else " ".join(normalize("NFC", given).split())
    patterns = [*_WRITTEN, _DAY_FIRST] if day_first else _WRITTEN
    match = next(filter(None, (pattern.fullmatch(written) for pattern in patterns)), None)
    if match is None:
        raise _refused(written)
    try:
        return _meant(match.groupdict(), zone, end=end, is_exact=isinstance(given, datetime))
    except (ValueError, OverflowError):
        raise _refused(written) from None


def _meant(said: Mapping[str, str | None], zone: ZoneInfo, *, end: bool, is_exact: bool) -> datetime:
    first, last = _days(said)
    hour, minute, second = (said["hour"] or said["hh"], said["minute"] or said["mm"], said["second"] or said["ss"])
    if hour is None:
        local = datetime.combine(last, time(23, 59, 59)) if end else datetime.combine(first, time())
    elif int(hour) == 24 and not int(minute or 0) and not int(second or 0):
        local = datetime.combine(first, time()) + DAY - (SECOND if end else timedelta())
    else:
        unnamed = 59 if end and second is None and not is_exact else 0
        local = datetime.combine(first, time(int(hour), int(minute or 0), int(second or unnamed)))
    tz = _offset(said["offset"]) if said["offset"] else zone
    return local.replace(tzinfo=tz, fold=int(end)).astimezone(UTC)


def _days(said: Mapping[str, str | None]) -> tuple[date, date]:
    """First and last day of what was named: the same one, but for a week."""
    year = int(said["year"] or 0)
    if week := said.get("week"):
        first = date.fromisocalendar(year, int(week), int(said.get("weekday") or 1))
        return first, first if said.get("weekday") else first + 6 * DAY
    name = said.get("name")
    month = _month(name) if name else int(said["month"] or 0)
    day = date(year, month, int(said["day"] or 0))
    return day, day


def _month(name: str) -> int:
    return next(number for number, begins in enumerate(MONTHS, 1) if re.match(begins, name, re.IGNORECASE))


def _offset(written: str) -> timezone:
    if written.upper() == "Z":
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if written[0] == "-" else ahead)


def _refused(written: str) -> Refused:
    if _TWO_WAYS.fullmatch(written):
        return Refused("{written!r} is no date: which number is the day?", hint=HINT, written=written)
    if _SHORT_YEAR.fullmatch(written):
        return Refused("{written!r} is no date: the year needs four digits.", hint=HINT, written=written)
    if _NO_YEAR.fullmatch(written):
        return Refused("{written!r} is no date: the year is missing.", hint=HINT, written=written)
    return Refused("{written!r} is no date.", hint=HINT, written=written)
