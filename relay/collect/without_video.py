"""Posts that carry the tag and no video that Relay can fetch, with the reason, for a person.

Each is a participant who may be left out. A person hands in a link to the video, or puts the post aside when none is
to be had; a post leaves the list by itself as soon as one of its videos can be fetched. Those that probably were meant
to have a video come first; posts of words and pictures alone stay apart, they are many and rarely more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, case, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from relay import clocks
from relay.collect import campaigns, ingest
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale, TryLater
from relay.language.sentence import as_sentence
from relay.models import (
    Campaign,
    EventKind,
    Match,
    MatchKind,
    NoVideo,
    Post,
    Sighting,
    Video,
    VideoState,
    need_id,
)
from relay.ports import ON_AIR, Author, SeenVideo
from relay.records import add_event, leads_to
from relay.search import counting
from relay.sources import networks, video_links
from relay.store import add_rows

STUCK = timedelta(days=1)
"""A video that has been out of reach for so long is one that can't be fetched, until it comes back."""
UNLIKELY = frozenset({NoVideo.pictures, NoVideo.text})
"""Nothing in these posts says that a video was meant to be there."""
CHUNK = 500
ADVICE = "Known are links to videos ({networks}) and to video files."


@dataclass(frozen=True, slots=True)
class PostWithoutVideo:
    """`unfetchable`: why no video can be fetched; `reason`: what the network or the look at the file said of it."""

    id: int
    url: str
    author: str
    text: str
    published_at: str | None
    matched_in: str
    unfetchable: NoVideo
    reason: str
    put_aside: str


@dataclass(frozen=True, slots=True)
class HandedInVideo:
    """The video that a person has found for the post `id`."""

    id: int
    campaign: str
    url: str


def listing(
    relay: Relay, slug: str, *, put_aside: bool = False, unlikely: bool | None = None
) -> list[PostWithoutVideo]:
    """Posts that wait for a person, likeliest first, then oldest; `put_aside`: those that somebody has put aside.

    `unlikely`: only posts of words and pictures alone, or only the others.
    """
    campaign = campaigns.get(relay, slug)
    with relay.reading() as session:
        found = _for_a_person(session, campaign, relay.now())
    chosen = [
        each
        for each in found
        if bool(each.put_aside) is put_aside and (unlikely is None or (each.why in UNLIKELY) is unlikely)
    ]
    return [_shown(campaign, each) for each in chosen]


def counts(relay: Relay, slug: str) -> dict[str, int]:
    """`waiting`: likely ones that nobody has looked at; `unlikely`: of words and pictures alone; `put_aside`.

    Among very many posts as they were a moment ago.
    """
    campaign = campaigns.get(relay, slug)
    with relay.reading() as session:
        counted = partial(_counted, session, campaign, relay.now())
        return counting.of_posts(session, need_id(campaign), "without video", counted)


def reasons(
    session: Session, campaign: Campaign, now: datetime, *, posts: Sequence[int] | None = None
) -> dict[int, tuple[NoVideo, str]]:
    """Every post of the campaign, of any match, without a video that can be fetched: why, and what was said of it.

    `posts`: only these.
    """
    return {each.id: (each.why, each.reason) for each in _lacking(session, campaign, now, posts)}


def hand_in(relay: Relay, post_id: int, url: str, *, person: str, slug: str | None = None) -> HandedInVideo:
    """The video of a post is at `url`: it is fetched with the credit of the post's author.

    Raises NotFound, Refused for a link to no video, and SourceErrors when the network can't be asked.
    """
    match, campaign = _looked_up(relay, post_id, slug)
    with relay.reading() as session:
        post = session.get_one(Post, match.post_id)
    videos = _videos_at(relay, url, Author(post.author_id, post.author))
    now = relay.now()
    with relay.transaction() as session:
        taken = session.exec(select(func.count()).select_from(Sighting).where(Sighting.post_id == post_id)).one()
        for position, video in enumerate(videos, start=taken):
            row = {"post_id": post_id, "video_id": ingest.keep_video(session, video, now), "position": position}
            add_rows(session, Sighting, [{**row, "handed_in": person or "?"}])
        session.exec(update(Match).where(col(Match.id) == match.id).values(put_aside=""))
        add_event(session, relay.now(), campaign, EventKind.handed_in, person, post=post_id, url=videos[0].url)
    return HandedInVideo(post_id, campaign.slug, videos[0].url.removesuffix(video_links.FILE_MARK))


def put_aside(relay: Relay, post_id: int, *, person: str, slug: str | None = None) -> None:
    """No video is to be had for this post. Raises NotFound, and Stale when somebody else has said so already."""
    _decide(relay, post_id, slug, before="", after=person or "?", what=EventKind.put_aside, person=person)


def take_up(relay: Relay, post_id: int, *, person: str, slug: str | None = None) -> None:
    """The post waits for a person again. Raises NotFound, and Stale when it has not been put aside."""
    match, _ = _looked_up(relay, post_id, slug)
    if not match.put_aside:
        raise Stale("Post {post} has not been put aside.", state="waiting", post=post_id)
    _decide(relay, post_id, slug, before=match.put_aside, after="", what=EventKind.taken_up, person=person)


def _decide(
    relay: Relay, post_id: int, slug: str | None, *, before: str, after: str, what: EventKind, person: str
) -> None:
    match, campaign = _looked_up(relay, post_id, slug)
    with relay.transaction() as session:
        turned = session.exec(
            update(Match)
            .where(col(Match.id) == match.id, col(Match.put_aside) == before)
            .values(put_aside=after)
            .execution_options(synchronize_session=False)
        )
        if not turned.rowcount:
            raise Stale("Somebody else has just decided about post {post}.", state="changed", post=post_id)
        add_event(session, relay.now(), campaign, what, person, post=post_id)


def _looked_up(relay: Relay, post_id: int, slug: str | None) -> tuple[Match, Campaign]:
    """The post as one of ours. Raises NotFound, and Stale for a post that isn't (yet)."""
    wanted = select(Match, Campaign).join(Campaign).where(Match.post_id == post_id)
    if slug is not None:
        wanted = wanted.where(Campaign.slug == slug)
    with relay.reading() as session:
        rows = session.exec(wanted.order_by(col(Match.id))).all()
    if not rows:
        raise NotFound("There is no post number {post}.", hint="See: relay post list CAMPAIGN", post=post_id)
    ours = [(match, campaign) for match, campaign in rows if match.kind is MatchKind.exact]
    if not ours:
        raise Stale("Post {post} is not one of ours.", state=rows[0][0].kind.value, post=post_id)
    return ours[0]


def _videos_at(relay: Relay, url: str, author: Author) -> list[SeenVideo]:
    """What the network says about the video behind a link; a file of the web is taken as it is."""
    link = video_links.unwrapped(url)
    network = next((network for network in relay.sources.values() if network.claims(link)), None)
    if network is None:
        videos = video_links.linked_from([link], author)
    else:
        try:
            videos = [video for post in network.posts_behind([link]) for video in post.videos]
        except TryLater as error:
            hint = "Nothing was handed in: run the same command again in a few minutes."
            raise TryLater(error.sentence, hint=hint, code=error.code, requests=error.requests) from error
    if not videos:
        titles = ", ".join(networks.describe(name).title() for name, _ in networks.links())
        raise Refused("{url} leads to no video that Relay can fetch.", hint=ADVICE, url=url[:300], networks=titles)
    if all(video.blocked_for_good for video in videos):
        raise Refused("The video can't be fetched. {reason}", hint="", reason=as_sentence(videos[0].blocked))
    return [replace(video, author=author, linked=True) if author.name else video for video in videos]


# Reading the tables


@dataclass(frozen=True, slots=True)
class _Lacking:
    """A post none of whose videos can be fetched. `reason`: what was said of its first video, if it has one."""

    id: int
    url: str
    author: str
    text: str
    published_at: datetime
    kind: MatchKind
    matched_in: str
    put_aside: str
    why: NoVideo
    reason: str


def _shown(campaign: Campaign, post: _Lacking) -> PostWithoutVideo:
    return PostWithoutVideo(
        id=post.id,
        url=post.url,
        author=post.author,
        text=post.text,
        published_at=campaigns.local(campaign, post.published_at),
        matched_in=post.matched_in,
        unfetchable=post.why,
        reason=post.reason,
        put_aside=post.put_aside,
    )


def _for_a_person(session: Session, campaign: Campaign, now: datetime) -> list[_Lacking]:
    """Near misses and posts outside the window are none of these: whether they count at all is asked first."""
    order = list(NoVideo)
    ours = (post for post in _lacking(session, campaign, now) if post.kind is MatchKind.exact)
    return sorted(ours, key=lambda post: (order.index(post.why), post.published_at, post.id))


def _lacking(session: Session, campaign: Campaign, now: datetime, posts: Sequence[int] | None = None) -> list[_Lacking]:
    rows: list[Any] = []
    told: dict[int, tuple[str, ...]] = {}
    for some in _parts(posts):
        told |= _told(session, _sighted_by(campaign), *some(Sighting.post_id))
        wanted = columns(*_COLUMNS).join(Match, col(Match.post_id) == Post.id)
        rows += session.execute(wanted.where(_of(campaign, posts), ~hopeful(now), *some(Post.id)))
    return [_lacking_one(row, told.get(row[0], ())) for row in rows]


def _counted(session: Session, campaign: Campaign, now: datetime) -> dict[str, int]:
    """See `counts`; a post that shows videos was meant to have one."""
    shows = select(Sighting.id).where(col(Sighting.post_id) == Post.id).exists()
    is_unlikely, is_aside = col(Post.no_video).in_(UNLIKELY) & ~shows, col(Match.put_aside) != ""
    kind = case((is_aside, "put_aside"), (is_unlikely, "unlikely"), else_="waiting")
    found = columns(kind.label("kind")).select_from(Post).join(Match, col(Match.post_id) == Post.id)
    ours = found.where(_of(campaign, None), col(Match.kind) == MatchKind.exact, ~hopeful(now)).subquery()
    rows = session.execute(columns(ours.c.kind, func.count()).group_by(ours.c.kind))
    return {"waiting": 0, "unlikely": 0, "put_aside": 0} | {str(kind): number for kind, number in rows}


def _of(campaign: Campaign, posts: Sequence[int] | None) -> ColumnElement[bool]:
    """Of few posts each is asked whether it is the campaign's; else they are found by it."""
    return col(Match.campaign_id) == campaign.id if posts is None else leads_to(campaign.id, Match)


def _parts(posts: Sequence[int] | None) -> Iterable[Callable[[Any], list[ColumnElement[bool]]]]:
    """Conditions on a column, with as many numbers in each as every database takes; without `posts` there is none."""
    if posts is None:
        yield lambda _column: []
        return
    for start in range(0, len(posts), CHUNK):
        some = list(posts[start : start + CHUNK])
        yield lambda column, some=some: [col(column).in_(some)]  # type: ignore[misc]


def _sighted_by(campaign: Campaign) -> ColumnElement[bool]:
    ours = select(Match.id).where(Match.campaign_id == campaign.id, col(Match.post_id) == Sighting.post_id)
    return ours.exists()


def hopeful(now: datetime) -> ColumnElement[bool]:
    """The condition, over Post, that one of its videos can be fetched. Asked post by post: a list of all posts that
    have hope is asked once for each video, and takes seconds with ten thousand.
    """
    video = select(Sighting.id).join(Video, col(Video.id) == Sighting.video_id)
    return video.where(col(Sighting.post_id) == Post.id, _can_be_fetched(now)).exists()


def _lacking_one(row: Any, told: Sequence[str]) -> _Lacking:
    number, url, author, text, at, kind, matched_in, aside, no_video = row
    why, reason = _why(no_video, told)
    return _Lacking(number, url, author, text, at, kind, matched_in, aside, why, reason)


def _can_be_fetched(now: datetime) -> ColumnElement[bool]:
    hope = (VideoState.found, VideoState.fetching, VideoState.fetched)
    out_of_reach = col(Video.state) == VideoState.unavailable
    return col(Video.state).in_(hope) | (out_of_reach & clocks.within(col(Video.created_at), STUCK, now))


def _told(session: Session, *of_posts: ColumnElement[bool]) -> dict[int, tuple[str, ...]]:
    """What was said of each video that can't be fetched, by post, in the order of its videos."""
    rows = session.exec(
        select(Sighting.post_id, Video.reason)
        .join(Video, col(Video.id) == Sighting.video_id)
        .where(*of_posts, col(Video.state).in_(_OUT_OF_REACH))
        .order_by(col(Sighting.position), col(Sighting.id))
    )
    told: dict[int, tuple[str, ...]] = {}
    for post_id, reason in rows:
        told[post_id] = (*told.get(post_id, ()), reason)
    return told


def _why(no_video: NoVideo | None, told: Sequence[str]) -> tuple[NoVideo, str]:
    """A post that was stored before reasons were told may be anything."""
    if not told:
        return no_video or NoVideo.other, ""
    on_air = all(reason == ON_AIR for reason in told)
    return NoVideo.broadcast if on_air else NoVideo.blocked, next((reason for reason in told if reason), "")


_OUT_OF_REACH = (VideoState.refused, VideoState.gone, VideoState.unavailable)
_COLUMNS: tuple[Any, ...] = (
    *(Post.id, Post.url, Post.author, Post.text, Post.published_at),
    *(Match.kind, Match.matched_in, Match.put_aside, Post.no_video),
)
