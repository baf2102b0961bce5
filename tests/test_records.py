"""Rows that every stage looks up or adds."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from relay import records
from relay.collect import campaigns
from relay.context import Relay
from relay.errors import NotFound
from relay.models import Account, Campaign, Clip, Event, EventKind, EventSubject, Role

AT = datetime(2023, 1, 12, 9, 0, 0, 999, tzinfo=UTC)


@pytest.mark.slow
def test_a_campaign_is_found_by_its_slug(relay: Relay) -> None:
    dates = {"opens": "2023-01-13", "closes": "2023-01-18", "tz": "UTC"}
    made = [campaigns.new(relay, slug=slug, title=slug, hashtags=[f"#{slug}"], **dates) for slug in ("proryv", "zima")]
    with relay.reading() as session:
        assert records.find_campaign(session, "zima").id == made[1].id


def test_a_campaign_that_is_not_there_is_told_with_where_to_look(relay: Relay) -> None:
    with relay.reading() as session, pytest.raises(NotFound) as told:
        records.find_campaign(session, "nothing")
    assert told.value.line == "There is no campaign nothing. See: relay campaign list"


@pytest.mark.slow
def test_what_happened_is_noted_of_a_row_or_of_its_number(relay: Relay) -> None:
    with relay.transaction() as session:
        account = Account(
            login="anna", name="Anna", role=Role.moderator, password_hash="", language="en", created_at=relay.now()
        )
        session.add(account)
        session.flush()
        records.add_event(session, relay.now(), account, EventKind.created, "Olga", role="moderator")
        records.add_event(session, relay.now(), (EventSubject.clip, 7), EventKind.in_doubt)
    with relay.reading() as session:
        found = [
            (event.subject, event.subject_id, event.what, event.person, event.details, event.at)
            for event in session.exec(select(Event).order_by(Event.id))
        ]
    assert found == [
        (EventSubject.account, account.id, EventKind.created, "Olga", {"role": "moderator"}, relay.now()),
        (EventSubject.clip, 7, EventKind.in_doubt, "", {}, relay.now()),
    ]


def test_a_row_that_is_not_stored_yet_has_no_events(relay: Relay) -> None:
    with relay.transaction() as session, pytest.raises(LookupError):
        records.add_event(session, relay.now(), Clip.model_construct(), EventKind.made)


def test_times_are_told_in_the_campaign_s_zone() -> None:
    campaign = Campaign(slug="x", title="x", hashtags=[], opens_at=AT, closes_at=AT, tz="Europe/Moscow", created_at=AT)
    assert records.local(campaign, AT) == "2023-01-12T12:00:00+03:00"
