"""What the next render will cost, and what in it is different from the newest version.

The cost is counted, not guessed: film/needs.py knows which shots are missing. How long they take is worked out from
how long earlier versions took.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from relay.almanac.delivery import missing_glyphs, render, versions
from relay.almanac.film.needs import FilmNeeds
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.plan import queries, rules
from relay.context import Relay
from relay.errors import Refused
from relay.models import Almanac, Clip, ClipState, Render

SENTENCES: Mapping[str, str] = {
    "in": "Clip {clip} ({name}) comes in.",
    "out": "Clip {clip} ({name}) goes out.",
    "withdrawn": "Clip {clip} ({name}) has been withdrawn.",
    "moved": "Clip {clip} ({name}) stands in another place.",
    "named": "Clip {clip}: “{was}” becomes “{name}”.",
    "trimmed": "Clip {clip} ({name}) is used from {start:.2f} to {end:.2f} s.",
    "title": "The title “{was}” becomes “{name}”.",
    "first": "The first version is still to be made.",
}
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


def diff(relay: Relay, slug: str, name: str) -> dict[str, Any]:
    """`clips changed changes cost refused undrawn version`, against the newest version in the almanac's own format.

    `changes[{what, clip, name, was, start, end}]`, see SENTENCES; `changed`: clips among them. `cost{shots, all_shots,
    frames, all_frames, seconds}`. `refused`: why the film could not be made at all, else empty. `undrawn`: see
    missing_glyphs.of_film. Raises NotFound.
    """
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        newest = session.exec(
            select(Render)
            .where(Render.almanac_id == almanac.id, Render.format == "")
            .order_by(col(Render.version).desc())
        ).first()
        past = [Past(one.frames, one.shots_encoded, one.shots_reused, one.seconds) for one in _own(session)]
        entries = [_entry_view(relay, almanac, entry) for entry in queries.entries(session, almanac)]
    before = versions.manifest(relay, newest) if newest is not None else {}
    changes = compare(before, entries, almanac.title)
    with relay.reading() as session:
        changes = [_in_words(session, change) for change in changes]
    if newest is None:
        changes = [{"what": "first", "clip": None, "name": "", "was": "", "start": 0.0, "end": 0.0}]
    cost, refused = _cost(relay, slug, name, past)
    changed = len(entries) if newest is None else len({change["clip"] for change in changes} - {None})
    return {
        "version": newest.version if newest is not None else None,
        "clips": len(entries),
        "changed": changed,
        "changes": changes,
        "cost": cost,
        "refused": refused,
        "undrawn": missing_glyphs.of_film(relay, slug, name),
    }


def compare(before: Mapping[str, Any], now: Sequence[Mapping[str, Any]], title: str) -> list[dict[str, Any]]:
    """Pure: a manifest and the plan's clips (`clip sha256 name town first last start end`) → what is different."""
    was, there = {one["clip"]: one for one in before.get("clips", [])}, {one["clip"]: one for one in now}
    found = [_change("out", one) for clip, one in was.items() if clip not in there]
    stayed = [clip for clip in was if clip in there]
    moved = set(stayed) - rules.unmoved(stayed, [one["clip"] for one in now if one["clip"] in was])
    for one in now:
        old = was.get(one["clip"])
        if old is None:
            found.append(_change("in", one))
            continue
        if one["clip"] in moved:
            found.append(_change("moved", one))
        if (old["name"], old["town"]) != (one["name"], one["town"]):
            found.append(_change("named", one, was=_person(old)))
        if (old["source"]["from"], old["source"]["to"]) != (one["first"], one["last"]):
            found.append(_change("trimmed", one))
    if before and before.get("title", title) != title:
        found.append({**_change("title", {"clip": None, "name": title, "town": ""}), "was": before["title"]})
    return found


def estimate(frames: int, all_frames: int, past: Sequence[Past]) -> float:
    """Seconds that a render will take which encodes `frames` of `all_frames`. `past`: the newest last.

    A version that was mostly encoded tells the pace of that, one that was hardly encoded what a join takes.
    """
    joins = [one.seconds / one.frames for one in past if one.frames and one.share <= 0.05]
    join = joins[-1] if joins else SECONDS_A_JOINED_FRAME
    paces = [(one.seconds / one.frames - join) / one.share for one in past if one.frames and one.share >= 0.5]
    pace = max(paces[-1], 0.0) if paces else SECONDS_A_FRAME
    return max(LEAST_SECONDS, frames * pace + all_frames * join)


def _cost(relay: Relay, slug: str, name: str, past: Sequence[Past]) -> tuple[dict[str, Any], str]:
    nothing = {"shots": 0, "all_shots": 0, "frames": 0, "all_frames": 0, "seconds": 0.0}
    try:
        cut = render.drawn(relay, slug, name)
    except Refused as error:
        return nothing, error.line
    shots = ShotCache(relay.folder("shots"))
    work = FilmNeeds(cut, shots, relay.toolbox.ffmpeg_version).missing(render.workers(relay))
    frames, whole = work.frames, cut.timeline.frames
    cost = {"shots": work.shots, "all_shots": len(cut.timeline.shots), "frames": frames, "all_frames": whole}
    return {**cost, "seconds": round(estimate(frames, whole, past), 1)}, ""


def _own(session: Session) -> list[Render]:
    """The newest versions on this installation, of all almanacs: they tell this machine's pace."""
    rows = session.exec(
        select(Render).where(Render.seconds > 0, Render.format == "").order_by(col(Render.id).desc()).limit(20)
    ).all()
    return list(reversed(rows))


def _entry_view(relay: Relay, almanac: Almanac, entry: queries.Entry) -> dict[str, Any]:
    house = queries.house_of(relay.settings, almanac)
    first, last = entry.bounds(house)
    times = {"start": round(first / house.fps, 3), "end": round(last / house.fps, 3)}
    person = {"name": entry.name, "town": entry.town}
    return {"clip": entry.clip.id, "first": first, "last": last, **person, **times}


def _change(what: str, one: Mapping[str, Any], *, was: str = "") -> dict[str, Any]:
    times = {"start": one.get("start", 0.0), "end": one.get("end", 0.0)}
    return {"what": what, "clip": one["clip"], "name": _person(one), "was": was, **times}


def _person(one: Mapping[str, Any]) -> str:
    return ", ".join(text for text in (one["name"], one["town"]) if text) or "—"


def _in_words(session: Session, change: dict[str, Any]) -> dict[str, Any]:
    if change["what"] == "out":
        clip = session.get(Clip, change["clip"])
        if clip is not None and clip.state is ClipState.withdrawn:
            return {**change, "what": "withdrawn"}
    return change
