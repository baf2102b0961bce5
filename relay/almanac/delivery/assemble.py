"""What a plan has beside its clips, out of its rows: cards, captions, music, thanks, and where pictures are cut.

`assemble` puts it onto the subclips and into the script that cut.py works from.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import structlog
from sqlmodel import Session

from relay.almanac.assets import backers, captions, cards, music, styles
from relay.almanac.assets.styles import Style
from relay.almanac.cards.people import Person
from relay.almanac.film import framing
from relay.almanac.film.cut import Script, Subclip
from relay.almanac.film.ffmpeg import Hold, digest
from relay.almanac.film.framing import Face, FacesSeen
from relay.almanac.film.sound.ducking import MusicBed
from relay.almanac.formats import House, RenderRequest
from relay.almanac.plan import queries
from relay.almanac.plan.naming import credited
from relay.almanac.plan.queries import Entry
from relay.context import Relay
from relay.errors import NotFound, Refused, ToolFailed
from relay.media import faces
from relay.media.files import replace_file
from relay.models import Almanac, Campaign, Inspection, need_id

log = structlog.get_logger()


def assemble(
    relay: Relay,
    campaign: Campaign,
    almanac: Almanac,
    entries: Sequence[Entry],
    subclips: Sequence[Subclip],
    house: House,
    request: RenderRequest,
) -> tuple[list[Subclip], Script]:
    """`subclips` belong to `entries`, one to one. Raises Refused for music that may not be used or is gone."""
    style = styles.of(almanac)
    clips = [need_id(entry.clip) for entry in entries]
    with relay.reading() as session:
        card_rows = cards.of_film(relay, session, almanac)
        said = captions.of_clips(session, clips)
        bed = _bed(relay, session, almanac, style)
        others = _others(session, campaign, almanac, clips) if style.credits == "all" else ()
        thanks = backers.sections(relay, session, campaign, almanac)
    dressed = [
        replace(
            subclip,
            before=card_rows.get(clip, ()),
            into=style.into.get(clip, style.transition if number and clip not in card_rows else None),
            captions=said.get(clip, {}),
            framing=_framing(relay, entry, subclip, house, style),
        )
        for number, (clip, entry, subclip) in enumerate(zip(clips, entries, subclips, strict=True))
    ]
    script = Script(
        theme=style.theme,
        after=card_rows.get(None, ()),
        others=others,
        thanks=thanks,
        music=bed[0] if bed else None,
        music_path=bed[1] if bed else None,
        burn=style.burn if request.burn is None else request.burn,
        tracks=style.captions if request.tracks is None else request.tracks,
        chapters=True,
    )
    return dressed, script


def _bed(relay: Relay, session: Session, almanac: Almanac, style: Style) -> tuple[MusicBed, Path] | None:
    if style.music is None:
        return None
    row = music.find(session, almanac.campaign_id, style.music)
    try:
        return music.bed(relay, row, style.under)
    except NotFound as error:
        raise Refused("The file of music {number} is missing.", hint="Run: relay doctor", number=row.id) from error


def _others(session: Session, campaign: Campaign, almanac: Almanac, clips: Sequence[int]) -> tuple[Person, ...]:
    """Everybody else whose video was accepted and who may be named in a film."""
    there = set(clips)
    adults, children = queries.naming_of(almanac)
    return tuple(
        Person(credited(clip.name, clip.age, adults=adults, children=children), clip.town)
        for clip in queries.approved(session, campaign)
        if clip.id not in there
    )


# --- where pictures are cut ---------------------------------------------------------------------------------------


def _framing(relay: Relay, entry: Entry, subclip: Subclip, house: House, style: Style) -> tuple[Hold, ...]:
    """Nobody finds a face in a copy that lies on its side: a clip that was set upright is shown whole."""
    if entry.turn or style.framing != "faces" or not faces.available() or not framing.differs(subclip.footage, house):
        return ()
    return framing.frame(_looks(relay, entry.inspection), subclip.footage, subclip.span(house), house)


def _looks(relay: Relay, seen: Inspection) -> FacesSeen:
    """Faces of a clip, looked for once and kept beside the shots."""
    kept = relay.folder("shots", "faces") / f"{digest('faces', faces.FACES, seen.sha256)}.json"
    if not kept.exists():
        found = _found(relay, seen)
        if found is None:
            return FacesSeen((), ())
        replace_file(kept, json.dumps(found).encode())
    told = json.loads(kept.read_text())
    return FacesSeen(tuple(told["moments"]), tuple(Face(*face) for face in told["faces"]))


def _found(relay: Relay, seen: Inspection) -> Mapping[str, object] | None:
    """None where there is no copy to look at, or looking failed: the whole picture is shown then."""
    if not seen.proxy or not relay.media.has(seen.proxy):
        return None
    try:
        with tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=relay.folder("shots", "work")) as folder:
            return faces.find(
                relay.toolbox,
                relay.media.local(seen.proxy),
                Path(folder),
                width=seen.width,
                height=seen.height,
                seconds=seen.duration,
            )
    except ToolFailed as error:
        log.warning("faces not looked for", sha256=seen.sha256, why=error.line)
        return None
