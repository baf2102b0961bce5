"""Rows that every stage looks up or adds."""

from __future__ import annotations

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from relay.errors import NotFound
from relay.models import Campaign, Source, SourceState

IS_SWEPT = col(Source.state).in_([SourceState.active, SourceState.attention])
"""Sources that are tried: neither paused by a person nor gone."""

_OF_SLUG = select(Campaign).where(Campaign.slug == bindparam("wanted"))


def find_campaign(session: Session, slug: str) -> Campaign:
    """Inside a unit of work. Raises NotFound."""
    campaign = session.exec(_OF_SLUG, params={"wanted": slug}).first()
    if campaign is None:
        raise NotFound("There is no campaign {slug}.", hint="See: relay campaign list", slug=slug)
    return campaign
