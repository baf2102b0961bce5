"""The posts of a campaign: found ones, and links that a person hands in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import true
from sqlmodel import Session, col, func, select

from relay.collect import campaigns, hashtags, ingest, without_video
from relay.context import Relay
from relay.errors import NotFound, Refused, TryLater
from relay.models import (
    Campaign,
    EventKind,
    Match,
    MatchKind,
    NoVideo,
    Post,
    Sighting,
    Source,
    Spotting,
    Video,
    VideoState,
    need_id,
)
from relay.ports import SeenPost
from relay.records import add_event
from relay.sources import video_links
from relay.views import widened

CHUNK = 500
"""So many numbers stand in one question."""


@dataclass(frozen=True, slots=True)
class FoundPost:
    """A post that has to do with a campaign; times in its zone. `sources`: addresses of those that showed it."""

    id: int
    network: str
    owner_id: str
    post_id: str
    url: str
    text: str
    published_at: str | None
    edited_at: str | None
    match: MatchKind
    matched_in: str
    tag: str
    author: str
    author_id: str
    sources: list[str]
    put_aside: str


@dataclass(frozen=True, slots=True)
class ListedPost(FoundPost):
    """`videos`: how many it carries; `unfetchable`: why none of them can be fetched (see NoVideo), "" where one can,
    with what was said as `reason`.
    """

    videos: int
    unfetchable: str
    reason: str


@dataclass(frozen=True, slots=True)
class PostVideo:
    """A video of a post; `duration` in seconds."""

    id: int
    network: str
    owner_id: str
    video_id: str
    url: str
    kind: str
    title: str
    duration: float | None
    author: str
    state: VideoState
    reason: str
    next_try_at: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class PostDetails(FoundPost):
    """As ListedPost, with each video."""

    unfetchable: str
    reason: str
    campaign: str
    videos: list[PostVideo]


def listing(relay: Relay, slug: str) -> list[ListedPost]:
    """All posts that have to do with the campaign, oldest first. Raises NotFound."""
    campaign = campaigns.get(relay, slug)
    with relay.reading() as session:
        rows = session.exec(
            select(Post, Match)
            .join(Match, col(Match.post_id) == Post.id)
            .where(Match.campaign_id == campaign.id)
            .order_by(col(Post.published_at), col(Post.id))
        ).all()
        return described(session, campaign, rows, relay.now())


def described(
    session: Session, campaign: Campaign, rows: Sequence[tuple[Post, Match]], now: datetime
) -> list[ListedPost]:
    """Posts of the campaign as `listing` gives them, inside a unit of work, in the order given."""
    of_rows = [need_id(post) for post, _match in rows]
    sources: dict[int, list[str]] = {}
    videos: dict[int, int] = {}
    for start in range(0, len(of_rows), CHUNK):
        some = of_rows[start : start + CHUNK]
        sources |= _sources(session, some, campaign)
        videos |= _counted(session, some)
    lacking = without_video.reasons(session, campaign, now, posts=of_rows)
    return [
        widened(
            ListedPost,
            _shown(campaign, post, match, sources.get(need_id(post), [])),
            videos=videos.get(need_id(post), 0),
            **_unfetchable(lacking, post),
        )
        for post, match in rows
    ]


def show(relay: Relay, post_id: int, *, slug: str | None = None) -> PostDetails:
    """One post, and every video that it carries with its state and the reason. `slug`: as this campaign sees it.

    Raises NotFound.
    """
    with relay.reading() as session:
        row = session.exec(
            select(Post, Match, Campaign)
            .join(Match, col(Match.post_id) == Post.id)
            .join(Campaign, col(Campaign.id) == Match.campaign_id)
            .where(Post.id == post_id, true() if slug is None else Campaign.slug == slug)
            .order_by(col(Match.id))
        ).first()
        if row is None:
            raise NotFound("There is no post number {post_id}.", hint="See: relay post list CAMPAIGN", post_id=post_id)
        post, match, campaign = row
        videos = session.exec(
            select(Video)
            .join(Sighting, col(Sighting.video_id) == Video.id)
            .where(Sighting.post_id == post_id)
            .order_by(col(Sighting.position), col(Sighting.id))
        ).all()
        sources = _sources(session, [post_id], campaign)
        lacking = without_video.reasons(session, campaign, relay.now(), posts=[post_id])
        return widened(
            PostDetails,
            _shown(campaign, post, match, sources.get(post_id, [])),
            **_unfetchable(lacking, post),
            campaign=campaign.slug,
            videos=[_shown_video(campaign, video) for video in videos],
        )


def add(relay: Relay, slug: str, url: str, *, person: str) -> int:
    """Hands a link to a post or a video in and returns the post's number. The same link again changes nothing.

    Raises Refused for a link that leads to no post, and SourceErrors when the network can't be asked.
    """
    campaign = campaigns.get(relay, slug)
    post = _looked_up(relay, video_links.unwrapped(url))
    dated = post.network in relay.sources  # a video that was handed in by its own link has no date that we know
    with relay.transaction() as session:
        campaign = session.get_one(Campaign, campaign.id)
        wanted = hashtags.wanted(campaign.hashtags, campaign.aliases)
        hit = ingest.judge_handed_in(campaign, post, wanted, dated=dated)
        kept = ingest.keep(session, campaign, post, hit, relay.now())
        add_event(
            session,
            relay.now(),
            campaign,
            EventKind.handed_in,
            person,
            post=kept.post_id,
            url=post.url,
            match=hit.kind.value,
        )
    return kept.post_id


def _looked_up(relay: Relay, url: str) -> SeenPost:
    for network in relay.sources.values():
        if not network.claims(url):
            continue
        try:
            found = network.posts_behind([url])
        except TryLater as error:
            hint = "Nothing was handed in: run the same command again in a few minutes."
            raise TryLater(error.sentence, hint=hint, code=error.code, requests=error.requests) from error
        if not found:
            raise Refused("Nothing that we may see is at {url}.", hint="Is it deleted, or for friends only?", url=url)
        return found[0]
    raise Refused("{url} leads to no network that Relay reads.", hint="Hand the file in: relay clip add", url=url)


def _sources(session: Session, posts: Iterable[int] | Any, campaign: Campaign) -> dict[int, list[str]]:
    """Addresses of the campaign's sources that showed each post."""
    rows = session.exec(
        select(Spotting.post_id, Source.address)
        .join(Source, col(Source.id) == Spotting.source_id)
        .where(col(Spotting.post_id).in_(posts), Source.campaign_id == campaign.id)
        .order_by(col(Spotting.id))
    ).all()
    found: dict[int, list[str]] = {}
    for post_id, address in rows:
        found.setdefault(post_id, []).append(address)
    return found


def _counted(session: Session, posts: Any) -> dict[int, int]:
    """Videos by post."""
    counting = select(Sighting.post_id, func.count()).where(col(Sighting.post_id).in_(posts))
    return dict(session.exec(counting.group_by(col(Sighting.post_id))).all())


def _unfetchable(lacking: Mapping[int, tuple[NoVideo, str]], post: Post) -> dict[str, str]:
    why, reason = lacking.get(need_id(post), ("", ""))
    return {"unfetchable": str(why), "reason": reason}


def _shown(campaign: Campaign, post: Post, match: Match, sources: Sequence[str]) -> FoundPost:
    return FoundPost(
        id=need_id(post),
        network=post.network,
        owner_id=post.owner_id,
        post_id=post.post_id,
        url=post.url,
        text=post.text,
        published_at=campaigns.local(campaign, post.published_at),
        edited_at=campaigns.local(campaign, post.edited_at),
        match=match.kind,
        matched_in=match.matched_in,
        tag=match.tag,
        author=post.author,
        author_id=post.author_id,
        sources=list(sources),
        put_aside=match.put_aside,
    )


def _shown_video(campaign: Campaign, video: Video) -> PostVideo:
    return PostVideo(
        id=need_id(video),
        network=video.network,
        owner_id=video.owner_id,
        video_id=video.video_id,
        url=video.url,
        kind=video.kind,
        title=video.title,
        duration=video.duration,
        author=video.author,
        state=video.state,
        reason=video.reason,
        next_try_at=campaigns.local(campaign, video.next_try_at),
        sha256=video.sha256,
    )
