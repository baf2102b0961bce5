"""The queue: which clip comes next for whom. In the order of the posts, and never one that a colleague has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, not_, tuple_
from sqlmodel import Session, col, select

from relay import clocks
from relay.context import Relay
from relay.models import Claim, Clip, ClipState, Inspection, need_id
from relay.moderation import claims, presence
from relay.moderation.review import turns
from relay.recordings import cards
from relay.records import find_campaign

TRIES = 50
"""So many moderators may want the same clip in the same moment, on a server where they don't wait for each other."""


@dataclass(frozen=True, slots=True)
class AheadView:
    """The clip that comes next, as far as a browser can load it beforehand."""

    id: int
    sha256: str
    poster: str
    proxy: str


def hand_out(
    relay: Relay,
    slug: str,
    person: str,
    *,
    state: ClipState = ClipState.awaiting,
    after: int | None = None,
    backwards: bool = False,
) -> int | None:
    """Claims the next clip in that state for the person, and gives its number; None when there is none for them.

    Without `after`, what the person has already comes first; with it, that clip is given back, and the next one
    behind it comes. At the end it goes on from the beginning, so that what was passed over comes again.
    """
    with relay.transaction() as session:
        campaign_id, now = need_id(find_campaign(session, slug)), relay.now()
        presence.note(session, campaign_id, [person], now)
        if after is not None:
            session.exec(delete(Claim).where(col(Claim.clip_id) == after, col(Claim.person) == person))
        free = (not_(claims.of_others(person, now)), *turns.open_to(person))
        wanted = _Wanted(session, campaign_id, state, *free, backwards=backwards)
        mine = (col(Claim.person) == person) & clocks.holding(col(Claim.until), now, claims.LASTS)
        own = wanted.first(col(Clip.id).in_(select(Claim.clip_id).where(mine))) if after is None else None
        for _ in range(TRIES):
            clip_id = own or _before_all(session, campaign_id, person, state, after, *free, backwards=backwards)
            clip_id = clip_id or wanted.behind(after)
            if clip_id is None or state not in claims.CLAIMABLE or claims.take(session, clip_id, person, now):
                return clip_id
            own = None
    return None


def first(
    relay: Relay,
    slug: str,
    *,
    state: ClipState = ClipState.awaiting,
    after: int | None = None,
    backwards: bool = False,
) -> int | None:
    """As `hand_out`, for those who only look: nothing is claimed, and nothing is passed over."""
    with relay.reading() as session:
        campaign_id = need_id(find_campaign(session, slug))
        return _Wanted(session, campaign_id, state, *turns.open_to(""), backwards=backwards).behind(after)


def ahead(relay: Relay, slug: str, person: str, *, state: ClipState, after: int) -> AheadView | None:
    """What `hand_out` would give now; nothing is claimed."""
    with relay.reading() as session:
        campaign_id = need_id(find_campaign(session, slug))
        free = (not_(claims.of_others(person, relay.now())), *turns.open_to(person))
        clip_id = _before_all(session, campaign_id, person, state, after, *free)
        clip_id = clip_id or _Wanted(session, campaign_id, state, *free).behind(after)
        if clip_id is None or clip_id == after:
            return None
        found = session.execute(
            select(Clip.id, Clip.sha256, Inspection.poster, Inspection.proxy)
            .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
            .where(Clip.id == clip_id)
        ).one()
        return AheadView(*found)


def _before_all(
    session: Session,
    campaign_id: int,
    person: str,
    state: ClipState,
    after: int | None,
    *free: ColumnElement[bool],
    backwards: bool = False,
) -> int | None:
    """What comes before the queue's own order: questions to the person, what was mended, second looks."""
    return None if backwards else turns.first_of(session, campaign_id, person, state, after, *free)


class _Wanted:
    """Clips of a campaign in a state, one of each card, of which all `conditions` are true."""

    def __init__(
        self,
        session: Session,
        campaign_id: int,
        state: ClipState,
        *conditions: ColumnElement[bool],
        backwards: bool = False,
    ) -> None:
        self._session, self._backwards = session, backwards
        columns = (col(Clip.published_at), col(Clip.id))
        of_state = (Clip.campaign_id == campaign_id, Clip.state == state, ~cards.behind())
        wanted = select(Clip.id).where(*of_state, *conditions)
        self._wanted = wanted.order_by(*(column.desc() for column in columns) if backwards else columns).limit(1)
        self._campaign_id = campaign_id

    def first(self, *conditions: Any) -> int | None:
        return self._session.exec(self._wanted.where(*conditions)).first()

    def behind(self, clip_id: int | None) -> int | None:
        """The next one behind that clip, or from the beginning."""
        clip = self._session.get(Clip, clip_id) if clip_id is not None else None
        if clip is not None and clip.campaign_id == self._campaign_id:
            order = tuple_(col(Clip.published_at), col(Clip.id))
            place: Any = (clip.published_at, clip.id)
            if found := self.first(order < place if self._backwards else order > place):
                return found
        return self.first()
