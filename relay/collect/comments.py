"""A tag that stands only in a comment: people forget it, and write it below their post afterwards.

Only posts are asked about that carry a video, lie in the window, are not ours yet, and have more comments than when
they were asked last. Every question is a call, so a day's budget of its own bounds them (planner.comment_calls).
What is found is a near miss (`matched_in` "comment"): a person decides. The author's own comment counts with any
spelling that looks like the tag; somebody else's only with the tag itself, because anybody can write it anywhere.

What was read stands in CommentCount: a post's key and how many comments it had then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from relay.collect import campaigns, hashtags, ingest, planner
from relay.collect.hashtags import Hit, Wanted
from relay.context import Relay
from relay.errors import SourceError
from relay.models import (
    Campaign,
    CommentCount,
    Event,
    EventKind,
    EventSubject,
    Match,
    MatchKind,
    MatchPlace,
    Post,
    Source,
    need_id,
)
from relay.ports import Comment, CommentPage, CommentThread, ReadsComments, SeenPost
from relay.records import add_event, find_campaign

COMMENT = MatchPlace.comment
"""`matched_in` of a post whose tag stands below it."""
FOUND = EventKind.tag_in_comment
PAGE = 100
OVERLAP = 10
"""Comments that are read once more, because others were deleted meanwhile."""
LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class TaggedComment:
    """The comment that carries the tag. `own`: by the post's author."""

    comment: Comment
    tag: str
    own: bool


@dataclass(frozen=True, slots=True)
class CommentsRead:
    """`posts`: whose comments were read; `left`: those that the budget had no call for; `found`: near misses."""

    posts: int = 0
    found: int = 0
    left: int = 0
    requests: int = 0
    fault: str = ""


def set_for(relay: Relay, slug: str, *, on: bool, person: str) -> None:
    """Whether the campaign's sweeps look into comments."""
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        if campaign.comments is on:
            return
        campaign.comments = on
        session.add(campaign)
        what = EventKind.comments_on if on else EventKind.comments_off
        add_event(session, relay.now(), campaign, what, person)


def worth_asking(campaign: Campaign, posts: Iterable[SeenPost], wanted: Wanted) -> list[SeenPost]:
    """Of a page's posts those whose comments may make them ours."""
    opens, closes = campaigns.window(campaign)
    return [
        post
        for post in posts
        if post.comments > 0
        and post.videos
        and opens <= post.published_at <= closes
        and ((hit := hashtags.match(post.texts, wanted)) is None or hit.kind is MatchKind.near)
    ]


def threads(
    posts: Sequence[SeenPost], read: Mapping[str, int], most: int
) -> list[tuple[SeenPost, list[CommentThread]]]:
    """What to ask for with `most` calls: posts with new comments, those nobody has asked about yet first.

    A post with more comments than a call brings is read from both ends: its author's word stands at the beginning,
    and the newest are what has come.
    """
    grown = [post for post in posts if post.comments > read.get(_key(post), 0)]
    grown.sort(key=lambda post: (_key(post) in read, -post.published_at.timestamp()))
    plan: list[tuple[SeenPost, list[CommentThread]]] = []
    for post in grown:
        calls = _calls(post, read.get(_key(post), 0))
        if len(calls) > most:
            break
        plan.append((post, calls))
        most -= len(calls)
    return plan


def judge(post: SeenPost, comments: Sequence[Comment], wanted: Wanted) -> TaggedComment | None:
    """The comment that makes the post a near miss: the author's own before anybody else's."""
    own = _own_ids(post)
    said = []
    for comment in comments:
        hit = hashtags.match(((COMMENT, comment.text),), wanted)
        mine = comment.author.id in own
        if hit is not None and (mine or hit.kind is MatchKind.exact):
            said.append((not mine, hit.kind is not MatchKind.exact, TaggedComment(comment, hit.tag, mine)))
    return min(said, key=lambda entry: entry[:2], default=(0, 0, None))[2]


def read(relay: Relay, source: Source, seen: Sequence[SeenPost], wanted: Wanted) -> CommentsRead:
    """Asks for the comments below the posts that a sweep has shown, as far as the day's budget goes.

    A fault ends it and stands in the answer: the next sweep goes on from there.
    """
    port = relay.sources.get(source.network)
    if not seen or not isinstance(port, ReadsComments):
        return CommentsRead()
    posts = {_key(post): post for post in seen}
    with relay.reading() as session:
        known, settled = counts_read(session, source), _settled(session, source, posts.values())
    waiting = [post for key, post in posts.items() if key not in settled]
    plan = threads(waiting, known, _calls_left(port))
    grown = sum(post.comments > known.get(_key(post), 0) for post in waiting)
    pages, fault = _asked(port, [thread for _, calls in plan for thread in calls])
    told = [(post, pages[at : at + len(calls)]) for post, calls, at in _placed(plan) if at + len(calls) <= len(pages)]
    found = _keep(relay, source, told, wanted) if told else 0
    return CommentsRead(len(told), found, grown - len(told), sum(page.requests for page in pages), fault)


def below(session: Session, post_ids: Sequence[int], slug: str) -> dict[int, dict[str, Any]]:
    """What was found below posts, by their numbers: `text author author_id url tag own`."""
    rows = session.exec(
        select(Event)
        .where(Event.subject == EventSubject.post, col(Event.subject_id).in_(post_ids), Event.what == FOUND)
        .order_by(col(Event.id))
    )
    return {row.subject_id: row.details["comment"] for row in rows if row.details.get("campaign") == slug}


# Inside


def _calls(post: SeenPost, read: int) -> list[CommentThread]:
    if read:
        grown = post.comments - read
        return [CommentThread(post.owner_id, post.post_id, newest=True, count=min(PAGE, grown + OVERLAP))]
    oldest = CommentThread(post.owner_id, post.post_id, count=PAGE)
    both = post.comments > PAGE
    return [oldest, CommentThread(post.owner_id, post.post_id, newest=True, count=PAGE)] if both else [oldest]


def _placed(plan: Sequence[tuple[SeenPost, list[CommentThread]]]) -> list[tuple[SeenPost, list[CommentThread], int]]:
    at, placed = 0, []
    for post, calls in plan:
        placed.append((post, calls, at))
        at += len(calls)
    return placed


def _calls_left(network: ReadsComments) -> int:
    quota = network.comments_quota()
    return planner.comment_calls(planner.Budget(quota.per_token, quota.tokens, quota.spent), quota.this_hour)


def _asked(network: ReadsComments, wanted: Sequence[CommentThread]) -> tuple[list[CommentPage], str]:
    pages: list[CommentPage] = []
    try:
        for page in network.comments(wanted):
            pages.append(page)
    except SourceError as error:
        return pages, error.line
    return pages, ""


def _keep(relay: Relay, source: Source, told: Sequence[tuple[SeenPost, Sequence[CommentPage]]], wanted: Wanted) -> int:
    found = 0
    now = relay.now()
    with relay.transaction() as session:
        campaign = session.get_one(Campaign, source.campaign_id)
        for post, pages in told:
            said = judge(post, [comment for page in pages for comment in page.comments], wanted)
            if said is not None:
                found += 1
                _keep_said(session, campaign, source, post, said, now)
        counts = {_key(post): post.comments for post, _ in told}
        number = need_id(source)
        for key, comments in counts.items():
            session.merge(CommentCount(source_id=number, post=key, comments=comments))
        what = EventKind.comments_read
        add_event(session, now, (EventSubject.source, number), what, **counts)
    return found


def _keep_said(
    session: Session, campaign: Campaign, source: Source, post: SeenPost, said: TaggedComment, now: datetime
) -> None:
    hit = Hit(MatchKind.near, COMMENT, said.tag)
    kept = ingest.keep(session, campaign, post, hit, now, source_id=source.id)
    comment = {
        "text": said.comment.text[:LONGEST_NOTE],
        "author": said.comment.author.name,
        "author_id": said.comment.author.id,
        "url": said.comment.url,
        "tag": said.tag,
        "own": said.own,
    }
    details = {"campaign": campaign.slug, "comment": comment}
    add_event(session, now, (EventSubject.post, kept.post_id), FOUND, **details)


def counts_read(session: Session, source: Source) -> dict[str, int]:
    rows = session.exec(select(CommentCount.post, CommentCount.comments).where(CommentCount.source_id == source.id))
    return dict(rows.all())


def _settled(session: Session, source: Source, posts: Iterable[SeenPost]) -> set[str]:
    """Posts about which nothing is to be found out any more: ours, turned down, or found by a comment already."""
    rows = session.exec(
        select(Post.owner_id, Post.post_id)
        .join(Match, col(Match.post_id) == Post.id)
        .where(
            Post.network == source.network,
            Match.campaign_id == source.campaign_id,
            col(Post.owner_id).in_({post.owner_id for post in posts}),
            (Match.kind != MatchKind.near) | (Match.turned_down != "") | (Match.matched_in == COMMENT),
        )
    )
    return {f"{owner_id}_{post_id}" for owner_id, post_id in rows}


def _own_ids(post: SeenPost) -> set[str]:
    people = {post.author.id, post.owner_id}
    for video in post.videos:
        people |= {video.author.id, video.owner_id}
    return people - {""}


def _key(post: SeenPost) -> str:
    return f"{post.owner_id}_{post.post_id}"
