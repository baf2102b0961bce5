from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from relay.collect import campaigns, crawl, sources
from relay.collect.leading import life
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.intake import fetch
from relay.intake.hand_in import hand_ins
from relay.models import Campaign, CampaignState, Event, EventKind, EventSubject
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource, a_post, a_video

pytestmark = pytest.mark.slow


def planned(relay: Relay, **more: str) -> Campaign:
    days = {"opens": "2023-02-01", "closes": "2023-02-08", **more}
    return campaigns.new(relay, slug="spring", title="Весна", hashtags=["#весна"], tz="Europe/Moscow", **days)  # type: ignore[arg-type]


def test_before_it_starts_both_days_may_change(relay: Relay) -> None:
    planned(relay)
    moved = life.reschedule(relay, "spring", "3 février 2023", "10/02/2023", person="Ольга", day_first=True)
    assert campaigns.local(moved, moved.opens_at) == "2023-02-03T00:00:00+03:00"
    assert campaigns.local(moved, moved.closes_at) == "2023-02-10T23:59:59+03:00"
    with pytest.raises(Refused, match="before it opens"):
        life.reschedule(relay, "spring", "2023-02-10", "2023-02-03", person="Ольга")


def test_once_started_only_the_end_moves(relay: Relay, campaign: Campaign) -> None:
    with pytest.raises(Refused, match="has started"):
        life.reschedule(relay, SLUG, "2023-01-01", "2023-01-20", person="Ольга")


def test_the_archive_takes_a_stopped_campaign_and_nothing_is_read_for_it(
    relay: Relay, campaign: Campaign, network: FakeSource, clock: FakeClock
) -> None:
    sources.add(relay, SLUG, "vk:gorod")
    hand_ins.switch(relay, SLUG, is_open=True, person="Ольга")
    with pytest.raises(Refused, match="Stop it first"):
        life.archive(relay, SLUG, person="Ольга")
    campaigns.stop(relay, SLUG, person="Ольга")
    kept = life.archive(relay, SLUG, person="Ольга")
    assert (kept.state, kept.hand_in, kept.last_sweep_due) == (CampaignState.archived, False, False)
    with pytest.raises(Refused, match="is archived"):
        life.archive(relay, SLUG, person="Ольга")
    for later in (timedelta(minutes=1), timedelta(days=30)):
        clock.moves(seconds=later.total_seconds())
        assert campaigns.tick(relay) == []
        assert crawl.due(relay) == []
    with pytest.raises(Refused):
        campaigns.start(relay, SLUG, person="Ольга")


def test_twin_a_stopped_one_still_gets_its_last_reading(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    sources.add(relay, SLUG, "vk:gorod")
    campaigns.stop(relay, SLUG, person="Ольга")
    assert crawl.due(relay) != []


def told(relay: Relay) -> list[tuple[EventKind, str]]:
    with relay.reading() as session:
        mine = select(Event.what, Event.person).where(Event.subject == EventSubject.campaign)
        return [(what, person) for what, person in session.exec(mine.order_by(col(Event.id)))]


def test_who_holds_a_campaign_that_is_not_there_is_told(relay: Relay, campaign: Campaign) -> None:
    with relay.transaction() as session:
        assert life.held(session, SLUG).title == campaign.title
        with pytest.raises(NotFound):
            life.held(session, "nothing")


def test_a_draft_from_the_archive_counts_as_stopped_when_it_is_brought_back(relay: Relay, clock: FakeClock) -> None:
    planned(relay)
    life.archive(relay, "spring", person="Ольга")
    clock.moves(seconds=60)
    assert life.bring_back(relay, "spring", person="Ольга").stopped_at == relay.now()


def test_out_of_the_archive_it_starts_only_by_hand(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    stopped = campaigns.stop(relay, SLUG, person="Ольга").stopped_at
    clock.moves(seconds=3600)
    life.archive(relay, SLUG, person="Ольга")
    back = life.bring_back(relay, SLUG, person="Вера")
    assert (back.state, back.held, back.stopped_at) == (CampaignState.stopped, True, stopped)
    assert told(relay)[-2:] == [(EventKind.archived, "Ольга"), (EventKind.brought_back, "Вера")]
    assert campaigns.tick(relay) == []
    assert campaigns.start(relay, SLUG, person="Ольга").state is CampaignState.running
    with pytest.raises(Refused, match="not archived"):
        life.bring_back(relay, SLUG, person="Ольга")
    with pytest.raises(NotFound):
        life.archive(relay, "nothing", person="Ольга")


@pytest.mark.parametrize("archived", [True, False], ids=["archived", "twin: stopped"])
def test_nothing_is_fetched_for_the_archive(
    relay: Relay, campaign: Campaign, network: FakeSource, *, archived: bool
) -> None:
    source = sources.add(relay, SLUG, "vk:club1")
    network.has(a_post("Читаю #proryv80", "1", videos=(a_video("1"),)))
    crawl.sweep(relay, source.id or 0)
    campaigns.stop(relay, SLUG, person="Ольга")
    if archived:
        life.archive(relay, SLUG, person="Ольга")
    assert len(fetch.waiting(relay)) == (0 if archived else 1)


def test_other_days_are_told_with_those_of_before(relay: Relay) -> None:
    before = planned(relay)
    moved = life.reschedule(relay, "spring", "2023-02-03", "2023-02-10", person="Ольга")
    with relay.reading() as session:
        event = session.exec(select(Event).where(Event.what == EventKind.window_moved)).one()
    assert (event.person, event.subject_id) == ("Ольга", moved.id)
    assert event.details == {"from": before.opens_at.isoformat(), "to": before.closes_at.isoformat()}
    assert moved.opens_at == before.opens_at + timedelta(days=2)
    assert moved.closes_at == before.closes_at + timedelta(days=2)


def test_what_is_archived_says_so_and_what_is_not(relay: Relay) -> None:
    life.refuse_archived(planned(relay))
    with pytest.raises(Refused, match="spring is not archived") as told:
        life.bring_back(relay, "spring", person="Ольга")
    assert told.value.words["now"] == "draft"
    life.archive(relay, "spring", person="Ольга")
    with relay.reading() as session, pytest.raises(Refused, match="spring is archived"):
        life.refuse_archived(session.exec(select(Campaign)).one())
