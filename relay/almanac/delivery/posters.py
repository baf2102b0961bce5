"""The still that stands for a film: a moment that a person chose, kept across versions by the clip that it is in.

Kept in `Almanac.style` under `poster`: {"clip", "at"}, a moment of the clip in its own seconds, so that it stays the
same picture when the clip is moved or trimmed; on a card {"clip", "before"} or {"clip", "after"}, seconds of the film
between that moment and the nearest clip. Where the clip has left the film, the film stands for itself again: its title,
or somebody's face (sidecars.poster_frame).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from relay import logs
from relay.almanac.delivery import sidecars, versions
from relay.almanac.delivery.versions import Version, clock
from relay.almanac.film.cut import Cut
from relay.almanac.plan.queries import Entry, find
from relay.almanac.plan.queries import entries as entries_of
from relay.context import Relay
from relay.errors import NotFound, Refused, ToolFailed
from relay.models import Almanac, EventKind, Render, need_id
from relay.records import add_event

log = logs.get_logger()
KEY = "poster"
EDGE = 0.5
"""Seconds from a clip's ends that a still keeps where it can: a dissolve shows two pictures at once."""


@dataclass(frozen=True, slots=True)
class PosterChoice:
    """One of `at` (seconds of the clip), `before` and `after` (seconds of the film) is set."""

    clip: int
    at: float | None = None
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True, slots=True)
class FilmedClip:
    """A clip in a film, in frames: from `start` to `end` of the film, from `first` of the clip."""

    clip: int
    start: int
    end: int
    first: int


@dataclass(frozen=True, slots=True)
class PosterView:
    """`by_hand`: a person chose it. `clip`, `name`: where it stands; `clock`: when, in the newest version.

    `lost`: the clip is in the film no more.
    """

    by_hand: bool
    clip: int | None = None
    name: str = ""
    seconds: float | None = None
    clock: str = ""
    lost: bool = False


# --- where it is: pure ---


def choice(style: Mapping[str, Any]) -> PosterChoice | None:
    kept = style.get(KEY)
    return PosterChoice(**kept) if isinstance(kept, dict) and kept.get("clip") else None


def choice_at(frame: int, clips: Sequence[FilmedClip], fps: float) -> PosterChoice:
    """What a moment of a film is kept by. `clips` are in the order of the film, and at least one."""
    shown = [one for one in clips if one.start <= frame < one.end]
    if shown:
        one = shown[-1]  # in a dissolve the one that comes in
        return PosterChoice(one.clip, at=round((one.first + frame - one.start) / fps, 3))
    later = [one for one in clips if frame < one.start]
    if later:
        return PosterChoice(later[0].clip, before=round((later[0].start - frame) / fps, 3))
    return PosterChoice(clips[-1].clip, after=round((frame - clips[-1].end) / fps, 3))


def frame_of(chosen: PosterChoice, clips: Iterable[FilmedClip], frames: int, fps: float) -> int | None:
    """The film's frame in which it stands now; None where its clip is not there."""
    pieces = [one for one in clips if one.clip == chosen.clip]
    if not pieces:
        return None
    wanted = round((chosen.at or 0) * fps)
    one = next((one for one in pieces if one.first <= wanted < one.first + one.end - one.start), pieces[0])
    if chosen.before is not None:
        return max(0, one.start - round(chosen.before * fps))
    if chosen.after is not None:
        return min(frames - 1, one.end + round(chosen.after * fps))
    wanted = one.start + round((chosen.at or 0) * fps) - one.first
    if one.start <= wanted < one.end:
        return wanted
    edge = min(round(EDGE * fps), (one.end - one.start) // 3)  # it was trimmed away
    return min(max(wanted, one.start + edge), one.end - 1 - edge)


def in_cut(cut: Cut, entries: Sequence[Entry]) -> list[FilmedClip]:
    found = []
    for item, entry in zip(cut.clips, entries, strict=True):
        start, look = cut.timeline.starts[item], cut.compositions[item]
        found.append(FilmedClip(need_id(entry.clip), start, start + look.frames, look.first))
    return found


def in_version(version: Version) -> list[FilmedClip]:
    return [
        FilmedClip(one["clip"], one["film"]["from"], one["film"]["to"], one["source"]["from"])
        for one in version.manifest.get("clips", [])
    ]


def frame_in(cut: Cut, almanac: Almanac, entries: Sequence[Entry]) -> int | None:
    """Of a film that is about to be made; None where nobody chose one that is in it."""
    chosen = choice(almanac.style)
    if chosen is None:
        return None
    return frame_of(chosen, in_cut(cut, entries), cut.timeline.frames, cut.house.fps)


# --- choosing ---


def choose(relay: Relay, slug: str, name: str, *, at: float, version: int = 0, person: str) -> PosterView:
    """The moment `at` seconds into a version (0: the newest) becomes the film's still, of what is there already too.

    Raises NotFound, and Refused for a moment that is not in it.
    """
    with relay.reading() as session:
        shown = versions.version(relay, session, slug, name, version)
    fps, frames = shown.row.fps, shown.row.frames
    if not 0 <= at * fps < frames:
        raise Refused("The film has no moment {at}.", hint="It ends at {end}.", at=clock(at), end=clock(frames / fps))
    clips = in_version(shown)
    if not clips:
        raise Refused("What this version shows is not known any more.", hint="Render it again.")
    _keep(relay, slug, name, choice_at(int(at * fps), clips, fps), person)
    return told(relay, slug, name)


def choose_in_clip(relay: Relay, slug: str, name: str, clip: int, *, at: float, person: str) -> PosterView:
    """The moment `at` seconds into one of the film's clips. Raises NotFound, Refused."""
    with relay.reading() as session:
        names = _names(session, find(session, slug, name), relay.now())
    if clip not in names:
        raise Refused("Clip {clip} is not in this film.", clip=clip)
    if at < 0:
        raise Refused("A clip has no moment before its beginning.")
    _keep(relay, slug, name, PosterChoice(clip, at=round(at, 3)), person)
    return told(relay, slug, name)


def forget(relay: Relay, slug: str, name: str, *, person: str) -> PosterView:
    """The film stands for itself again. Raises NotFound."""
    _keep(relay, slug, name, None, person)
    return told(relay, slug, name)


def told(relay: Relay, slug: str, name: str) -> PosterView:
    """Raises NotFound."""
    with relay.reading() as session:
        almanac = find(session, slug, name)
        chosen = choice(almanac.style)
        if chosen is None:
            return PosterView(by_hand=False)
        names, newest = _names(session, almanac, relay.now()), _newest(relay, session, almanac)
    frame = None if not newest else frame_of(chosen, in_version(newest[0]), newest[0].row.frames, newest[0].row.fps)
    seconds = None if frame is None else round(frame / newest[0].row.fps, 3)
    return PosterView(
        by_hand=True,
        clip=chosen.clip,
        name=names.get(chosen.clip, ""),
        seconds=seconds,
        clock="" if seconds is None else clock(seconds),
        lost=chosen.clip not in names,
    )


def _keep(relay: Relay, slug: str, name: str, chosen: PosterChoice | None, person: str) -> None:
    """And takes the stills of the newest versions anew: of each format one."""
    kept = None if chosen is None else _as_kept(chosen)
    with relay.transaction() as session:
        almanac = find(session, slug, name)
        style = {key: value for key, value in almanac.style.items() if key != KEY}
        almanac.style = {**style, KEY: kept} if kept else style
        session.add(almanac)
        add_event(session, relay.now(), almanac, EventKind.styled, person, poster=kept or "none")
    with relay.reading() as session:
        newest = _newest(relay, session, find(session, slug, name))
    for version in newest:
        _retake(relay, version, chosen)


def _as_kept(chosen: PosterChoice) -> dict[str, float]:
    values = {"clip": chosen.clip, "at": chosen.at, "before": chosen.before, "after": chosen.after}
    return {key: value for key, value in values.items() if value is not None}


def _names(session: Session, almanac: Almanac, now: datetime) -> dict[int, str]:
    return {need_id(entry.clip): entry.name for entry in entries_of(session, almanac, now=now)}


def _newest(relay: Relay, session: Session, almanac: Almanac) -> list[Version]:
    """Of each format, the film's own first."""
    mine = select(Render).where(Render.almanac_id == almanac.id, versions.is_open())
    rows = session.exec(mine.order_by(col(Render.version).desc()))
    newest: dict[str, Render] = {}
    for row in rows:
        newest.setdefault(row.format, row)
    return [versions.version_of(relay, session, newest[format_]) for format_ in sorted(newest)]


def _retake(relay: Relay, version: Version, chosen: PosterChoice | None) -> None:
    """A version whose film or list of clips is gone or broken keeps the still that it has."""
    row, clips = version.row, in_version(version)
    if not clips:
        return
    try:
        film = versions.film(relay, row)
    except NotFound:
        return
    frame = None if chosen is None else frame_of(chosen, clips, row.frames, row.fps)
    place = relay.settings.data_dir / row.poster if row.poster else film.with_suffix(".jpg")
    try:
        sidecars.still(relay.toolbox, film, _usual(version, clips) if frame is None else frame, row.fps, place)
    except ToolFailed as error:
        log.warning("still not taken", film=row.file, why=error.line)
        return
    relay.shared.share(place)


def _usual(version: Version, clips: Sequence[FilmedClip]) -> int:
    """As sidecars.poster_frame has it, of a film that is there already."""
    fps = version.row.fps
    if clips[0].start == 0:
        return min(int(fps), version.row.frames // 2)
    title = float(version.manifest.get("house", {}).get("title_seconds", 0))
    return min(clips[0].start - 1, int(int(title * fps + 0.5) * 0.6))
