"""Which text is read in a clip, without a model of speech: the machine reads the texts too, and its readings are laid
beside the clip's sound (captions/aligning.py).

The three texts that lie nearest are looked at closely, and one counts only where the whole of it is read in its order
(aligning.is_read): in noise, or where half a text is read, nothing is said. Needs the extra `captions`. How often it
finds a text, and that it took none for another one: scripts/bench speech without a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np

from relay.almanac.captions import aligning, speech_timing
from relay.almanac.captions.aligning import Moments, Samples, Spoken
from relay.almanac.film.sentences import sentences_of
from relay.context import Relay
from relay.errors import ToolFailed
from relay.media import text_to_speech

MOST_TEXTS = 400
"""That are laid beside a clip: 3 ms of CPU each for a quarter of a minute."""
NEAREST = 3
COARSE = 3
"""Every third moment is enough to tell which texts lie near."""
AT_ONCE = 100
"""Sentences that the machine reads in one go."""


@dataclass(frozen=True, slots=True)
class AlignedReading:
    """Of the text `number`; `spoken`: seconds of the clip, and how unlike, for each of its `sentences`."""

    number: str
    sentences: tuple[str, ...]
    spoken: tuple[Spoken, ...]

    @property
    def evidence(self) -> float:
        """0 to 1: how near the machine's reading lies. Not to be compared with what words tell."""
        return 1 - sum(each.unlike for each in self.spoken) / len(self.spoken)


class SpokenBank:
    """Texts of one language as the machine reads them, by number."""

    def __init__(self, moments: Mapping[str, Moments]) -> None:
        self._moments = moments

    def nearest(self, sound: Samples) -> list[str]:
        """Numbers of the texts that lie nearest to what is spoken in `sound`, the nearest first."""
        heard = aligning.voiced(sound)
        found = [(aligning.unlike(heard, moments, COARSE), number) for number, moments in self._moments.items()]
        return [number for unlike, number in sorted(found)[:NEAREST] if unlike < np.inf]


def which(
    relay: Relay, sound: Samples, texts: Mapping[str, str], language: str, *, named: Sequence[str] = ()
) -> list[AlignedReading]:
    """Which of the texts are read from beginning to end, in the order of the clip; empty in doubt.

    `sound`: mono at aligning.RATE. `named`: numbers of texts that it is likely to be, of which less is asked. Empty as
    well without the extra and for a language that the machine can't read; of more than MOST_TEXTS texts only those
    that are named are looked at. Raises DiskFull, Interrupted.
    """
    if not text_to_speech.can_speak() or not len(sound) or not texts:
        return []
    likely = [number for number in dict.fromkeys(named) if number in texts][:NEAREST]
    nearest = [number for number in _nearest(relay, sound, texts, language) if number not in likely]
    found: list[AlignedReading] = []
    for number in (*likely, *nearest):
        sentences = tuple(sentences_of(texts[number]))
        spoken = speech_timing.reading(relay, sound, sentences, language, among_many=number not in likely)
        if spoken and not any(_overlap(spoken, other.spoken) for other in found):
            found.append(AlignedReading(number, sentences, tuple(spoken)))
    return sorted(found, key=lambda reading: reading.spoken[0].start)


def _nearest(relay: Relay, sound: Samples, texts: Mapping[str, str], language: str) -> list[str]:
    if len(texts) > MOST_TEXTS:
        return []
    try:
        return _spoken_bank(relay, tuple(texts.items()), language).nearest(sound)
    except ToolFailed:
        return []


def _overlap(one: Sequence[Spoken], other: Sequence[Spoken]) -> bool:
    return one[0].start < other[-1].end and other[0].start < one[-1].end


class _BankMaker:
    """Equal where its texts and language are, so that a campaign's bank is spoken once for many clips."""

    def __init__(self, relay: Relay, texts: tuple[tuple[str, str], ...], language: str) -> None:
        self._relay, self._of = relay, (texts, language)

    def __hash__(self) -> int:
        return hash(self._of)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BankMaker) and self._of == other._of

    def made(self) -> SpokenBank:
        written, language = self._of
        texts = {number: tuple(sentences_of(text)) for number, text in written if text.strip()}
        lines = list(dict.fromkeys(chain.from_iterable(texts.values())))
        moments: dict[str, Moments] = {}
        for first in range(0, len(lines), AT_ONCE):
            part = lines[first : first + AT_ONCE]
            spoken = speech_timing.spoken_lines(self._relay, part, language, speech_timing.USUAL)
            moments |= zip(part, map(aligning.voiced, spoken), strict=True)
        joined = {number: np.concatenate([moments[line] for line in lines]) for number, lines in texts.items()}
        return SpokenBank(joined)


def _spoken_bank(relay: Relay, texts: tuple[tuple[str, str], ...], language: str) -> SpokenBank:
    return _kept_bank(_BankMaker(relay, texts, language))


@lru_cache(maxsize=1)
def _kept_bank(maker: _BankMaker) -> SpokenBank:
    return maker.made()
