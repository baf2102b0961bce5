"""Writes what a source showed into the tables: posts, why they belong to the campaign, and the videos they carry.

Everything is an insert that the unique keys may turn away, or an update of what changed; so the same page may come
twice, from two sources, or from two processes at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.collect import hashtags
from relay.collect.campaigns import HANDED_IN, window
from relay.collect.hashtags import Hit
from relay.models import Campaign, Event, Match, MatchKind, Post, Sighting, Spotting, Video, VideoState
from relay.ports import SeenPost, SeenVideo
from relay.store import add_new

LOOK_AGAIN = timedelta(hours=1)
"""When a blocked video is looked at again, unless a sweep sees it free before."""

_RANK = {MatchKind.near: 0, MatchKind.outside: 1, MatchKind.exact: 2}


@dataclass(frozen=True, slots=True)
class Kept:
    """`new`: the campaign did not have this post yet."""

    post_id: int
    kind: MatchKind
    new: bool


def judge(campaign: Campaign, post: SeenPost, wanted: hashtags.Wanted) -> Hit | None:
    """Why a post belongs to the campaign. The right tag too early or too late is `outside`; a look-alike then isn't
    worth a person's time.
    """
    hit = hashtags.match(post.texts, wanted)
    if hit is None or _inside(campaign, post.published_at):
        return hit
    return Hit(MatchKind.outside, hit.matched_in, hit.tag) if hit.kind is MatchKind.exact else None


def judge_handed_in(campaign: Campaign, post: SeenPost, wanted: hashtags.Wanted, *, dated: bool) -> Hit:
    """A person vouches for the post: it needs no tag, but where its date is known it has to lie in the window."""
    hit = judge(campaign, post, wanted)
    if hit is not None and hit.kind is not MatchKind.near:
        return hit
    inside = not dated or _inside(campaign, post.published_at)
    return Hit(MatchKind.exact if inside else MatchKind.outside, HANDED_IN, "")


def keep(
    session: Session, campaign: Campaign, post: SeenPost, hit: Hit, now: datetime, *, source_id: int | None = None
) -> Kept:
    """Stores one post with everything about it, inside the caller's transaction."""
    assert campaign.id is not None
    post_id = _keep_post(session, post, now)
    new = _keep_match(session, campaign.id, post_id, hit, now)
    if source_id is not None:
        add_new(session, Spotting(post_id=post_id, source_id=source_id, at=now))
    for position, video in enumerate(post.videos):
        add_new(session, Sighting(post_id=post_id, video_id=_keep_video(session, video, now), position=position))
    return Kept(post_id, hit.kind, new)


def _inside(campaign: Campaign, at: datetime) -> bool:
    opens, closes = window(campaign)
    return opens <= at <= closes


def _keep_post(session: Session, post: SeenPost, now: datetime) -> int:
    row = Post(
        network=post.network,
        owner_id=post.owner_id,
        post_id=post.post_id,
        url=post.url,
        text=post.text,
        author_id=post.author.id,
        author=post.author.name,
        published_at=post.published_at,
        edited_at=post.edited_at,
        first_seen_at=now,
        last_seen_at=now,
        raw=post.raw,
    )
    added = add_new(session, row)
    found = session.exec(
        select(Post).where(Post.network == post.network, Post.owner_id == post.owner_id, Post.post_id == post.post_id)
    ).one()
    assert found.id is not None
    if not added:
        found.last_seen_at = now
        if not _is_older(post.edited_at, found.edited_at):
            found.text, found.edited_at, found.raw = post.text, post.edited_at, post.raw
            found.author_id, found.author = post.author.id, post.author.name or found.author
        session.add(found)
        session.flush()
    return found.id


def _is_older(seen: datetime | None, known: datetime | None) -> bool:
    """Whether what was seen is an earlier edition than the one that we have (a slow process, a stale cache)."""
    return known is not None and (seen is None or seen < known)


def _keep_match(session: Session, campaign_id: int, post_id: int, hit: Hit, now: datetime) -> bool:
    """Matches only rise: a look-alike becomes the tag when the author corrects it, a found tag is never lost again."""
    row = Match(campaign_id=campaign_id, post_id=post_id, kind=hit.kind, matched_in=hit.matched_in, tag=hit.tag, at=now)
    if add_new(session, row):
        return True
    weaker = [kind for kind, rank in _RANK.items() if rank < _RANK[hit.kind]]
    session.exec(
        update(Match)
        .where(col(Match.campaign_id) == campaign_id, col(Match.post_id) == post_id, col(Match.kind).in_(weaker))
        .values(kind=hit.kind, matched_in=hit.matched_in, tag=hit.tag)
    )
    return False


def _keep_video(session: Session, video: SeenVideo, now: datetime) -> int:
    state, again = _state_of(video, now)
    row = Video(
        network=video.network,
        owner_id=video.owner_id,
        video_id=video.video_id,
        url=video.url,
        title=video.title,
        description=video.description,
        author_id=video.author.id,
        author=video.author.name,
        access_key=video.access_key,
        kind=video.kind,
        duration=video.duration,
        state=state,
        reason=video.blocked,
        next_try_at=again,
        created_at=now,
    )
    added = add_new(session, row)
    found = session.exec(
        select(Video).where(
            Video.network == video.network, Video.owner_id == video.owner_id, Video.video_id == video.video_id
        )
    ).one()
    assert found.id is not None
    if not added:
        _refresh(session, found.id, found, video)
        _move(session, found.id, found, video, now)
    return found.id


def _refresh(session: Session, video_id: int, known: Video, seen: SeenVideo) -> None:
    """What the network says about the video now; nothing that it left out this time is forgotten."""
    fresh = {
        "title": seen.title,
        "description": seen.description,
        "duration": seen.duration,
        "author": seen.author.name,
        "author_id": seen.author.id,
    }
    if seen.access_key:
        fresh |= {"url": seen.url, "access_key": seen.access_key}
    changed = {name: value for name, value in fresh.items() if value and value != getattr(known, name)}
    if changed:
        session.exec(update(Video).where(col(Video.id) == video_id).values(**changed))


def _move(session: Session, video_id: int, known: Video, seen: SeenVideo, now: datetime) -> None:
    """Only a video that nobody has tried to fetch moves here: what a try found out says more than a list of posts."""
    untried = known.attempts == 0 and known.state not in (VideoState.fetching, VideoState.fetched)
    state, again = _state_of(seen, now)
    if not untried or (known.state, known.reason) == (state, seen.blocked):
        return
    moved = session.exec(
        update(Video)
        .where(col(Video.id) == video_id, col(Video.state) == known.state, col(Video.attempts) == 0)
        .values(state=state, reason=seen.blocked, next_try_at=again)
    )
    if moved.rowcount:
        details = {"from": known.state.value, "reason": seen.blocked}
        session.add(Event(at=now, subject="video", subject_id=video_id, what=state.value, details=details))


def _state_of(video: SeenVideo, now: datetime) -> tuple[VideoState, datetime | None]:
    if not video.blocked:
        return VideoState.found, None
    if video.blocked_for_good:
        return VideoState.refused, None
    return VideoState.unavailable, now + LOOK_AGAIN
