from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.language.dates import UNITS, ago, short_day, when, window

DAY, HOUR = 86_400, 3600


@pytest.mark.parametrize(
    ("seconds", "russian", "english"),
    [
        (6 * DAY, "6 дней назад", "6 days ago"),
        (21 * HOUR, "21 час назад", "21 hours ago"),
        (311 * DAY, "10 месяцев назад", "10 months ago"),
        (5 * DAY, "5 дней назад", "5 days ago"),
        (11 * DAY, "11 дней назад", "11 days ago"),
        (26 * DAY, "26 дней назад", "26 days ago"),
        (46 * DAY, "46 дней назад", "46 days ago"),
        (3 * DAY - 1, "2 дня назад", "2 days ago"),
        (47 * HOUR, "47 часов назад", "47 hours ago"),
        (89, "89 секунд назад", "89 seconds ago"),
        (55 * 60, "55 минут назад", "55 minutes ago"),
        (1000 * DAY, "2 года назад", "2 years ago"),
        (0, "1 секунду назад", "1 second ago"),
    ],
)
def test_six_days_are_no_week(seconds: float, russian: str, english: str) -> None:
    assert (ago(seconds, "ru"), ago(seconds, "en")) == (russian, english)


@pytest.mark.slow
@given(st.integers(1, 3_000_000_000))
def test_no_age_is_rounded_up(seconds: int) -> None:
    said, unit, _ago = ago(seconds, "en").split()
    length = dict(UNITS)[unit.removesuffix("s")]  # type: ignore[index]
    assert 0 <= seconds - int(said) * length < length


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (date(2023, 1, 1), date(2023, 1, 8), "1er–8 janvier 2023"),
        (date(2023, 1, 28), date(2023, 2, 1), "28 janvier – 1er février 2023"),
        (date(2023, 1, 11), date(2023, 1, 18), "11–18 janvier 2023"),
    ],
)
def test_the_first_of_a_month_is_an_ordinal_in_french(first, last, told):
    assert window(first, last, "fr") == told
    moment = datetime(2023, 1, first.day, 9, 5, tzinfo=UTC)
    assert when(moment, "fr", now=moment).startswith(told.split("–")[0].split()[0])
    assert (short_day(date(2023, 1, 1), "fr", 2023), short_day(date(2023, 1, 1), "en", 2023)) == ("1er janv.", "1 Jan")


def test_the_year_of_a_day_is_told_where_it_is_another_one():
    told = [short_day(date(2023, 1, 12), language, year) for year in (2023, 2024) for language in ("ru", "en")]
    assert told == ["12 янв.", "12 Jan", "12 янв. 2023", "12 Jan 2023"]


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (date(2023, 1, 11), date(2023, 1, 18), "11–18 января 2023"),
        (date(2023, 1, 28), date(2023, 2, 3), "28 января – 3 февраля 2023"),
        (date(2022, 12, 28), date(2023, 1, 3), "28 декабря 2022 – 3 января 2023"),
        (date(2023, 1, 18), date(2023, 1, 18), "18 января 2023"),
    ],
)
def test_a_window_names_no_month_and_no_year_twice(first, last, told):
    assert window(first, last, "ru") == told


def test_a_moment_is_told_in_its_own_zone_and_as_the_language_has_it():
    moment, now = "2024-02-01T09:05:00+03:00", datetime(2024, 5, 1, tzinfo=UTC)
    assert [when(moment, language, now=now) for language in ("ru", "en", "fr")] == [
        "1 февраля, 09:05", "1 February, 09:05", "1er février, 09:05",
    ]  # fmt: skip
    assert when(datetime(2023, 1, 18, 9, 5, tzinfo=UTC), "en", "HH:mm", now=now) == "09:05"
    assert when(None, "en") == when("", "en") == ""
