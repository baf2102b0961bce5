"""Proposals for a clip of the database, and taking them. Nothing is written unless a person takes it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Clip, ClipVideo, EventKind, EventSubject, Post, Quote, Sighting, Source, Spotting, Video
from relay.moderation import desk
from relay.moderation.suggestions.evidence import ClipText, Field, Knowledge, Origin, Suggestion, Text
from relay.moderation.suggestions.propose import is_told_by_quote, propose
from relay.records import add_event
from relay.search import counting
from relay.store import run

MOST_TOWNS = 2000
ALL = "all"
"""In place of a proposal: everything that is sure."""


def of_clip(relay: Relay, clip_id: int) -> list[Suggestion]:
    """What is proposed for the fields of a clip that are empty. Raises NotFound."""
    with relay.reading() as session:
        clip = session.get(Clip, clip_id)
        if clip is None:
            raise NotFound("There is no clip {clip}.", clip=clip_id)
        words, knowledge = list(_words(session, clip_id)), _knowledge(session, clip.campaign_id)
        empty = {field for field in Field if not getattr(clip, field)}
        reads = bool(clip.quote)
    found = [each for each in propose(words, knowledge) if each.field in empty]
    return [each for each in found if not (reads and is_told_by_quote(each))]


def take(relay: Relay, clip_id: int, chosen: Iterable[str], *, person: str) -> desk.ClipDetails:
    """Puts proposals into the clip's empty fields; the words that they came from go on record.

    `chosen`: `field:value` of each, or ALL. Raises Refused for what is not (or no longer) proposed, Stale when somebody
    has filled the field since, NotFound.
    """
    wanted = _wanted(of_clip(relay, clip_id), list(chosen))
    values = {proposal.field.value: proposal.value for proposal in wanted}
    desk.edit(relay, clip_id, person=person, seen=dict.fromkeys(values, ""), **values)
    with relay.transaction() as session:
        told = {each.field.value: _in_words(each) for each in wanted}
        add_event(session, relay.now(), (EventSubject.clip, clip_id), EventKind.taken_from_words, person, **told)
    return desk.show(relay, clip_id)


def _wanted(proposed: Iterable[Suggestion], chosen: list[str]) -> list[Suggestion]:
    if chosen == [ALL]:
        found = [each for each in proposed if each.sure]
    else:
        found = [each for each in proposed if f"{each.field}:{each.value}" in chosen]
    if not found or (chosen != [ALL] and len(found) != len(set(chosen))):
        raise Refused("This is not proposed for the clip any more.", hint="Look at it again.")
    return found


def _in_words(proposal: Suggestion) -> str:
    """`…из Волхова…`"""
    evidence = proposal.evidence
    return f"«{evidence.before}{evidence.words}{evidence.after}»"


def _words(session: Session, clip_id: int) -> Iterator[ClipText]:
    """All texts of a clip: its posts and videos, who posted, and districts of the sources that showed it."""
    posts = run(session, _POSTS, clip=clip_id).all()
    videos = run(session, _VIDEOS, clip=clip_id).all()
    yield from (ClipText(Origin.post, post.text) for post in posts if post.text)
    for video in videos:
        told = (ClipText(Origin.video_title, video.title), ClipText(Origin.video_description, video.description))
        yield from (words for words in told if words.text)
    yield from _profiles(videos, posts)
    districts = run(session, _DISTRICTS, posts=[post.id for post in posts])
    yield from (ClipText(Origin.source, row.district) for row in districts)


def _profiles(videos: Iterable[Any], posts: Iterable[Any]) -> Iterator[ClipText]:
    """Whose video it is; else who posted it on their own page; whoever only carries it on is not the reader."""
    owners = {(video.author, _is_person(video.network, video.author_id)) for video in videos if video.author}
    if not any(person is not False for _, person in owners):
        own = [post for post in posts if post.author and post.author_id and post.author_id == post.owner_id]
        owners = {(post.author, _is_person(post.network, post.author_id)) for post in own}
    yield from (ClipText(Origin.profile, author, person) for author, person in sorted(owners, key=str))


def _is_person(network: str, author_id: str) -> bool | None:
    """VK's publics have negative numbers; other networks don't say."""
    if network != "vk" or not author_id:
        return None
    return not author_id.startswith("-")


def _knowledge(session: Session, campaign_id: int) -> Knowledge:
    texts, titles = run(session, _TEXTS, campaign=campaign_id), run(session, _TITLES, campaign=campaign_id)
    return Knowledge(
        towns=counting.of_clips(session, campaign_id, "towns", partial(_towns, session, campaign_id)),
        texts=[Text(quote.number, quote.text, quote.author) for quote in texts],
        publics=frozenset(row.title.casefold() for row in titles if row.title),
    )


def _towns(session: Session, campaign_id: int) -> Mapping[str, str]:
    """Towns that stand in the campaign's clips, with the district that most of them are given, commonest town first."""
    towns: dict[str, Counter[str]] = defaultdict(Counter)
    for town, district, number in run(session, _TOWNS, campaign=campaign_id):
        towns[town][district] += number if district else 0
    return {town: districts.most_common(1)[0][0] for town, districts in towns.items()}


# Statements that stand ready: they are run for every clip's page, and building them takes longer than running them

_CARRYING = (
    select(Sighting.post_id)
    .join(ClipVideo, col(ClipVideo.video_id) == col(Sighting.video_id))
    .where(col(ClipVideo.clip_id) == bindparam("clip"))
)
_POSTS: Any = (
    select(Post.id, Post.text, Post.network, Post.owner_id, Post.author, Post.author_id)  # type: ignore[call-overload]
    .where(col(Post.id).in_(_CARRYING))
    .order_by(col(Post.published_at), col(Post.id))
)
_VIDEOS: Any = (
    select(Video.title, Video.description, Video.network, Video.author, Video.author_id)  # type: ignore[call-overload]
    .join(ClipVideo, col(ClipVideo.video_id) == col(Video.id))
    .where(col(ClipVideo.clip_id) == bindparam("clip"))
)
_DISTRICTS = (
    select(Source.district)
    .join(Spotting, col(Spotting.source_id) == col(Source.id))
    .where(col(Spotting.post_id).in_(bindparam("posts", expanding=True)), col(Source.district) != "")
    .distinct()
)
_TEXTS = (
    select(Quote.number, Quote.text, Quote.author)
    .where(col(Quote.campaign_id) == bindparam("campaign"))
    .order_by(col(Quote.id))
)
_TITLES = select(Source.title).where(col(Source.campaign_id) == bindparam("campaign"))
_TOWNS = (
    select(Clip.town, Clip.district, func.count())
    .where(col(Clip.campaign_id) == bindparam("campaign"), col(Clip.town) != "")
    .group_by(col(Clip.town), col(Clip.district))
    .order_by(func.count().desc())
    .limit(MOST_TOWNS)
)
