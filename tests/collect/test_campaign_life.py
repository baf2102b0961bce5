"""A campaign's life: what may follow on what, what counts after each step, and when the last sweep is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from relay.collect import campaigns, crawl, sources
from relay.collect.campaigns import HANDED_IN
from relay.collect.found import posts
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.models import Campaign, CampaignState, Event, Source, SourceState
from relay.records import find_campaign
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource, a_post

NOON = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
CLOSES = datetime(2023, 1, 18, 20, 59, 59, tzinfo=UTC)


def now_is(relay: Relay) -> Campaign:
    return campaigns.get(relay, SLUG)


def what(relay: Relay) -> list[str]:
    with relay.reading() as session:
        events = select(Event).where(Event.subject == "campaign").order_by(col(Event.id))
        return [event.what for event in session.exec(events)]


def matches(relay: Relay) -> dict[str, str]:
    return {post.post_id: post.match for post in posts.listing(relay, SLUG)}


def is_in(relay: Relay, state: CampaignState) -> None:
    with relay.transaction() as session:
        session.exec(update(Campaign).values(state=state))


def wall(relay: Relay, name: str = "vk:club1") -> int:
    return sources.add(relay, SLUG, name).id or 0


def due_at(relay: Relay) -> dict[int, datetime | None]:
    with relay.reading() as session:
        return {row.id or 0: row.next_sweep_at for row in session.exec(select(Source))}


# What may follow


@pytest.mark.slow
def test_what_may_be_done_in_which_state(relay: Relay, campaign: Campaign) -> None:
    """Start, stop and extend, by state; written out."""
    may = {
        CampaignState.draft: (True, False, True),
        CampaignState.running: (False, True, True),
        CampaignState.stopped: (True, False, True),
        CampaignState.archived: (False, False, False),
    }
    for state, allowed in may.items():
        for step, possible in zip(("start", "stop", "extend"), allowed, strict=True):
            is_in(relay, state)
            with relay.transaction() as session:
                session.exec(update(Campaign).values(closes_at=CLOSES))
            words = {"closes": "2023-01-25"} if step == "extend" else {}
            if possible:
                getattr(campaigns, step)(relay, SLUG, person="olga", **words)
            else:
                with pytest.raises(Refused):
                    getattr(campaigns, step)(relay, SLUG, person="olga", **words)
                assert now_is(relay).state is state


@pytest.mark.parametrize("step", ["start", "stop"])
def test_a_campaign_that_is_not_there_can_not_move(relay: Relay, step: str) -> None:
    with pytest.raises(NotFound):
        getattr(campaigns, step)(relay, "nothing", person="olga")


@pytest.mark.slow
def test_the_clock_moves_no_archived_campaign(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    is_in(relay, CampaignState.archived)
    for moment in (NOON, CLOSES + timedelta(days=30)):
        clock.is_at(moment)
        assert campaigns.tick(relay) == []
        assert campaigns.on_time(relay, SLUG) is None
    assert now_is(relay).state is CampaignState.archived


@pytest.mark.slow
def test_it_begins_and_ends_at_the_very_second(relay: Relay, clock: FakeClock) -> None:
    dates = {"opens": "2023-01-13T10:00", "closes": "2023-01-14T10:00:00", "tz": "UTC"}
    campaigns.new(relay, slug=SLUG, title="T", hashtags=["#proryv80"], **dates)
    seen = []
    for moment in ("13T09:59:59", "13T10:00:00", "14T09:59:59", "14T10:00:00"):
        clock.is_at(datetime.fromisoformat(f"2023-01-{moment}+00:00"))
        seen.append([campaign.state.value for campaign in campaigns.tick(relay)])
    assert seen == [[], ["running"], [], ["stopped"]]


# Who stopped it


@pytest.mark.slow
def test_stopped_by_hand_before_its_time_it_is_held(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    stopped = campaigns.stop(relay, SLUG, person="olga")
    assert (stopped.held, stopped.stopped_at) == (True, NOON)
    assert campaigns.window(stopped) == (campaign.opens_at, NOON)
    assert campaigns.start(relay, SLUG, person="olga").held is False


@pytest.mark.slow
@pytest.mark.parametrize("late", [0, 1, 3600])
def test_stopped_by_hand_after_the_close_it_is_not_held(
    relay: Relay, campaign: Campaign, clock: FakeClock, late: int
) -> None:
    """As if the clock had: who extends it has it run again."""
    clock.is_at(CLOSES + timedelta(seconds=late))
    stopped = campaigns.stop(relay, SLUG, person="olga")
    assert stopped.held is False
    assert campaigns.window(stopped) == (campaign.opens_at, CLOSES)
    assert campaigns.extend(relay, SLUG, "2023-02-18", person="olga").state is CampaignState.running


@pytest.mark.slow
def test_the_clock_holds_nothing(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    clock.is_at(CLOSES)
    (stopped,) = campaigns.tick(relay)
    assert (stopped.held, stopped.stopped_at, stopped.state) == (False, CLOSES, CampaignState.stopped)


@pytest.mark.slow
def test_held_it_is_not_started_by_more_time(relay: Relay, campaign: Campaign) -> None:
    campaigns.stop(relay, SLUG, person="olga")
    extended = campaigns.extend(relay, SLUG, "2023-01-25", person="olga")
    assert (extended.state, extended.held) == (CampaignState.stopped, True)
    assert campaigns.window(extended)[1] == NOON, "what counts is still what was until then"


# Extending


def test_extended_to_a_time_that_is_past_it_stays_stopped(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    clock.is_at(datetime(2023, 1, 25, tzinfo=UTC))
    campaigns.tick(relay)
    for closes, state in (("2023-01-20", "stopped"), ("2023-01-24", "stopped"), ("2023-01-26", "running")):
        assert campaigns.extend(relay, SLUG, closes, person="olga").state.value == state
    assert what(relay)[-4:] == ["extended", "extended", "extended", "started"]


@pytest.mark.slow
def test_extended_to_this_very_moment_it_stays_stopped(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    clock.is_at(datetime(2023, 1, 20, 20, 59, 59, tzinfo=UTC))
    campaigns.tick(relay)
    assert campaigns.extend(relay, SLUG, "2023-01-20", person="olga").state is CampaignState.stopped


@pytest.mark.slow
def test_while_it_runs_an_extension_changes_the_close_alone(relay: Relay, campaign: Campaign) -> None:
    wall(relay)
    extended = campaigns.extend(relay, SLUG, "2023-01-25", person="olga")
    assert (extended.state, extended.stopped_at, extended.last_sweep_due) == (CampaignState.running, None, False)
    assert extended.closes_at == datetime(2023, 1, 25, 20, 59, 59, tzinfo=UTC)
    with relay.reading() as session:
        event = session.exec(select(Event).where(Event.what == "extended")).one()
    assert event.person == "olga"
    assert event.details == {"from": CLOSES.isoformat(), "to": extended.closes_at.isoformat()}


@pytest.mark.slow
def test_what_came_after_the_old_close_and_before_the_new_one_counts(
    relay: Relay, campaign: Campaign, clock: FakeClock, network: FakeSource
) -> None:
    wall(relay)
    times = {
        "1": CLOSES,
        "2": CLOSES + timedelta(seconds=1),
        "3": CLOSES + timedelta(days=2),
        "4": CLOSES.replace(day=28),
    }
    network.has(*(a_post(post_id=name, published_at=at) for name, at in times.items()))
    clock.is_at(datetime(2023, 1, 29, tzinfo=UTC))
    crawl.crawl(relay, SLUG)
    assert matches(relay) == {"1": "exact", "2": "outside", "3": "outside", "4": "outside"}
    campaigns.extend(relay, SLUG, "2023-01-25", person="olga")
    assert matches(relay) == {"1": "exact", "2": "exact", "3": "exact", "4": "outside"}


@pytest.mark.slow
@pytest.mark.parametrize("step", ["extend", "stop", "start"])
def test_of_two_who_change_it_at_once_one_is_told(relay: Relay, campaign: Campaign, step: str) -> None:
    """The slower has seen a campaign that is another one by now."""
    with relay.transaction() as session:
        seen = find_campaign(session, SLUG)
        session.expunge(seen)
    if step == "extend":
        campaigns.extend(relay, SLUG, "2023-01-20", person="olga")
    elif step == "stop":
        campaigns.stop(relay, SLUG, person="olga")
    else:
        campaigns.stop(relay, SLUG, person="olga")
        seen = now_is(relay)
        campaigns.start(relay, SLUG, person="olga")
    before = now_is(relay)
    with pytest.raises(Stale), relay.transaction() as session:
        campaigns.move(session, seen, closes_at=CLOSES + timedelta(days=30))
    assert now_is(relay).closes_at == before.closes_at


# The last sweep


@pytest.mark.slow
def test_a_stop_makes_every_source_due_at_once(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    source, paused = wall(relay), wall(relay, "vk:club2")
    crawl.crawl(relay, SLUG)
    sources.pause(relay, SLUG, "vk:club2", person="olga")
    clock.moves(minutes=1)
    assert crawl.due(relay) == [], "they were read a minute ago"
    before = due_at(relay)
    campaigns.stop(relay, SLUG, person="olga")
    assert crawl.due(relay) == [source]
    assert due_at(relay) == {source: clock(), paused: before[paused]}


@pytest.mark.slow
def test_a_start_makes_every_source_due_at_once(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    source = wall(relay)
    campaigns.stop(relay, SLUG, person="olga")
    crawl.sweep(relay, source)
    clock.moves(minutes=1)
    assert crawl.due(relay) == []
    started = campaigns.start(relay, SLUG, person="olga")
    assert (started.last_sweep_due, started.stopped_at) == (False, None)
    assert crawl.due(relay) == [source]


@pytest.mark.slow
def test_only_a_whole_reading_is_a_last_one(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    """A sweep that goes back to the mark alone may have been begun before the stop was seen."""
    source = wall(relay)
    crawl.crawl(relay, SLUG)
    campaigns.stop(relay, SLUG, person="olga")
    (read,) = crawl.readings(relay, [source])
    with relay.transaction() as session:
        session.exec(update(Campaign).values(last_sweep_due=False))
    (shallow,) = crawl.readings(relay, [source])
    with relay.transaction() as session:
        session.exec(update(Campaign).values(last_sweep_due=True))
    assert not shallow().deep
    campaigns.tick(relay)
    assert now_is(relay).last_sweep_due, "it was not read to the beginning"
    assert read().deep
    assert not now_is(relay).last_sweep_due
    assert what(relay)[-1] == "frozen"


@pytest.mark.slow
def test_a_whole_reading_from_before_the_stop_is_no_last_one(
    relay: Relay, campaign: Campaign, clock: FakeClock
) -> None:
    source = wall(relay)
    (read,) = crawl.readings(relay, [source], deep=True)
    clock.moves(minutes=1)
    campaigns.stop(relay, SLUG, person="olga")
    assert read().deep
    campaigns.tick(relay)
    assert now_is(relay).last_sweep_due
    assert crawl.sweep(relay, source).deep
    assert not now_is(relay).last_sweep_due


def test_a_failed_reading_is_no_last_one_and_a_paused_source_is_not_waited_for(
    relay: Relay, campaign: Campaign, network: FakeSource
) -> None:
    first, second = wall(relay), wall(relay, "vk:club2")
    campaigns.stop(relay, SLUG, person="olga")
    crawl.sweep(relay, first)
    network.is_down()
    crawl.sweep(relay, second)
    campaigns.tick(relay)
    assert now_is(relay).last_sweep_due
    sources.pause(relay, SLUG, "vk:club2", person="olga")
    campaigns.tick(relay)
    assert not now_is(relay).last_sweep_due
    assert campaigns.tick(relay) == []
    assert what(relay).count("frozen") == 1, "told once"


@pytest.mark.slow
def test_with_the_last_sweep_done_nothing_is_due_any_more(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    source = wall(relay)
    campaigns.stop(relay, SLUG, person="olga")
    assert crawl.due(relay) == [source]
    crawl.sweep(relay, source)
    clock.moves(days=30)
    assert crawl.due(relay) == []


# What people handed in


@pytest.mark.slow
def test_what_was_handed_in_stays_ours_whatever_becomes_of_the_window(
    relay: Relay, campaign: Campaign, clock: FakeClock, network: FakeSource
) -> None:
    """A link to a video has no date: it lies nowhere, and no stop may throw it out."""
    wall(relay)
    network.has(a_post(post_id="1"), a_post(post_id="2", published_at=NOON + timedelta(hours=1)))
    network.hands_in("https://vk.com/video7_100")
    posts.add(relay, SLUG, "https://vk.com/video7_100", person="anna")
    clock.moves(hours=2)
    crawl.crawl(relay, SLUG)
    assert matches(relay) == {"1": "exact", "2": "exact", "100": "exact"}
    with relay.transaction() as session:
        session.exec(update(Campaign).values(state=CampaignState.running))
    clock.is_at(NOON + timedelta(minutes=30))
    campaigns.stop(relay, SLUG, person="olga")
    assert matches(relay) == {"1": "exact", "2": "outside", "100": "exact"}
    assert {post.post_id for post in posts.listing(relay, SLUG) if post.matched_in == HANDED_IN} == {"100"}
    campaigns.start(relay, SLUG, person="olga")
    assert matches(relay) == {"1": "exact", "2": "exact", "100": "exact"}


@pytest.mark.slow
def test_near_misses_are_left_alone_when_the_window_moves(
    relay: Relay, campaign: Campaign, clock: FakeClock, network: FakeSource
) -> None:
    wall(relay)
    network.has(a_post("#прорыв80", "1"))
    crawl.crawl(relay, SLUG)
    clock.is_at(NOON - timedelta(minutes=5))
    campaigns.stop(relay, SLUG, person="olga")
    assert matches(relay) == {"1": "near"}
    campaigns.start(relay, SLUG, person="olga")
    assert matches(relay) == {"1": "near"}


@pytest.mark.slow
def test_the_window_of_one_campaign_moves_nothing_of_another(
    relay: Relay, campaign: Campaign, clock: FakeClock, network: FakeSource
) -> None:
    dates = {"opens": "2023-01-11", "closes": "2023-01-18", "tz": "Europe/Moscow"}
    campaigns.new(relay, slug="other", title="T", hashtags=["#proryv80"], **dates)
    campaigns.start(relay, "other", person="olga")
    sources.add(relay, "other", "vk:club1")
    network.has(a_post(published_at=NOON + timedelta(hours=1)))
    clock.moves(hours=2)
    crawl.crawl(relay, "other")
    clock.is_at(NOON)
    campaigns.stop(relay, SLUG, person="olga")
    assert [post.match for post in posts.listing(relay, "other")] == ["exact"]
    with relay.reading() as session:
        assert session.exec(select(Source)).one().state is SourceState.active


# A clock that was wrong


@pytest.mark.slow
def test_closed_by_a_clock_that_ran_ahead_it_runs_on_when_the_clock_is_put_right(
    relay: Relay, campaign: Campaign, clock: FakeClock
) -> None:
    source = wall(relay)
    clock.is_at(CLOSES + timedelta(hours=5))
    campaigns.tick(relay)
    crawl.sweep(relay, source)
    assert now_is(relay).state is CampaignState.stopped
    clock.moves(hours=-7)
    (moved,) = campaigns.tick(relay)
    assert (moved.state, moved.stopped_at, moved.last_sweep_due) == (CampaignState.running, None, False)
    assert crawl.due(relay) == [source]
    clock.is_at(CLOSES)
    assert [each.state for each in campaigns.tick(relay)] == [CampaignState.stopped]


@pytest.mark.slow
def test_a_machine_that_is_some_seconds_behind_starts_nothing_again(
    relay: Relay, campaign: Campaign, clock: FakeClock
) -> None:
    clock.is_at(CLOSES)
    campaigns.tick(relay)
    clock.moves(seconds=-50)
    assert campaigns.tick(relay) == []


@pytest.mark.slow
def test_held_it_stays_stopped_whatever_the_clock_does(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    campaigns.stop(relay, SLUG, person="olga")
    clock.moves(hours=-7)
    campaigns.tick(relay)
    assert now_is(relay).state is CampaignState.stopped


@pytest.mark.slow
@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(hours=2), timedelta(days=1)])
def test_stopped_before_the_clock_was_set_back_its_last_sweep_can_still_be_made(
    relay: Relay, campaign: Campaign, clock: FakeClock, back: timedelta
) -> None:
    source = wall(relay)
    campaigns.stop(relay, SLUG, person="olga")
    clock.is_at(NOON - back)
    campaigns.tick(relay)
    assert now_is(relay).stopped_at == clock()
    crawl.sweep(relay, source)
    assert not now_is(relay).last_sweep_due


# Its window


@pytest.mark.parametrize(("closes", "possible"), [("10:00:00", False), ("09:59:59", False), ("10:00:01", True)])
def test_a_window_has_a_second_at_least(relay: Relay, closes: str, possible: bool) -> None:
    words = {"slug": "short", "title": "T", "hashtags": ["#proryv80"], "tz": "UTC", "opens": "2023-01-11T10:00:00"}
    if possible:
        assert campaigns.new(relay, closes=f"2023-01-11T{closes}", **words).slug == "short"  # type: ignore[arg-type]
        return
    with pytest.raises(Refused, match="before it opens"):
        campaigns.new(relay, closes=f"2023-01-11T{closes}", **words)  # type: ignore[arg-type]


@pytest.mark.slow
def test_posts_before_the_window_stay_outside_when_it_moves(
    relay: Relay, campaign: Campaign, clock: FakeClock, network: FakeSource
) -> None:
    wall(relay)
    times = {"1": campaign.opens_at - timedelta(seconds=1), "2": campaign.opens_at, "3": NOON}
    network.has(*(a_post(post_id=name, published_at=at) for name, at in times.items()))
    crawl.crawl(relay, SLUG, deep=True)
    posts.add(relay, SLUG, "https://vk.com/wall-1_1", person="anna")
    before = matches(relay)
    campaigns.extend(relay, SLUG, "2023-01-25", person="olga")
    assert matches(relay) == before
    assert before == {"1": "outside", "2": "exact", "3": "exact"}
