"""What whoever judges a clip sees of its speech: captions on its player, and where the first and last word are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import select

from relay.almanac.captions import editing, store
from relay.almanac.film import cues
from relay.almanac.hearing import drafts
from relay.context import Relay
from relay.errors import NotFound
from relay.media.hearing.heard import Hearing, SpeechMark
from relay.models import Caption, CaptionOrigin, Clip, ClipState
from relay.search import said

HEARD = "heard"
"""Name of the track of what was heard, beside those that are named by their language."""
WORTH = 0.1
"""Seconds at an end of a clip that are worth cutting away."""
SILENT = frozenset({SpeechMark.no_sound, SpeechMark.silence, SpeechMark.no_speech})


@dataclass(frozen=True, slots=True)
class SpeechTrack:
    """Captions on the player. `name`: in the address. `origin`: DRAFTS are not confirmed by anybody."""

    name: str
    language: str
    origin: CaptionOrigin

    @property
    def is_confirmed(self) -> bool:
        return self.origin not in store.DRAFTS


@dataclass(frozen=True, slots=True)
class ClipSpeech:
    """`tracks`: the clip's captions, the campaign's language first; without any in the language that is spoken, also
    what was heard. `cut`: in and out point to propose, seconds; None where nothing would be cut away. `silent`: nobody
    speaks, as somebody heard who listened.
    """

    tracks: tuple[SpeechTrack, ...]
    cut: tuple[float, float] | None
    silent: bool


NO_SPEECH = ClipSpeech((), None, False)


def of_clip(relay: Relay, clip_id: int, sha256: str, *, seconds: float, language: str) -> ClipSpeech:
    """Of a clip that is shown: `seconds` is its length, `language` the campaign's."""
    with relay.reading() as session:
        rows = session.exec(select(Caption.language, Caption.origin).where(Caption.clip_id == clip_id)).all()
        row = said.standing(session, [sha256]).get(sha256)
    heard = Hearing.from_json(row.document) if row is not None else None
    tracks = [SpeechTrack(code, code, CaptionOrigin(origin)) for code, origin in rows]
    if heard is not None and heard.language not in {code for code, _ in rows} and drafts.is_ready(heard):
        tracks.append(SpeechTrack(HEARD, heard.language, CaptionOrigin.heard))
    ordered = sorted(tracks, key=lambda one: (not one.is_confirmed, one.language != language, one.language))
    return ClipSpeech(tuple(ordered), _cut(heard, seconds), heard is not None and not SILENT.isdisjoint(heard.marks))


def cut(relay: Relay, sha256: str, seconds: float) -> tuple[float, float] | None:
    """In and out point to propose for a clip of that length; see ClipSpeech."""
    with relay.reading() as session:
        row = said.standing(session, [sha256]).get(sha256)
    return _cut(Hearing.from_json(row.document), seconds) if row is not None else None


def _cut(heard: Hearing | None, seconds: float) -> tuple[float, float] | None:
    if heard is None or heard.cut is None or not SILENT.isdisjoint(heard.marks):
        return None
    first, last = (round(min(seconds, moment), 3) for moment in heard.cut)
    begins, ends = (first if first > WORTH else 0.0), (last if seconds - last > WORTH else seconds)
    return (begins, ends) if begins < ends and (begins, ends) != (0.0, seconds) else None


def track(relay: Relay, clip_id: int, name: str) -> str:
    """A track of a clip's player as WebVTT. Raises NotFound, also for a clip that was withdrawn."""
    with relay.reading() as session:
        clip = session.get(Clip, clip_id)
        if clip is None or clip.state is ClipState.withdrawn:
            raise NotFound("There is no clip {clip}.", clip=clip_id)
    if name != HEARD:
        return editing.file(relay, clip_id, name, "vtt")
    found = drafts.look(relay, clip_id)
    if not found.cues:
        raise NotFound("There is no such file.")
    return cues.vtt(found.cues, found.language)
