"""A source that answers as usual and shows nothing: an index that was lost, a layout that changed, a share that is not
mounted. No fault of the network says so, and taken for read it would be a hole that nobody sees.

Every reading goes back over what the one before has shown, so a source that had several posts there shows some again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, exists, select

from relay.collect import hashtags
from relay.errors import TryLater
from relay.language.sentence import as_sentence
from relay.models import Doubt, Match, MatchKind, Post, Sighting, Source, SourceState, Spotting, Sweep

FEWEST = 3
"""Fewer posts may all have been deleted."""
MOST = 50
CLOSED = (SourceState.attention, SourceState.gone)


def check(
    session: Session, source: Source, wanted: hashtags.Wanted, since: datetime, seen: int, faults: Sequence[str]
) -> None:
    """At the end of a reading back to `since` that has `seen` so many posts. Raises TryLater for a source that must
    have shown some; `faults`: what it showed and nobody understood.
    """
    if seen or shown_before(session, source, wanted, since) < FEWEST:
        return
    if faults:
        raise TryLater(
            "It answers, but nothing that it shows can be read any more. The first: {item}",
            hint="Look at it in a browser; its pages may have changed, and Relay may need an update.",
            item=as_sentence(faults[0]),
        )
    raise TryLater(
        "It answers as usual, but shows none of the posts that it has shown before.",
        hint="Look at it in a browser. Relay tries again by itself, and reads then what it missed.",
    )


def shown_before(session: Session, source: Source, wanted: hashtags.Wanted, since: datetime) -> int:
    """How many posts a reading back to `since` must show at least: of a place as many as the one before, which began
    with the newest too; of a search those with our tag of that time that nobody has seen deleted, and that don't stand
    on a wall that is closed.
    """
    if source.owner_id:
        last = select(Sweep.posts_seen).where(Sweep.source_id == source.id, col(Sweep.complete))
        return session.exec(last.order_by(col(Sweep.id).desc()).limit(1)).first() or 0
    lost = exists().where(col(Sighting.post_id) == col(Post.id), col(Sighting.lost) != Doubt.none)
    closed = exists().where(
        *(col(Source.campaign_id) == source.campaign_id, col(Source.network) == col(Post.network)),
        *(col(Source.owner_id) == col(Post.owner_id), col(Source.state).in_(CLOSED)),
    )
    tags = session.exec(
        select(Match.tag)
        .join(Post, col(Post.id) == col(Match.post_id))
        .join(Spotting, col(Spotting.post_id) == col(Post.id))
        .where(col(Spotting.source_id) == source.id, Match.campaign_id == source.campaign_id)
        .where(Match.kind == MatchKind.exact, Match.turned_down == "", col(Post.published_at) >= since, ~lost, ~closed)
        .limit(MOST)
    )
    hits = (hashtags.match((("", tag),), wanted) for tag in tags)
    return sum(hit is not None and hit.kind is MatchKind.exact for hit in hits)
