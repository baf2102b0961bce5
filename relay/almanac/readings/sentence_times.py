"""When each sentence of a text is read, by the words that were recognised and by where somebody speaks. Pure.

A model's words begin some 120 ms early and end late, evenly spread over their pauses; a voice begins where it begins.
So a sentence is set to the voice that begins nearest. Measured with festvox-ru (scripts/bench speech): nine of ten
beginnings within 31 ms, in noise and echoes within 55 ms; by the words alone within 205 ms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from relay.almanac.readings.which_quote import QuoteReading

REACH = 0.45
"""Seconds from a word's edge to the voice's that is meant."""
EARLIER = 1.5
"""Seconds before the first word that was recognised, in which its sentence may have begun."""


@dataclass(frozen=True, slots=True)
class SentenceTime:
    """The sentence of letters `at` to `end` is read from second `start` to `stop`. `is_sure`: its first word was
    recognised; else somebody has to look.
    """

    at: int
    end: int
    start: float
    stop: float
    is_sure: bool


def sentence_times(
    sentences: Sequence[tuple[int, int]], reading: QuoteReading, voice: Sequence[tuple[float, float]]
) -> list[SentenceTime]:
    """Of those `sentences` (letters from … to) of which a word was recognised, in order; they don't overlap."""
    begins, ends = [begin for begin, _ in voice], [end for _, end in voice]
    found: list[SentenceTime] = []
    for at, end in sentences:
        words = [word for word in reading.words if at <= word.at < end]
        if not words:
            continue
        is_sure = words[0].at == at
        start = _nearest(begins, words[0].start) if is_sure else _earlier(begins, words[0].start)
        stop = _nearest(ends, words[-1].stop)
        start = max(start, found[-1].stop if found else 0.0)
        found.append(SentenceTime(at, end, start, max(start, stop), is_sure))
    return found


def _nearest(edges: Iterable[float], moment: float) -> float:
    near = [edge for edge in edges if abs(edge - moment) < REACH]
    return min(near, key=lambda edge: abs(edge - moment), default=moment)


def _earlier(edges: Iterable[float], moment: float) -> float:
    return max((edge for edge in edges if moment - EARLIER < edge <= moment), default=moment)
