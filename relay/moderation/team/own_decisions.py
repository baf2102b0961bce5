"""What a person has decided: the last of it that can be taken back, how many today, and a day's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select

from relay.context import Relay
from relay.models import Campaign, Clip, ClipState, Decision, Inspection, Verdict
from relay.recordings import cards
from relay.records import find_campaign

PAGE = 100


@dataclass(frozen=True, slots=True)
class LastDecision:
    """A person's newest decision in a campaign that can be taken back; `name` and `town` are the participant's."""

    id: int
    clip_id: int
    verdict: Verdict
    reason: str
    name: str
    town: str
    at: str


@dataclass(frozen=True, slots=True)
class OwnDecision:
    """A decision in a person's list of a day. `at`: in the campaign's zone; `state`: the clip's now.

    `undone`: it was taken back; `stands`: it can be taken back, nobody has decided about the clip since.
    """

    id: int
    clip_id: int
    verdict: Verdict
    reason: str
    at: datetime
    name: str
    town: str
    sha256: str
    has_poster: bool
    state: ClipState
    undone: bool
    stands: bool


@dataclass(frozen=True, slots=True)
class DayView:
    """`decisions`: newest first, PAGE of them at most; `clips` were decided that day. `more`: where the rest begins."""

    day: date
    today: date
    clips: int
    decisions: Sequence[OwnDecision]
    more: int | None


def last(relay: Relay, slug: str, person: str) -> LastDecision | None:
    """The person's newest decision in the campaign that stands; after it was taken back, the one before it."""
    with relay.reading() as session:
        return newest(session, find_campaign(session, slug), person)


def newest(session: Session, campaign: Campaign, person: str) -> LastDecision | None:
    """As `last`, inside a unit of work."""
    found = session.execute(_LAST, {"campaign": campaign.id, "by": person}).first()
    if found is None:
        return None
    decision, clip, verdict, reason, name, town, at = found
    return LastDecision(decision, clip, verdict, reason, name, town, at.astimezone(ZoneInfo(campaign.tz)).isoformat())


def today(relay: Relay, slug: str, person: str) -> int:
    """How many clips the person has decided since midnight in the campaign's zone; undone decisions don't count."""
    with relay.reading() as session:
        return since_midnight(session, find_campaign(session, slug), person, relay.now())


def since_midnight(session: Session, campaign: Campaign, person: str, now: datetime) -> int:
    """As `today`, inside a unit of work."""
    return _clips(session, campaign, person, now.astimezone(ZoneInfo(campaign.tz)).date())


def of_day(relay: Relay, slug: str, person: str, day: date | None = None, *, before: int | None = None) -> DayView:
    """What the person decided on a day of the campaign's zone, by default today. Raises NotFound."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        this_day = relay.now().astimezone(ZoneInfo(campaign.tz)).date()
        day = day or this_day
        wanted = _OF_DAY if before is None else _OF_DAY.where(col(Decision.id) < before)
        rows = session.execute(wanted.limit(PAGE + 1), _bounds(campaign, person, day)).all()
        clips = _clips(session, campaign, person, day)
    found = [_own(row, ZoneInfo(campaign.tz)) for row in rows[:PAGE]]
    return DayView(day, this_day, clips, found, found[-1].id if len(rows) > PAGE else None)


def _own(row: Any, zone: ZoneInfo) -> OwnDecision:
    decision, clip, poster, undone, overruled = row
    return OwnDecision(
        id=decision.id,
        clip_id=decision.clip_id,
        verdict=decision.verdict,
        reason=decision.reason,
        at=decision.at.astimezone(zone),
        name=clip.name,
        town=clip.town,
        sha256=clip.sha256,
        has_poster=bool(poster) and clip.state is not ClipState.withdrawn,
        state=clip.state,
        undone=bool(undone),
        stands=not undone and not overruled,
    )


def _clips(session: Session, campaign: Campaign, person: str, day: date) -> int:
    return int(session.execute(_CLIPS, _bounds(campaign, person, day)).scalar_one())


def _bounds(campaign: Campaign, person: str, day: date) -> dict[str, object]:
    begins, ends = (_midnight(campaign, each) for each in (day, day + timedelta(days=1)))
    return {"campaign": campaign.id, "by": person, "begins": begins, "ends": ends}


def _midnight(campaign: Campaign, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(campaign.tz)).astimezone(UTC)


# Statements that stand ready: one is run for every page, and building it takes longer than running it

_UNDO, _LATER, _LATER_UNDO = aliased(Decision), aliased(Decision), aliased(Decision)
_UNDONE = exists().where(col(_UNDO.undoes) == col(Decision.id))
_OVERRULED = exists().where(
    col(_LATER.clip_id) == col(Decision.clip_id),
    col(_LATER.id) > col(Decision.id),
    col(_LATER.verdict) != Verdict.undo,
    ~exists().where(col(_LATER_UNDO.undoes) == col(_LATER.id)),
)
"""A later decision about the same clip counts: no undo, and not undone itself."""
_BY: Any = (
    (col(Clip.campaign_id) == bindparam("campaign"))
    & (col(Decision.person) == bindparam("by"))
    & (col(Decision.verdict) != Verdict.undo)
    & ~cards.joint()
)
_THAT_DAY: Any = (col(Decision.at) >= bindparam("begins")) & (col(Decision.at) < bindparam("ends"))
_LAST: Any = (
    select(Decision.id, Decision.clip_id, Decision.verdict, Decision.reason, Clip.name, Clip.town, Decision.at)  # type: ignore[call-overload]
    .join(Clip, col(Clip.id) == col(Decision.clip_id))
    .where(_BY, ~_UNDONE, ~_OVERRULED)
    .order_by(col(Decision.id).desc())
    .limit(1)
)
_CLIPS = (
    select(func.count(func.distinct(col(Decision.clip_id))))
    .join(Clip, col(Clip.id) == col(Decision.clip_id))
    .where(_BY, _THAT_DAY, ~_UNDONE)
)
_OF_DAY: Any = (
    select(Decision, Clip, Inspection.poster, _UNDONE, _OVERRULED)  # type: ignore[call-overload]
    .join(Clip, col(Clip.id) == col(Decision.clip_id))
    .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
    .where(_BY, _THAT_DAY)
    .order_by(col(Decision.id).desc())
)
