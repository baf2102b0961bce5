"""What a test says in a clip, as if a model had heard it: a row, without any sound."""

from __future__ import annotations

from relay.context import Relay
from relay.media.hearing.heard import HeardWord, Hearing, SpeechMark
from tests.heard_rows import keeps_recording
from tests.moderation.town import Town

BREAD = "Хлеб мы делили ниткой, потому что от ножа оставались крошки."
RADIO = "Радио не выключали никогда, ночью стучал метроном."
MODEL = "d01c3014881c"


def heard(town: Town, clip: int, says: str, *, model: str = MODEL, marks: tuple[str, ...] = ()) -> None:
    """Two words a second, from the second second on. `marks`: SpeechMark."""
    heard_in(town.relay, town.sha256(clip), says, model=model, marks=marks)


def heard_in(relay: Relay, sha256: str, says: str, *, model: str = MODEL, marks: tuple[str, ...] = ()) -> None:
    """Of a recording."""
    words = tuple(HeardWord(word, 1 + at / 2, 1.4 + at / 2, 0.9) for at, word in enumerate(says.split()))
    voice = ((words[0].start, words[-1].end),) if words else ()
    told = frozenset(SpeechMark(mark) for mark in marks)
    hearing = Hearing(60.0, "ru" if words else "", 1.0, voice, (words,) if words else (), told, model)
    keeps_recording(relay, sha256, hearing)
