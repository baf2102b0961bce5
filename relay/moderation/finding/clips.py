"""A campaign's clips, found: a page of them, how many there are, and what there is to filter by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import tuple_
from sqlmodel import Session, col, func, select

from relay.context import Relay
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    ClipTag,
    Decision,
    Quote,
    Source,
    SourceState,
    Verdict,
    Video,
    need_id,
)
from relay.moderation import desk
from relay.moderation.desk import ClipView
from relay.moderation.finding.clip_filter import ClipFilter, ClipOrder, conditions, order
from relay.recordings import cards
from relay.records import find_campaign
from relay.search import counting, index
from relay.search import said as speech
from relay.search.said import SaidWords
from relay.views import widened

CHUNK = 250
"""Clips that are read at once, where all of a campaign are gone through."""
WAIT_CHUNKS = 8
"""So many parts of the search's words are written while somebody waits for a page; the rest is told of."""
MOST_CHOICES = 300


@dataclass(frozen=True, slots=True)
class FoundClip(ClipView):
    """A clip in a list, with the moderators' own words on it. `said`: where words that were sought are said in it."""

    tags: list[str]
    said: SaidWords | None = None


@dataclass(frozen=True, slots=True)
class FoundPage:
    """`more`: the clip to go on after. `states`: how many clips the filter finds in each state, were it for any.

    `unwritten`: changed texts that the search does not know yet.
    """

    clips: list[FoundClip]
    more: int | None
    total: int
    states: dict[str, int]
    unwritten: int


@dataclass(frozen=True, slots=True)
class SourceChoice:
    id: int
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a campaign's clips can be filtered by: values that are there."""

    networks: list[str]
    sources: list[SourceChoice]
    districts: list[str]
    towns: list[str]
    quotes: list[str]
    tags: list[str]
    people: list[str]


def page(relay: Relay, slug: str, chosen: ClipFilter, *, after: int | None = None, size: int = 48) -> FoundPage:
    """Up to `size` clips behind the clip `after` (its number) in the filter's order. Raises NotFound.

    One of each card, unless words or copies are looked for.
    """
    beside = [] if chosen.q or chosen.double is not None else [~cards.behind()]
    unwritten = index.catch_up(relay.store, chunks=WAIT_CHUNKS) if chosen.q else 0
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        rows = session.exec(_behind(session, campaign, chosen, after).where(*beside).limit(size + 1)).all()
        states = _states(session, campaign, chosen, *beside)
        return FoundPage(
            clips=_shown(session, campaign, rows[:size], chosen.q),
            more=rows[size - 1].id if len(rows) > size else None,
            total=sum(number for state, number in states.items() if not chosen.state or state in chosen.state),
            states=states,
            unwritten=unwritten,
        )


def listing(
    relay: Relay, slug: str, chosen: ClipFilter, *, after: int | None = None, size: int | None = None
) -> list[FoundClip]:
    """All clips that the filter finds, in its order; or `size` of them, behind the clip `after`. Raises NotFound."""
    return list(streamed(relay, slug, chosen, after=after, size=size))


def streamed(
    relay: Relay, slug: str, chosen: ClipFilter, *, after: int | None = None, size: int | None = None
) -> Iterator[FoundClip]:
    """As `listing`, one after the other, with no more than a few hundred in memory; all as they were at the beginning.
    Raises NotFound before the first.
    """
    if chosen.q:
        index.catch_up(relay.store)
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        numbers = _behind(session, campaign, chosen, after).with_only_columns(col(Clip.id)).limit(size)
        found = session.execute(numbers).scalars().all()
        for start in range(0, len(found), CHUNK):
            rows = session.exec(select(Clip).where(col(Clip.id).in_(found[start : start + CHUNK])))
            of = {row.id: row for row in rows}
            yield from _shown(session, campaign, [of[number] for number in found[start : start + CHUNK]], chosen.q)


def choices(relay: Relay, slug: str) -> Choices:
    """See Choices; of many clips those that were there a moment ago."""
    with relay.reading() as session:
        campaign_id = need_id(find_campaign(session, slug))
        return counting.of_clips(session, campaign_id, "choices", partial(_choices, session, campaign_id))


def _choices(session: Session, campaign_id: int) -> Choices:
    ours = Clip.campaign_id == campaign_id
    sources = session.exec(
        select(Source)
        .where(Source.campaign_id == campaign_id, Source.state != SourceState.gone)
        .order_by(col(Source.title), col(Source.id))
        .limit(MOST_CHOICES)
    ).all()
    return Choices(
        networks=_found_among(session, Video.network, ours, col(Video.id) == col(Clip.video_id)),
        sources=[SourceChoice(source.id or 0, source.title, source.address) for source in sources],
        districts=_values(session, Clip.district, ours),
        towns=_values(session, Clip.town, ours),
        quotes=_quotes(session, campaign_id),
        tags=_values(session, ClipTag.tag, ours, join=ClipTag.clip_id == Clip.id),
        people=_found_among(
            session,
            Decision.person,
            ours,
            (col(Decision.clip_id) == col(Clip.id)) & (col(Decision.verdict) != Verdict.undo),
        ),
    )


def _quotes(session: Session, campaign_id: int) -> list[str]:
    """The numbers of the selection's texts, as it counts them."""
    wanted = select(Quote.number).where(Quote.campaign_id == campaign_id).order_by(col(Quote.id)).limit(MOST_CHOICES)
    return sorted(session.exec(wanted), key=lambda number: (not number.isdigit(), number.zfill(12)))


def _found_among(session: Session, column: Any, ours: Any, join: Any) -> list[str]:
    """The values of a column, few among many rows, of which a clip of ours has one: it is looked for once for each of
    them, where to go through all clips with their rows is felt.
    """
    known = select(column).where(col(column) != "").distinct().subquery()
    (value,) = known.c
    theirs = select(Clip.id).join(column.class_, join).where(ours, col(column) == value)
    return list(session.scalars(select(value).where(theirs.exists()).order_by(value).limit(MOST_CHOICES)))


def _behind(session: Session, campaign: Campaign, chosen: ClipFilter, after: int | None) -> Any:
    columns, backwards = order(chosen)
    wanted = select(Clip).where(*conditions(campaign, chosen))
    wanted = wanted.order_by(*(column.desc() for column in columns) if backwards else columns)
    ours = select(*columns).where(Clip.id == after, Clip.campaign_id == campaign.id)
    place = session.execute(ours).first() if after is not None else None
    if place is None:
        return wanted
    here, there = tuple_(*columns), tuple(place)
    return wanted.where(here < there if backwards else here > there)


def _states(session: Session, campaign: Campaign, chosen: ClipFilter, *beside: Any) -> dict[str, int]:
    of_any = replace(chosen, state=())
    if beside and replace(of_any, sort=ClipOrder.oldest) == ClipFilter():
        return desk.counted(session, need_id(campaign))
    counted = select(Clip.state, func.count()).where(*conditions(campaign, of_any), *beside)
    rows = session.exec(counted.group_by(col(Clip.state))).all()
    return {state.value: 0 for state in ClipState} | {ClipState(state).value: number for state, number in rows}


def _shown(session: Session, campaign: Campaign, rows: Sequence[Clip], sought: str) -> list[FoundClip]:
    tags = tags_of(session, [row.id for row in rows if row.id is not None])
    heard = speech.in_clips(session, rows, sought) if sought else {}
    return [
        widened(FoundClip, view, tags=tags.get(view.id, []), said=heard.get(view.id))
        for view in desk.described(session, campaign, rows)
    ]


def tags_of(session: Session, clip_ids: Sequence[int]) -> Mapping[int, list[str]]:
    """The tags of each clip, in the order of letters; clips without one are not in it."""
    found: dict[int, list[str]] = {}
    rows = session.exec(select(ClipTag).where(col(ClipTag.clip_id).in_(clip_ids)).order_by(col(ClipTag.tag)))
    for row in rows:
        found.setdefault(row.clip_id, []).append(row.tag)
    return found


def _values(session: Session, column: Any, *where: Any, join: Any = None) -> list[str]:
    wanted = select(column).where(*where, col(column) != "").distinct().order_by(column).limit(MOST_CHOICES)
    return list(session.exec(wanted if join is None else wanted.where(join)).all())
