from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import col, delete, select, update

from relay import alerts
from relay.collect import campaigns, crawl, sources
from relay.context import Relay
from relay.errors import Closed, NotFound, Refused, TryLater
from relay.models import Alert, Campaign, Event, Parking, Source, SourceState, Sweep
from relay.ports import Place
from relay.views import as_json
from tests.chain.record import forgets_events
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource, a_post


@pytest.mark.slow
def test_a_source_is_added_under_its_own_address(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    source = sources.add(relay, SLUG, "https://vk.com/gorod", district=" Северный ", person="olga")
    assert (source.address, source.owner_id, source.title, source.district) == ("vk:club1", "-1", "Город", "Северный")
    assert source.state is SourceState.active
    with relay.reading() as session:
        event = session.exec(select(Event).where(Event.subject == "source")).one()
    assert (event.what, event.person) == ("added", "olga")


@pytest.mark.slow
@pytest.mark.parametrize("again", ["vk:gorod", "vk:club1", "https://vk.com/club1"])
def test_the_same_place_is_added_once(relay: Relay, campaign: Campaign, network: FakeSource, again: str) -> None:
    sources.add(relay, SLUG, "vk:gorod")
    with pytest.raises(Refused, match="vk:club1 is a source of campaign proryv already"):
        sources.add(relay, SLUG, again)
    assert len(sources.listing(relay, SLUG)) == 1


@pytest.mark.slow
def test_an_address_of_no_network_is_refused(relay: Relay, campaign: Campaign) -> None:
    with pytest.raises(Refused, match="belongs to no network") as refused:
        sources.add(relay, SLUG, "https://example.org/x")
    assert "vk:…" in refused.value.line


@pytest.mark.slow
def test_a_name_that_nobody_has_is_refused(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    with pytest.raises(Refused, match="There is no vk:nobody"):
        sources.add(relay, SLUG, "vk:nobody")
    assert sources.listing(relay, SLUG) == []


@pytest.mark.slow
def test_when_the_network_is_down_it_says_what_to_do(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.is_down("VK can't be reached.")
    with pytest.raises(TryLater) as told:
        sources.add(relay, SLUG, "vk:club1")
    assert told.value.line == (
        "VK can't be reached. The source was not added: run the same command again in a few minutes."
    )
    assert sources.listing(relay, SLUG) == []


@pytest.mark.slow
def test_a_closed_wall_is_not_added(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    network.breaks(Closed("The wall of “Город” is closed."))
    with pytest.raises(Closed, match="is closed"):
        sources.add(relay, SLUG, "vk:club1")
    assert sources.listing(relay, SLUG) == []


def test_an_unknown_campaign_is_told_before_anything_is_asked(relay: Relay, network: FakeSource) -> None:
    with pytest.raises(NotFound):
        sources.add(relay, "nothing", "vk:club1")


@pytest.mark.slow
def test_the_listing_has_the_fields_that_others_script_against(
    relay: Relay, campaign: Campaign, network: FakeSource
) -> None:
    sources.add(relay, SLUG, "vk:gorod", district="Северный")
    assert as_json(sources.listing(relay, SLUG)[0]) | {"next_sweep": None} == {
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
    shown = sources.listing(relay, SLUG)[0]
    assert shown.last_sweep == "2023-01-12T12:00:00+03:00"
    assert as_json(shown.covered) == {"from": "2023-01-11T00:00:00+03:00", "to": "2023-01-12T12:00:00+03:00"}


@pytest.mark.slow
def test_paused_it_is_left_out_until_it_is_resumed(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    source = sources.add(relay, SLUG, "vk:club1")
    sources.add(relay, SLUG, "vk:club2")
    assert sources.pause(relay, SLUG, "vk:club1", person="olga").state is SourceState.paused
    assert len(crawl.crawl(relay, SLUG)) == 1
    with pytest.raises(Refused, match="paused already"):
        sources.pause(relay, SLUG, source.id or 0, person="olga")
    assert sources.resume(relay, SLUG, source.id or 0, person="olga").state is SourceState.active
    assert len(crawl.crawl(relay, SLUG)) == 2


@pytest.mark.slow
def test_a_pause_is_stronger_than_what_a_sweep_finds(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    source = sources.add(relay, SLUG, "vk:club1")
    sources.pause(relay, SLUG, "vk:club1", person="olga")
    network.closes("vk:club1")
    crawl.sweep(relay, source.id or 0)
    assert sources.listing(relay, SLUG)[0].state == "paused"
    network.recovers()
    crawl.sweep(relay, source.id or 0)
    assert sources.listing(relay, SLUG)[0].state == "paused"


@pytest.mark.slow
@pytest.mark.parametrize("which", ["vk:club9", "9", 9, "", "x' OR 1=1"])
def test_who_is_not_there_can_not_be_paused(relay: Relay, campaign: Campaign, which: str | int) -> None:
    with pytest.raises(NotFound, match="has no source"):
        sources.pause(relay, SLUG, which, person="olga")


@pytest.mark.slow
def test_a_check_finds_walls_closed_and_open_again(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    sources.add(relay, SLUG, "vk:club1")
    network.breaks(Closed("The wall is closed."))
    assert [(row.state, row.reason) for row in sources.check(relay, SLUG)] == [("attention", "The wall is closed.")]
    network.recovers()
    network.breaks(TryLater("VK does not answer."))
    assert [(row.state, row.reason) for row in sources.check(relay, SLUG)] == [("attention", "VK does not answer.")]
    network.recovers()
    assert [(row.state, row.reason) for row in sources.check(relay, SLUG)] == [("active", "")]
    assert crawl.due(relay) == [1]


@pytest.mark.slow
def test_a_check_goes_on_where_nobody_is_known_any_more(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    for address in ("vk:club1", "vk:club2"):
        sources.add(relay, SLUG, address)
    network.breaks(Refused("VK knows no community number 1."))
    assert [row.reason for row in sources.check(relay, SLUG)] == ["VK knows no community number 1."] * 2


def test_a_fault_that_concerns_all_is_told_at_each(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    for address in ("vk:club1", "vk:club2"):
        sources.add(relay, SLUG, address)
    network.breaks(TryLater("VK does not answer."))
    network.resolve_many = lambda _addresses: network.resolve("vk:club1")  # type: ignore[attr-defined]
    assert [row.reason for row in sources.check(relay, SLUG)] == ["VK does not answer."] * 2


@pytest.mark.slow
def test_a_check_lifts_what_rests(relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource) -> None:
    sources.add(relay, SLUG, "vk:club1")
    with relay.transaction() as session:
        session.add(Parking(key="vk:abc", reason="captcha", until=clock()))
        session.add(Parking(key="tg:abc", reason="captcha", until=clock()))
    sources.check(relay, SLUG)
    with relay.reading() as session:
        assert list(session.exec(select(Parking.key))) == ["tg:abc"]


@pytest.mark.slow
def test_resuming_takes_a_gone_source_in_again(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    sources.add(relay, SLUG, "vk:club1")
    network.closes("vk:club1", gone=True)
    crawl.crawl(relay, SLUG)
    network.recovers()
    network.has(a_post())
    sources.resume(relay, SLUG, "vk:club1", person="olga")
    assert crawl.crawl(relay, SLUG)[0].posts_new == 1


# Whole answers and whole rows


def _events(relay: Relay) -> list[tuple[Any, ...]]:
    with relay.reading() as session:
        rows = session.exec(select(Event).where(Event.subject == "source").order_by(col(Event.id)))
        return [(row.at, row.subject_id, row.what, row.person, row.details) for row in rows]


def _change(relay: Relay, source_id: int, **values: Any) -> None:
    with relay.transaction() as session:
        session.exec(update(Source).where(col(Source.id) == source_id).values(**values))


def _row(relay: Relay, source_id: int) -> dict[str, Any]:
    with relay.reading() as session:
        return session.get_one(Source, source_id).model_dump()


def _alerts(relay: Relay) -> dict[str, str]:
    with relay.reading() as session:
        return {alert.key: alert.text for alert in alerts.open_alerts(session)}


@pytest.fixture
def two(relay: Relay, campaign: Campaign, network: FakeSource, clock: FakeClock) -> tuple[int, int]:
    """Two sources that were added a while ago."""
    added = tuple(sources.add(relay, SLUG, f"vk:{name}", person="olga").id or 0 for name in ("gorod", "anna"))
    clock.moves(hours=1)
    return added[0], added[1]


@pytest.mark.slow
def test_a_source_that_is_added_is_due_at_once(relay: Relay, two: tuple[int, int], clock: FakeClock) -> None:
    at = clock() - timedelta(hours=1)
    assert _row(relay, 1) == {
        "id": 1, "campaign_id": 1, "address": "vk:club1", "network": "vk", "owner_id": "-1", "title": "Город",
        "district": "", "state": SourceState.active, "reason": "", "high_water": None, "covered_from": None,
        "next_sweep_at": at, "reread_from": None, "failures": 0, "posts_total": None, "unseen": 0, "created_at": at,
    }  # fmt: skip
    assert _events(relay) == [(at, 1, "added", "olga", {}), (at, 2, "added", "olga", {})]


@pytest.mark.slow
def test_the_list_tells_of_each_source_what_its_last_sweep_said(
    relay: Relay, two: tuple[int, int], clock: FakeClock
) -> None:
    campaigns.new(relay, slug="other", title="x", hashtags=["#a"], opens="2023-01-11", closes="2023-01-18", tz="UTC")
    third = sources.add(relay, "other", "vk:gorod").id or 0
    now = clock()
    words = {"covers_from": now, "covers_to": now, "started_at": now}
    with relay.transaction() as session:
        for source_id, minutes, complete, fault in (
            (1, 3, False, "Older."), (1, 1, False, "VK does not answer."), (2, 2, True, "A post could not be read."),
            (third, 9, False, "Of another campaign."),
        ):  # fmt: skip
            at = now + timedelta(minutes=minutes)
            session.add(Sweep(source_id=source_id, finished_at=at, complete=complete, fault=fault, **words))
    _change(relay, 2, covered_from=now - timedelta(days=1), high_water=now, posts_total=7, district="Северный")
    first = {
        "id": 1, "address": "vk:club1", "network": "vk", "title": "Город", "district": "", "state": "active",
        "reason": "VK does not answer.", "last_sweep": "2023-01-12T13:01:00+03:00",
        "last_fault": "VK does not answer.", "next_sweep": "2023-01-12T12:00:00+03:00", "covered": None,
        "posts_total": None,
    }  # fmt: skip
    second = {
        **first, "id": 2, "address": "vk:id7", "title": "Анна Иванова", "district": "Северный", "reason": "",
        "last_sweep": "2023-01-12T13:02:00+03:00", "last_fault": "A post could not be read.", "posts_total": 7,
        "covered": {"from": "2023-01-11T13:00:00+03:00", "to": "2023-01-12T13:00:00+03:00"},
    }  # fmt: skip
    assert as_json(sources.listing(relay, SLUG)) == [first, second]
    _change(relay, 1, reason="It is closed.", high_water=now)
    assert as_json(sources.listing(relay, SLUG)[0]) == {**first, "reason": "It is closed."}
    _change(relay, 2, high_water=None)
    assert as_json(sources.listing(relay, SLUG)[1]) == {**second, "covered": None}


@pytest.mark.slow
def test_a_pause_and_what_ends_it_change_one_source_and_nothing_else(
    relay: Relay, two: tuple[int, int], clock: FakeClock
) -> None:
    _change(relay, 2, reason="VK does not answer.", failures=3, next_sweep_at=clock() + timedelta(days=1))
    with relay.transaction() as session:
        for number in (1, 2):
            alerts.raise_alert(session, f"source:{number}", "It is closed.", clock())
    first, before = _row(relay, 1), _row(relay, 2)
    paused = sources.pause(relay, SLUG, "vk:id7", person="boris").model_dump()
    assert paused == _row(relay, 2) == {
        **before, "state": SourceState.paused, "reason": "", "failures": 0, "next_sweep_at": clock(),
    }  # fmt: skip
    assert list(_alerts(relay)) == ["source:1"]
    with pytest.raises(Refused) as told:
        sources.pause(relay, SLUG, 2, person="boris")
    assert told.value.line == "vk:id7 is paused already."
    assert sources.resume(relay, SLUG, 2, person="olga").state is SourceState.active
    with pytest.raises(Refused) as told:
        sources.resume(relay, SLUG, "2", person="boris")
    assert told.value.line == "vk:id7 is active already."
    assert _events(relay)[2:] == [(clock(), 2, "paused", "boris", {}), (clock(), 2, "resumed", "olga", {})]
    assert _row(relay, 1) == first
    for wrong in ("vk:club2", 3, "²"):
        with pytest.raises(NotFound) as missing:
            sources.pause(relay, SLUG, wrong, person="boris")
        assert missing.value.line == f"Campaign proryv has no source {wrong}. See: relay source list CAMPAIGN"


def _forgets(relay: Relay) -> None:
    """What was noted and told so far."""
    with relay.transaction() as session:
        forgets_events(session)
        session.exec(delete(Alert))


@pytest.mark.slow
def test_what_follows_when_a_place_is_closed_to_us(relay: Relay, two: tuple[int, int]) -> None:
    cases: list[tuple[SourceState, bool, SourceState, list[str] | None]] = [
        (SourceState.active, False, SourceState.attention, ["attention"]),
        (SourceState.active, True, SourceState.gone, ["gone"]),
        (SourceState.attention, False, SourceState.attention, []),
        (SourceState.attention, True, SourceState.gone, ["gone"]),
        (SourceState.paused, False, SourceState.paused, None),
        (SourceState.gone, False, SourceState.gone, None),
    ]
    for state, gone, after, what in cases:
        _forgets(relay)
        _change(relay, 1, state=state, reason="")
        with relay.transaction() as session:
            row = session.get_one(Source, 1)
            session.expunge(row)
            sources.closed(session, relay, row, Closed("It is closed.", hint="Ask.", gone=gone))
        rows = [_row(relay, number) for number in (1, 2)]
        reason = "" if what is None else "It is closed. Ask."
        assert [(row["state"], row["reason"]) for row in rows] == [(after, reason), (SourceState.active, "")]
        told = [(relay.now(), 1, name, "", {"reason": "It is closed. Ask."}) for name in what or []]
        assert _events(relay) == told, (state, gone)
        assert _alerts(relay) == ({} if what is None else {"source:1": "Город (vk:club1): It is closed. Ask."})


@pytest.mark.slow
def test_what_follows_when_a_place_answers(relay: Relay, two: tuple[int, int]) -> None:
    cases: list[tuple[SourceState, SourceState, list[str]]] = [
        (SourceState.attention, SourceState.active, ["active"]),
        (SourceState.gone, SourceState.active, ["active"]),
        (SourceState.active, SourceState.active, []),
        (SourceState.paused, SourceState.paused, []),
    ]
    for state, after, what in cases:
        _forgets(relay)
        for number in (1, 2):
            _change(relay, number, state=state, reason="It is closed.")
        with relay.transaction() as session:
            alerts.raise_alert(session, "source:1", "It is closed.", relay.now())
            sources.opened(session, relay, session.get_one(Source, 1))
        rows = [_row(relay, number) for number in (1, 2)]
        kept = "It is closed." if state is SourceState.paused else ""
        assert [(row["state"], row["reason"]) for row in rows] == [(after, kept), (state, "It is closed.")]
        assert _events(relay) == [(relay.now(), 1, name, "", {}) for name in what]
        assert _alerts(relay) == {}


@pytest.mark.slow
def test_a_check_lifts_what_rests_on_the_networks_of_the_campaign_alone(relay: Relay, two: tuple[int, int]) -> None:
    keys = ["vk:a", "vk:a:wall.get", "extractor:vk", "extractor:tg", "tg:a", "vkx:a"]
    with relay.transaction() as session:
        session.add_all(Parking(key=key, reason="r", until=relay.now()) for key in keys)
    _change(relay, 2, state=SourceState.paused, next_sweep_at=None)
    _change(relay, 1, title="Old", next_sweep_at=None)
    assert [row.title for row in sources.check(relay, SLUG)] == ["club1", "Анна Иванова"]
    with relay.reading() as session:
        assert sorted(session.exec(select(Parking.key))) == ["extractor:tg", "tg:a", "vkx:a"]
    assert [_row(relay, number)["next_sweep_at"] for number in (1, 2)] == [relay.now(), None]


class Together(FakeSource):
    """Asked about several places in one request; what it raises is said of all."""

    trouble: Exception | None = None

    def resolve_many(self, addresses: Sequence[str]) -> list[Callable[[], Place]]:
        if self.trouble is not None:
            raise self.trouble
        return [partial(Place, "vk", address, "-1", f"together {address}") for address in addresses]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trouble", "titles", "reasons"),
    [
        (None, ["together vk:club1", "together vk:id7"], ["", ""]),
        (Closed("One is closed."), ["club1", "id7"], ["", ""]),
        (TryLater("It does not answer."), ["Город", "Анна Иванова"], ["It does not answer."] * 2),
    ],
)
def test_places_are_looked_up_together_where_they_can_be(
    relay: Relay, two: tuple[int, int], trouble: Exception | None, titles: list[str], reasons: list[str]
) -> None:
    network = Together()
    network.trouble = trouble
    listed = sources.check(dataclasses.replace(relay, sources={"vk": network}), SLUG)
    assert [row.title for row in listed] == titles
    assert [row.reason for row in listed] == reasons


@pytest.mark.slow
def test_a_place_of_a_network_that_is_read_no_more_is_left_as_it_is(relay: Relay, two: tuple[int, int]) -> None:
    before = sources.listing(relay, SLUG)
    assert sources.check(dataclasses.replace(relay, sources={}), SLUG) == before


@pytest.mark.slow
def test_an_address_is_looked_up_by_the_network_that_claims_it(relay: Relay, campaign: Campaign) -> None:
    both = dataclasses.replace(relay, sources={"vk": FakeSource(), "tg": FakeSource("tg")})
    assert sources.add(both, SLUG, "tg:club5").network == "tg"
    with pytest.raises(Refused) as told:
        sources.add(both, SLUG, "ok:club5")
    assert told.value.line == "ok:club5 belongs to no network that Relay reads. Known are: vk:…, tg:…"
