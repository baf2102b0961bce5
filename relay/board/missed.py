"""What all ways of finding posts missed, as the board shows it: the ledger's estimate."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from relay.models import Campaign
from relay.search import captures


@dataclass(frozen=True, slots=True)
class MissedPosts:
    """Posts on listed walls that neither the walls nor the search nor people showed: probably `posts`, with 95 %
    certainty between `low` and `high`; `found` were found.
    """

    found: int
    posts: float
    low: float
    high: float


def missed(session: Session, campaign: Campaign) -> MissedPosts | None:
    """None where it can't be told (relay.estimate.Untold)."""
    told = captures.missed(session, campaign).walls.estimate
    if told is None:
        return None
    return MissedPosts(
        found=told.seen.found, posts=round(told.missed, 1), low=round(told.low, 1), high=round(told.high, 1)
    )
