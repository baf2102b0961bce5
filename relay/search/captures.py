"""Which ways of finding posts showed which posts of a campaign, counted by the database, and what all of them missed.

Two questions, because walls never show what stands on a page that is not on the list:

- posts on listed walls: the walls, beside the search and people (moderators, hand-ins) taken as one;
- posts elsewhere, on personal pages above all: the search, beside people. A listed wall that carries such a post on
  says nothing here: one that neither search nor people found has no row, so walls would seem to find what others do.

Strata: by network, and listed walls by whether they can be read at present. A network without a search, on which nobody
hands a post in, says nothing of what its walls missed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, tuple_
from sqlalchemy import select as columns
from sqlmodel import Session, col, func

from relay.estimate import WITH_WALLS, WITHOUT_WALLS, Judged, Overlap, judge
from relay.models import (
    Campaign,
    Event,
    EventKind,
    EventSubject,
    Match,
    MatchKind,
    MatchPlace,
    Post,
    Source,
    SourceState,
    Spotting,
)

CHUNK = 500
Stratum = tuple[str, bool, bool]
"""The network, whether the posts' walls are listed, and whether these answer at present."""


@dataclass(frozen=True, slots=True)
class Captures:
    """Overlaps by network. `walls`: first the walls, then search and people; `elsewhere`: the search, then people."""

    walls: Mapping[str, Sequence[Overlap]]
    elsewhere: Mapping[str, Sequence[Overlap]]


@dataclass(frozen=True, slots=True)
class Missed:
    """What is said of posts on listed walls, and of those elsewhere."""

    walls: Judged
    elsewhere: Judged


def missed(session: Session, campaign: Campaign) -> Missed:
    """Inside a unit of work."""
    seen = captures(session, campaign)
    return Missed(judge(seen.walls, WITH_WALLS), judge(seen.elsewhere, WITHOUT_WALLS))


def captures(session: Session, campaign: Campaign) -> Captures:
    """Inside a unit of work. Posts with the tag itself, without those that a moderator turned down."""
    shown = _shown(campaign)
    seen: Counter[tuple[Stratum, bool, bool]] = Counter()
    rows = shown.subquery()
    for counted in session.execute(columns(*rows.c, func.count()).group_by(*rows.c)):
        seen[_history(counted[:-1], by_people=False)] += counted[-1]
    for row in _rows_of(session, shown, _handed_in(session, campaign)):
        seen[_history(row, by_people=False)] -= 1
        seen[_history(row, by_people=True)] += 1
    walls: dict[str, list[Overlap]] = defaultdict(list)
    elsewhere: dict[str, list[Overlap]] = defaultdict(list)
    for (network, is_listed, _is_read), overlap in _overlaps(seen).items():
        (walls if is_listed else elsewhere)[network].append(overlap)
    return Captures(walls, elsewhere)


def _history(row: Sequence[Any], *, by_people: bool) -> tuple[Stratum, bool, bool]:
    network, is_listed, is_read, wall, search = row
    stratum = network, bool(is_listed), bool(is_read)
    return (stratum, bool(wall), bool(search) or by_people) if is_listed else (stratum, bool(search), by_people)


def _overlaps(seen: Mapping[tuple[Stratum, bool, bool], int]) -> Mapping[Stratum, Overlap]:
    strata: dict[Stratum, Overlap] = defaultdict(Overlap)
    for (stratum, first, second), many in seen.items():
        strata[stratum] += Overlap(many * first, many * second, many * (first and second))
    return strata


def _shown(campaign: Campaign) -> Any:
    """Each post of ours: its network, whether its wall is listed and answers at present, and which ways showed it."""
    owner = col(Source.owner_id)
    walls = columns(col(Source.network), owner).where(col(Source.campaign_id) == campaign.id, owner != "")
    read = walls.where(col(Source.state) == SourceState.active, col(Source.failures) == 0)
    place = tuple_(col(Post.network), col(Post.owner_id))
    posts = columns(
        col(Post.network),
        place.in_(walls).label("listed"),
        place.in_(read).label("read"),
        _spotted(campaign, owner != "").label("wall"),
        _spotted(campaign, owner == "").label("search"),
    )
    return (
        posts.select_from(Match)
        .join(Post, col(Post.id) == col(Match.post_id))
        .where(
            col(Match.campaign_id) == campaign.id,
            col(Match.kind) == MatchKind.exact,
            col(Match.turned_down) == "",
            col(Match.matched_in) != MatchPlace.handed_in,  # without the tag, so no way but people leads there
        )
    )


def _spotted(campaign: Campaign, *which: Any) -> Any:
    """The condition, over Post, that such a source of the campaign showed it. The few sources that showed the post are
    looked up among the campaign's: SQLite would rather ask for each of hundreds whether it showed it.
    """
    shown: Any = col(Spotting.source_id) + 0
    sources = columns(col(Source.id)).where(col(Source.campaign_id) == campaign.id, *which)
    return exists().where(col(Spotting.post_id) == col(Post.id), shown.in_(sources))


def _handed_in(session: Session, campaign: Campaign) -> set[int]:
    """Posts whose links people gave, also where they had been found before."""
    told = columns(col(Event.details)).where(
        col(Event.subject) == EventSubject.campaign,
        col(Event.subject_id) == campaign.id,
        col(Event.what) == EventKind.handed_in,
    )
    rows = (details for (details,) in session.execute(told))
    return {details["post"] for details in rows if "match" in details and isinstance(details.get("post"), int)}


def _rows_of(session: Session, shown: Any, posts: Iterable[int]) -> Iterable[Sequence[Any]]:
    numbers = sorted(posts)
    for start in range(0, len(numbers), CHUNK):
        yield from session.execute(shown.where(col(Post.id).in_(numbers[start : start + CHUNK]))).all()
