"""What the next render will cost, and what in it is different from the newest version.

The cost is counted, not guessed: film/needs.py knows which shots are missing. How long they take is worked out from
how long earlier versions took.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, col, select

from relay.almanac.delivery import missing_glyphs, render, versions
from relay.almanac.film.needs import FilmNeeds
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.formats import House
from relay.almanac.plan import queries, rules
from relay.context import Relay
from relay.errors import Refused
from relay.language.sentence import filled
from relay.models import Almanac, Clip, ClipState, Render

SENTENCES: Mapping[str, str] = {
    "in": "Clip {clip} ({name}) comes in.",
    "out": "Clip {clip} ({name}) goes out.",
    "withdrawn": "Clip {clip} ({name}) has been withdrawn.",
    "moved": "Clip {clip} ({name}) stands in another place.",
    "named": "Clip {clip}: “{was}” becomes “{name}”.",
    "trimmed": "Clip {clip} ({name}) is used from {start:.2f} to {end:.2f} s.",
    "turned": "Clip {clip} ({name}) is turned.",
    "title": "The title “{was}” becomes “{name}”.",
    "first": "The first version is still to be made.",
}
CREDITS = "The credits last {length}."
COST = "{changed} of {clips} clips changed, shots to encode: {shots} of {all_shots}, about {seconds:.0f} s."
SECONDS_A_FRAME, SECONDS_A_JOINED_FRAME, LEAST_SECONDS = 0.02, 0.0006, 1.0
"""Of this machine's kind (docs/almanac.md), until there is a version of one's own to go by."""


@dataclass(frozen=True, slots=True)
class Past:
    """A version that was made: its frames, how many shots were encoded and used again, and what it took."""

    frames: int
    encoded: int
    reused: int
    seconds: float

    @property
    def share(self) -> float:
        return self.encoded / max(1, self.encoded + self.reused)


@dataclass(frozen=True, slots=True)
class PlannedClip:
    """A clip of the plan, beside a version's: from frame `first` to `last`, `start` to `end` in seconds."""

    clip: int
    name: str
    town: str
    first: int
    last: int
    start: float
    end: float
    turn: int = 0


@dataclass(frozen=True, slots=True)
class FilmChange:
    """One difference, whose sentence is SENTENCES[what]; `clip` is None where it is of no clip. Times in seconds."""

    what: str
    clip: int | None
    name: str
    was: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class RenderCost:
    """Shots and frames to encode, out of how many, and the seconds that this will take.

    `credits`: seconds of the pages with names at the film's end.
    """

    shots: int
    all_shots: int
    frames: int
    all_frames: int
    seconds: float
    credits: float = 0.0


@dataclass(frozen=True, slots=True)
class FilmChanges:
    """The plan against the newest `version`, of which there may be none; `changed`: how many `clips` changed.

    `refused`: why the film could not be made at all, else empty.
    """

    version: int | None
    clips: int
    changed: int
    changes: list[FilmChange]
    cost: RenderCost
    refused: str
    undrawn: list[missing_glyphs.UndrawnText]


def diff(relay: Relay, slug: str, name: str) -> FilmChanges:
    """What is different from the newest version in the almanac's own format, and its cost. Raises NotFound."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        newest = session.exec(
            select(Render)
            .where(Render.almanac_id == almanac.id, Render.format == "", versions.is_open())
            .order_by(col(Render.version).desc())
        ).first()
        past = [Past(one.frames, one.shots_encoded, one.shots_reused, one.seconds) for one in _own(session)]
        entries = planned_clips(relay, session, almanac)
    before = versions.manifest(relay, newest) if newest is not None else {}
    changes = compare(before, entries, almanac.title)
    with relay.reading() as session:
        changes = [_in_words(session, change) for change in changes]
    if newest is None:
        changes = [FilmChange("first", None, "", "", 0.0, 0.0)]
    cost, refused = _cost(relay, slug, name, past)
    clips = len({one.clip for one in entries})
    changed = clips if newest is None else len({change.clip for change in changes} - {None})
    return FilmChanges(
        version=newest.version if newest is not None else None,
        clips=clips,
        changed=changed,
        changes=changes,
        cost=cost,
        refused=refused,
        undrawn=missing_glyphs.of_film(relay, slug, name),
    )


def compare(before: Mapping[str, Any], now: Sequence[PlannedClip], title: str) -> list[FilmChange]:
    """Pure: a manifest and the plan's clips → what is different."""
    shown = before.get("clips", [])
    was = dict(zip(_pieces([one["clip"] for one in shown]), shown, strict=True))
    there = dict(zip(_pieces([one.clip for one in now]), now, strict=True))
    found = [
        FilmChange("out", clip, _person(one["name"], one["town"]), "", one.get("start", 0.0), one.get("end", 0.0))
        for (clip, number), one in was.items()
        if not number and (clip, 0) not in there
    ]
    found += [
        _change("trimmed", there[clip, 0]) for clip, number in was if (clip, number) not in there and (clip, 0) in there
    ]
    numbers = {piece: number for number, piece in enumerate(was)}
    stayed = [number for piece, number in numbers.items() if piece in there]
    moved = set(stayed) - rules.unmoved(stayed, [numbers[piece] for piece in there if piece in was])
    for piece, one in there.items():
        old = was.get(piece)
        if old is None:
            found.append(_change("trimmed" if piece[1] else "in", one))
            continue
        if numbers[piece] in moved:
            found.append(_change("moved", one))
        if (old["name"], old["town"]) != (one.name, one.town):
            found.append(_change("named", one, was=_person(old["name"], old["town"])))
        if (old["source"]["from"], old["source"]["to"]) != (one.first, one.last):
            found.append(_change("trimmed", one))
        if old.get("turn", 0) != one.turn:
            found.append(_change("turned", one))
    if before and before.get("title", title) != title:
        found.append(FilmChange("title", None, title or "—", before["title"], 0.0, 0.0))
    return found


def _pieces(clips: Sequence[int]) -> list[tuple[int, int]]:
    """Each clip with how often it was there before."""
    seen = Counter[int]()
    found = []
    for clip in clips:
        found.append((clip, seen[clip]))
        seen[clip] += 1
    return found


def credits_line(seconds: float) -> str:
    """How long the credits are; empty where there are none, or it is not known."""
    return filled(CREDITS, length=versions.clock(seconds)) if seconds else ""


def estimate(frames: int, all_frames: int, past: Sequence[Past]) -> float:
    """Seconds that a render will take which encodes `frames` of `all_frames`. `past`: the newest last.

    A version that was mostly encoded tells the pace of that, one that was hardly encoded what a join takes.
    """
    joins = [one.seconds / one.frames for one in past if one.frames and one.share <= 0.05]
    join = joins[-1] if joins else SECONDS_A_JOINED_FRAME
    paces = [(one.seconds / one.frames - join) / one.share for one in past if one.frames and one.share >= 0.5]
    pace = max(paces[-1], 0.0) if paces else SECONDS_A_FRAME
    return max(LEAST_SECONDS, frames * pace + all_frames * join)


def _cost(relay: Relay, slug: str, name: str, past: Sequence[Past]) -> tuple[RenderCost, str]:
    try:
        cut = render.drawn(relay, slug, name)
    except Refused as error:
        return RenderCost(0, 0, 0, 0, 0.0), error.line
    shots = ShotCache(relay.folder("shots"))
    work = FilmNeeds(cut, shots, relay.toolbox.ffmpeg_version).missing(render.workers(relay))
    frames, whole = work.frames, cut.timeline.frames
    seconds = round(estimate(frames, whole, past), 1)
    credits = round(cut.credits / cut.house.fps, 1)
    return RenderCost(work.shots, len(cut.timeline.shots), frames, whole, seconds, credits), ""


def _own(session: Session) -> list[Render]:
    """The newest versions on this installation, of all almanacs: they tell this machine's pace."""
    rows = session.exec(
        select(Render).where(Render.seconds > 0, Render.format == "").order_by(col(Render.id).desc()).limit(20)
    ).all()
    return list(reversed(rows))


def planned_clips(relay: Relay, session: Session, almanac: Almanac) -> list[PlannedClip]:
    """What the next version would show; of clips that stand in it in pieces each piece."""
    house = queries.house_of(relay.settings, almanac)
    return [_planned(entry, house) for entry in queries.played(session, almanac, house, now=relay.now())]


def _planned(entry: queries.Entry, house: House) -> PlannedClip:
    first, last = entry.bounds(house)
    return PlannedClip(
        clip=entry.segment.clip_id,
        name=entry.credited,
        town=entry.town,
        first=first,
        last=last,
        start=round(first / house.fps, 3),
        end=round(last / house.fps, 3),
        turn=entry.turn,
    )


def _change(what: str, one: PlannedClip, *, was: str = "") -> FilmChange:
    return FilmChange(what, one.clip, _person(one.name, one.town), was, one.start, one.end)


def _person(name: str, town: str) -> str:
    return ", ".join(text for text in (name, town) if text) or "—"


def _in_words(session: Session, change: FilmChange) -> FilmChange:
    if change.what == "out":
        clip = session.get(Clip, change.clip)
        if clip is not None and clip.state is ClipState.withdrawn:
            return replace(change, what="withdrawn")
    return change
