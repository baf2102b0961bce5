from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relay.web import rate_limit
from relay.web.rate_limit import RateLimit

NOON = datetime(2023, 1, 12, 12, 0, tzinfo=UTC)


def test_twenty_wrong_links_close_the_desk_for_ten_minutes():
    one = RateLimit()
    for second in range(20):
        assert not one.is_reached("home", NOON + timedelta(seconds=second))
        one.count("home", NOON + timedelta(seconds=second))
    assert one.is_reached("home", NOON + timedelta(minutes=10) - timedelta(microseconds=1))
    assert not one.is_reached("home", NOON + timedelta(minutes=10)), "the first of them is long ago now"
    one.count("home", NOON + timedelta(minutes=10))
    assert one.is_reached("home", NOON + timedelta(minutes=10)), "the other nineteen still count"


def test_an_address_that_never_tried_is_open_even_where_nothing_is_allowed():
    assert not RateLimit(most=0).is_reached("home", NOON)
    one = RateLimit(most=2)
    one.count("home", NOON)
    assert not one.is_reached("home", NOON)
    assert not one.is_reached("elsewhere", NOON)


def test_after_a_long_rest_all_is_forgiven():
    one = RateLimit(most=2, within=timedelta(minutes=1))
    one.count("home", NOON)
    one.count("home", NOON)
    assert one.is_reached("home", NOON + timedelta(seconds=59))
    assert not one.is_reached("home", NOON + timedelta(hours=1))
    one.count("home", NOON + timedelta(hours=1))
    assert not one.is_reached("home", NOON + timedelta(hours=1))


def test_who_was_heard_of_longest_ago_is_forgotten_first(monkeypatch):
    monkeypatch.setattr(rate_limit, "ADDRESSES", 2)
    one = RateLimit(most=1)
    for address in ("first", "second", "first", "third"):
        one.count(address, NOON)
    assert [one.is_reached(address, NOON) for address in ("first", "second", "third")] == [True, False, True]


@pytest.mark.slow
def test_ten_thousand_addresses_are_remembered():
    one = RateLimit(most=1)
    for number in range(10_001):
        one.count(str(number), NOON)
    assert [one.is_reached(str(number), NOON) for number in (0, 1, 10_000)] == [False, True, True]
