"""How pages tell ages, figures and moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.models import Almanac, Render
from relay.web.page import UNITS, ago, environment, number

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


@given(st.integers(1, 3_000_000_000))
def test_no_age_is_rounded_up(seconds: int) -> None:
    said, unit, _ago = ago(seconds, "en").split()
    length = dict(UNITS)[unit.removesuffix("s")]  # type: ignore[index]
    assert 0 <= seconds - int(said) * length < length


def test_figures_have_the_comma_of_the_language() -> None:
    assert [number(value, "ru") for value in (3.5, 3.04, 1234.5, -23.0, 0.25, None)] == [
        "3,5", "3", "1234,5", "-23", "0,2", ""
    ]  # fmt: skip
    assert number(1234.567, "en", 2) == "1234.57"


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (datetime(2023, 1, 18, 9, 5, tzinfo=UTC), "18 января, 09:05"),
        (datetime(2022, 12, 31, 9, 5, tzinfo=UTC), "31 декабря 2022, 09:05"),
        ("2024-02-01T09:05:00+03:00", "1 февраля 2024, 09:05"),
        ("2024-01-01T00:30:00+03:00", "1 января 2024, 00:30"),
        (None, ""),
    ],
)
def test_the_year_stands_where_it_is_not_this_one(moment: datetime | str | None, told: str) -> None:
    page = environment("ru").from_string("{{ moment|when }}")
    assert page.render(moment=moment, now=datetime(2023, 1, 19, tzinfo=UTC)) == told


def test_which_year_it_is_is_known_in_the_zone_of_the_moment() -> None:
    page = environment("ru").from_string("{{ moment|when }}")
    new_year = datetime(2022, 12, 31, 22, tzinfo=UTC)
    assert page.render(moment="2023-01-01T01:00:00+03:00", now=new_year) == "1 января, 01:00"


def test_versions_of_a_film_are_told_in_the_campaigns_zone(relay, town, boris) -> None:
    with relay.transaction() as session:
        almanac = Almanac(campaign_id=town.campaign_id, name="film", title="Голоса", created_at=relay.now())
        session.add(almanac)
        session.flush()
        late = relay.now().replace(hour=22, minute=30)
        session.add_all(
            Render(
                almanac_id=almanac.id, version=number, file="f.mp4", manifest="f.json", frames=100, fps=25,
                sha256="0" * 64, loudness=-23.0, shots_encoded=1, shots_reused=0, seconds=1.0, at=late,
            )
            for number in (1, 2)
        )  # fmt: skip
    tomorrow = late + timedelta(hours=3)
    assert f"{tomorrow.day} {tomorrow:%B}, 01:30" in boris.sees("/almanacs/proryv80/film")
