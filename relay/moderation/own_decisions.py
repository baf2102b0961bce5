"""What a person has decided: the last of it that can be taken back, how many today, and a day's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select

from relay.context import Relay
from relay.models import Campaign, Clip, ClipState, Decision, Inspection, Verdict, need_id
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
        campaign = find_campaign(session, slug)
        found = session.exec(
            select(Decision, Clip)
            .join(Clip, col(Clip.id) == col(Decision.clip_id))
            .where(Clip.campaign_id == campaign.id, Decision.person == person, Decision.verdict != Verdict.undo)
            .where(~_undone(), ~_overruled(), ~cards.joint())
            .order_by(col(Decision.id).desc())
            .limit(1)
        ).first()
    if found is None:
        return None
    decision, clip = found
    return LastDecision(
        id=need_id(decision),
        clip_id=decision.clip_id,
        verdict=decision.verdict,
        reason=decision.reason,
        name=clip.name,
        town=clip.town,
        at=decision.at.astimezone(ZoneInfo(campaign.tz)).isoformat(),
    )


def today(relay: Relay, slug: str, person: str) -> int:
    """How many clips the person has decided since midnight in the campaign's zone; undone decisions don't count."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        return _clips(session, campaign, person, relay.now().astimezone(ZoneInfo(campaign.tz)).date())


def of_day(relay: Relay, slug: str, person: str, day: date | None = None, *, before: int | None = None) -> DayView:
    """What the person decided on a day of the campaign's zone, by default today. Raises NotFound."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        this_day = relay.now().astimezone(ZoneInfo(campaign.tz)).date()
        day = day or this_day
        wanted: Any = (
            select(Decision, Clip, Inspection.poster, _undone(), _overruled())  # type: ignore[call-overload]
            .join(Clip, col(Clip.id) == col(Decision.clip_id))
            .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
            .where(*_by(campaign, person, day))
            .order_by(col(Decision.id).desc())
        )
        if before is not None:
            wanted = wanted.where(col(Decision.id) < before)
        rows = session.execute(wanted.limit(PAGE + 1)).all()
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
    return session.exec(
        select(func.count(func.distinct(col(Decision.clip_id))))
        .join(Clip, col(Clip.id) == col(Decision.clip_id))
        .where(*_by(campaign, person, day), ~_undone())
    ).one()


def _by(campaign: Campaign, person: str, day: date) -> tuple[Any, ...]:
    begins, ends = (_midnight(campaign, each) for each in (day, day + timedelta(days=1)))
    return (
        Clip.campaign_id == campaign.id,
        Decision.person == person,
        Decision.verdict != Verdict.undo,
        ~cards.joint(),
        col(Decision.at) >= begins,
        col(Decision.at) < ends,
    )


def _midnight(campaign: Campaign, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(campaign.tz)).astimezone(UTC)


def _undone() -> Any:
    undo = aliased(Decision)
    return exists().where(col(undo.undoes) == col(Decision.id))


def _overruled() -> Any:
    """A later decision about the same clip counts: no undo, and not undone itself."""
    later, undo = aliased(Decision), aliased(Decision)
    counts = ~exists().where(col(undo.undoes) == col(later.id)) & (col(later.verdict) != Verdict.undo)
    return exists().where(col(later.clip_id) == col(Decision.clip_id), col(later.id) > col(Decision.id), counts)
