"""Markers: places in the plan's clips that an editor comes back to. They change nothing of the film."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete
from sqlmodel import Session, col, select

from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.text import one_line
from relay.models import Almanac, Clip, EventKind, EventSubject, Inspection, PlanMarker, Segment, need_id
from relay.records import add_event

MARKED, UNMARKED = "marked", "unmarked"
MOST_LETTERS = 200


@dataclass(frozen=True, slots=True)
class MarkerView:
    """`seconds`: of the clip."""

    marker: int
    clip: int
    name: str
    seconds: float
    text: str
    person: str


def add(relay: Relay, slug: str, name: str, clip: int, seconds: float, text: str = "", *, person: str) -> int:
    """Marks a second of a clip of the plan. Returns the marker's number.

    Raises NotFound, and Refused for a clip that is not in the plan or a time that it does not have.
    """
    with relay.transaction() as session:
        almanac = queries.find(session, slug, name)
        inside = select(Segment).where(Segment.almanac_id == almanac.id, Segment.clip_id == clip)
        if session.exec(inside).first() is None:
            raise Refused("Clip {clip} is not in {name}.", clip=clip, name=name)
        look = session.get_one(Inspection, session.get_one(Clip, clip).sha256)
        if not 0 <= seconds <= look.duration:
            raise Refused("Clip {clip} is not so long.", clip=clip)
        frame = queries.house_of(relay.settings, almanac).frames(seconds)
        words = one_line(text, MOST_LETTERS)
        row = PlanMarker(
            almanac_id=need_id(almanac), clip_id=clip, frame=frame, text=words, person=person, at=relay.now()
        )
        session.add(row)
        session.flush()
        _note(relay, session, almanac, person, MARKED, clip)
        return need_id(row)


def remove(relay: Relay, slug: str, name: str, marker: int, *, person: str) -> None:
    """Raises NotFound, also for one that somebody has taken away already."""
    with relay.transaction() as session:
        almanac = queries.find(session, slug, name)
        mine = (col(PlanMarker.id) == marker, col(PlanMarker.almanac_id) == almanac.id)
        row = session.exec(select(PlanMarker).where(*mine)).first()
        if row is None or session.exec(delete(PlanMarker).where(*mine)).rowcount != 1:
            raise NotFound("That marker is not there any more.")
        _note(relay, session, almanac, person, UNMARKED, row.clip_id)


def listing(relay: Relay, slug: str, name: str) -> list[MarkerView]:
    """Of clips that are in the plan, in the order of the film. Raises NotFound."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        house = queries.house_of(relay.settings, almanac)
        rows = session.exec(
            select(PlanMarker, Segment, Clip)
            .join(Clip, col(Clip.id) == col(PlanMarker.clip_id))
            .join(Segment, col(Segment.clip_id) == col(PlanMarker.clip_id))
            .where(PlanMarker.almanac_id == almanac.id, Segment.almanac_id == almanac.id)
            .order_by(col(Segment.position), col(PlanMarker.frame), col(PlanMarker.id))
        ).all()
    return [
        MarkerView(
            marker=need_id(row),
            clip=row.clip_id,
            name=clip.name if segment.name is None else segment.name,
            seconds=round(row.frame / house.fps, 3),
            text=row.text,
            person=row.person,
        )
        for row, segment, clip in rows
    ]


def by_clip(found: list[MarkerView]) -> Mapping[int, list[MarkerView]]:
    return {one.clip: [other for other in found if other.clip == one.clip] for one in found}


def _note(relay: Relay, session: Session, almanac: Almanac, person: str, did: str, clip: int) -> None:
    of = (EventSubject.almanac, need_id(almanac))
    add_event(session, relay.now(), of, EventKind.plan_changed, person, did=did, clip=clip)
