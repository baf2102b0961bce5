"""A dry run: it finds what a sweep would find, within a few requests, and leaves no trace in the campaign."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import func, select

from relay.collect import campaigns, crawl, dry_run, schedule, sources
from relay.context import Relay
from relay.models import Campaign, Event, Match, Post, Sighting, Source, Spotting, Sweep, Video
from relay.ports import Author
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, a_post, a_video

TABLES = (Post, Match, Spotting, Sighting, Video, Sweep, Event, Source)


def _rows(relay: Relay) -> dict[str, int]:
    with relay.reading() as session:
        return {table.__name__: session.exec(select(func.count()).select_from(table)).one() for table in TABLES}


@pytest.fixture
def town(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    """Anna's video on two pages, Boris's on one; a look-alike, a post too old, and one without the tag."""
    boris = a_video("300", "8", author=Author("8", "Борис"))
    network.has(
        a_post("Моё #proryv80", "1", "7", videos=(a_video("100"),)),
        a_post("Наши люди #proryv80", "2", videos=(a_video("100"),)),
        a_post("Борис #proryv80", "3", videos=(boris,)),
        a_post("Читаю #proryv 80", "4"),
        a_post("Давно #proryv80", "5", published_at=NOON - timedelta(days=60)),
        a_post("Ярмарка", "6"),
    )
    for address in ("vk:club1", "vk:anna"):
        sources.add(relay, SLUG, address)


@pytest.mark.slow
def test_it_tells_what_would_be_found_and_keeps_nothing(relay: Relay, town: None) -> None:
    before = _rows(relay)
    with relay.reading() as session:
        sources = [row.model_dump() for row in session.exec(select(Source))]
    found = dry_run.dry_run(relay, SLUG)
    assert _rows(relay) == before
    with relay.reading() as session:
        assert [row.model_dump() for row in session.exec(select(Source))] == sources
    assert found.as_json(campaigns.get(relay, SLUG)) == {
        "since": "2023-01-11T00:00:00+03:00",
        "until": "2023-01-12T12:00:00+03:00",
        "before": False,
        "posts": 3,
        "videos": 2,
        "people": 2,
        "shared": 1,
        "near": 1,
        "read": 6,
        "requests": 3,
        "cut": [],
        "trouble": [],
    }


def test_it_finds_what_the_sweep_finds_then(relay: Relay, town: None) -> None:
    found = dry_run.dry_run(relay, SLUG)
    crawl.crawl(relay, SLUG)
    status = campaigns.status(relay, SLUG)
    assert status.posts == {"exact": found.posts, "near": found.near, "outside": 1}
    assert sum(status.videos.values()) == len(found.videos)


@pytest.mark.slow
def test_a_campaign_that_lies_ahead_is_tried_on_the_last_days(
    relay: Relay, clock: FakeClock, network: FakeSource
) -> None:
    campaigns.new(
        relay, slug=SLUG, title="Прорыв", hashtags=["#proryv80"], opens="2023-02-01", closes="2023-02-08",
        tz="Europe/Moscow",
    )  # fmt: skip
    sources.add(relay, SLUG, "vk:club1")
    network.has(
        a_post("Репетиция #proryv80", "1", published_at=NOON - timedelta(days=2)),
        a_post("Давно #proryv80", "2", published_at=NOON - timedelta(days=20)),
    )
    found = dry_run.dry_run(relay, SLUG)
    assert (found.before, found.posts, found.until) == (True, 1, clock())
    assert campaigns.get(relay, SLUG).opens_at > clock(), "the campaign's own window has moved"


def test_the_requests_are_bounded_and_what_was_cut_is_told(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    posts = [a_post("Письмо #proryv80", str(n), published_at=NOON - timedelta(minutes=n)) for n in range(1, 60)]
    network.has(*posts)
    sources.add(relay, SLUG, "vk:club1")
    found = dry_run.dry_run(relay, SLUG)
    assert (found.requests, found.read, found.cut) == (3, 9, ["vk:club1"])


@pytest.mark.slow
def test_twin_without_the_bound_a_big_wall_is_read_to_its_end(
    relay: Relay, campaign: Campaign, network: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.has(*(a_post("#proryv80", str(n), published_at=NOON - timedelta(minutes=n)) for n in range(1, 60)))
    sources.add(relay, SLUG, "vk:club1")
    monkeypatch.setattr(dry_run, "PAGES", 10_000)
    assert dry_run.dry_run(relay, SLUG).requests == 20


@pytest.mark.slow
def test_a_place_in_trouble_stops_no_other(relay: Relay, town: None, network: FakeSource) -> None:
    network.closes("vk:club1")
    found = dry_run.dry_run(relay, SLUG)
    assert [address for address, _ in found.trouble] == ["vk:club1"]
    assert found.posts == 1
    network.is_down()
    found = dry_run.dry_run(relay, SLUG)
    assert (len(found.trouble), found.posts) == (2, 0)


def test_the_plan_of_a_campaign_that_has_not_begun_is_what_it_will_be(relay: Relay, network: FakeSource) -> None:
    campaigns.new(
        relay, slug=SLUG, title="Прорыв", hashtags=["#proryv80"], opens="2023-02-01", closes="2023-02-08",
        tz="Europe/Moscow",
    )  # fmt: skip
    sources.add(relay, SLUG, "vk:club1")
    ahead = schedule.show(relay, SLUG).sources[0]
    assert ahead.interval_minutes == pytest.approx(10.0)
    campaigns.start(relay, SLUG, person="olga")
    assert schedule.show(relay, SLUG).sources[0].interval_minutes == ahead.interval_minutes
