"""A network that is down is one alert, however many of its sources can't be read."""

from __future__ import annotations

import pytest

from relay.alerts import open_alerts
from relay.collect import crawl, sources
from relay.collect.ledger import telling
from relay.context import Relay
from relay.models import Campaign
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource

WALLS = 6


@pytest.fixture
def walls(relay: Relay, campaign: Campaign, network: FakeSource) -> list[int]:
    return [sources.add(relay, SLUG, f"vk:club{number}").id or 0 for number in range(1, WALLS + 1)]


def keys(relay: Relay) -> list[str]:
    with relay.reading() as session:
        return sorted(alert.key for alert in open_alerts(session))


def for_hours(relay: Relay, clock: FakeClock, hours: int) -> None:
    for _ in range(hours):
        clock.moves(hours=1)
        for read in crawl.readings(relay, crawl.due(relay)):
            read()


@pytest.mark.slow
def test_one_alert_for_all_walls_that_ends_with_the_first_that_answers(
    relay: Relay, clock: FakeClock, walls: list[int], network: FakeSource
) -> None:
    crawl.crawl(relay, SLUG)
    network.is_down()
    for_hours(relay, clock, 8)
    assert keys(relay) == ["network:vk"]
    with relay.reading() as session:
        (alert,) = open_alerts(session)
    assert alert.text == "No source of vk can be read any more. VK does not answer."
    network.recovers()
    for_hours(relay, clock, 8)
    assert keys(relay) == []


@pytest.mark.slow
def test_also_when_none_was_ever_read(relay: Relay, clock: FakeClock, walls: list[int], network: FakeSource) -> None:
    network.is_down()
    for_hours(relay, clock, 8)
    assert keys(relay) == ["network:vk"]


@pytest.mark.slow
def test_twin_without_a_look_at_the_others_each_wall_is_an_alert(
    relay: Relay, clock: FakeClock, walls: list[int], network: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "no_source_answers", lambda *_words: False)
    network.is_down()
    for_hours(relay, clock, 8)
    assert len(keys(relay)) == WALLS


@pytest.mark.slow
def test_a_wall_that_fails_alone_is_an_alert_of_its_own(
    relay: Relay, clock: FakeClock, walls: list[int], network: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawl.crawl(relay, SLUG)
    whole = network.read

    def read(place, **more):  # type: ignore[no-untyped-def]
        if place.address == "vk:club3":
            network.is_down()
        try:
            yield from whole(place, **more)
        finally:
            network.recovers()

    monkeypatch.setattr(network, "read", read)
    for_hours(relay, clock, 8)
    assert keys(relay) == [f"source:{walls[2]}"]
