from __future__ import annotations

import pytest
from sqlmodel import select

from relay.collect import crawl, places
from relay.context import Relay
from relay.errors import Closed, NotFound, Refused, TryLater
from relay.models import Campaign, Event, Parking, SourceState
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource, a_post


def test_a_source_is_added_under_its_own_address(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    source = places.add(relay, SLUG, "https://vk.com/gorod", district=" Северный ", person="olga")
    assert (source.address, source.owner_id, source.title, source.district) == ("vk:club1", "-1", "Город", "Северный")
    assert source.state is SourceState.active
    with relay.reading() as session:
        event = session.exec(select(Event).where(Event.subject == "source")).one()
    assert (event.what, event.person) == ("added", "olga")


@pytest.mark.parametrize("again", ["vk:gorod", "vk:club1", "https://vk.com/club1"])
def test_the_same_place_is_added_once(relay: Relay, campaign: Campaign, network: FakeSource, again: str) -> None:
    places.add(relay, SLUG, "vk:gorod")
    with pytest.raises(Refused, match="vk:club1 is a source of campaign proryv already"):
        places.add(relay, SLUG, again)
    assert len(places.listing(relay, SLUG)) == 1


def test_an_address_of_no_network_is_refused(relay: Relay, campaign: Campaign) -> None:
    with pytest.raises(Refused, match="belongs to no network") as refused:
        places.add(relay, SLUG, "https://example.org/x")
    assert "vk:…" in refused.value.line


def test_a_name_that_nobody_has_is_refused(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    with pytest.raises(Refused, match="There is no vk:nobody"):
        places.add(relay, SLUG, "vk:nobody")
    assert places.listing(relay, SLUG) == []


def test_when_the_network_is_down_it_says_what_to_do(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.is_down("VK can't be reached.")
    with pytest.raises(TryLater) as told:
        places.add(relay, SLUG, "vk:club1")
    assert told.value.line == (
        "VK can't be reached. The source was not added: run the same command again in a few minutes."
    )
    assert places.listing(relay, SLUG) == []


def test_a_closed_wall_is_not_added(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.breaks(Closed("The wall of “Город” is closed."))
    with pytest.raises(Closed, match="is closed"):
        places.add(relay, SLUG, "vk:club1")
    assert places.listing(relay, SLUG) == []


def test_an_unknown_campaign_is_told_before_anything_is_asked(relay: Relay, network: FakeSource) -> None:
    with pytest.raises(NotFound):
        places.add(relay, "nothing", "vk:club1")


def test_the_listing_has_the_fields_that_others_script_against(
    relay: Relay, campaign: Campaign, network: FakeSource
) -> None:
    places.add(relay, SLUG, "vk:gorod", district="Северный")
    assert places.listing(relay, SLUG)[0] | {"next_sweep": None} == {
        "id": 1,
        "address": "vk:club1",
        "network": "vk",
        "title": "Город",
        "district": "Северный",
        "state": "active",
        "reason": "",
        "last_sweep": None,
        "last_fault": "",
        "next_sweep": None,
        "covered": None,
        "posts_total": None,
    }
    crawl.crawl(relay, SLUG)
    shown = places.listing(relay, SLUG)[0]
    assert shown["last_sweep"] == "2023-01-12T12:00:00+03:00"
    assert shown["covered"] == {"from": "2023-01-11T00:00:00+03:00", "to": "2023-01-12T12:00:00+03:00"}


@pytest.mark.slow
def test_paused_it_is_left_out_until_it_is_resumed(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    source = places.add(relay, SLUG, "vk:club1")
    places.add(relay, SLUG, "vk:club2")
    assert places.pause(relay, SLUG, "vk:club1", person="olga").state is SourceState.paused
    assert len(crawl.crawl(relay, SLUG)) == 1
    with pytest.raises(Refused, match="paused already"):
        places.pause(relay, SLUG, source.id or 0, person="olga")
    assert places.resume(relay, SLUG, source.id or 0, person="olga").state is SourceState.active
    assert len(crawl.crawl(relay, SLUG)) == 2


@pytest.mark.slow
def test_a_pause_is_stronger_than_what_a_sweep_finds(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    source = places.add(relay, SLUG, "vk:club1")
    places.pause(relay, SLUG, "vk:club1", person="olga")
    network.closes("vk:club1")
    crawl.sweep(relay, source.id or 0)
    assert places.listing(relay, SLUG)[0]["state"] == "paused"
    network.recovers()
    crawl.sweep(relay, source.id or 0)
    assert places.listing(relay, SLUG)[0]["state"] == "paused"


@pytest.mark.parametrize("which", ["vk:club9", "9", 9, "", "x' OR 1=1"])
def test_who_is_not_there_can_not_be_paused(relay: Relay, campaign: Campaign, which: str | int) -> None:
    with pytest.raises(NotFound, match="has no source"):
        places.pause(relay, SLUG, which, person="olga")


@pytest.mark.slow
def test_a_check_finds_walls_closed_and_open_again(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    places.add(relay, SLUG, "vk:club1")
    network.breaks(Closed("The wall is closed."))
    assert [(row["state"], row["reason"]) for row in places.check(relay, SLUG)] == [
        ("attention", "The wall is closed.")
    ]
    network.recovers()
    network.breaks(TryLater("VK does not answer."))
    assert [(row["state"], row["reason"]) for row in places.check(relay, SLUG)] == [
        ("attention", "VK does not answer.")
    ]
    network.recovers()
    assert [(row["state"], row["reason"]) for row in places.check(relay, SLUG)] == [("active", "")]
    assert crawl.due(relay) == [1]


def test_a_check_goes_on_where_nobody_is_known_any_more(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    for address in ("vk:club1", "vk:club2"):
        places.add(relay, SLUG, address)
    network.breaks(Refused("VK knows no community number 1."))
    assert [row["reason"] for row in places.check(relay, SLUG)] == ["VK knows no community number 1."] * 2


def test_a_fault_that_concerns_all_is_told_at_each(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    for address in ("vk:club1", "vk:club2"):
        places.add(relay, SLUG, address)
    network.breaks(TryLater("VK does not answer."))
    network.resolve_many = lambda _addresses: network.resolve("vk:club1")  # type: ignore[attr-defined]
    assert [row["reason"] for row in places.check(relay, SLUG)] == ["VK does not answer."] * 2


def test_a_check_lifts_what_rests(relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource) -> None:
    places.add(relay, SLUG, "vk:club1")
    with relay.transaction() as session:
        session.add(Parking(key="vk:abc", reason="captcha", until=clock()))
        session.add(Parking(key="tg:abc", reason="captcha", until=clock()))
    places.check(relay, SLUG)
    with relay.reading() as session:
        assert list(session.exec(select(Parking.key))) == ["tg:abc"]


@pytest.mark.slow
def test_resuming_takes_a_gone_source_in_again(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    places.add(relay, SLUG, "vk:club1")
    network.closes("vk:club1", gone=True)
    crawl.crawl(relay, SLUG)
    network.recovers()
    network.has(a_post())
    places.resume(relay, SLUG, "vk:club1", person="olga")
    assert crawl.crawl(relay, SLUG)[0].posts_new == 1
