"""A campaign's posts, found: by words of theirs and of their videos, by what they are, and by what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import bindparam, tuple_
from sqlmodel import Session, col, func, select

from relay.collect import campaigns
from relay.collect.found import posts
from relay.collect.found.posts import ListedPost
from relay.context import Relay
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    ClipVideo,
    Inspection,
    Match,
    MatchKind,
    Post,
    Sighting,
    Source,
    Spotting,
    need_id,
)
from relay.records import leads_to
from relay.search import counting, index
from relay.search.filters import Day, Numbers, Text, Texts, begins, ends
from relay.views import widened

WAIT_CHUNKS = 8
"""So many parts of the search's words are written while somebody waits for a page; the rest is told of."""


class CarriedVideo(StrEnum):
    """What of a video a post has: `waiting`: one of which no clip was made yet."""

    none = "none"
    some = "some"
    clip = "clip"
    waiting = "waiting"


class PostOrder(StrEnum):
    oldest = "oldest"
    newest = "newest"


@dataclass(frozen=True, slots=True)
class PostFilter:
    """`q`: words of the text, the author, the video's title and description. `state`: of a clip that the post carries.

    `since`, `until`: days of publication in the campaign's zone.
    """

    q: Text = ""
    match: MatchKind | None = None
    network: Texts = ()
    source: Numbers = ()
    video: CarriedVideo | None = None
    state: tuple[ClipState, ...] = ()
    since: Day | None = None
    until: Day | None = None
    sort: PostOrder = PostOrder.oldest


@dataclass(frozen=True, slots=True)
class PostClip:
    """A clip that was made of a post's video; `poster` is empty where it has no picture, or may not be shown."""

    id: int
    state: ClipState
    sha256: str
    poster: str


@dataclass(frozen=True, slots=True)
class PostWithClips(ListedPost):
    clips: list[PostClip]


@dataclass(frozen=True, slots=True)
class PostsPage:
    """`more`: the post to go on after. `kinds`: how many the filter finds of each match, were it for any."""

    posts: list[PostWithClips]
    more: int | None
    total: int
    kinds: dict[str, int]
    unwritten: int


@dataclass(frozen=True, slots=True)
class PostChoices:
    networks: list[str]
    sources: list[tuple[int, str, str]]
    """Number, title, address."""


def page(relay: Relay, slug: str, chosen: PostFilter, *, after: int | None = None, size: int = 100) -> PostsPage:
    """Up to `size` posts behind the post `after` (its number) in the filter's order. Raises NotFound."""
    campaign = campaigns.get(relay, slug)
    unwritten = index.catch_up(relay.store, chunks=WAIT_CHUNKS) if chosen.q else 0
    with relay.reading() as session:
        rows = session.execute(_behind(campaign, chosen, after, session).limit(size + 1)).all()
        kinds = _kinds(session, campaign, chosen)
        shown = posts.described(session, campaign, [(post, match) for post, match in rows[:size]], relay.now())
        clips = _clips(session, campaign, [post.id for post in shown])
        return PostsPage(
            posts=[widened(PostWithClips, post, clips=clips.get(post.id, [])) for post in shown],
            more=need_id(rows[size - 1][0]) if len(rows) > size else None,
            total=sum(number for kind, number in kinds.items() if chosen.match in (None, kind)),
            kinds=kinds,
            unwritten=unwritten,
        )


def choices(relay: Relay, slug: str) -> PostChoices:
    campaign = campaigns.get(relay, slug)
    with relay.reading() as session:
        found = counting.of_posts(session, need_id(campaign), "networks", partial(_networks, session, campaign))
        sources = session.exec(
            select(Source.id, Source.title, Source.address)
            .where(Source.campaign_id == campaign.id)
            .order_by(col(Source.title), col(Source.id))
        ).all()
    return PostChoices(found, [(number or 0, title, address) for number, title, address in sources])


def _networks(session: Session, campaign: Campaign) -> list[str]:
    networks = select(Post.network).join(Match, col(Match.post_id) == col(Post.id))
    wanted = networks.where(Match.campaign_id == campaign.id).distinct().order_by(Post.network)
    return list(session.exec(wanted).all())


def _conditions(campaign: Campaign, chosen: PostFilter) -> list[Any]:
    return [
        Match.campaign_id == campaign.id,
        *index.posts_with(chosen.q),
        *_of_kind(campaign, chosen),
        *_carrying(campaign, chosen),
    ]


def _of_kind(campaign: Campaign, chosen: PostFilter) -> Iterable[Any]:
    if chosen.match is not None:
        yield Match.kind == chosen.match
    if chosen.network:
        yield col(Post.network).in_(chosen.network)
    if chosen.source:
        spotted = select(Spotting.post_id).where(col(Spotting.source_id).in_(chosen.source))
        yield col(Post.id).in_(spotted)
    if chosen.since is not None:
        yield col(Post.published_at) >= begins(chosen.since, campaign.tz)
    if chosen.until is not None:
        yield col(Post.published_at) < ends(chosen.until, campaign.tz)


def _carrying(campaign: Campaign, chosen: PostFilter) -> Iterable[Any]:
    carried = select(Sighting.post_id)
    made = (
        select(Sighting.post_id)
        .join(ClipVideo, col(ClipVideo.video_id) == col(Sighting.video_id))
        .join(Clip, (col(Clip.id) == col(ClipVideo.clip_id)) & (col(Clip.campaign_id) == campaign.id))
    )
    here = col(Post.id)
    if chosen.video is not None:
        yield {
            CarriedVideo.none: here.not_in(carried),
            CarriedVideo.some: here.in_(carried),
            CarriedVideo.clip: here.in_(made),
            CarriedVideo.waiting: here.in_(carried) & here.not_in(made),
        }[chosen.video]
    if chosen.state:
        yield here.in_(made.where(col(Clip.state).in_(chosen.state)))


def _behind(campaign: Campaign, chosen: PostFilter, after: int | None, session: Session) -> Any:
    columns, backwards = (col(Post.published_at), col(Post.id)), chosen.sort is PostOrder.newest
    if _goes_along_the_dates(session, campaign, chosen, after):
        conditions: list[Any] = [leads_to(campaign.id, Match), *_of_kind(campaign, chosen)]
    else:
        conditions = _conditions(campaign, chosen)
    wanted = select(Post, Match).join(Match, col(Match.post_id) == col(Post.id)).where(*conditions)
    wanted = wanted.order_by(*(column.desc() for column in columns) if backwards else columns)
    last = session.get(Post, after) if after is not None else None
    if last is None:
        return wanted
    here, there = tuple_(*columns), (last.published_at, last.id)
    return wanted.where(here < there if backwards else here > there)


def _goes_along_the_dates(session: Session, campaign: Campaign, chosen: PostFilter, after: int | None) -> bool:
    """Whether most posts on the way are shown, so that they are read by date, and no more of them than a page holds;
    else those of the campaign are found first, and put in order.
    """
    if replace(chosen, match=None, sort=PostOrder.oldest) != PostFilter():
        return False
    if chosen.match not in (None, MatchKind.exact):
        return False
    ours = counting.counted(session, _BY_MATCH, campaign=need_id(campaign))
    newest = session.scalar(select(func.max(Post.id))) or 0
    many = ours[MatchKind.exact.value] if chosen.match else sum(ours.values())
    return after is not None or 2 * many >= newest


def _kinds(session: Session, campaign: Campaign, chosen: PostFilter) -> dict[str, int]:
    if replace(chosen, match=None, sort=PostOrder.oldest) == PostFilter():
        return counting.counted(session, _BY_MATCH, campaign=need_id(campaign))
    counted = select(Match.kind, func.count()).join(Post, col(Post.id) == col(Match.post_id))
    of_any = _conditions(campaign, replace(chosen, match=None))
    rows = session.exec(counted.where(*of_any).group_by(col(Match.kind))).all()
    return {kind.value: 0 for kind in MatchKind} | {MatchKind(kind).value: number for kind, number in rows}


_BY_MATCH = counting.Tallies(
    {
        kind.value: select(col(Match.id)).where(
            col(Match.campaign_id) == bindparam("campaign"), col(Match.kind) == kind
        )
        for kind in MatchKind
    }
)


def _clips(session: Session, campaign: Campaign, post_ids: list[int]) -> Mapping[int, list[PostClip]]:
    rows = session.execute(
        select(Sighting.post_id, Clip.id, Clip.state, Clip.sha256, Inspection.poster)  # type: ignore[call-overload]
        .join(ClipVideo, col(ClipVideo.video_id) == col(Sighting.video_id))
        .join(Clip, (col(Clip.id) == col(ClipVideo.clip_id)) & leads_to(campaign.id))
        .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
        .where(col(Sighting.post_id).in_(post_ids))
        .order_by(col(Clip.id))
    )
    found: dict[int, dict[int, PostClip]] = {}
    for post_id, number, state, sha256, poster in rows:
        shown = poster if state is not ClipState.withdrawn else ""
        found.setdefault(post_id, {})[number] = PostClip(number, state, sha256, shown)
    return {post_id: list(clips.values()) for post_id, clips in found.items()}
