from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.sources.dates import HOURS, moment, zone_named

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2023, 1, 30, 12, 0, tzinfo=UTC)
TEN = datetime(2023, 1, 12, 7, 0, tzinfo=UTC)
"""Ten in the morning of the twelfth, in Moscow."""

AT_TEN = [
    # RFC 822
    "Thu, 12 Jan 2023 10:00:00 +0300",
    "Thu, 12 Jan 2023 10:00 +0300",
    "Thu,12 Jan 2023 10:00:00 +0300",
    "12 Jan 2023 10:00:00 +0300",
    "12 Jan 23 10:00:00 +0300",
    "Thurs, 12 January 2023 10:00:00 +03:00",
    "Thu, 12 Jan 2023 07:00:00 GMT",
    "Thu, 12 Jan 2023 07:00:00 Z",
    "Thu, 12 Jan 2023 07:00:00 -0000",
    "Thu, 12 Jan 2023 02:00:00 EST",
    "Thu, 12 Jan 2023 10:00:00 +0300 (MSK)",
    "Thu, 12 Jan 2023 10:00:00 +0300 MSK",
    "Thu, 12 Jan 2023 05:00:00 \u22120200",
    # zones by name, and hours from one
    "Thu, 12 Jan 2023 10:00:00 MSK",
    "Thu, 12 Jan 2023 10:00:00 МСК",
    "Thu, 12 Jan 2023 12:00:00 MSK+2",
    "12 января 2023, 12:00 МСК+2",
    "Thu, 12 Jan 2023 09:00:00 EET",
    "Thu, 12 Jan 2023 10:00:00 EEST",
    "Thu, 12 Jan 2023 12:00:00 YEKT",
    "Thu, 12 Jan 2023 10:00:00 UTC+3",
    "Thu, 12 Jan 2023 10:00:00 GMT+3",
    "Thu, 12 Jan 2023 10:00:00 GMT+03:00",
    "Thu, 12 Jan 2023 10:00:00 GMT +0300",
    "Thu, 12 Jan 2023 10:00:00 UTC+0300",
    "Thu, 12 Jan 2023 05:00:00 UTC-2",
    "Thu, 12 Jan 2023 10:00:00 +03",
    "Thu, 12 Jan 2023 10:00:00 +3",
    "Thu, 12 Jan 2023 10:00:00 Europe/Moscow",
    "Thu, 12 Jan 2023 12:00:00 Asia/Yekaterinburg",
    "Thu, 12 Jan 2023 10:00:00 Etc/GMT-3",
    "12.01.2023 10:00 по московскому времени",
    # as programs print it
    "Thu Jan 12 10:00:00 MSK 2023",
    "Thu Jan 12 10:00:00 2023",
    "Thu Jan 12 2023 10:00:00 GMT+0300 (Moscow Standard Time)",
    "Thu Jan 12 2023 10:00:00 GMT+0300 (Москва, стандартное время)",
    # ISO 8601
    "2023-01-12T10:00:00+03:00",
    "2023-01-12T10:00:00+0300",
    "2023-01-12T10:00:00+03",
    "2023-01-12T10:00+03:00",
    "2023-01-12T07:00:00Z",
    "2023-01-12T07:00:00.000Z",
    "2023-01-12T10:00:00,5+03:00",
    "2023-01-12t07:00:00z",
    "2023-01-12 10:00:00 +0300",
    "2023-01-12 10:00:00",
    "2023-01-12T10:00",
    "20230112T100000+0300",
    "20230112T070000Z",
    "20230112T1000+0300",
    "20230112T100000",
    "20230112100000",
    "20230112 10:00:00",
    # seconds since 1970
    "1673506800",
    "1673506800.25",
    "1673506800000",
    "1673506800000000",
    # the year first, the day first
    "2023/1/12 10:00:00",
    "2023/01/12 10:00",
    "2023.01.12 10:00",
    "12-01-2023 10:00:00",
    "12/01/2023 10:00",
    "12.01.2023 10:00",
    "12.01.23 10:00",
    "12.1.2023, 10:00",
    "12.01.2023 в 10:00",
    "12.01.2023 - 10:00",
    "12.01.2023г. 10:00",
    "12. 01. 2023 10:00",
    "10:00 12.01.2023",
    "10:00, 12 января 2023",
    "10:00:00 | 12/01/2023",
    # names of months and days
    "Чт, 12 янв 2023 10:00:00 +0300",
    "Чт, 12 Янв. 2023 10:00:00 +0300",
    "чт. 12 янв. 2023, 10:00",
    "Четверг, 12 января 2023 г. в 10:00",
    "12 января 2023 года, 10:00",
    "12 ЯНВАРЯ 2023 10:00",
    "12 январь 2023 10:00",
    "12-го января 2023 10:00",
    "12-янв-2023 10:00",
    "чц, 12 студзеня 2023 10:00",
    "12 січня 2023 р. 10:00",
    "12-Jan-2023 10:00",
    "January 12, 2023 10:00 AM",
    "Jan 12th, 2023 at 10:00 a.m.",
    "12th of January 2023 10:00",
    "2023 Jan 12 10:00",
    # halves of the day
    "Thu, 12 Jan 2023 10:00:00 AM +0300",
    "2023-01-12 10:00 am",
    "12 Jan 2023 10 AM",
]


@pytest.mark.parametrize("written", AT_TEN)
def test_a_date_is_read_in_every_form_that_sites_write(written: str) -> None:
    assert moment(written, MOSCOW, NOW) == TEN


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("Thu, 12 Jan 2023 07:00:00 PM", "2023-01-12T19:00:00+03:00"),
        ("12 Jan 2023 12:00 AM", "2023-01-12T00:00:00+03:00"),
        ("12 Jan 2023 12:30 PM", "2023-01-12T12:30:00+03:00"),
        ("13/01/2023 7:00 PM", "2023-01-13T19:00:00+03:00"),
        ("1/13/2023 7:00 PM", "2023-01-13T19:00:00+03:00"),
        ("01/13/2023", "2023-01-13T00:00:00+03:00"),
        ("Thu, 12 Jan 2023 24:00:00 +0300", "2023-01-13T00:00:00+03:00"),
        ("2023-01-31T24:00", "2023-02-01T00:00:00+03:00"),
        ("2023-01-12T10:00:60Z", "2023-01-12T10:00:59+00:00"),
        ("Sun, 10 Jul 2022 10:00:00 MSK", "2022-07-10T10:00:00+03:00"),
        ("10.07.2012 10:00 MSK", "2012-07-10T10:00:00+04:00"),
        ("Сб, 10 дек 2022 10:00", "2022-12-10T10:00:00+03:00"),
        ("вс 1 мая 2022 10:00", "2022-05-01T10:00:00+03:00"),
        ("1 май 2022", "2022-05-01T00:00:00+03:00"),
        ("3 сент. 2022", "2022-09-03T00:00:00+03:00"),
        ("3 нояб 2022", "2022-11-03T00:00:00+03:00"),
        # dates without a time
        ("2023-01-12", "2023-01-12T00:00:00+03:00"),
        ("20230112", "2023-01-12T00:00:00+03:00"),
        ("2023/1/12", "2023-01-12T00:00:00+03:00"),
        ("12.01.2023", "2023-01-12T00:00:00+03:00"),
        ("12 января 2023 г.", "2023-01-12T00:00:00+03:00"),
        ("2023-01-12Z", "2023-01-12T00:00:00+00:00"),
        ("2023-01-12+05:00", "2023-01-12T00:00:00+05:00"),
    ],
)
def test_odd_hours_and_whole_days(written: str, at: str) -> None:
    assert moment(written, MOSCOW, NOW) == datetime.fromisoformat(at)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "вчера",
        "сегодня, 10:00",
        "10 лет",
        "2023",
        "2023-01",
        "12 января, 10:00",
        "2023/13/45",
        "31.02.2023",
        "12.01.2023 25:00",
        "12.01.2023 10:61",
        "Thu, 12 Jan 2023 10:00:00 XYZ",
        "Thu, 12 Jan 2023 10:00:00 XYZ+3",
        "Thu, 12 Jan 2023 10:00:00 +2500",
        "Thu, 12 Jux 2023 10:00:00",
        "1/12/2023 7:00:00 PM",  # the twelfth of January in America
        "12-01-23",
        "12.01.2023-10:00",
        "1970-01-01T00:00:00Z",
        "0000-00-00 00:00:00",
        "2004-12-31",
        "12 Jan 1923",
        "2023-02-02",
        "2033-01-12T10:00:00Z",
        "16735068",
        "12 января 2023 читает Анна",
        "Thu, 12 Jan 2023 10:00:00 Europe/Nowhere",
    ],
)
def test_what_is_not_understood_is_no_date(written: str) -> None:
    assert moment(written, MOSCOW, NOW) is None


def test_a_time_without_a_zone_is_of_the_place_where_it_was_written() -> None:
    for name, hours in (("Europe/Moscow", 3), ("Asia/Vladivostok", 10), ("UTC", 0), ("No/Where", 0)):
        at = datetime(2023, 1, 12, 10, tzinfo=UTC) - timedelta(hours=hours)
        assert moment("2023-01-12 10:00", zone_named(name), NOW) == at


@pytest.mark.parametrize(
    ("hours", "names"),
    [
        (0, "UT UTC GMT Z WET"),
        (1, "CET MET WEST BST"),
        (2, "EET CEST MEST"),
        (3, "MSK МСК EEST TRT"),
        (4, "SAMT MSD"),
        (5, "YEKT"),
        (6, "OMST"),
        (7, "KRAT NOVT"),
        (8, "IRKT"),
        (9, "YAKT"),
        (10, "VLAT"),
        (11, "MAGT SAKT"),
        (12, "PETT"),
        (-4, "EDT"),
        (-5, "EST CDT"),
        (-6, "CST MDT"),
        (-7, "MST PDT"),
        (-8, "PST"),
    ],
)
def test_a_zone_by_its_name_lies_where_it_lies(hours: int, names: str) -> None:
    for name in names.split():
        at = datetime(2023, 1, 12, 10, tzinfo=UTC) - timedelta(hours=hours)
        assert moment(f"12 Jan 2023 10:00:00 {name}", UTC, NOW) == at, name


def test_a_name_of_a_zone_is_no_beginning_of_a_day_or_month() -> None:
    from relay.sources import dates

    assert not (dates._days() | set(dates._months())) & set(HOURS)


FORMS = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y", "%d %B %Y", "%a, %d %b %Y", "%B %d, %Y"]
TIMES = [" %H:%M:%S %z", " %H:%M:%S%z", "T%H:%M:%S%z", " %H:%M:%S GMT", ", %H:%M:%S +0000"]


DAYS = timedelta(days=1), timedelta(days=6000)


@pytest.mark.slow
@given(st.timedeltas(*DAYS), st.sampled_from(FORMS), st.sampled_from(TIMES))
def test_what_stands_in_a_date_comes_out_again(age: timedelta, form: str, clock: str) -> None:
    at = (NOW - age).replace(microsecond=0)
    assert moment(at.strftime(form + clock), MOSCOW, NOW) == at


@pytest.mark.slow
@given(st.text(alphabet=st.sampled_from("0123456789-/.:,+ TZapmягвMSK()"), max_size=30))
def test_no_text_breaks_the_reader(written: str) -> None:
    found = moment(written, MOSCOW, NOW)
    assert found is None or found.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("12 сен 2023 10:00", 9),
        ("Вт, 12 Сен 2023 10:00:00 +0300", 9),
        ("12-сен-2023 10:00", 9),
        ("12 сер 2023 10:00", 8),
    ],
)
def test_a_month_whose_beginning_a_day_of_another_language_shares_is_no_day(written: str, month: int) -> None:
    read = moment(written, MOSCOW, datetime(2023, 12, 1, tzinfo=UTC))
    assert read == datetime(2023, month, 12, 7, 0, tzinfo=UTC)


def test_the_kazakh_saturday_is_still_a_day() -> None:
    assert moment("сенбі, 14 қаңтар 2023 10:00", MOSCOW, NOW) == datetime(2023, 1, 14, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "12.01.2023 10.00",
        "12.01.2023 в 10.00",
        "10.00 12.01.2023",
        "Чт, 12 янв 2023 10.00",
        "12 янв 2023 — 10:00",
        "12 янв 2023 10:00 по Москве",
        "2023-01-12T10:00:00+03:00[Europe/Moscow]",
        "2023-W02-4T10:00:00+03:00",
        "2023W024T100000+0300",
    ],
)
def test_a_time_with_a_dot_a_dash_before_it_or_a_week_is_read(written: str) -> None:
    assert moment(written, MOSCOW, NOW) == datetime(2023, 1, 12, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("written", ["12.01.23", "12.01.2023", "1.02.2023"])
def test_a_date_with_dots_is_no_time(written: str) -> None:
    read = moment(written, MOSCOW, datetime(2023, 3, 1, tzinfo=UTC))
    assert read is not None
    assert read.astimezone(MOSCOW).hour == 0
