"""What the editor's page shows of a plan at once, in one consistent look; what it shows when asked is in panels.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlmodel import Session, col, select

from relay.almanac.formats import House
from relay.almanac.plan import queries, store
from relay.almanac.plan.queries import Entry
from relay.almanac.plan.rules import Candidate
from relay.context import Relay
from relay.models import Clip, ClipState, Inspection, PlanChange, SegmentPin, need_id
from relay.permissions import gate
from relay.views import key, widened

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
class TableSegment(TableClip):
    """A clip in the film: used from `start` to `end`, `seconds` long, beginning `at` among the clips; all in seconds.

    `name`, `town`: as in this film; `own_name`, `own_town`: as the clip is credited. `free`: it may be in this
    film; `why_not`: else why not. `faults`: what the `score`, out of 100, was lowered for, and by how much. `by_hand`:
    what of it a person set. `turn`, `proposed` (from, to) and `note`: what a moderator has said of its picture.
    `unread`: see queries.
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


@dataclass(frozen=True, slots=True)
class PlanUndo:
    """What undo would take back: who did it, what, and with which clip."""

    person: str
    did: str
    clip: int | None


@dataclass(frozen=True, slots=True)
class EditorView:
    """The whole table: `seconds` long are all clips in a row; `version` names this state of the plan.

    `left_out`: how many clips somebody took out. `follows_rules`: whether rules may propose something. `mark`: of the
    newest step of its history (history.py).
    """

    name: str
    title: str
    rules: Mapping[str, str]
    fps: int
    version: str
    segments: list[TableSegment]
    seconds: float
    follows_rules: bool
    left_out: int
    undo: PlanUndo | None
    mark: str


def view(relay: Relay, slug: str, name: str) -> EditorView:
    """Raises NotFound."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        house, sheet = queries.house_of(relay.settings, almanac), store.load(session, almanac)
        entries = queries.entries(session, almanac, now=relay.now())
        segments = _in_a_row([_segment(entry, house) for entry in entries], house)
        last = store.last_change(session, almanac)
        undo = last if last is not None and last.token == sheet.token else None
        return EditorView(
            name=almanac.name,
            title=almanac.title,
            rules={name: value for name, value in almanac.rules.items() if name != "clips"},
            fps=house.fps,
            version=sheet.token,
            segments=segments,
            seconds=segments[-1].at + segments[-1].seconds if segments else 0.0,
            follows_rules=bool(sheet.rules),
            left_out=len(sheet.left_out),
            undo=None if undo is None else _undo(undo),
            mark=store.mark(session, almanac),
        )


def _segment(entry: Entry, house: House) -> TableSegment:
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
        seconds=(last - first) / house.fps,
        score=one.score,
        faults=one.faults,
        free=entry.free,
        why_not=gate.told(entry.permission.stops) if entry.permission.stops else "",
        by_hand=list(entry.segment.by_hand),
        pinned=entry.segment.pinned,
        turn=entry.turn,
        proposed=_proposed_points(entry, house),
        note=entry.review.editor_note if entry.review is not None else "",
        unread=entry.unread(house),
    )


def _proposed_points(entry: Entry, house: House) -> tuple[float, float] | None:
    """Seconds; None where no moderator has trimmed the clip."""
    if entry.review is None or (entry.review.begins is None and entry.review.ends is None):
        return None
    first, last = queries.proposed_bounds(entry.review, house, entry.footage.frames(house))
    return round(first / house.fps, 3), round(last / house.fps, 3)


def _in_a_row(segments: Iterable[TableSegment], house: House) -> list[TableSegment]:
    at, placed = 0.0, []
    for segment in segments:
        placed.append(replace(segment, at=round(at, 3)))
        at += max(0.0, segment.seconds - house.fade / house.fps)
    return placed


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
