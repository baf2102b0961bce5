"""Clips: what a fetched video becomes in each campaign that it belongs to.

The same bytes in the same campaign are one clip, however often they were posted. Clips that show the same recording
are a family: shown side by side, never merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.intake import families
from relay.models import (
    Campaign,
    CampaignState,
    Clip,
    ClipVideo,
    EventKind,
    Inspection,
    Match,
    MatchKind,
    Post,
    Sighting,
    Video,
    VideoState,
)
from relay.records import add_event

MEANWHILE = timedelta(minutes=1)
"""Clips made since then may have been missed by a comparison that was made before the transaction."""


def adopt(relay: Relay) -> list[int]:
    """Makes the clips that fetched videos lack because a campaign matched them later; returns their ids."""
    with relay.reading() as session:
        lacking = session.exec(
            select(Video.id, Video.sha256, Match.campaign_id).distinct()
            .join(Sighting, col(Sighting.video_id) == col(Video.id))
            .join(Match, col(Match.post_id) == col(Sighting.post_id))
            .join(Campaign, col(Campaign.id) == col(Match.campaign_id))
            .where(col(Video.state) == VideoState.fetched, ours())
            .where(~select(ClipVideo.id)
                   .join(Clip, col(Clip.id) == col(ClipVideo.clip_id))
                   .where(col(ClipVideo.video_id) == col(Video.id), col(Clip.campaign_id) == col(Match.campaign_id))
                   .exists())
        ).all()  # fmt: skip
    made = []
    for video_id, sha256, campaign_id in lacking:
        assert video_id is not None and sha256 is not None
        kin = family_of(relay, sha256, [campaign_id])
        with relay.transaction() as session:
            made.append(make(session, relay.now(), campaign_id, session.get_one(Video, video_id), kin))
    return made


def campaigns_of(relay: Relay, video_id: int) -> list[int]:
    """Ids of the campaigns, drafts excepted, that one of the video's posts matches exactly."""
    with relay.reading() as session:
        return list(
            session.exec(
                select(Match.campaign_id).distinct()
                .join(Sighting, col(Sighting.post_id) == col(Match.post_id))
                .join(Campaign, col(Campaign.id) == col(Match.campaign_id))
                .where(Sighting.video_id == video_id, ours())
            )
        )  # fmt: skip


def ours() -> ColumnElement[bool]:
    """The condition, over Match and Campaign, that makes a post one of ours."""
    return and_(col(Match.kind) == MatchKind.exact, col(Campaign.state) != CampaignState.draft)


def make(session: Session, now: datetime, campaign_id: int, video: Video, kin: set[int]) -> int:
    """The clip with these bytes in this campaign, made if it isn't there, with this video on its list."""
    assert video.id is not None and video.sha256 is not None
    posts = _posts(session, campaign_id, video.id)
    published = min((post.published_at for post in posts), default=now)
    clip = session.exec(select(Clip).where(Clip.campaign_id == campaign_id, Clip.sha256 == video.sha256)).first()
    if clip is None:
        authors = [(video.author_id, video.author), *((post.author_id, post.author) for post in posts)]
        clip = Clip(
            campaign_id=campaign_id,
            sha256=video.sha256,
            video_id=video.id,
            name=credit(authors),
            town=next((str(post.raw["town"]) for post in posts if post.raw.get("town")), ""),
            created_at=now,
            published_at=published,
        )
        session.add(clip)
        session.flush()
        add_event(session, now, clip, EventKind.made, video=video.id)
        _join_family(session, clip, kin)
    elif published < clip.published_at:
        clip.published_at = published
    assert clip.id is not None
    pair = ClipVideo.clip_id == clip.id, ClipVideo.video_id == video.id
    if session.exec(select(ClipVideo).where(*pair)).first() is None:
        session.add(ClipVideo(clip_id=clip.id, video_id=video.id))
    session.add(clip)
    return clip.id


def uses(relay: Relay, sha256: str) -> bool:
    """Whether some clip stands on these bytes."""
    with relay.reading() as session:
        return session.exec(select(Clip.id).where(Clip.sha256 == sha256)).first() is not None


def family_of(relay: Relay, sha256: str, campaign_ids: Sequence[int]) -> set[int]:
    """Clips of these campaigns that show the same recording. Outside any transaction: comparing takes its time."""
    with relay.reading() as session:
        own = session.get(Inspection, sha256)
        others = session.exec(
            select(Clip.id, Inspection.prints)
            .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
            .where(col(Clip.campaign_id).in_(campaign_ids), col(Clip.sha256) != sha256)
        ).all()
    mine = (own.prints if own else None) or b""
    return {clip_id for clip_id, prints in others if clip_id and families.same_recording(mine, prints or b"")}


def _join_family(session: Session, clip: Clip, kin: set[int]) -> None:
    """One number for all of them, the smallest clip id; families that the new clip connects become one.

    A clip that was made while we compared is compared here; there is rarely one.
    """
    assert clip.id is not None
    own = session.get(Inspection, clip.sha256)
    later = session.exec(
        select(Clip, Inspection.prints)
        .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
        .where(col(Clip.campaign_id) == clip.campaign_id, col(Clip.id) != clip.id)
        .where(or_(col(Clip.id).in_(kin), col(Clip.created_at) >= clip.created_at - MEANWHILE))
    ).all()
    mine = (own.prints if own else None) or b""
    relatives = [c for c, prints in later if c.id in kin or families.same_recording(mine, prints or b"")]
    if not relatives:
        return
    numbers = {c.family for c in relatives if c.family is not None}
    smallest = min([clip.id, *numbers, *(c.id for c in relatives if c.id is not None)])
    members = or_(col(Clip.id).in_([clip.id, *(c.id for c in relatives)]), col(Clip.family).in_(numbers))
    session.flush()
    session.exec(update(Clip).where(members, col(Clip.campaign_id) == clip.campaign_id).values(family=smallest))
    session.refresh(clip)


def _posts(session: Session, campaign_id: int, video_id: int) -> list[Post]:
    """The campaign's own posts that carry the video, earliest first."""
    return list(
        session.exec(
            select(Post)
            .join(Match, col(Match.post_id) == col(Post.id))
            .join(Sighting, col(Sighting.post_id) == col(Post.id))
            .where(Match.campaign_id == campaign_id, Match.kind == MatchKind.exact, Sighting.video_id == video_id)
            .order_by(col(Post.published_at), col(Post.id))
        )
    )


def credit(authors: Iterable[tuple[str, str]]) -> str:
    """The name of the first author who is a person; a public's (its id is negative) only where nobody else is named.

    `authors`: (id, name), the likeliest first.
    """
    named = [(number, name.strip()) for number, name in authors if name.strip()]
    people = [name for number, name in named if not number.startswith("-")]
    return next(iter(people or [name for _, name in named]), "")
