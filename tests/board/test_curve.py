from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relay.models import CampaignState, CardMember, ClipState
from tests.moderation.town import OPENS

MIDNIGHT = datetime(2023, 1, 11, 21, 0, tzinfo=UTC)
"""In Moscow, between the 11th, on which the campaign opens, and the 12th."""
MINUTE = timedelta(minutes=1)


def counts(region, clock) -> list[tuple[int, int, int, int]]:  # type: ignore[no-untyped-def]
    return [(day.day.day, day.found, day.fetched, day.approved) for day in region.board().days]


@pytest.mark.slow
def test_each_thing_counts_on_the_day_on_which_it_happened_in_the_campaigns_zone(region, clock):
    clock.is_at(MIDNIGHT + timedelta(hours=30))
    first, second, third = (region.has_reader() for _ in range(3))
    region.finds(first, MIDNIGHT - MINUTE, MIDNIGHT - MINUTE)
    region.finds(second, MIDNIGHT - MINUTE, MIDNIGHT)
    region.finds(third, MIDNIGHT, None)
    region.decided(first, "Анна", MIDNIGHT - MINUTE)
    region.decided(second, "Анна", MIDNIGHT + MINUTE)
    region.decided(third, "Анна", MIDNIGHT + timedelta(days=1))
    assert counts(region, clock) == [(11, 2, 1, 1), (12, 1, 1, 1), (13, 0, 0, 1)]


@pytest.mark.slow
def test_an_approval_counts_by_the_decision_that_stands(region, clock):
    clip = region.has_reader()
    for number, state in enumerate((ClipState.approved, ClipState.rejected, ClipState.approved)):
        region.decided(clip, "Анна", MIDNIGHT + timedelta(days=number), state)
    clock.is_at(MIDNIGHT + timedelta(days=2))
    assert [day[3] for day in counts(region, clock)] == [0, 0, 0, 1]


@pytest.mark.slow
def test_what_was_approved_and_is_not_any_more_does_not_count(region, clock):
    region.decided(region.has_reader(state=ClipState.rejected), "Анна", MIDNIGHT)
    assert sum(day[3] for day in counts(region, clock)) == 0


@pytest.mark.slow
def test_a_video_in_two_posts_counts_once_and_so_does_one_recording_in_two_copies(region, clock):
    region.has_clip(posts=2)
    front, behind = region.has_reader(), region.has_reader()
    with region.relay.transaction() as session:
        session.add_all(CardMember(clip_id=clip, card=front, front=clip == front, at=OPENS) for clip in (front, behind))
    clock.is_at(OPENS + timedelta(days=3))
    sums = region.board().sums
    assert (sums.found, sums.approved) == (3, 1)


@pytest.mark.slow
def test_a_campaign_without_anything_has_empty_days_up_to_today(region, clock):
    clock.is_at(OPENS + timedelta(days=2, hours=1))
    assert counts(region, clock) == [(11, 0, 0, 0), (12, 0, 0, 0), (13, 0, 0, 0)]


@pytest.mark.slow
def test_the_curve_of_an_ended_campaign_stops_with_it(region, clock):
    region.has_clip()
    clock.is_at(OPENS + timedelta(days=300))
    assert len(counts(region, clock)) == 9


@pytest.mark.slow
@pytest.mark.parametrize(("days", "number"), [(0.5, 1), (400, 400)])
def test_a_campaign_of_one_day_and_of_four_hundred(region, clock, days, number):
    region.lasts(OPENS, OPENS + timedelta(days=days) - MINUTE, CampaignState.stopped)
    clock.is_at(OPENS + timedelta(days=days + 1))
    region.has_clip()
    assert len(region.board().days) == number


def test_a_campaign_that_opens_next_week_has_no_curve(region, clock):
    clock.is_at(OPENS - timedelta(days=7))
    board = region.board()
    assert board.days == []
    assert board.time.days_until == 7


def test_stopped_by_hand_it_ends_there(region, clock):
    clock.is_at(OPENS + timedelta(days=5))
    region.lasts(
        OPENS, OPENS + timedelta(days=8), CampaignState.stopped, held=True, stopped_at=OPENS + timedelta(days=2)
    )
    board = region.board()
    assert board.time.days_left == -3
    assert len(board.days) == 3
