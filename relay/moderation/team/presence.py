"""Who is at the desk of a campaign just now: whoever opened one of its pages lately, keeps one open, or has a clip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from relay import clocks
from relay.context import Relay
from relay.models import Presence
from relay.moderation.claims import ClaimView, held
from relay.records import find_campaign
from relay.store import add_new

HERE = timedelta(minutes=2)
"""So long after the last sign of a person they count as being here."""
NOTED_EVERY = timedelta(seconds=30)
"""More often nothing is written, however many pages are opened."""


@dataclass(frozen=True, slots=True)
class PersonHere:
    """`clip`: the number of the clip that they have, if any."""

    name: str
    clip: int | None


def note(session: Session, campaign_id: int, people: Iterable[str], now: datetime) -> None:
    """These people are here. Inside a unit of work."""
    for person in sorted(unnoted(session, campaign_id, people, now)):
        known = (col(Presence.campaign_id) == campaign_id) & (col(Presence.person) == person)
        seen = session.exec(
            update(Presence).where(known).values(seen_at=now).execution_options(synchronize_session=False)
        )
        if seen.rowcount == 0:
            add_new(session, Presence(campaign_id=campaign_id, person=person, seen_at=now))


def unnoted(session: Session, campaign_id: int, people: Iterable[str], now: datetime) -> set[str]:
    """Those of the people whom `note` would write down."""
    return set(people) - _seen(session, campaign_id, NOTED_EVERY, now)


def here(relay: Relay, slug: str) -> list[PersonHere]:
    """By name. Raises NotFound."""
    with relay.reading() as session:
        campaign_id, now = find_campaign(session, slug).id or 0, relay.now()
        return people(session, campaign_id, held(session, campaign_id, now), now)


def names(session: Session, campaign_id: int, now: datetime) -> set[str]:
    """Who was seen lately, inside a unit of work."""
    return _seen(session, campaign_id, HERE, now)


def people(session: Session, campaign_id: int, claims: Sequence[ClaimView], now: datetime) -> list[PersonHere]:
    """As `here`, inside a unit of work; `claims`: those of the campaign."""
    seen = names(session, campaign_id, now)
    clips = {claim.person: claim.clip_id for claim in reversed(claims)}
    return [PersonHere(name, clips.get(name)) for name in sorted(seen | set(clips), key=str.casefold)]


_SEEN = select(Presence.person, Presence.seen_at).where(col(Presence.campaign_id) == bindparam("campaign"))


def _seen(session: Session, campaign_id: int, lately: timedelta, now: datetime) -> set[str]:
    """A campaign has few people, so what is lately is told here, by `clocks.has_passed`."""
    rows = session.execute(_SEEN, {"campaign": campaign_id})
    return {person for person, seen_at in rows if not clocks.has_passed(lately, seen_at, now)}
