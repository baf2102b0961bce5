"""Originals that are gone, shorter than they were, or changed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import update
from sqlmodel import col, select

from relay.context import Relay
from relay.models import Erasure, Inspection, Video, VideoState
from relay.sources.networks import HAND_IN
from relay.upkeep.damages.check import Check, named


def originals(relay: Relay, fix: bool, deep: bool) -> Iterator[Check]:
    """What networks have is fetched again. What was handed in nobody has but its participant, and a backup."""
    with relay.reading() as session:
        query = select(Video.sha256, Video.network, Inspection.bytes).where(
            Video.state == VideoState.fetched,
            col(Video.sha256).is_not(None),
            col(Video.sha256).not_in(select(Erasure.digest)),
        )
        rows = session.exec(query.outerjoin(Inspection, col(Inspection.sha256) == col(Video.sha256))).all()
    sizes = {sha: size for sha, _, size in rows if sha is not None}
    elsewhere = {sha for sha, network, _ in rows if network != HAND_IN}
    bad = [sha for sha, size in sizes.items() if not is_whole(relay, sha, size, deep)]
    again, lost = [sha for sha in bad if sha in elsewhere], [sha for sha in bad if sha not in elsewhere]
    if fix and again:
        for sha in again:
            _fetch_again(relay, sha)
        words: dict[str, object] = {"count": len(again)}
        yield Check("originals", "missing or damaged, fetched again: {count}", fixed=True, words=words)
    elif not lost:
        words = {"there": len(sizes) - len(bad), "all": len(sizes)}
        yield Check("originals", "{there} of {all} in place", wrong=bool(bad), words=words)
    elif again:
        yield Check("originals", "missing or damaged: {count}", wrong=True, words={"count": len(again)})
    if lost:
        yield Check(
            "originals",
            "handed in, and missing or damaged: {count} ({names}). Take them from a backup, or return their clips",
            wrong=True,
            words={"count": len(lost), "names": named([sha[:12] for sha in lost])},
        )


def is_whole(relay: Relay, sha: str, size: int | None, deep: bool) -> bool:
    """`size`: as the one look at it found, None where nobody has looked."""
    key = f"originals/{sha}"
    if not relay.media.has(key):
        return False
    if size is not None and relay.media.facts(key).size != size:
        return False
    return not deep or relay.media.digest(key) == sha


def _fetch_again(relay: Relay, sha: str) -> None:
    relay.media.delete(f"originals/{sha}")
    with relay.transaction() as session:
        session.exec(
            update(Video)
            .where(col(Video.sha256) == sha, col(Video.state) == VideoState.fetched, col(Video.network) != HAND_IN)
            .values(state=VideoState.found, reason="the file was missing or damaged", next_try_at=None)
        )
