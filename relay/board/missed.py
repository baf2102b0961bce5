"""What both ways of finding posts missed: the ledger's estimate, with all counting done by the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, exists, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from relay.estimate import chapman
from relay.models import Campaign, Match, MatchKind, Post, Source, Spotting


@dataclass(frozen=True, slots=True)
class MissedPosts:
    """Posts on listed walls that neither walls nor search saw: probably `posts`, with 95 % certainty between `low` and
    `high`; `found` were found.
    """

    found: int
    posts: float
    low: float
    high: float


def missed(session: Session, campaign: Campaign) -> MissedPosts | None:
    """None where it can't be told: no search beside the walls, or nothing that both have found."""
    walls, search, both = session.execute(_counts(campaign)).one()
    found = chapman(walls or 0, search or 0, both or 0)
    if found is None:
        return None
    return MissedPosts(
        found=found.found,
        posts=round(found.missed, 1),
        low=round(found.missed_low, 1),
        high=round(found.missed_high, 1),
    )


def _counts(campaign: Campaign) -> Any:
    """How many posts on listed walls the walls saw, the search saw, both saw."""
    wall = aliased(Source)
    is_listed = exists().where(
        col(wall.campaign_id) == campaign.id,
        col(wall.network) == Post.network,
        col(wall.owner_id) == Post.owner_id,
        col(wall.owner_id) != "",
    )
    by_wall = func.max(case((col(Source.owner_id) != "", 1), else_=0)).label("wall")
    by_search = func.max(case((col(Source.owner_id) == "", 1), else_=0)).label("search")
    shown = (
        select(by_wall, by_search)
        .select_from(Match)
        .join(Post, col(Post.id) == Match.post_id)
        .join(Spotting, col(Spotting.post_id) == Post.id)
        .join(Source, (col(Source.id) == Spotting.source_id) & (col(Source.campaign_id) == campaign.id))
        .where(Match.campaign_id == campaign.id, Match.kind == MatchKind.exact, Match.turned_down == "", is_listed)
        .group_by(col(Post.id))
        .subquery()
    )
    return select(func.sum(shown.c.wall), func.sum(shown.c.search), func.sum(shown.c.wall * shown.c.search))
