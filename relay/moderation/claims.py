"""Who has which clip: whoever opens one at the desk claims it, and nobody else is given it until it is free again.

A claim is a row with the clip's number as its key, taken by compare-and-set; so two moderators who ask at the very
same moment get two clips. It ends with the decision, when its page is left, or LASTS after the page was last in use.
The command line is not bound by claims.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, delete, exists, update
from sqlmodel import Session, col, select

from relay import clocks
from relay.context import Relay
from relay.errors import NotFound, Stale
from relay.models import Claim, Clip, ClipState, EventKind, EventSubject, Presence
from relay.records import add_event, leads_to
from relay.store import add_new, run

LASTS = timedelta(minutes=10)
"""Longer than a clip is looked at without a key being pressed; a browser that died keeps its clip no longer."""
CLAIMABLE = frozenset({ClipState.awaiting, ClipState.later})
"""What is decided already is nobody's."""


class Claimed(Stale):
    """A colleague has the clip; `person` is their name."""

    def __init__(self, clip: Clip, person: str) -> None:
        super().__init__(
            "{person} has this clip just now.",
            state=clip.state.value,
            hint="Take it over, or go on to the next.",
            person=person,
        )
        self.person = person


@dataclass(frozen=True, slots=True)
class ClaimView:
    """`person` has had the clip `since`; `state` is the clip's."""

    clip_id: int
    person: str
    since: datetime
    state: ClipState


HOLDS: ColumnElement[bool] = (col(Claim.until) > bindparam("now")) & (col(Claim.until) <= bindparam("furthest"))
"""A claim that has not run out: `clocks.holding` for statements that stand ready; `bounds` fills it."""
OF_OTHERS = exists().where(col(Claim.clip_id) == col(Clip.id), col(Claim.person) != bindparam("me"), HOLDS)
"""For a query of clips: a colleague of `me` has it."""
_HELD: Any = (
    select(Claim.clip_id, Claim.person, Claim.since, Clip.state)
    .join(Clip, col(Clip.id) == col(Claim.clip_id))
    .where(leads_to(bindparam("campaign")), HOLDS)
    .order_by(col(Clip.published_at), col(Clip.id))
)
_TAKE = (
    update(Claim)
    .where(col(Claim.clip_id) == bindparam("clip"))
    .where((col(Claim.person) == bindparam("me")) | ~HOLDS)
    .values(
        person=bindparam("me"),
        page=bindparam("by_page"),
        until=bindparam("ends"),
        since=case(((col(Claim.person) == bindparam("me")) & HOLDS, col(Claim.since)), else_=bindparam("now")),
    )
)


def bounds(now: datetime) -> dict[str, datetime]:
    return {"now": now, "furthest": clocks.furthest(now, LASTS)}


def take(session: Session, clip_id: int, person: str, now: datetime, page: str = "") -> bool:
    """Claims a clip that is free or one's own; False when a colleague has it. Inside a unit of work."""
    taken = run(session, _TAKE, clip=clip_id, me=person, by_page=page, ends=now + LASTS, **bounds(now))
    if taken.rowcount == 1:
        return True
    return add_new(session, Claim(clip_id=clip_id, person=person, page=page, since=now, until=now + LASTS))


def forget(session: Session, clip_id: int) -> None:
    """The clip is decided; inside that unit of work."""
    session.exec(delete(Claim).where(col(Claim.clip_id) == clip_id))


def respect(session: Session, clip: Clip, person: str, now: datetime) -> None:
    """Raises Claimed when a colleague has the clip."""
    held = holder(session, clip, now)
    if held is not None and held.person != person:
        raise Claimed(clip, held.person)


def holder(session: Session, clip: Clip, now: datetime) -> ClaimView | None:
    claim = session.get(Claim, clip.id)
    if claim is None or not clocks.holds(claim.until, now, LASTS):
        return None
    return ClaimView(claim.clip_id, claim.person, claim.since, clip.state)


def held(session: Session, campaign_id: int, now: datetime) -> list[ClaimView]:
    """All clips of a campaign that somebody has just now, in the order of the queue."""
    rows = session.execute(_HELD, {"campaign": campaign_id, **bounds(now)})
    return [ClaimView(*row) for row in rows]


def open_clip(relay: Relay, clip_id: int, person: str, page: str) -> ClaimView | None:
    """Claims the clip for the page that shows it; says who has it, None for one that is decided. Raises NotFound."""
    with relay.transaction() as session:
        clip = _clip(session, clip_id)
        if clip.state not in CLAIMABLE:
            return None
        take(session, clip_id, person, relay.now(), page)
        return holder(session, clip, relay.now())


def who_has(relay: Relay, clip_id: int) -> ClaimView | None:
    """For those who only look. Raises NotFound."""
    with relay.reading() as session:
        return holder(session, _clip(session, clip_id), relay.now())


def release(relay: Relay, clip_id: int, person: str, *, page: str | None = None) -> None:
    """Gives the clip back. With `page`, only when no other page of the same person has opened it since."""
    with relay.transaction() as session:
        mine = delete(Claim).where(col(Claim.clip_id) == clip_id, col(Claim.person) == person)
        session.exec(mine if page is None else mine.where(col(Claim.page) == page))


def sign_off(relay: Relay, person: str) -> None:
    """The person goes home."""
    with relay.transaction() as session:
        leave(session, person)


def leave(session: Session, person: str) -> None:
    """The person's clips are free, and they are not here any more; inside a unit of work."""
    session.exec(delete(Claim).where(col(Claim.person) == person))
    session.exec(delete(Presence).where(col(Presence.person) == person))


def take_over(relay: Relay, clip_id: int, person: str, *, seen: str) -> None:
    """Takes the clip from the colleague `seen`, on record. Raises Claimed when another one has it by now, NotFound."""
    now = relay.now()
    with _claiming(relay, clip_id, now) as (session, clip, before):
        if before is None or before.person == person:
            take(session, clip_id, person, now)
            return
        if before.person != seen:
            raise Claimed(clip, before.person)
        moved = session.exec(
            update(Claim)
            .where(col(Claim.clip_id) == clip_id, col(Claim.person) == seen)
            .values(person=person, page="", since=now, until=now + LASTS)
            .execution_options(synchronize_session=False)
        )
        if moved.rowcount == 1:
            add_event(session, now, (EventSubject.clip, clip_id), EventKind.taken_over, person, of=seen)


@contextmanager
def _claiming(relay: Relay, clip_id: int, now: datetime) -> Iterator[tuple[Session, Clip, ClaimView | None]]:
    with relay.transaction() as session:
        clip = _clip(session, clip_id)
        yield session, clip, holder(session, clip, now)


def _clip(session: Session, clip_id: int) -> Clip:
    clip = session.get(Clip, clip_id)
    if clip is None:
        raise NotFound("There is no clip {clip}.", clip=clip_id)
    return clip
