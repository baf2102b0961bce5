"""Writes what a source showed into the tables: posts, why they belong to the campaign, and the videos they carry.

Everything is an insert that the unique keys may turn away, or an update of what changed; so the same page may come
twice, from two sources, or from two processes at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.collect import hashtags, rows
from relay.collect.campaigns import HANDED_IN, window
from relay.collect.hashtags import Hit
from relay.collect.rows import Key, KnownPost
from relay.models import (
    Campaign,
    EventKind,
    EventSubject,
    Match,
    MatchKind,
    Post,
    Sighting,
    Spotting,
    Video,
    VideoState,
)
from relay.ports import SeenPost, SeenVideo
from relay.records import add_event, is_forgotten
from relay.store import add_columns, add_rows

LOOK_AGAIN = timedelta(hours=1)
"""When a blocked video is looked at again, unless a sweep sees it free before."""

LONGEST_NOTE = 500
"""Of a text before and after an edit."""

_RANK = {MatchKind.near: 0, MatchKind.outside: 1, MatchKind.exact: 2}


@dataclass(frozen=True, slots=True)
class Ingested:
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
) -> Ingested:
    """Stores one post with everything about it, inside the caller's transaction."""
    assert campaign.id is not None
    post_id = keep_post(session, post, now)
    new = _keep_match(session, campaign.id, post_id, hit, now)
    if source_id is not None:
        _spot(session, [post_id], source_id, now)
    for position, video in enumerate(post.videos):
        video_id = keep_video(session, video, now)
        add_rows(session, Sighting, [{"post_id": post_id, "video_id": video_id, "position": position}])
    return Ingested(post_id, hit.kind, new)


@dataclass(slots=True)
class PageCount:
    """How many of a page's posts carry the tag, and how many the campaign did not have yet."""

    matched: int = 0
    new: int = 0


def keep_all(
    session: Session, campaign: Campaign, hits: Sequence[tuple[SeenPost, Hit]], now: datetime, *, source_id: int
) -> PageCount:
    """Stores a page's posts, inside the caller's transaction. Sweeps overlap, so most of them are known and as they
    were: those cost one query and one update together.
    """
    page = PageCount(matched=sum(hit.kind is MatchKind.exact for _, hit in hits))
    known = rows.known_posts(session, campaign.id, source_id, {_key(post) for post, _ in hits})
    same: list[KnownPost] = []
    others: list[tuple[SeenPost, Hit]] = []
    for post, hit in hits:
        before = known.get(_key(post))
        if before is not None and before.edited_at == post.edited_at and _is_settled(before, post, hit):
            same.append(before)
        else:
            others.append((post, hit))
    if same:
        rows.mark_seen(session, [each.post_id for each in same], now)
        _spot(session, [each.post_id for each in same if not each.spotted], source_id, now)
    unheard, others = unheard_of(session, others, known)
    page.new += _keep_unheard_of(session, campaign, unheard, now, source_id)
    for post, hit in others:
        page.new += keep(session, campaign, post, hit, now, source_id=source_id).new
    return page


Hits = list[tuple[SeenPost, Hit]]


def unheard_of(session: Session, hits: Hits, known: Mapping[Key, KnownPost]) -> tuple[Hits, Hits]:
    """Those of which neither the post nor a video stands in any table or twice on the page; and the others."""
    posts_told = {*_twice(_key(post) for post, _ in hits), *known}
    shown = [_key(video) for post, _ in hits for video in post.videos]
    videos_told = {*_twice(shown), *rows.video_ids(session, set(shown))}
    unheard: Hits = []
    others: Hits = []
    for post, hit in hits:
        told = _key(post) in posts_told or any(_key(video) in videos_told for video in post.videos)
        (others if told else unheard).append((post, hit))
    return unheard, others


def _twice(keys: Iterable[Key]) -> set[Key]:
    return {key for key, times in Counter(keys).items() if times > 1}


def _keep_unheard_of(session: Session, campaign: Campaign, hits: Hits, now: datetime, source_id: int) -> int:
    """A few inserts of many rows. Returns how many matches are new."""
    if not hits:
        return 0
    posts = [post for post, _ in hits]
    carried = [(post, position, video) for post in posts for position, video in enumerate(post.videos)]
    _add_posts(session, posts, now)
    _add_videos(session, [video for _, _, video in carried], now)
    numbers = rows.post_ids(session, {_key(post) for post in posts})
    videos = rows.video_ids(session, {_key(video) for _, _, video in carried})
    ids = [numbers[_key(post)] for post in posts]
    found: dict[str, Sequence[Any]] = {
        "post_id": ids,
        "kind": [hit.kind for _, hit in hits],
        "matched_in": [hit.matched_in for _, hit in hits],
        "tag": [hit.tag for _, hit in hits],
    }
    new = add_columns(session, Match, found, campaign_id=campaign.id, at=now)
    _spot(session, ids, source_id, now)
    sighted: dict[str, Sequence[Any]] = {
        "post_id": [numbers[_key(post)] for post, _, _ in carried],
        "video_id": [videos[_key(video)] for _, _, video in carried],
        "position": [position for _, position, _ in carried],
    }
    add_columns(session, Sighting, sighted)
    return new


def _spot(session: Session, post_ids: Sequence[int], source_id: int, now: datetime) -> None:
    add_columns(session, Spotting, {"post_id": post_ids}, source_id=source_id, at=now)


def _key(seen: SeenPost | SeenVideo) -> Key:
    return seen.network, seen.owner_id, seen.post_id if isinstance(seen, SeenPost) else seen.video_id


def _is_settled(known: KnownPost, post: SeenPost, hit: Hit) -> bool:
    """Whether nothing that `keep` would write is news."""
    if known.kind is None or _RANK[known.kind] < _RANK[hit.kind]:
        return False
    if known.text != post.text or known.no_video != post.no_video:
        return False
    return all(_is_as_known(known, video) for video in post.videos)


def _is_as_known(known: KnownPost, video: SeenVideo) -> bool:
    facts = known.videos.get(_key(video))
    if facts is None:
        return False
    untried = facts.attempts == 0 and facts.state not in (VideoState.fetching, VideoState.fetched)
    return (
        video.title in ("", facts.title)
        and video.description in ("", facts.description)
        and video.access_key in ("", facts.access_key)
        and not (untried and facts.reason != video.blocked)
    )


def _inside(campaign: Campaign, at: datetime) -> bool:
    opens, closes = window(campaign)
    return opens <= at <= closes


def _add_posts(session: Session, posts: Sequence[SeenPost], now: datetime) -> int:
    """Returns how many of them are new."""
    columns: dict[str, Sequence[Any]] = {
        "network": [post.network for post in posts],
        "owner_id": [post.owner_id for post in posts],
        "post_id": [post.post_id for post in posts],
        "url": [post.url for post in posts],
        "text": [post.text for post in posts],
        "author_id": [post.author.id for post in posts],
        "author": [post.author.name for post in posts],
        "published_at": [post.published_at for post in posts],
        "edited_at": [post.edited_at for post in posts],
        "raw": [post.raw for post in posts],
        "no_video": [post.no_video for post in posts],
    }
    return add_columns(session, Post, columns, first_seen_at=now, last_seen_at=now)


def keep_post(session: Session, post: SeenPost, now: datetime) -> int:
    """The post alone, as it is now; an edit of one that we have is noted (Event)."""
    added = _add_posts(session, [post], now)
    found = session.exec(
        select(Post).where(Post.network == post.network, Post.owner_id == post.owner_id, Post.post_id == post.post_id)
    ).one()
    assert found.id is not None
    if not added:
        found.last_seen_at = now
        if not _is_older(post.edited_at, found.edited_at) and not is_forgotten(session, EventSubject.post, found.id):
            if found.text != post.text:
                _note_edit(session, found, post, now)
            found.text, found.edited_at, found.raw = post.text, post.edited_at, post.raw
            found.no_video = post.no_video
            found.author_id, found.author = post.author.id, post.author.name or found.author
        session.add(found)
        session.flush()
    return found.id


def _note_edit(session: Session, known: Post, seen: SeenPost, now: datetime) -> None:
    details = {"text": [known.text[:LONGEST_NOTE], seen.text[:LONGEST_NOTE]]}
    add_event(session, now, known, EventKind.post_edited, **details)


def _is_older(seen: datetime | None, known: datetime | None) -> bool:
    """Whether what was seen is an earlier edition than the one that we have (a slow process, a stale cache)."""
    return known is not None and (seen is None or seen < known)


def _match_row(campaign_id: int, post_id: int, hit: Hit, now: datetime) -> dict[str, object]:
    what = {"kind": hit.kind, "matched_in": hit.matched_in, "tag": hit.tag, "at": now}
    return {"campaign_id": campaign_id, "post_id": post_id, **what}


def _keep_match(session: Session, campaign_id: int, post_id: int, hit: Hit, now: datetime) -> bool:
    """Matches only rise: a look-alike becomes the tag when the author corrects it, a found tag is never lost again."""
    if add_rows(session, Match, [_match_row(campaign_id, post_id, hit, now)]):
        return True
    weaker = [kind for kind, rank in _RANK.items() if rank < _RANK[hit.kind]]
    session.exec(
        update(Match)
        .where(col(Match.campaign_id) == campaign_id, col(Match.post_id) == post_id, col(Match.kind).in_(weaker))
        .values(kind=hit.kind, matched_in=hit.matched_in, tag=hit.tag, accepted_by="")
    )
    return False


def _add_videos(session: Session, videos: Sequence[SeenVideo], now: datetime) -> int:
    """Returns how many of them are new."""
    states = [_state_of(video, now) for video in videos]
    columns: dict[str, Sequence[Any]] = {
        "network": [video.network for video in videos],
        "owner_id": [video.owner_id for video in videos],
        "video_id": [video.video_id for video in videos],
        "url": [video.url for video in videos],
        "title": [video.title for video in videos],
        "description": [video.description for video in videos],
        "author_id": [video.author.id for video in videos],
        "author": [video.author.name for video in videos],
        "access_key": [video.access_key for video in videos],
        "kind": [video.kind for video in videos],
        "duration": [video.duration for video in videos],
        "state": [state for state, _ in states],
        "reason": [video.blocked for video in videos],
        "next_try_at": [again for _, again in states],
    }
    return add_columns(session, Video, columns, created_at=now)


def keep_video(session: Session, video: SeenVideo, now: datetime) -> int:
    """The video alone, as it is now; returns its number."""
    added = _add_videos(session, [video], now)
    found = session.exec(
        select(Video).where(
            Video.network == video.network, Video.owner_id == video.owner_id, Video.video_id == video.video_id
        )
    ).one()
    assert found.id is not None
    if not added:
        if not is_forgotten(session, EventSubject.video, found.id):
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
    if seen.linked and (known.author or known.author_id):
        fresh |= {"author": "", "author_id": ""}  # whoever shares a link is not the one who filmed
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
        add_event(session, now, (EventSubject.video, video_id), EventKind(state.value), **details)


def _state_of(video: SeenVideo, now: datetime) -> tuple[VideoState, datetime | None]:
    if not video.blocked:
        return VideoState.found, None
    if video.blocked_for_good:
        return VideoState.refused, None
    return VideoState.unavailable, now + LOOK_AGAIN
