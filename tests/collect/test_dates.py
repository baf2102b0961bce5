from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.collect.dates import moment
from relay.errors import Refused

MOSCOW = ZoneInfo("Europe/Moscow")


def local(written: str, *, end: bool = False) -> str:
    return moment(written, MOSCOW, end=end).astimezone(MOSCOW).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    "written",
    [
        "2023-01-18",
        "20230118",
        "2023-W03-3",
        "2023W033",
        "18.01.2023",
        "18.1.2023",
        " 18.01.2023 г. ",
        "2023.01.18",
        "2023/1/18",
        "18 января 2023",
        "18 января 2023 года",
        "18 янв. 2023 г.",
        "18-го января 2023",
        "18 January 2023",
        "January 18, 2023",
        "Jan 18 2023",
    ],
)
def test_a_day_closes_with_its_last_second_however_it_is_written(written: str) -> None:
    assert local(written) == "2023-01-18 00:00:00"
    assert local(written, end=True) == "2023-01-18 23:59:59"


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("11.01.2023 10:00", "2023-01-11 10:00:00", "2023-01-11 10:00:59"),
        ("11.01.2023 10.00", "2023-01-11 10:00:00", "2023-01-11 10:00:59"),
        ("11.01.2023, 10:00", "2023-01-11 10:00:00", "2023-01-11 10:00:59"),
        ("11 января 2023 в 10:00", "2023-01-11 10:00:00", "2023-01-11 10:00:59"),
        ("11.01.2023 9:05:07", "2023-01-11 09:05:07", "2023-01-11 09:05:07"),
        ("20230111T1000", "2023-01-11 10:00:00", "2023-01-11 10:00:59"),
        ("20230111T100007", "2023-01-11 10:00:07", "2023-01-11 10:00:07"),
        ("2023-01-11T10", "2023-01-11 10:00:00", "2023-01-11 10:00:59"),
        ("2023-W02-3T10:00", "2023-01-11 10:00:00", "2023-01-11 10:00:59"),
        ("2023-01-11T10:00:07.250", "2023-01-11 10:00:07", "2023-01-11 10:00:07"),
        ("2023-01-11T10:00Z", "2023-01-11 13:00:00", "2023-01-11 13:00:59"),
        ("11.01.2023 10:00 +05:00", "2023-01-11 08:00:00", "2023-01-11 08:00:59"),
        ("2023-01-11T10:00-0330", "2023-01-11 16:30:00", "2023-01-11 16:30:59"),
        ("2023-01-18T24:00", "2023-01-19 00:00:00", "2023-01-18 23:59:59"),
        ("18.01.2023 24:00:00", "2023-01-19 00:00:00", "2023-01-18 23:59:59"),
        ("31.12.2023 24:00", "2024-01-01 00:00:00", "2023-12-31 23:59:59"),
        ("2023-W03", "2023-01-16 00:00:00", "2023-01-22 23:59:59"),
    ],
)
def test_times_of_a_day(written: str, first: str, last: str) -> None:
    assert (local(written), local(written, end=True)) == (first, last)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("18.01", "the year is missing"),
        ("18.01.", "the year is missing"),
        ("18.01 10:00", "the year is missing"),
        ("18 января", "the year is missing"),
        ("18.01.23", "the year needs four digits"),
        ("18.01.23 10:00", "the year needs four digits"),
        ("01/02/2023", "which number is the day"),
        ("18-01-2023", "which number is the day"),
        ("2023-01-18T24:01", "is no date"),
        ("2023-01-18T25:00", "is no date"),
        ("2023-01-18T10:60", "is no date"),
        ("32.01.2023", "is no date"),
        ("29.02.2023", "is no date"),
        ("2023-W54-1", "is no date"),
        ("2023-W03-8", "is no date"),
        ("01.13.2023", "is no date"),
        ("2023", "is no date"),
        ("1673506800", "is no date"),
        ("завтра", "is no date"),
        ("", "is no date"),
        ("0001-01-01", "is no date"),
        ("9999-12-31T24:00", "is no date"),
        ("2023-01-18T10:00+25:00", "is no date"),
    ],
)
def test_what_is_no_date_is_refused_with_its_reason(written: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        moment(written, MOSCOW)
    assert "2023-01-18" in refused.value.hint


@pytest.mark.slow
@given(st.integers(0, 4_102_444_800))
def test_every_way_of_writing_means_the_same(seconds: int) -> None:
    at = datetime.fromtimestamp(seconds // 60 * 60, UTC)
    ways = ("%Y-%m-%dT%H:%M", "%Y%m%dT%H%M", "%d.%m.%Y %H:%M", "%G-W%V-%uT%H:%M", "%Y/%m/%d %H:%M")
    assert {moment(at.strftime(way), ZoneInfo("UTC")) for way in ways} == {at}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("01/02/2023", "'01/02/2023' is no date: which number is the day?"),
        ("18.01.23", "'18.01.23' is no date: the year needs four digits."),
        ("18 января в 10:00", "'18 января в 10:00' is no date: the year is missing."),
        ("  сегодня  днём ", "'сегодня днём' is no date."),
    ],
)
def test_what_is_refused_is_told_as_it_was_typed_with_what_to_write(written: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        moment(written, MOSCOW)
    assert refused.value.line == (f"{said} Write it like 2023-01-18 or 18.01.2023, with a time like 2023-01-18T23:59.")


@pytest.mark.parametrize(
    ("offset", "hour"),
    [("Z", 12), ("z", 12), ("+00:00", 12), ("-00:30", 12.5), ("+01", 11), ("+0130", 10.5), ("-11:45", 23.75), ("", 9)],
)
def test_an_offset_goes_before_the_zone(offset: str, hour: float) -> None:
    meant = datetime(2023, 1, 18, tzinfo=UTC) + timedelta(hours=hour)
    assert moment(f"2023-01-18T12:00:00{offset}", MOSCOW) == meant
    assert moment(f"2023-01-18T12:00:00{offset}", MOSCOW, end=True) == meant


def test_the_months_have_their_numbers_in_both_languages() -> None:
    russian = (
        *("января", "февраля", "марта", "апреля", "мая", "июня"),
        *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
    )
    english = ("Jan", "February", "March", "Apr", "May", "June", "July", "Aug", "Sept", "October", "Nov", "December")
    for number, (one, other) in enumerate(zip(russian, english, strict=True), start=1):
        for written in (f"5 {one} 2023", f"5 {other} 2023", f"{other.upper()} 5th, 2023"):
            assert local(written) == f"2023-{number:02}-05 00:00:00"


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2023-W01", "2023-01-02 00:00:00", "2023-01-08 23:59:59"),
        ("2023W017", "2023-01-08 00:00:00", "2023-01-08 23:59:59"),
        ("2023-W01-1", "2023-01-02 00:00:00", "2023-01-02 23:59:59"),
        ("2023-01-18T24:00:00", "2023-01-19 00:00:00", "2023-01-18 23:59:59"),
        ("2023-01-18T00:00", "2023-01-18 00:00:00", "2023-01-18 00:00:59"),
        ("2023-01-18T23:59:59", "2023-01-18 23:59:59", "2023-01-18 23:59:59"),
        ("2023-01-18T10:00:00", "2023-01-18 10:00:00", "2023-01-18 10:00:00"),
    ],
)
def test_what_is_named_begins_and_ends(written: str, first: str, last: str) -> None:
    assert (local(written), local(written, end=True)) == (first, last)


@pytest.mark.parametrize(
    "written", ["2023-01-18T24:00:01", "2023-01-18T24:30", "2023-W00-1", "00.01.2023", "2023-W03-0"]
)
def test_what_no_calendar_has_is_no_date(written: str) -> None:
    for end in (False, True):
        with pytest.raises(Refused, match=r"is no date\."):
            moment(written, MOSCOW, end=end)


def test_a_moment_of_a_program_is_exact_at_both_ends() -> None:
    at = datetime(2023, 1, 18, 12, 30, tzinfo=MOSCOW)
    assert moment(at, MOSCOW) == moment(at, MOSCOW, end=True) == at
    assert moment(date(2023, 1, 18), MOSCOW, end=True) == datetime(2023, 1, 18, 20, 59, 59, tzinfo=UTC)
