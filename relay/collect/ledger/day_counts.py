"""Numbers of a campaign's posts by day of publication, counted by the database: of all its sources together, where each
post counts once, and of each source. What people handed in is not among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, exists, literal
from sqlalchemy import select as columns
from sqlmodel import Session, col, func

from relay.collect import without_video
from relay.models import (
    Campaign,
    Doubt,
    Match,
    MatchKind,
    Post,
    Sighting,
    Source,
    Spotting,
    Sweep,
    Video,
    VideoState,
)
from relay.records import leads_to

CHUNK = 500
ByDay = Mapping[str, Counter[str]]
"""By day: `matched` and `near` posts, `without` a video, `read` ones, and videos by what became of them."""


def of_all(session: Session, campaign: Campaign, days: Sequence[str], now: datetime) -> ByDay:
    """Inside a unit of work. `days`: ISO dates of the campaign's zone, one after the other."""
    found: dict[str, Counter[str]] = {}
    spotted = _spotted(campaign)
    for posts in _what(_posts(campaign, days).where(spotted), now) if days else ():
        for number, what, many in _grouped(session, posts):
            found.setdefault(days[number], Counter())[what] += many
    fresh = columns(col(Sweep.fresh)).join(Source, col(Source.id) == col(Sweep.source_id))
    for (by_day,) in session.execute(fresh.where(col(Source.campaign_id) == campaign.id, col(Sweep.complete))):
        for day, many in by_day.items():
            found.setdefault(day, Counter())["read"] += many
    return found


def of_sources(
    session: Session, campaign: Campaign, days: Sequence[str], now: datetime, source_ids: Sequence[int]
) -> Mapping[int, ByDay]:
    """As `of_all`, without what was `read`; sources that showed nothing are not in it."""
    found: dict[int, dict[str, Counter[str]]] = {}
    for start in range(0, len(source_ids) if days else 0, CHUNK):
        shown = _posts(campaign, days, by_source=source_ids[start : start + CHUNK])
        for posts in _what(shown, now):
            for source_id, number, what, many in _grouped(session, posts):
                found.setdefault(source_id, {}).setdefault(days[number], Counter())[what] += many
    return found


def _spotted(campaign: Campaign, *which: Any) -> Any:
    """The condition, over Post, that such a source of the campaign showed it. The few sources that showed the post are
    looked up among the campaign's: SQLite would rather ask for each of hundreds whether it showed it.
    """
    shown: Any = col(Spotting.source_id) + 0
    sources = columns(col(Source.id)).where(col(Source.campaign_id) == campaign.id, *which)
    return exists().where(col(Spotting.post_id) == col(Post.id), shown.in_(sources))


def _ours(campaign: Campaign) -> tuple[Any, ...]:
    return col(Match.campaign_id) == campaign.id, col(Match.kind) != MatchKind.outside, col(Match.turned_down) == ""


def _posts(campaign: Campaign, days: Sequence[str], *, by_source: Sequence[int] | None = None) -> Any:
    """Posts of ours in these days, of which there is at least one: the day's number of each, behind the source that
    showed it, where these are asked for.
    """
    zone, at = ZoneInfo(campaign.tz), col(Post.published_at)
    midnights = [_midnight(day, zone) for day in days]
    ends = [*midnights[1:], _midnight((date.fromisoformat(days[-1]) + timedelta(days=1)).isoformat(), zone)]
    day = case(*((at < end, number) for number, end in enumerate(ends))).label("day")
    inside = at >= midnights[0], at < ends[-1]
    if by_source is None:
        posts = columns(day).select_from(Match)
        return posts.join(Post, col(Post.id) == col(Match.post_id)).where(*_ours(campaign), *inside)
    shown = columns(col(Spotting.source_id).label("source"), day).select_from(Spotting)
    posts = shown.join(Match, col(Match.post_id) == col(Spotting.post_id)).join(
        Post, col(Post.id) == col(Match.post_id)
    )
    _campaign, *theirs = _ours(campaign)
    return posts.where(col(Spotting.source_id).in_(by_source), leads_to(campaign.id, Match), *theirs, *inside)


def _what(posts: Any, now: datetime) -> Iterable[Any]:
    """The posts with what counts of each, several times where several do."""
    exact = posts.where(_IS_EXACT)
    yield posts.add_columns(case((_IS_EXACT, "matched"), else_="near").label("what"))
    yield exact.add_columns(literal("without").label("what")).where(~without_video.hopeful(now))
    carried = exact.join(Sighting, col(Sighting.post_id) == col(Post.id))
    yield carried.join(Video, col(Video.id) == col(Sighting.video_id)).add_columns(_BECAME.label("what"))


def _grouped(session: Session, posts: Any) -> Sequence[Any]:
    """How many rows there are of each kind."""
    rows = posts.subquery()
    return session.execute(columns(*rows.c, func.count()).group_by(*rows.c)).all()


def _midnight(day: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), zone)


_IS_EXACT = col(Match.kind) == MatchKind.exact
_BECAME = case(
    (
        (col(Sighting.lost) != Doubt.none) | col(Video.state).in_([VideoState.unavailable, VideoState.gone]),
        "hidden",
    ),
    (col(Video.state) == VideoState.fetched, "fetched"),
    (col(Video.state) == VideoState.refused, "refused"),
    else_="waiting",
)
