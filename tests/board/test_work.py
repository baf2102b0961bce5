from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relay.board import work
from relay.models import ClipState
from relay.moderation import audit, pace

EVENING = datetime(2023, 1, 11, 20, 50, tzinfo=UTC)
"""Ten minutes before midnight in Moscow."""


def judged(region, person: str, *minutes: float) -> None:  # type: ignore[no-untyped-def]
    for minute in minutes:
        region.decided(region.has_reader(), person, EVENING + timedelta(minutes=minute))


@pytest.mark.slow
def test_clips_an_hour_and_a_day_of_each(region, clock):
    clock.is_at(EVENING + timedelta(minutes=30))
    judged(region, "Анна", 0, 1, 2, 12, 60)
    judged(region, "Вера", 0)
    anna, vera = region.board(with_moderators=True).moderators
    assert (anna.person, anna.decisions, anna.days, anna.today, anna.per_day) == ("Анна", 5, 2, 2, 2.5)
    assert (anna.hours, anna.per_hour) == (0.2, 15.0)  # three pauses of 1, 1 and 10 minutes
    assert (vera.decisions, vera.per_hour, vera.per_day) == (1, None, 1.0)


@pytest.mark.slow
def test_it_says_what_the_record_says(region, clock):
    """The same work, counted by the database there and one by one here."""
    judged(region, "Анна", *(number * 1.7 for number in range(20)), 300, 311, 320)
    (mine,) = region.board(with_moderators=True).moderators
    (theirs,) = audit.paces(region.relay, region.slug)
    assert mine.decisions == theirs.pace.decisions
    assert mine.hours == theirs.pace.hours
    assert mine.per_hour == pytest.approx(theirs.pace.per_hour, rel=0.01)
    assert timedelta(seconds=work.SITTING) == pace.SITTING


def test_putting_off_is_work_and_another_campaign_is_none_of_this_one(region, clock):
    region.decided(region.has_clip(state=ClipState.later), "Анна", EVENING, ClipState.later)
    other = type(region)(region.relay, "other")
    other.number = 50
    judged(other, "Вера", 0)
    assert [one.person for one in region.board(with_moderators=True).moderators] == ["Анна"]
