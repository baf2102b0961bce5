"""How quickly each moderator judges: for organizers only. Counted by the database, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from relay.board import days
from relay.models import Campaign, Clip, Decision, Verdict

JUDGED = (Verdict.approve, Verdict.reject, Verdict.later, Verdict.send_back)
SITTING = 600
"""Seconds: a longer pause between two decisions is no work (the same as in moderation/pace.py)."""


@dataclass(frozen=True, slots=True)
class ModeratorWork:
    """`days`: on how many days of the campaign's zone somebody judged, `today`: decisions on this one.

    `per_hour` of work, None where no two decisions follow each other; `per_day`: of the days with work.
    """

    person: str
    decisions: int
    days: int
    today: int
    hours: float
    per_hour: float | None
    per_day: float


@dataclass(slots=True)
class _WorkSums:
    by_day: dict[date, int]
    gaps: int = 0
    seconds: int = 0


def work(session: Session, campaign: Campaign, today: date) -> list[ModeratorWork]:
    """Of all who have judged clips of the campaign, the busiest first."""
    zone, sums = ZoneInfo(campaign.tz), dict[str, _WorkSums]()
    for person, at, decisions, gaps, seconds in session.execute(_by_quarter(session, campaign)):
        day, own = days.day_of(at, zone), sums.setdefault(person, _WorkSums({}))
        own.by_day[day] = own.by_day.get(day, 0) + decisions
        own.gaps += int(gaps)  # PostgreSQL adds up in decimals
        own.seconds += int(seconds)
    found = [_work(person, own, today) for person, own in sums.items()]
    return sorted(found, key=lambda each: (-each.decisions, each.person))


def _by_quarter(session: Session, campaign: Campaign) -> Any:
    """Decisions of each person in each quarter of an hour, and the pauses before them that are work."""
    at = days.seconds(session, Decision.at)
    before = func.lag(at).over(partition_by=col(Decision.person), order_by=(col(Decision.at), col(Decision.id)))
    made = (
        select(col(Decision.person).label("person"), at.label("at"), (at - before).label("gap"))
        .join(Clip, col(Clip.id) == Decision.clip_id)
        .where(Clip.campaign_id == campaign.id, col(Decision.verdict).in_(JUDGED))
        .subquery()
    )
    is_work = made.c.gap <= SITTING
    quarter = (made.c.at // days.QUARTER).label("quarter")
    gaps, seconds = (func.sum(case((is_work, each), else_=0)) for each in (1, made.c.gap))
    counted: Any = select(made.c.person, quarter, func.count(), gaps)
    return counted.add_columns(seconds).group_by(made.c.person, "quarter")


def _work(person: str, own: _WorkSums, today: date) -> ModeratorWork:
    decisions, hours = sum(own.by_day.values()), own.seconds / 3600
    return ModeratorWork(
        person=person,
        decisions=decisions,
        days=len(own.by_day),
        today=own.by_day.get(today, 0),
        hours=round(hours, 2),
        per_hour=round(own.gaps / hours, 1) if hours else None,
        per_day=round(decisions / len(own.by_day), 1),
    )
