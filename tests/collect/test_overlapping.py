"""Two readings of one source at once: by hand beside the schedule, or by a process that slept through its lease."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from relay.collect import campaigns, crawl, sources
from relay.collect.found import posts
from relay.collect.ledger import coverage
from relay.context import Fence, Relay
from relay.errors import Interrupted
from relay.models import Campaign, CampaignState, Event, Source, Sweep
from relay.records import find_campaign
from relay.upkeep.leader import acquire
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, a_post


@pytest.fixture
def wall(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    network.page_size = 2
    hours = {str(number): timedelta(hours=9 - number) for number in range(1, 6)}
    network.has(*(a_post("Письмо #proryv80", number, published_at=NOON - ago) for number, ago in hours.items()))
    return sources.add(relay, SLUG, "vk:club1").id or 0


def _source(relay: Relay, source_id: int) -> Source:
    with relay.reading() as session:
        return session.get_one(Source, source_id)


def _sweeps(relay: Relay) -> Sequence[Sweep]:
    with relay.reading() as session:
        return session.exec(select(Sweep).order_by(Sweep.id)).all()  # type: ignore[arg-type]


def _counts_that_do_not_add_up(relay: Relay) -> int:
    with relay.reading() as session:
        return len(session.exec(select(Event).where(Event.what == "count")).all())


def _meanwhile(relay: Relay, clock: FakeClock, network: FakeSource, wall: int) -> None:
    """While a reading is under way, two posts come and somebody else reads them."""

    def other() -> None:
        clock.moves(minutes=5)
        fresh = clock() - timedelta(minutes=2)
        network.has(*(a_post("Новое #proryv80", number, published_at=fresh) for number in ("8", "9")))
        crawl.sweep(relay, wall)

    network.after_page(1, other)


@pytest.mark.slow
def test_the_slower_of_two_readings_turns_nothing_back(
    relay: Relay, clock: FakeClock, network: FakeSource, wall: int
) -> None:
    crawl.sweep(relay, wall)
    clock.moves(hours=1)
    _meanwhile(relay, clock, network, wall)
    slow = crawl.sweep(relay, wall)
    quick = _sweeps(relay)[1]
    assert (slow.covers_to < quick.covers_to, quick.complete, slow.complete) == (True, True, True)
    source = _source(relay, wall)
    assert (source.high_water, source.posts_total) == (quick.covers_to, 7)
    assert (quick.posts_total, slow.posts_total) == (7, None)
    clock.moves(hours=1)
    crawl.sweep(relay, wall)
    assert sum(sum(row.fresh.values()) for row in _sweeps(relay)) == 7 == len(posts.listing(relay, SLUG))
    assert _counts_that_do_not_add_up(relay) == 0
    assert _source(relay, wall).reread_from is None


@pytest.mark.slow
def test_without_that_the_wall_seems_to_hide_posts(
    relay: Relay, clock: FakeClock, network: FakeSource, wall: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage.Tally, "overtaken", lambda *_: None)
    crawl.sweep(relay, wall)
    clock.moves(hours=1)
    _meanwhile(relay, clock, network, wall)
    crawl.sweep(relay, wall)
    clock.moves(hours=1)
    crawl.sweep(relay, wall)
    assert _counts_that_do_not_add_up(relay) == 1


@pytest.mark.slow
def test_a_spelling_that_comes_while_a_wall_is_read_is_looked_for_at_once(
    relay: Relay, clock: FakeClock, network: FakeSource, wall: int
) -> None:
    network.has(a_post("Письмо #blokada80", "7", published_at=NOON - timedelta(minutes=1)))

    def agreed() -> None:
        with relay.transaction() as session:
            campaign = find_campaign(session, SLUG)
            campaign.aliases = [*campaign.aliases, "#blokada80"]
            session.add(campaign)
            coverage.read_again(session, campaign, relay.now())

    network.after_page(1, agreed)
    crawl.sweep(relay, wall)
    assert "7" not in {post.post_id for post in posts.listing(relay, SLUG)}
    assert crawl.due(relay) == [wall]
    clock.moves(minutes=1)
    crawl.sweep(relay, wall)
    assert "7" in {post.post_id for post in posts.listing(relay, SLUG)}
    assert (_source(relay, wall).reread_from, crawl.due(relay)) == (None, [])


# Behind a fence


def _sleeper(relay: Relay) -> Relay:
    """A process that leads now."""
    return replace(relay, holder="sleeper", fence=Fence("bell", acquire(replace(relay, holder="sleeper"), "bell", 20)))


def _slept_through(relay: Relay, clock: FakeClock) -> None:
    clock.moves(seconds=60)
    assert acquire(replace(relay, holder="other"), "bell", 20)


@pytest.mark.slow
def test_who_slept_through_the_end_of_its_lease_stores_no_page_more(
    relay: Relay, clock: FakeClock, network: FakeSource, wall: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "AT_ONCE", 1)  # each page by itself, as if it held hundreds of posts
    sleeper = _sleeper(relay)
    network.after_page(1, lambda: _slept_through(relay, clock))
    with pytest.raises(Interrupted):
        crawl.sweep(sleeper, wall)
    assert len(posts.listing(relay, SLUG)) == 2
    assert (_sweeps(relay), _source(relay, wall).high_water) == ([], None)
    assert crawl.sweep(relay, wall).posts_new == 3


@pytest.mark.slow
def test_without_the_fence_the_sleeper_ends_its_sweep(
    relay: Relay, clock: FakeClock, network: FakeSource, wall: int
) -> None:
    sleeper = replace(_sleeper(relay), fence=None)
    network.after_page(1, lambda: _slept_through(relay, clock))
    assert crawl.sweep(sleeper, wall).complete


@pytest.mark.slow
def test_the_sleeper_moves_no_campaign(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    sleeper = _sleeper(relay)
    _slept_through(relay, clock)
    clock.moves(days=10)
    for late in (campaigns.tick, coverage.watch):
        with pytest.raises(Interrupted):
            late(sleeper)
    assert campaigns.get(relay, SLUG).state is CampaignState.running
    campaigns.tick(replace(sleeper, fence=None))
    assert campaigns.get(relay, SLUG).state is CampaignState.stopped
