"""What a sweep asks of the tables and writes into them, dozens of times a minute.

The statements stand ready (store.ask), and what they read has names here; nobody else counts columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Executable, String, bindparam, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from relay.models import (
    Alert,
    Campaign,
    CampaignState,
    Doubt,
    HiddenPost,
    Match,
    MatchKind,
    NoVideo,
    Parking,
    Post,
    Sighting,
    Source,
    SourceState,
    Spotting,
    Sweep,
    Video,
    VideoState,
)
from relay.models.columns import among
from relay.records import IS_SWEPT
from relay.store import ask, change, run

Key = tuple[str, str, str]
"""Network, owner, number: of a post or of a video."""


# Campaigns and sources

IS_READ = (col(Campaign.state) == CampaignState.running) | (
    (col(Campaign.state) == CampaignState.stopped) & col(Campaign.last_sweep_due)
)
"""Campaigns whose sources are swept."""

_READ = select(Campaign).where(IS_READ | (col(Campaign.slug) == bindparam("besides")))
_ACTIVE = select(Source.id, Source.campaign_id, Source.owner_id).where(
    Source.network == bindparam("of_network"),
    Source.state == SourceState.active,
    among(col(Source.campaign_id), "campaigns"),
)
_LAST_READ = (
    select(Sweep.finished_at)
    .where(col(Sweep.source_id) == col(Source.id))
    .order_by(col(Sweep.id).desc())
    .limit(1)
    .correlate(Source)
    .scalar_subquery()
)
_DUE = (
    select(Source.id)
    .join(Campaign)
    .where(
        IS_READ,
        IS_SWEPT,
        (col(Source.next_sweep_at) <= bindparam("now")) | (bindparam("ahead") < _LAST_READ) | _LAST_READ.is_(None),
    )
    .order_by(col(Source.next_sweep_at), col(Source.id))
)
_ASKED = select(Source, Campaign).join(Campaign).where(col(Source.id).in_(bindparam("ids", expanding=True)))
_IN_TROUBLE_BEFORE = (
    select(Source.id)
    .join(Campaign)
    .where(Source.network == bindparam("of_network"), col(Source.id) < bindparam("which"), col(Source.failures) > 0)
    .where(Source.state == SourceState.active, IS_READ)
    .limit(1)
)
_HIDING = select(HiddenPost.source_id).where(among(col(HiddenPost.source_id), "ids")).distinct()
_MARKED = ("high_water", "covered_from", "posts_total", "failures", "reread_from", "next_sweep_at")
_MARK = (
    update(Source)
    .where(col(Source.id) == bindparam("which"))
    .values({name: bindparam(f"new_{name}") for name in _MARKED})
)
_SOURCE_NOW = (*_MARKED, "state", "reason")
_CAMPAIGN_NOW = (
    *("hashtags", "aliases", "opens_at", "closes_at", "held", "state", "last_sweep_due", "stopped_at", "comments"),
)
_NOW = (
    columns(*(getattr(Source, name) for name in _SOURCE_NOW), *(getattr(Campaign, name) for name in _CAMPAIGN_NOW))
    .join(Campaign, col(Campaign.id) == Source.campaign_id)
    .where(col(Source.id) == bindparam("which"))
)


class ActiveSource(NamedTuple):
    id: int
    campaign_id: int
    owner_id: str
    """Empty for a search."""


def campaigns_read(session: Session, *, besides: str) -> Sequence[Campaign]:
    """Those whose sources are swept, and the one of the slug `besides`."""
    return session.exec(_READ, params={"besides": besides}).all()


def active_sources(session: Session, network: str, campaign_ids: Iterable[int | None]) -> list[ActiveSource]:
    found = ask(session, _ACTIVE, of_network=network, campaigns=list(campaign_ids))
    return [ActiveSource(*row) for row in found]


def due_sources(session: Session, now: datetime, *, ahead: datetime) -> list[int]:
    """Sources whose time has come, that were never read, or whose last sweep ended after `ahead`."""
    return list(run(session, _DUE, now=now, ahead=ahead).scalars())


def sources_with_campaigns(session: Session, source_ids: Iterable[int]) -> Sequence[tuple[Source, Campaign]]:
    return session.exec(_ASKED, params={"ids": list(source_ids)}).all()


def sources_hiding(session: Session, source_ids: Iterable[int]) -> set[int]:
    """Those of which people were told that some posts are not shown."""
    return {source_id for (source_id,) in ask(session, _HIDING, ids=list(source_ids))}


def is_one_in_trouble_before(session: Session, source: Source) -> bool:
    """Whether a source before this one is in trouble too, and asks its network again as usual."""
    return bool(ask(session, _IN_TROUBLE_BEFORE, which=source.id, of_network=source.network))


def refresh(session: Session, source: Source, campaign: Campaign) -> None:
    """Makes both as they are now; objects of no session stay without one."""
    (now,) = ask(session, _NOW, which=source.id)
    for of, names, values in (
        (source, _SOURCE_NOW, now[: len(_SOURCE_NOW)]),
        (campaign, _CAMPAIGN_NOW, now[len(_SOURCE_NOW) :]),
    ):
        for name, value in zip(names, values, strict=True):
            if getattr(of, name) != value:
                setattr(of, name, value)


def write_mark(session: Session, source: Source) -> None:
    """What a sweep changes of its source."""
    change(session, _MARK, which=source.id, **{f"new_{name}": getattr(source, name) for name in _MARKED})


# The ledger of sweeps

_AFTER = (col(Sweep.id) > bindparam("after"), col(Sweep.complete))
_COVERED = (
    columns(col(Sweep.id), col(Sweep.source_id), col(Sweep.covers_from), col(Sweep.covers_to))
    .where(*_AFTER)
    .order_by(col(Sweep.id))
)
_COUNTED = (
    columns(col(Sweep.id), col(Sweep.source_id), col(Sweep.started_at), col(Sweep.posts_total), col(Sweep.posts_new))
    .where(*_AFTER, col(Sweep.started_at) >= bindparam("since"), col(Sweep.posts_total).is_not(None))
    .order_by(col(Sweep.id))
)
_LOST = (
    select(func.count(func.distinct(col(Post.id))))
    .join(Sighting, col(Sighting.post_id) == Post.id)
    .where(Post.network == bindparam("of_network"), Post.owner_id == bindparam("of_owner"), Sighting.lost == Doubt.post)
    .where(col(Sighting.missing_since) > Sweep.started_at, col(Sighting.missing_since) <= bindparam("until"))
    .correlate(Sweep)
    .scalar_subquery()
)
_BEFORE = (
    select(Sweep.posts_total, _LOST.label("lost"))
    .where(Sweep.source_id == bindparam("source"), col(Sweep.complete), col(Sweep.id) < bindparam("row"))
    .where(col(Sweep.posts_total).is_not(None))
    .order_by(col(Sweep.id).desc())
    .limit(1)
)


class CoveredSweep(NamedTuple):
    id: int
    source_id: int
    covers_from: datetime
    covers_to: datetime


class CountedSweep(NamedTuple):
    """`posts_total`: of the whole wall, as its network counted them; `posts_new`: of ours."""

    id: int
    source_id: int
    started_at: datetime
    posts_total: int
    posts_new: int


class SweepBefore(NamedTuple):
    """`lost`: posts of the wall that were found to be deleted since."""

    posts_total: int
    lost: int


def covered_sweeps(session: Session, *, after: int) -> list[CoveredSweep]:
    """Complete sweeps with greater numbers than `after`, in order."""
    return [CoveredSweep(*row) for row in ask(session, _COVERED, after=after)]


def counted_sweeps(session: Session, *, after: int, since: datetime) -> list[CountedSweep]:
    """Those of walls that count their posts, begun at `since` or later."""
    return [CountedSweep(*row) for row in ask(session, _COUNTED, after=after, since=since)]


def sweep_before(session: Session, source: Source, row: Sweep) -> SweepBefore | None:
    """The complete sweep before this one, of a wall that counts its posts."""
    of_wall = {"source": source.id, "of_network": source.network, "of_owner": source.owner_id}
    found = ask(session, _BEFORE, row=row.id, until=row.started_at, **of_wall)
    return SweepBefore(*found[0]) if found else None


# Alerts

_ANY_ALERT = select(Alert.id).where(col(Alert.resolved_at).is_(None)).limit(1)
_OVER = select(Alert.key).where(
    col(Alert.key).startswith(bindparam("beginning", type_=String)) | (col(Alert.key) == bindparam("whole")),
    col(Alert.resolved_at).is_(None),
    col(Alert.key).not_in(select(Parking.key)),
)


def alerts_without_reason(session: Session, *, beginning: str, whole: str) -> list[str]:
    """Keys of open alerts that begin so, or are the whole key, and that no parking stands behind any more."""
    if not ask(session, _ANY_ALERT):
        return []
    return [key for (key,) in ask(session, _OVER, beginning=beginning, whole=whole)]


# Posts and videos


def _keyed(network: Any, owner_id: Any, number: Any) -> tuple[ColumnElement[bool], ...]:
    """A little more than the keys that are asked for, by way of their index."""
    return among(network, "networks"), among(owner_id, "owners"), among(number, "numbers")


_POST_KEY = (col(Post.network), col(Post.owner_id), col(Post.post_id))
_VIDEO_KEY = (col(Video.network), col(Video.owner_id), col(Video.video_id))
_POST_IDS = columns(col(Post.id), *_POST_KEY).where(*_keyed(*_POST_KEY))
_VIDEO_IDS = columns(col(Video.id), *_VIDEO_KEY).where(*_keyed(*_VIDEO_KEY))
_SEEN = update(Post).where(among(col(Post.id), "ids")).values(last_seen_at=bindparam("at"))
_KNOWN = (
    columns(
        *(col(Post.id), *_POST_KEY, col(Post.text), col(Post.edited_at), col(Match.kind)),
        *(col(Post.no_video), col(Spotting.id)),
        *(*_VIDEO_KEY, col(Video.title), col(Video.description), col(Video.access_key)),
        *(col(Video.state), col(Video.reason), col(Video.attempts)),
    )
    .outerjoin(Match, (col(Match.post_id) == Post.id) & (col(Match.campaign_id) == bindparam("campaign")))
    .outerjoin(Spotting, (col(Spotting.post_id) == Post.id) & (col(Spotting.source_id) == bindparam("source")))
    .outerjoin(Sighting, col(Sighting.post_id) == Post.id)
    .outerjoin(Video, col(Sighting.video_id) == Video.id)
    .where(*_keyed(*_POST_KEY))
)
"""Posts with their matches, if the campaign has them, whether the source has shown them, and their videos: a row for
each video.
"""


class KnownVideo(NamedTuple):
    title: str
    description: str
    access_key: str
    state: VideoState
    reason: str
    attempts: int


@dataclass(slots=True)
class KnownPost:
    """What the tables say about a post that a source shows. `kind`: None where the campaign does not have it;
    `spotted`: the source has shown it before; `no_video`: see Post.
    """

    post_id: int
    text: str
    edited_at: datetime | None
    kind: MatchKind | None
    no_video: NoVideo | None
    spotted: bool
    videos: dict[Key, KnownVideo] = field(default_factory=dict)


def known_posts(session: Session, campaign_id: int | None, source_id: int, keys: Set[Key]) -> dict[Key, KnownPost]:
    """Those of these posts that stand in the table, whichever campaign has them."""
    if not keys:
        return {}
    known: dict[Key, KnownPost] = {}
    for row in ask(session, _KNOWN, campaign=campaign_id, source=source_id, **_parts(keys)):
        post_id, network, owner, number, text, edited_at, kind, no_video, spotting, *of_video = row
        key = (network, owner, number)
        if (post := known.get(key)) is None:
            post = known[key] = KnownPost(post_id, text, edited_at, kind, no_video, spotting is not None)
        network, owner, number, *facts = of_video
        if network is not None:
            post.videos[network, owner, number] = KnownVideo(*facts)
    return known


def post_ids(session: Session, keys: Set[Key]) -> dict[Key, int]:
    """Numbers of the rows with such keys."""
    return _ids(session, _POST_IDS, keys)


def video_ids(session: Session, keys: Set[Key]) -> dict[Key, int]:
    return _ids(session, _VIDEO_IDS, keys)


def mark_seen(session: Session, ids: Sequence[int], at: datetime) -> None:
    """These posts are still there."""
    change(session, _SEEN, ids=ids, at=at)


def _ids(session: Session, statement: Executable, keys: Set[Key]) -> dict[Key, int]:
    if not keys:
        return {}
    found = ask(session, statement, **_parts(keys))
    return {(network, owner, number): row_id for row_id, network, owner, number in found}


def _parts(keys: Set[Key]) -> dict[str, list[str]]:
    return {name: list({key[part] for key in keys}) for part, name in enumerate(("networks", "owners", "numbers"))}
