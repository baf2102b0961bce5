"""The queue: which clip comes next for whom. In the order of the posts, and never one that a colleague has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, bindparam, delete, tuple_
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.models import Campaign, Claim, Clip, ClipState, Inspection, UtcDateTime, need_id
from relay.moderation import claims, desk
from relay.moderation.review import turns
from relay.moderation.team import careful, own_decisions, presence
from relay.recordings import cards
from relay.records import find_campaign
from relay.store import run

TRIES = 50
"""So many moderators may want the same clip in the same moment, on a server where they don't wait for each other."""


@dataclass(frozen=True, slots=True)
class AheadView:
    """The clip that comes next, as far as a browser can load it beforehand."""

    id: int
    sha256: str
    poster: str
    proxy: str


@dataclass(frozen=True, slots=True)
class AroundView:
    """What stands beside a clip on its page. `decided`: how many clips the person decided today."""

    campaign: Campaign
    counts: Mapping[str, int]
    following: AheadView | None
    last: own_decisions.LastDecision | None
    decided: int
    present: list[presence.PersonHere]


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
            run(session, _GIVE_BACK, clip=after, me=person)
        wanted = _Wanted(session, campaign_id, state, person, now, backwards=backwards)
        own = wanted.own() if after is None else None
        for _ in range(TRIES):
            looked_at = None if own or backwards else wanted.before_all(after)
            clip_id = own or looked_at or wanted.behind(after)
            if clip_id is None:
                clip_id = looked_at = wanted.left()
            if clip_id is None or state not in claims.CLAIMABLE:
                return clip_id
            if claims.take(session, clip_id, person, now):
                if looked_at is not None or _is_still(session, clip_id, state):
                    return clip_id
                run(session, _GIVE_BACK, clip=clip_id, me=person)
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
        return _Wanted(session, campaign_id, state, None, relay.now(), backwards=backwards).behind(after)


def beside(relay: Relay, slug: str, person: str, *, state: ClipState, after: int) -> AroundView:
    """What the page of the clip `after` tells beside it; `following` is what `hand_out` would give, unclaimed."""
    now = relay.now()
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        campaign_id = need_id(campaign)
        wanted = _Wanted(session, campaign_id, state, person, now)
        clip_id = wanted.before_all(after) or wanted.behind(after) or wanted.left()
        held = claims.held(session, campaign_id, now)
        return AroundView(
            campaign=campaign,
            counts=desk.counted(session, campaign_id),
            following=_ahead(session, clip_id) if clip_id not in (None, after) else None,
            last=own_decisions.newest(session, campaign, person),
            decided=own_decisions.since_midnight(session, campaign, person, now),
            present=presence.people(session, campaign_id, held, now),
        )


def _is_still(session: Session, clip_id: int, state: ClipState) -> bool:
    """Where several write at a time, whoever had the clip may have decided it and let it go after it was looked up.

    SQLite lets one write at a time, and is not asked again.
    """
    if session.get_bind().dialect.name == "sqlite":
        return True
    return bool(run(session, _STATE_OF, clip=clip_id).scalar_one() == state)


def _ahead(session: Session, clip_id: int | None) -> AheadView:
    return AheadView(*session.execute(_AHEAD, {"clip": clip_id}).one())


class _Wanted:
    """Clips of a campaign in a state, one of each card; with a `person`, those that are theirs to look at."""

    def __init__(
        self,
        session: Session,
        campaign_id: int,
        state: ClipState,
        person: str | None,
        now: datetime,
        *,
        backwards: bool = False,
    ) -> None:
        self._session, self._backwards, self._shared = session, backwards, person is not None
        self._person, self._state, self._now = person or "", state, now
        self._values: dict[str, object] = {
            "campaign": campaign_id,
            "in_state": state,
            "me": person,
            **claims.bounds(now),
        }
        self._turns = turns.order(session, self._person)
        self._values["held"] = list(self._turns.held)
        self._campaign_id = campaign_id

    def own(self) -> int | None:
        """What the person has already."""
        return self._first(_Ask(backwards=self._backwards, shared=self._shared, own=True))

    def before_all(self, after: int | None) -> int | None:
        """What comes before the queue's own order: questions to the person, what was mended, second looks."""
        found = turns.first_of(
            self._session, self._campaign_id, self._turns, self._state, after, is_asked_first=self._is_asked_first
        )
        return self._free(found)

    def left(self) -> int | None:
        """Second looks for which others are asked first, when there is nothing else to do."""
        return self._free(turns.first_of(self._session, self._campaign_id, self._turns, self._state, None))

    def _is_asked_first(self) -> bool:
        here = presence.names(self._session, self._campaign_id, self._now)
        return careful.is_asked_first(self._session, self._campaign_id, self._person, here)

    def _free(self, found: list[int]) -> int | None:
        if not found:
            return None
        taken = set(self._session.scalars(_TAKEN, {**self._values, "numbers": found}))
        return next((clip_id for clip_id in found if clip_id not in taken), None)

    def behind(self, clip_id: int | None) -> int | None:
        """The next one behind that clip, or from the beginning."""
        ask = _Ask(backwards=self._backwards, shared=self._shared)
        place = self._session.execute(_PLACE, {"clip": clip_id}).first() if clip_id is not None else None
        if place is not None and place.campaign_id == self._campaign_id:
            found = self._first(replace(ask, placed=True), at=place.published_at, number=clip_id)
            if found is not None:
                return found
        return self._first(ask)

    def _first(self, ask: _Ask, **values: object) -> int | None:
        return self._session.execute(_statement(ask), {**self._values, **values}).scalar()


@dataclass(frozen=True, slots=True)
class _Ask:
    """`shared`: among colleagues; `placed`: behind a place; `own`: what the person has."""

    backwards: bool
    shared: bool
    placed: bool = False
    own: bool = False


_HELD: Any = col(Clip.id).in_(bindparam("held", expanding=True))


@cache
def _statement(ask: _Ask) -> Any:
    """Built once: that takes longer than running it."""
    columns = (col(Clip.published_at), col(Clip.id))
    in_state = col(Clip.state) == bindparam("in_state")
    wanted: Any = select(Clip.id).where(
        col(Clip.campaign_id) == bindparam("campaign"), in_state, ~cards.behind(), ~_HELD
    )
    if ask.shared:
        wanted = wanted.where(~claims.OF_OTHERS)
    if ask.placed:
        order = tuple_(*columns)
        place = tuple_(bindparam("at", type_=UtcDateTime), bindparam("number", type_=Integer))
        wanted = wanted.where(order < place if ask.backwards else order > place)
    if ask.own:
        held = (col(Claim.person) == bindparam("me")) & claims.HOLDS
        wanted = wanted.where(col(Clip.id).in_(select(Claim.clip_id).where(held)))
    return wanted.order_by(*(column.desc() for column in columns) if ask.backwards else columns).limit(1)


_TAKEN: Any = select(Clip.id).where(col(Clip.id).in_(bindparam("numbers", expanding=True)), claims.OF_OTHERS)
_GIVE_BACK = delete(Claim).where(col(Claim.clip_id) == bindparam("clip"), col(Claim.person) == bindparam("me"))
_STATE_OF: Any = select(Clip.state).where(col(Clip.id) == bindparam("clip"))
_PLACE: Any = select(Clip.campaign_id, Clip.published_at).where(col(Clip.id) == bindparam("clip"))
_AHEAD: Any = (
    select(Clip.id, Clip.sha256, Inspection.poster, Inspection.proxy)
    .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
    .where(col(Clip.id) == bindparam("clip"))
)
