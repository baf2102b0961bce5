from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from relay.collect import campaigns, crawl, places, posts
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Campaign, CampaignState, Event
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource, a_post

MOSCOW = ZoneInfo("Europe/Moscow")
GOOD: dict[str, Any] = {
    "slug": "proryv",
    "title": "Прорыв",
    "hashtags": ["#proryv80"],
    "opens": "2023-01-11",
    "closes": "2023-01-18",
    "tz": "Europe/Moscow",
}


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ("2023-01-18", "2023-01-17T21:00:00", "2023-01-18T20:59:59"),
        ("2023-01-18T23:59", "2023-01-18T20:59:00", "2023-01-18T20:59:59"),
        ("2023-01-18 23:59", "2023-01-18T20:59:00", "2023-01-18T20:59:59"),
        ("2023-01-18T12:30:15", "2023-01-18T09:30:15", "2023-01-18T09:30:15"),
        ("2023-01-18T12:30+00:00", "2023-01-18T12:30:00", "2023-01-18T12:30:59"),
        ("2023-01-18T12:30:00Z", "2023-01-18T12:30:00", "2023-01-18T12:30:00"),
        (" 2023-01-18 ", "2023-01-17T21:00:00", "2023-01-18T20:59:59"),
        ("20230118", "2023-01-17T21:00:00", "2023-01-18T20:59:59"),
        ("2023-W03-3", "2023-01-17T21:00:00", "2023-01-18T20:59:59"),
        ("18.01.2023", "2023-01-17T21:00:00", "2023-01-18T20:59:59"),
        ("2023-01-18T24:00", "2023-01-18T21:00:00", "2023-01-18T20:59:59"),
        (date(2023, 1, 18), "2023-01-17T21:00:00", "2023-01-18T20:59:59"),
        (datetime(2023, 1, 18, 12, 30, tzinfo=UTC), "2023-01-18T12:30:00", "2023-01-18T12:30:00"),
    ],
)
def test_a_date_means_its_first_or_last_second(given: str | date, first: str, last: str) -> None:
    assert campaigns.moment(given, MOSCOW) == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert campaigns.moment(given, MOSCOW, end=True) == datetime.fromisoformat(last).replace(tzinfo=UTC)


def test_the_hour_that_comes_twice_closes_the_second_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert campaigns.moment("2023-10-29T02:30", berlin) == datetime(2023, 10, 29, 0, 30, tzinfo=UTC)
    assert campaigns.moment("2023-10-29T02:30", berlin, end=True) == datetime(2023, 10, 29, 1, 30, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"slug": "Прорыв"}, "no short name"),
        ({"slug": "a b"}, "no short name"),
        ({"slug": "-a"}, "no short name"),
        ({"slug": ""}, "no short name"),
        ({"slug": "a" * 65}, "no short name"),
        ({"slug": "../x"}, "no short name"),
        ({"title": " "}, "needs a title"),
        ({"hashtags": []}, "needs a hashtag"),
        ({"hashtags": ["#80"]}, "'#80' is no hashtag"),
        ({"hashtags": ["#proryv 80"]}, "is no hashtag"),
        ({"aliases": ["x-y"]}, "'x-y' is no hashtag"),
        ({"tz": "Moscow"}, "'Moscow' is no time zone"),
        ({"tz": ""}, "is no time zone"),
        ({"tz": "../../etc/passwd"}, "is no time zone"),
        ({"opens": "yesterday"}, "'yesterday' is no date"),
        ({"opens": "2023-02-30"}, "is no date"),
        ({"closes": "18.01"}, "the year is missing"),
        ({"closes": "20230110"}, r"would close \(2023-01-10 23:59\) before it opens \(2023-01-11 00:00\)"),
        ({"opens": "0001-01-01T00:00"}, "is no date"),
        ({"language": "xx"}, "no language"),
    ],
)
def test_nonsense_is_refused_in_one_line(relay: Relay, wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        campaigns.new(relay, **GOOD | wrong)
    assert "\n" not in refused.value.line
    assert campaigns.all_campaigns(relay) == []


def test_a_campaign_of_one_day_is_possible(relay: Relay) -> None:
    campaigns.new(relay, **GOOD | {"closes": "2023-01-11"})


def test_a_short_name_is_taken_once(relay: Relay) -> None:
    campaigns.new(relay, **GOOD)
    with pytest.raises(Refused, match="already a campaign proryv"):
        campaigns.new(relay, **GOOD)
    assert len(campaigns.all_campaigns(relay)) == 1


def test_tags_are_kept_as_written_with_their_sign(relay: Relay) -> None:
    campaign = campaigns.new(relay, **GOOD | {"hashtags": ["Proryv80"], "aliases": ["#Прорыв80"]})
    assert (campaign.hashtags, campaign.aliases) == (["#Proryv80"], ["#Прорыв80"])
    assert campaign.state is CampaignState.draft


def test_who_asks_for_nothing_is_told(relay: Relay) -> None:
    with pytest.raises(NotFound, match="no campaign nothing"):
        campaigns.get(relay, "nothing")


def test_it_starts_and_stops_by_itself(relay: Relay, clock: FakeClock) -> None:
    campaigns.new(relay, **GOOD)
    clock.is_at(datetime(2023, 1, 10, 20, 59, 59, tzinfo=UTC))
    assert campaigns.tick(relay) == []
    clock.is_at(datetime(2023, 1, 10, 21, 0, tzinfo=UTC))
    assert [c.state for c in campaigns.tick(relay)] == [CampaignState.running]
    assert campaigns.tick(relay) == []
    clock.is_at(datetime(2023, 1, 18, 20, 59, 58, tzinfo=UTC))
    assert campaigns.tick(relay) == []
    clock.is_at(datetime(2023, 1, 18, 21, 0, tzinfo=UTC))
    assert [c.state for c in campaigns.tick(relay)] == [CampaignState.stopped]
    assert _events(relay) == ["created", "started", "stopped", "frozen"]


@pytest.mark.slow
def test_one_that_nobody_saw_running_gets_its_sweep_too(relay: Relay, clock: FakeClock, network: FakeSource) -> None:
    campaigns.new(relay, **GOOD)
    places.add(relay, "proryv", "vk:club1")
    network.has(a_post())
    clock.is_at(datetime(2024, 5, 1, tzinfo=UTC))
    campaigns.tick(relay)
    stopped = campaigns.get(relay, "proryv")
    assert (stopped.state, stopped.last_sweep_due) == (CampaignState.stopped, True)
    for source_id in crawl.due(relay):
        assert crawl.sweep(relay, source_id).deep
    assert [post["match"] for post in posts.listing(relay, "proryv")] == ["exact"]
    assert not campaigns.get(relay, "proryv").last_sweep_due
    assert crawl.due(relay) == []


@pytest.mark.slow
def test_the_last_sweep_is_over_only_when_every_source_was_read(
    relay: Relay, clock: FakeClock, network: FakeSource, campaign: Campaign
) -> None:
    places.add(relay, "proryv", "vk:club1")
    places.add(relay, "proryv", "vk:tag")
    campaigns.stop(relay, "proryv", person="olga")
    first, second = crawl.due(relay)
    crawl.sweep(relay, first)
    network.is_down()
    crawl.sweep(relay, second)
    campaigns.tick(relay)
    assert campaigns.get(relay, "proryv").last_sweep_due
    network.recovers()
    clock.moves(hours=7)
    crawl.sweep(relay, second)
    assert not campaigns.get(relay, "proryv").last_sweep_due


@pytest.mark.slow
def test_a_wall_that_closes_does_not_hold_the_last_sweep_up(
    relay: Relay, network: FakeSource, campaign: Campaign
) -> None:
    source = places.add(relay, "proryv", "vk:club1")
    campaigns.stop(relay, "proryv", person="olga")
    network.closes("vk:club1")
    crawl.sweep(relay, source.id or 0)
    assert not campaigns.get(relay, "proryv").last_sweep_due


def test_stopped_by_hand_it_stays_stopped(relay: Relay, clock: FakeClock, campaign: Campaign) -> None:
    assert campaigns.stop(relay, "proryv", person="olga").held
    clock.moves(days=1)
    assert campaigns.tick(relay) == []
    clock.moves(days=30)
    assert campaigns.tick(relay) == []
    assert campaigns.get(relay, "proryv").state is CampaignState.stopped


@pytest.mark.slow
def test_stopped_by_hand_it_counts_until_then(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    places.add(relay, "proryv", "vk:club1")
    before = a_post(post_id="1", published_at=clock())
    campaigns.stop(relay, "proryv", person="olga")
    clock.moves(hours=2)
    network.has(before, a_post(post_id="2", published_at=clock()))
    crawl.crawl(relay, "proryv")
    assert _matches(relay) == {"1": "exact", "2": "outside"}
    campaigns.start(relay, "proryv", person="olga")
    assert _matches(relay) == {"1": "exact", "2": "exact"}


@pytest.mark.slow
def test_extending_takes_in_what_came_late(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    places.add(relay, "proryv", "vk:club1")
    clock.is_at(datetime(2023, 1, 19, 12, tzinfo=UTC))
    network.has(a_post(published_at=clock()))
    campaigns.tick(relay)
    crawl.crawl(relay, "proryv")
    assert _matches(relay) == {"1": "outside"}
    extended = campaigns.extend(relay, "proryv", "2023-01-25", person="olga")
    assert (extended.state, extended.stopped_at) == (CampaignState.running, None)
    assert _matches(relay) == {"1": "exact"}
    assert _events(relay)[-2:] == ["extended", "started"]


def test_extending_does_not_start_what_was_stopped_by_hand(relay: Relay, campaign: Campaign) -> None:
    campaigns.stop(relay, "proryv", person="olga")
    assert campaigns.extend(relay, "proryv", "2023-01-25", person="olga").state is CampaignState.stopped


@pytest.mark.parametrize("closes", ["2023-01-18", "2023-01-12", "2020-01-01"])
def test_extending_means_later(relay: Relay, campaign: Campaign, closes: str) -> None:
    with pytest.raises(Refused, match="not later"):
        campaigns.extend(relay, "proryv", closes, person="olga")


@pytest.mark.slow
def test_a_post_of_the_last_second_counts_and_one_of_the_next_does_not(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    places.add(relay, "proryv", "vk:club1")
    moments = ["2023-01-10T20:59:59", "2023-01-10T21:00:00", "2023-01-18T20:59:59", "2023-01-18T21:00:00"]
    for number, at in enumerate(moments):
        network.has(a_post(post_id=str(number), published_at=datetime.fromisoformat(at).replace(tzinfo=UTC)))
    clock.is_at(datetime(2023, 2, 1, tzinfo=UTC))
    crawl.crawl(relay, "proryv", deep=True)
    assert _matches(relay) == {"0": "outside", "1": "exact", "2": "exact", "3": "outside"}


def test_what_is_not_possible_is_told(relay: Relay, campaign: Campaign) -> None:
    with pytest.raises(Refused, match="running already"):
        campaigns.start(relay, "proryv", person="olga")
    campaigns.stop(relay, "proryv", person="olga")
    with pytest.raises(Refused, match="is not running"):
        campaigns.stop(relay, "proryv", person="olga")


def test_every_change_is_an_event_with_its_person(relay: Relay, campaign: Campaign) -> None:
    campaigns.stop(relay, "proryv", person="olga")
    with relay.reading() as session:
        rows = [(event.what, event.person) for event in session.exec(select(Event).order_by(Event.id))]  # type: ignore[arg-type]
    assert rows == [("created", ""), ("started", "olga"), ("stopped", "olga"), ("frozen", "")]


def test_status_tells_all_at_a_glance(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    places.add(relay, "proryv", "vk:club1")
    places.add(relay, "proryv", "vk:tag")
    network.has(a_post(), a_post("#прорыв80", post_id="2"))
    network.closes("vk:tag", "The search is closed.")
    crawl.crawl(relay, "proryv")
    status = campaigns.status(relay, "proryv")
    assert status["opens"] == "2023-01-11T00:00:00+03:00"
    assert status["closes"] == "2023-01-18T23:59:59+03:00"
    assert status["last_sweep"] == "2023-01-12T12:00:00+03:00"
    assert status["state"] == "running"
    assert status["sources"] == {"active": 1, "attention": 1}
    assert status["posts"] == {"exact": 1, "near": 1}
    assert status["videos"] == {"found": 1}
    assert status["clips"] == {}
    assert [alert["text"] for alert in status["alerts"]] == ["Hashtag search (vk:tag): The search is closed."]


def _matches(relay: Relay) -> dict[str, str]:
    return {post["post_id"]: post["match"] for post in posts.listing(relay, "proryv")}


def _events(relay: Relay) -> list[str]:
    with relay.reading() as session:
        found = session.exec(select(Event).where(Event.subject == "campaign").order_by(Event.id))  # type: ignore[arg-type]
        return [event.what for event in found]
