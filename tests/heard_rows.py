"""What a model heard in a clip, as it would have been kept, without any model."""

from __future__ import annotations

from collections.abc import Iterable

from relay.context import Relay
from relay.media.hearing.heard import HeardWord, Hearing, SpeechMark
from relay.models import Clip, HeardRecording

MODEL = "d01c3014881c"


def words(text: str, *, start: float = 1.0, sure: float = 0.9) -> list[HeardWord]:
    """A word each half second; one that is written `~so` is unsure, `|` is a pause of a second."""
    made: list[HeardWord] = []
    for word in text.split():
        if word == "|":
            start += 1.0
            continue
        probability = 0.2 if word.startswith("~") else sure
        made.append(HeardWord(word.removeprefix("~"), round(start, 3), round(start + 0.4, 3), probability))
        start += 0.5
    return made


def hearing(
    text: str = "", *, seconds: float = 60.0, language: str = "ru", marks: Iterable[SpeechMark] = (), model: str = MODEL
) -> Hearing:
    said = words(text)
    voice = ((said[0].start, said[-1].end),) if said else ()
    segments = (tuple(said),) if said and model else ()
    return Hearing(seconds, language, 0.9 if language else 0.0, voice, segments, frozenset(marks), model)


def keeps(relay: Relay, clip: int, found: Hearing) -> None:
    """As the engine keeps it (relay/almanac/hearing/service.py)."""
    with relay.reading() as session:
        sha256 = session.get_one(Clip, clip).sha256
    keeps_recording(relay, sha256, found)


def keeps_recording(relay: Relay, sha256: str, found: Hearing) -> None:
    with relay.transaction() as session:
        row = HeardRecording(
            sha256=sha256,
            model=found.model,
            language=found.language,
            speech_share=round(found.speech_share, 4),
            document=found.as_json(),
            at=relay.now(),
        )
        session.merge(row)
