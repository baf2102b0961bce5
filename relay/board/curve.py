"""Found, fetched, approved: how many on each day of the campaign."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, union
from sqlmodel import Session, col, select

from relay.board import days
from relay.board.days import DayCounts
from relay.models import (
    Campaign,
    CardMember,
    Clip,
    ClipState,
    ClipVideo,
    Decision,
    Match,
    MatchKind,
    Sighting,
    Video,
    VideoState,
)


def curve(session: Session, campaign: Campaign, now: datetime) -> list[DayCounts]:
    """From the day on which the campaign opens to today, or its last one; nothing before it opens."""
    zone = ZoneInfo(campaign.tz)
    found, fetched = _videos(session, campaign, zone)
    approved = days.by_day(_approved(session, campaign), zone)
    first = campaign.opens_at.astimezone(zone).date()
    last = min(now, closes_at(campaign)).astimezone(zone).date()
    if now < campaign.opens_at and found:
        first = min(found)  # it was started before its time
    return days.filled(found, fetched, approved, first, last)


def closes_at(campaign: Campaign) -> datetime:
    """Of a campaign that was stopped by hand, when that was."""
    if campaign.held and campaign.stopped_at is not None:
        return min(campaign.closes_at, campaign.stopped_at)
    return campaign.closes_at


def _videos(session: Session, campaign: Campaign, zone: ZoneInfo) -> tuple[Counter[date], Counter[date]]:
    """Those of posts that count, and those that clips were made from, each once."""
    came = case((col(Video.state) == VideoState.fetched, days.quarter(session, Video.fetched_at)))
    counted = select(
        days.quarter(session, Video.created_at).label("came"), came.label("fetched"), func.count().label("videos")
    ).where(col(Video.id).in_(_of_campaign(campaign)))
    rows = session.execute(counted.group_by("came", "fetched")).all()
    found = days.by_day(((row[0], row[2]) for row in rows), zone)
    fetched = days.by_day(((row[1], row[2]) for row in rows if row[1] is not None), zone)
    return found, fetched


def _of_campaign(campaign: Campaign) -> Any:
    by_posts = (
        select(Sighting.video_id)
        .join(Match, col(Match.post_id) == col(Sighting.post_id))
        .where(Match.campaign_id == campaign.id, Match.kind == MatchKind.exact, Match.turned_down == "")
    )
    by_clips = (
        select(ClipVideo.video_id).join(Clip, col(Clip.id) == ClipVideo.clip_id).where(Clip.campaign_id == campaign.id)
    )
    return union(by_posts, by_clips).scalar_subquery()


def _approved(session: Session, campaign: Campaign) -> Any:
    """Clips that are approved now, one for each card, by the time of the decision that stands."""
    when = (
        select(func.coalesce(func.max(Decision.at), Clip.created_at).label("at"))
        .select_from(Clip)
        .outerjoin(Decision, (col(Decision.clip_id) == Clip.id) & (col(Decision.to_state) == ClipState.approved))
        .outerjoin(CardMember, col(CardMember.clip_id) == Clip.id)
        .where(Clip.campaign_id == campaign.id, Clip.state == ClipState.approved, in_front())
        .group_by(col(Clip.id), col(Clip.created_at))
        .subquery()
    )
    counted = select(days.quarter(session, when.c.at).label("at"), func.count()).select_from(when)
    return session.execute(counted.group_by("at")).all()


def in_front() -> Any:
    """Where CardMember was joined: no other clip of its card stands in front."""
    return func.coalesce(CardMember.front, True).is_(True)
