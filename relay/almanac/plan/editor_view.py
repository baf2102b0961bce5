"""What the editor's page shows of a plan at once, in one consistent look; what it shows when asked is in panels.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from relay.almanac.film.footage import frames_of
from relay.almanac.formats import House
from relay.almanac.plan import queries, store
from relay.almanac.plan.document import PlanDocument
from relay.almanac.plan.queries import Entry
from relay.almanac.plan.rules import Candidate
from relay.context import Relay
from relay.models import Almanac, Clip, ClipState, Inspection, PlanChange, Segment, SegmentPin, need_id
from relay.permissions import gate
from relay.views import key, widened

PART = 300
"""Clips of a film that stand on the table at once: a film of usual length is there as a whole."""
ACTIONS = {
    "planned": "The rules were followed",
    "ruled": "The rules were changed",
    "placed": "A clip was moved",
    "trimmed": "A clip was trimmed",
    "retitled": "Names on a card were changed",
    "left out": "A clip was left out",
    "brought back": "A clip was brought back",
    "pinned": "A clip was pinned or let go",
    "marked": "A place was marked",
    "unmarked": "A marker was taken away",
}
"""What a PlanChange says was done → for people."""


@dataclass(frozen=True, slots=True)
class TableClip:
    """A clip as the editor's table shows it; `poster`, `proxy`: whether there is one to show. `duration`: seconds."""

    clip: int
    sha256: str
    poster: bool
    proxy: bool
    name: str
    town: str
    district: str
    quote: str
    duration: float
    state: ClipState


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Sentences of the film's text, counted from 1, and seconds of the clip in which they are read."""

    sentence: int
    to_sentence: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class TableSegment(TableClip):
    """A clip in the film: used from `start` to `end`, `seconds` long, beginning `at` among the clips; all in seconds.

    `name`, `town`: as in this film; `own_name`, `own_town`: as the clip is credited. `free`: it may be in this
    film; `why_not`: else why not. `faults`: what the `score`, out of 100, was lowered for, and by how much. `by_hand`:
    what of it a person set. `turn`, `proposed` (from, to) and `note`: what a moderator has said of its picture.
    `unread`: see queries. `pieces`: where only these are seen, with others between them.
    """

    own_name: str
    own_town: str
    start: float = field(metadata=key("in"))
    end: float = field(metadata=key("out"))
    seconds: float
    score: int
    faults: Sequence[tuple[str, int]]
    free: bool
    why_not: str
    by_hand: list[str]
    pinned: SegmentPin
    at: float = 0.0
    turn: int = 0
    proposed: tuple[float, float] | None = None
    note: str = ""
    unread: str = ""
    pieces: list[TextPiece] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PlanUndo:
    """What undo would take back: who did it, what, and with which clip."""

    person: str
    did: str
    clip: int | None


@dataclass(frozen=True, slots=True)
class EditorView:
    """The table: `order` are the clips of the film, `seconds` long all of them in a row; `segments` is the part of it,
    from the clip in place `first` (counted from 0), in which the clip on the table lies, which is in place `at` of all
    (None in an empty film). `people`: clip, name and town of each. `version` names this state of the plan.

    `left_out`: how many clips somebody took out. `follows_rules`: whether rules may propose something. `mark`: of the
    newest step of its history (history.py).
    """

    name: str
    title: str
    rules: Mapping[str, str]
    fps: int
    version: str
    segments: list[TableSegment]
    first: int
    at: int | None
    order: list[int]
    people: list[tuple[int, str, str]]
    seconds: float
    follows_rules: bool
    left_out: int
    undo: PlanUndo | None
    mark: str


@dataclass(frozen=True, slots=True)
class _FilmPlace:
    """A clip in the film, as far as all of them are looked at: `seconds` long, beginning `at`."""

    clip: int
    name: str
    town: str
    seconds: float
    at: float


def view(relay: Relay, slug: str, name: str, clip: int = 0) -> EditorView:
    """`clip`: the one on the table; the first, where it is not in the film. Raises NotFound."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        house, sheet = queries.house_of(relay.settings, almanac), store.load(session, almanac)
        places = _places(session, almanac, sheet, house)
        order = [one.clip for one in places]
        at = (order.index(clip) if clip in order else 0) if order else None
        first = PART * ((at or 0) // PART)
        shown = {one.clip: one.at for one in places[first : first + PART]}
        entries = queries.entries(session, almanac, now=relay.now(), only=list(shown))
        last = store.last_change(session, almanac)
        undo = last if last is not None and last.token == sheet.token else None
        return EditorView(
            name=almanac.name,
            title=almanac.title,
            rules={name: value for name, value in almanac.rules.items() if name != "clips"},
            fps=house.fps,
            version=sheet.token,
            segments=[_segment(entry, house, shown[entry.segment.clip_id]) for entry in entries],
            first=first,
            at=at,
            order=order,
            people=[(one.clip, one.name, one.town) for one in places],
            seconds=places[-1].at + places[-1].seconds if places else 0.0,
            follows_rules=bool(sheet.rules),
            left_out=len(sheet.left_out),
            undo=None if undo is None else _undo(undo),
            mark=store.mark(session, almanac),
        )


def _places(session: Session, almanac: Almanac, sheet: PlanDocument, house: House) -> list[_FilmPlace]:
    """Of every clip of the film; a film has thousands."""
    rows: Any = session.execute(
        columns(Clip.id, Clip.name, Clip.town, Inspection.duration, Inspection.has_audio, Inspection.technical)  # type: ignore[call-overload]
        .join(Segment, col(Segment.clip_id) == col(Clip.id))
        .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
        .where(*queries.shown_in(almanac))
    )
    known = {row[0]: row[1:] for row in rows}
    reviews = queries.reviews(session, list(known))
    at, found = 0.0, []
    for row in sheet.rows:
        if row.clip not in known:
            continue
        name, town, seconds, has_audio, technical = known[row.clip]
        available = frames_of(house, seconds, has_audio=has_audio, technical=technical)
        used = row.cut(*queries.proposed_bounds(reviews.get(row.clip), house, available), available)
        frames = [last - first for first, last in used]
        named = name if row.name is None else row.name, town if row.town is None else row.town
        found.append(_FilmPlace(row.clip, *named, sum(frames) / house.fps, round(at, 3)))
        at += max(0.0, (sum(frames) - house.fade) / house.fps)
    return found


def _segment(entry: Entry, house: House, at: float) -> TableSegment:
    first, last = entry.bounds(house)
    clip = table_clip(entry.clip, entry.inspection)
    one = Candidate(clip=clip.clip, flags=tuple(entry.inspection.flags))
    return widened(
        TableSegment,
        replace(clip, name=entry.name, town=entry.town),
        own_name=clip.name,
        own_town=clip.town,
        start=round(first / house.fps, 3),
        end=round(last / house.fps, 3),
        seconds=sum(last - first for first, last in entry.spans(house)) / house.fps,
        pieces=_pieces(entry, house),
        score=one.score,
        faults=one.faults,
        free=entry.free,
        why_not=gate.told(entry.permission.stops) if entry.permission.stops else "",
        by_hand=list(entry.segment.by_hand),
        pinned=entry.segment.pinned,
        turn=entry.turn,
        proposed=_proposed_points(entry, house),
        note=entry.review.editor_note if entry.review is not None else "",
        at=at,
        unread=entry.unread(house),
    )


def _pieces(entry: Entry, house: House) -> list[TextPiece]:
    spans = zip(store.row_of(entry.segment).pieces, entry.spans(house), strict=False)
    return [
        TextPiece(piece.at + 1, piece.end, round(first / house.fps, 3), round(last / house.fps, 3))
        for piece, (first, last) in spans
        if first < last
    ]


def _proposed_points(entry: Entry, house: House) -> tuple[float, float] | None:
    """Seconds; None where no moderator has trimmed the clip."""
    if entry.review is None or (entry.review.begins is None and entry.review.ends is None):
        return None
    first, last = queries.proposed_bounds(entry.review, house, entry.footage.frames(house))
    return round(first / house.fps, 3), round(last / house.fps, 3)


def table_clip(clip: Clip, look: Inspection) -> TableClip:
    return TableClip(
        clip=need_id(clip),
        sha256=clip.sha256,
        poster=bool(look.poster) and clip.state is not ClipState.withdrawn,
        proxy=bool(look.proxy) and clip.state is not ClipState.withdrawn,
        name=clip.name,
        town=clip.town,
        district=clip.district,
        quote=clip.quote,
        duration=look.duration,
        state=clip.state,
    )


def known(session: Session, clips: Sequence[int]) -> dict[int, TableClip]:
    """Clips by their numbers, as a table shows them."""
    found: dict[int, TableClip] = {}
    wanted = sorted(set(clips))
    for start in range(0, len(wanted), 500):
        rows = session.exec(
            select(Clip, Inspection)
            .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
            .where(col(Clip.id).in_(wanted[start : start + 500]))
        )
        found |= {shown.clip: shown for shown in (table_clip(clip, look) for clip, look in rows)}
    return found


def _undo(change: PlanChange) -> PlanUndo:
    return PlanUndo(change.person, ACTIONS.get(change.did, change.did), change.clip_id)
