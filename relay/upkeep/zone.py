"""The time zone in which people are told times that belong to the whole installation, and to no one campaign."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlmodel import Session, case, col, select

from relay.models import Campaign, CampaignState


def zone_of(session: Session) -> ZoneInfo:
    """That of the campaign that runs, of several the newest; else of the newest at all; UTC where there is none."""
    runs_first = case((col(Campaign.state) == CampaignState.running, 0), else_=1)
    newest = select(Campaign.tz).order_by(runs_first, col(Campaign.created_at).desc(), col(Campaign.id).desc())
    return ZoneInfo(session.exec(newest.limit(1)).first() or "UTC")
