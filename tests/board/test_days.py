from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from relay.board import days
from relay.board.days import ColumnUnit, DayCounts

MOSCOW, KATHMANDU = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Kathmandu")
FIRST = date(2023, 1, 11)


def quarter(at: datetime) -> int:
    return int(at.timestamp()) // days.QUARTER


def run_of(number: int) -> list[DayCounts]:
    return [DayCounts(FIRST + timedelta(days=n), 3, 2, 1) for n in range(number)]


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        (MOSCOW, datetime(2023, 1, 11, 20, 59, tzinfo=UTC), date(2023, 1, 11)),
        (MOSCOW, datetime(2023, 1, 11, 21, 0, tzinfo=UTC), date(2023, 1, 12)),
        (KATHMANDU, datetime(2023, 1, 11, 18, 14, tzinfo=UTC), date(2023, 1, 11)),
        (KATHMANDU, datetime(2023, 1, 11, 18, 15, tzinfo=UTC), date(2023, 1, 12)),
        (ZoneInfo("Europe/Paris"), datetime(2023, 3, 26, 22, 0, tzinfo=UTC), date(2023, 3, 27)),  # an hour shorter
    ],
)
def test_the_campaigns_zone_says_which_day_it_was(zone, at, day):
    assert days.day_of(quarter(at), zone) == day


def test_every_day_is_there_what_came_early_counts_in_the_first_and_what_came_late_adds_days():
    found = Counter({FIRST - timedelta(days=3): 4, FIRST: 1})
    approved = Counter({FIRST + timedelta(days=4): 2})
    filled = days.filled(found, Counter(), approved, FIRST, FIRST + timedelta(days=1))
    assert [(each.day.day, each.found, each.approved) for each in filled] == [
        (11, 5, 0),
        (12, 0, 0),
        (13, 0, 0),
        (14, 0, 0),
        (15, 0, 2),
    ]


def test_a_campaign_that_has_not_opened_has_no_days():
    assert days.filled(Counter(), Counter(), Counter(), FIRST, FIRST - timedelta(days=5)) == []


@pytest.mark.parametrize(
    ("number", "unit", "columns"),
    [
        (0, "day", 0),
        (1, "day", 1),
        (31, "day", 31),
        (32, "week", 5),
        (210, "week", 31),
        (211, "month", 8),
        (400, "month", 14),
    ],
)
def test_a_chart_has_no_more_columns_than_it_can_show(number, unit, columns):
    chosen, found = days.columns(run_of(number), 31)
    assert (chosen, len(found)) == (ColumnUnit(unit), columns)
    assert sum(column.found for column in found) == 3 * number
    assert [column.first.weekday() for column in found[1:]] == [0] * (columns - 1) or unit != "week"


def test_columns_follow_each_other_without_a_gap():
    _, found = days.columns(run_of(400), 31)
    assert found[0].first == FIRST
    assert [a.last + timedelta(days=1) for a in found[:-1]] == [b.first for b in found[1:]]
