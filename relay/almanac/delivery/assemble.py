"""What a plan has beside its clips, out of its rows: cards, captions, music, thanks, and where pictures are cut.

`assemble` puts it onto the subclips and into the script that cut.py works from.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from relay import logs
from relay.almanac.assets import backers, cards, music, styles, text_lines
from relay.almanac.assets.styles import Style
from relay.almanac.captions import store as captions
from relay.almanac.cards.people import Person
from relay.almanac.film import cues, framing
from relay.almanac.film.cues import Cue
from relay.almanac.film.cut import Script, Subclip
from relay.almanac.film.ffmpeg import Hold, digest
from relay.almanac.film.framing import NO_FACES, Face, FacesSeen
from relay.almanac.film.mouths import BESIDE
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.sound.ducking import MusicBed
from relay.almanac.formats import House, RenderRequest
from relay.almanac.plan import queries, voices
from relay.almanac.plan.many_voices import PAUSE as AIR
from relay.almanac.plan.naming import credited
from relay.almanac.plan.queries import Entry
from relay.context import Relay
from relay.errors import NotFound, Refused, StorageDown, ToolFailed
from relay.media import faces
from relay.media.files import replace_file
from relay.models import Almanac, Campaign, Inspection, need_id
from relay.permissions.rules import uses_of

log = logs.get_logger()


def assemble(
    relay: Relay,
    campaign: Campaign,
    almanac: Almanac,
    entries: Sequence[Entry],
    subclips: Sequence[Subclip],
    house: House,
    request: RenderRequest,
    *,
    look: bool = True,
    framed: bool = True,
    only: int | None = None,
) -> tuple[list[Subclip], Script]:
    """`subclips` belong to `entries`, one to one. Without `look` names keep clear only of faces that are known already;
    `framed`: faces are looked for, where the film is cut by them. `only`: in this clip.

    Raises Refused for music that may not be used or is gone.
    """
    style = styles.of(almanac)
    clips = [need_id(entry.clip) for entry in entries]
    with relay.reading() as session:
        card_rows = cards.of_film(relay, session, almanac)
        said = captions.of_clips(session, clips)
        read = _read(relay, session, campaign, almanac, entries)
        bed = _bed(relay, session, almanac, style)
        others = _others(session, campaign, almanac, clips, relay.now()) if style.credits == "all" else ()
        thanks = backers.sections(relay, session, campaign, almanac)
    dressed = [
        replace(
            subclip,
            before=card_rows.get(clip, ()),
            into=style.into.get(clip, style.transition if number and clip not in card_rows else None),
            captions={**said.get(clip, {}), **read[number]},
            framing=_framing(relay, entry, subclip, house, style) if framed and is_wanted else (),
            faces=faces_by_the_name(
                relay, entry.inspection, subclip, house, entry.turn, look=look and is_wanted, bring=framed and is_wanted
            ),
        )
        for number, (clip, entry, subclip, is_wanted) in enumerate(
            zip(clips, entries, subclips, [only in (None, clip) for clip in clips], strict=True)
        )
    ]
    script = Script(
        theme=style.theme,
        after=card_rows.get(None, ()),
        others=others,
        texts=text_lines.authors(relay, almanac, [entry.clip for entry in entries]),
        thanks=thanks,
        music=bed[0] if bed else None,
        music_path=bed[1] if bed else None,
        burn=style.burn if request.burn is None else request.burn,
        tracks=style.captions if request.tracks is None else request.tracks,
        chapters=True,
    )
    return dressed, script


def _read(
    relay: Relay, session: Session, campaign: Campaign, almanac: Almanac, entries: Sequence[Entry]
) -> list[Mapping[str, Sequence[Cue]]]:
    """Captions of pieces of a text: what the selection has there, instead of what was written for the whole clip."""
    text = voices.written(session, campaign, str(almanac.rules.get("voices", "")))
    house = queries.house_of(relay.settings, almanac)
    found: list[Mapping[str, Sequence[Cue]]] = []
    for entry in entries:
        first, last = (frame / house.fps for frame in entry.bounds(house))
        said = ""
        if text and entry.part is not None:
            at, end, *_ = entry.segment.pieces[entry.part]
            said = voices.said_in(session, text, entry.inspection.sha256, (at, end), (first, last))
        found.append({campaign.language: cues.spread(said, first + AIR, last - AIR)} if said else {})
    return found


def _bed(relay: Relay, session: Session, almanac: Almanac, style: Style) -> tuple[MusicBed, Path] | None:
    if style.music is None:
        return None
    row = music.find(session, almanac.campaign_id, style.music)
    try:
        return music.bed(relay, row, style.under)
    except NotFound as error:
        raise Refused("The file of music {number} is missing.", hint="Run: relay doctor", number=row.id) from error


def _others(
    session: Session, campaign: Campaign, almanac: Almanac, clips: Sequence[int], now: datetime
) -> tuple[Person, ...]:
    """Everybody else whose video was accepted and who may be named in a film."""
    there = set(clips)
    adults, children = queries.naming_of(almanac)
    return tuple(
        Person(credited(clip.name, clip.age, adults=adults, children=children), clip.town)
        for clip in queries.approved(session, campaign, uses=uses_of(almanac.uses), now=now)
        if clip.id not in there
    )


# --- where faces are, and where pictures are cut ------------------------------------------------------------------


def _framing(relay: Relay, entry: Entry, subclip: Subclip, house: House, style: Style) -> tuple[Hold, ...]:
    """A clip that was set upright is shown whole (see faces_of)."""
    if entry.turn or style.framing != "faces" or not framing.differs(subclip.footage, house):
        return ()
    return framing.frame(faces_of(relay, entry.inspection), subclip.footage, subclip.span(house), house)


def faces_of(relay: Relay, seen: Inspection, turn: int = 0) -> FacesSeen:
    """Faces of a whole clip, looked for once and kept beside the shots. Nobody finds one in a copy that lies on its
    side (`turn`).
    """
    return NO_FACES if turn or not faces.available() else _looked(relay, seen, ClipPart(0, seen.duration))


def faces_by_the_name(
    relay: Relay,
    seen: Inspection,
    subclip: Subclip,
    house: House,
    turn: int = 0,
    *,
    look: bool = True,
    bring: bool = True,
) -> FacesSeen:
    """Those while the name stands there, which is far less work for a long clip; without `look` only known ones, and
    without `bring` of those the ones that this host knows.
    """
    if turn or not faces.available() or not (subclip.person.name or subclip.person.town):
        return NO_FACES
    return _looked(relay, seen, _named_seconds(subclip, house), look=look, bring=bring)


@dataclass(frozen=True, slots=True)
class ClipPart:
    """From a whole second on; in seconds."""

    start: int
    end: float


def _named_seconds(subclip: Subclip, house: House) -> ClipPart:
    """In whole seconds, so that most trims leave them as they are."""
    first, frames = subclip.named(house)
    return ClipPart(max(0, int(first / house.fps - BESIDE)), math.ceil((first + frames) / house.fps + BESIDE))


def _looked(relay: Relay, seen: Inspection, part: ClipPart, *, look: bool = True, bring: bool = True) -> FacesSeen:
    """`look`: whether to look at what nobody has looked at yet; `bring`: whether to ask what other hosts have seen."""
    whole, some = _kept(relay, seen), _kept(relay, seen, part)
    if bring and not whole.exists() and not some.exists():
        with suppress(StorageDown):
            for one in dict.fromkeys((whole, some)):
                relay.shared.bring(one)
    kept = whole if whole.exists() or (part.end >= seen.duration and not part.start) else some
    if not kept.exists():
        found = _found(relay, seen, part) if look else None
        if found is None:
            return NO_FACES
        replace_file(kept, json.dumps(found).encode())
        with suppress(StorageDown):  # then another host looks once more
            relay.shared.share(kept)
    told = json.loads(kept.read_text())
    return FacesSeen(tuple(told["moments"]), tuple(Face(*face) for face in told["faces"]))


def _kept(relay: Relay, seen: Inspection, part: ClipPart | None = None) -> Path:
    """Where the faces of a clip are kept, or of a part of it."""
    name = digest("faces", faces.FACES, seen.sha256, *([part.start, part.end] if part else []))
    return relay.folder("shots", "faces") / f"{seen.sha256}-{name}.json"


def _found(relay: Relay, seen: Inspection, part: ClipPart) -> Mapping[str, object] | None:
    """None where there is no copy to look at, or looking failed."""
    if not seen.proxy or not relay.media.has(seen.proxy):
        return None
    try:
        with ShotCache(relay.folder("shots")).bench() as folder:
            return faces.find(
                relay.toolbox,
                relay.media.local(seen.proxy),
                folder,
                width=seen.width,
                height=seen.height,
                seconds=min(part.end, seen.duration) - part.start,
                start=part.start,
            )
    except ToolFailed as error:
        log.warning("faces not looked for", sha256=seen.sha256, why=error.line)
        return None
