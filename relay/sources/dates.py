"""Moments as sites write them: in the forms of the standards (RFC 822, ISO 8601) and in those that are found. Pure.

A date is understood whole or not at all: day, month and year that stand in it come out again, whatever is left over
must be known, and what isn't understood is told, never guessed. That is why no library for all kinds of dates reads
them: with the day first, dateutil 4.0.0 takes `2023/1/12` and `20230112T100000` for the first of December, `UTC+3` for
three hours west, and leaves out `MSK`; dateparser 1.5.0 fills `2023-01` and `10 лет` up from today's date and knows no
`24:00:00`; feedparser 6.0.14 takes `2023/1/12` for the first of November, and zones that it doesn't know for UTC.
The names of months and days come from the CLDR, by way of Babel.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from itertools import product
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

EARLIEST_YEAR = 2005
"""Of a post with a video: before it there were no networks to put one on. Older dates are empty (1970) or mistakes."""
AHEAD = timedelta(days=2)
"""How far a date may lie ahead: a day for time zones, a day for clocks that are wrong."""
LANGUAGES = ("en", "ru", "uk", "be", "kk", "tt")

MOSCOW_NAMES = frozenset({"msk", "мск"})
"""Moscow's clock has changed, so its name is a zone and no number of hours."""
_EAST = {
    0: "z ut utc gmt wet",
    1: "cet met west bst",
    2: "eet cest mest",
    3: "eest trt",
    4: "msd samt",
    5: "yekt",
    6: "omst",
    7: "novt krat",
    8: "irkt",
    9: "yakt",
    10: "vlat",
    11: "sakt magt",
    12: "pett",
    -4: "edt",
    -5: "est cdt",
    -6: "cst mdt",
    -7: "mst pdt",
    -8: "pst",
}
HOURS = {name: hours for hours, names in _EAST.items() for name in names.split(" ")} | {"": 0}
"""Names of zones, and how many hours east they lie."""
COUNTED_FROM = MOSCOW_NAMES | {"", "z", "ut", "utc", "gmt"}
"""What hours may be counted from: `UTC+3`, `МСК+2`."""

_STAMP = re.compile(r"(\d{10})(?:\d{3}|\d{6}|\.\d+)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[t ]?(\d\d)(\d\d)(\d\d)?(?!\d))?(\D.*)?", re.ASCII)
_ASIDE = re.compile(r"\(([^()]*)\)")
_PLACE = re.compile(r"(?<![\w/])[a-z]+/[a-z_/]+(?:[+-]\d{1,2})?", re.ASCII)
_MOSCOW_TIME = re.compile(r"(?:по )?московско\w+ врем\w+|по москве\b")
_OFFSET = r"(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?(?![\d:.])"
_PLAIN = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2014": "-", "[": " ", "]": " "})
_DOTTED = re.compile(r"(?<![\d.:/-])(\d\d?)\.(\d\d)(?![\d.:/-])", re.ASCII)
"""A time as it is printed in Russian, `10.00`; it never has a third part, which would make it a date."""
_WEEK = re.compile(r"(\d{4})-?w(\d\d)-?([1-7])(?=\D|$)", re.ASCII)
_CLOCK = re.compile(
    r"(?:(?<=\d)t|(?<![\d:+-]))(?P<hour>\d\d?)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?(?![\d:]))?"
    rf"(?:\s?(?P<half>[ap])\.?m\b\.?)?(?(minute)|(?(half)|(?!)))(?:\s?(?P<name>[^\W\d_]*)\s?{_OFFSET})?"
)
_DAY_OFFSET = re.compile(r"(?<=-\d\d)(?P<sign>\+)(?P<hours>\d\d):(?P<minutes>\d\d)$", re.ASCII)
_WORD = re.compile(r"[^\W\d_]+")
_FILLERS = frozenset({"г", "год", "года", "году", "р", "року", "жылы", "в", "во", "о", "at", "on", "of", "the"})
_YEAR_FIRST = re.compile(r"(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})", re.ASCII)
_BY_NAME = (
    re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th|-?го|-?е)?[\s./-]*(?P<month>[^\W\d_]+)[\s./-]*(?P<year>\d{4}|\d{2})"),
    re.compile(r"(?P<month>[^\W\d_]+)[\s./-]*(?P<day>\d{1,2})(?:st|nd|rd|th)?\s(?P<year>\d{4})"),
    re.compile(r"(?P<year>\d{4})[\s./-]*(?P<month>[^\W\d_]+)[\s./-]*(?P<day>\d{1,2})"),
)


def moment(written: str, zone: tzinfo, now: datetime) -> datetime | None:
    """The moment in UTC, or None: not understood, before EARLIEST_YEAR, or further ahead of `now` than AHEAD.

    `zone` is where a time that names no zone was written. A date without a time is the beginning of its day there.
    """
    try:
        found = _read(_tidied(written), zone)
    except (ValueError, OverflowError):
        return None
    return found if found and found.year >= EARLIEST_YEAR and found <= now + AHEAD else None


def zone_named(name: str) -> tzinfo:
    """A zone by its IANA name; UTC for a name that there isn't."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return UTC


# Inside

_Width = Literal["wide", "abbreviated"]
_Form = Literal["format", "stand-alone"]


@dataclass(frozen=True, slots=True)
class _TimeOfDay:
    """`after`: since midnight; `halves`: of the day; `name`, `offset`: of the zone, as far as the time told it."""

    after: timedelta = timedelta()
    halves: bool = False
    name: str = ""
    offset: timedelta | None = None


def _tidied(written: str) -> str:
    """In lower case, with plain digits, spaces and minus signs."""
    text = unicodedata.normalize("NFKC", written).casefold().translate(_PLAIN)
    return " ".join(_MOSCOW_TIME.sub("msk", text).split())


def _read(text: str, zone: tzinfo) -> datetime | None:
    """Raises ValueError for numbers that no date has."""
    if stamp := _STAMP.fullmatch(text):
        return datetime.fromtimestamp(int(stamp[1]), UTC)
    text, place = _without_place(_dashed(_ASIDE.sub(" ", text).strip()))
    clock, rest = _clock_in(text)
    rest, names = _without_known_words(rest)
    day = _day(rest, halves=clock.halves)
    if day is None or not (clock.name in HOURS or clock.name in MOSCOW_NAMES):
        return None
    local = datetime.combine(day, time.min) + clock.after
    if clock.offset is not None:
        base = _zone(clock.name) if clock.name in COUNTED_FROM else UTC
        return local.replace(tzinfo=base).astimezone(UTC) - clock.offset
    return local.replace(tzinfo=place or _first_zone(names) or zone).astimezone(UTC)


def _dashed(text: str) -> str:
    """The compact form of ISO 8601, and days of weeks, in the long one; times with a dot with a colon."""
    text = _WEEK.sub(lambda week: f"{date.fromisocalendar(*map(int, week.groups()))}", text)
    if ":" not in text:
        text = re.sub(r"(?<=[\d-]t)(\d\d)(\d\d)(\d\d)(?!\d)", r"\1:\2:\3", _DOTTED.sub(r"\1:\2", text))
    if not (found := _COMPACT.fullmatch(text)):
        return text
    year, month, day, hour, minute, second, rest = found.groups()
    return f"{year}-{month}-{day}" + (f" {hour}:{minute}:{second or '00'}" if hour else "") + (rest or "")


def _without_place(text: str) -> tuple[str, tzinfo | None]:
    """A zone by its place, `Europe/Moscow`."""
    found = _PLACE.search(text)
    name = _places().get(found[0]) if found else None
    return (text.replace(found[0], " "), ZoneInfo(name)) if found and name else (text, None)


@cache
def _places() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() if "/" in name}


def _clock_in(text: str) -> tuple[_TimeOfDay, str]:
    """The time in a text, and what stands around it."""
    found = _CLOCK.search(text)
    if found is None:
        of_day = _DAY_OFFSET.search(text)
        return (_TimeOfDay(offset=_offset(of_day)), text[: of_day.start()]) if of_day else (_TimeOfDay(), text)
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if found["half"] and hour <= 12:
        hour = hour % 12 + 12 * (found["half"] == "p")
    if minute > 59 or second > 60 or timedelta(hours=hour, minutes=minute, seconds=second) > timedelta(days=1):
        raise ValueError("no time of a day")
    after = timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    offset = _offset(found) if found["sign"] else None
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    return _TimeOfDay(after, bool(found["half"]), found["name"] or "", offset), rest


def _offset(found: re.Match[str]) -> timedelta:
    east = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    if east > timedelta(hours=14):
        raise ValueError("no zone lies so far away")
    return -east if found["sign"] == "-" else east


def _zone(name: str) -> tzinfo:
    return ZoneInfo("Europe/Moscow") if name in MOSCOW_NAMES else timezone(timedelta(hours=HOURS[name]))


def _first_zone(names: list[str]) -> tzinfo | None:
    return _zone(names[0]) if names else None


def _without_known_words(text: str) -> tuple[str, list[str]]:
    """What is left of a date without names of days and words that say nothing, and the zones that it named."""
    names: list[str] = []

    def taken(found: re.Match[str]) -> str:
        word = found[0]
        if word in HOURS or word in MOSCOW_NAMES:
            names.append(word)
            return " "
        return " " if word in _FILLERS or word in _days() else word

    words = _WORD.sub(taken, text).replace(",", " ").replace(";", " ").replace("|", " ")
    return " ".join(words.split()).strip(" .•·-"), names


def _day(text: str, *, halves: bool) -> date | None:
    """The day that a text is. Raises ValueError for a day that there isn't."""
    if found := _YEAR_FIRST.fullmatch(text):
        return date(int(found[1]), int(found[3]), int(found[4]))
    if found := _DAY_FIRST.fullmatch(text):
        return _day_or_month_first(int(found[1]), int(found[3]), found[2], found[4], halves=halves)
    for pattern in _BY_NAME:
        if found := pattern.fullmatch(text):
            month = _months().get(found["month"])
            return date(_year(found["year"]), month, int(found["day"])) if month else None
    return None


def _day_or_month_first(first: int, second: int, sign: str, year: str, *, halves: bool) -> date | None:
    """The day comes first wherever it can. None where that is no more likely than the other order: `1/12/2023 7:00 PM`
    is how American programs write the twelfth of January, and `12-01-23` may begin with its year.
    """
    unclear = (halves and sign == "/" and first != second and max(first, second) <= 12) or (
        sign == "-" and len(year) == 2
    )
    if unclear:
        return None
    day, month = (first, second) if second <= 12 else (second, first)
    return date(_year(year), month, day)


def _year(written: str) -> int:
    return int(written) + (2000 if len(written) == 2 else 0)


@cache
def _months() -> dict[str, int]:
    """Numbers of months by their names, and by every beginning of three letters or more that means one month only."""
    from babel.dates import get_month_names

    named: dict[str, set[int]] = {}
    for language, width, form in _forms():
        for number, name in get_month_names(width, form, language).items():
            for beginning in _beginnings(name, 3):
                named.setdefault(beginning, set()).add(number)
    return {beginning: next(iter(numbers)) for beginning, numbers in named.items() if len(numbers) == 1}


@cache
def _days() -> frozenset[str]:
    """Names of days of the week, and their beginnings of two letters or more. What a month may be (`сен`, which begins
    the Kazakh Saturday too) is one.
    """
    from babel.dates import get_day_names

    names = (name for language, width, form in _forms() for name in get_day_names(width, form, language).values())
    beginnings = {beginning for name in names for beginning in _beginnings(name, 2)}
    return frozenset(beginnings - _months().keys()) | {"чтв", "птн", "сбт", "вск"}


def _forms() -> Iterator[tuple[str, _Width, _Form]]:
    widths: tuple[_Width, ...] = ("wide", "abbreviated")
    forms: tuple[_Form, ...] = ("format", "stand-alone")
    yield from product(LANGUAGES, widths, forms)


def _beginnings(name: str, shortest: int) -> Iterator[str]:
    name = name.casefold().strip(".")
    yield from (name[:length] for length in range(min(shortest, len(name)), len(name) + 1))
