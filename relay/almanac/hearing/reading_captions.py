"""A text's sentences as captions, at the seconds in which each is read. Pure.

Only what was read: a reader who begins in the middle, or leaves a sentence out, has captions of the rest. A sentence
whose words were not recognised, between two that were, is set into the time between them; such lines, and those whose
first word was not recognised, are marked as not sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from relay.almanac.film import cues
from relay.almanac.film.cues import Cue
from relay.almanac.film.sentences import sentences_of
from relay.almanac.readings.sentence_times import SentenceTime, sentence_times
from relay.almanac.readings.which_quote import QuoteReading

LETTERS_A_SECOND = 25.0
"""That nobody reads aloud faster: what has less time was left out."""
RECOGNISED = 0.3
"""Share of a sentence's letters; with fewer its words may have been misheard in another one's."""
MARKED = 0.2
"""Seconds of a caption that are not sure, from which on it is marked."""


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text that is read from second `start` to `end`. `reading`: which of its words were recognised there; None where
    too few were. `aligned`: when each sentence is read as far as that is known without words.
    """

    text: str
    start: float
    end: float
    reading: QuoteReading | None
    aligned: tuple[SentenceTime, ...] = ()


def captions_of(read: Sequence[ReadText], voice: Sequence[tuple[float, float]]) -> list[Cue]:
    """Readable captions of all of them. `voice`: seconds in which somebody speaks."""
    said = [(each.text, time) for each in read for time in _times(each, voice)]
    lines = [Cue(time.start, max(time.stop, time.start + 0.001), _line(text, time)) for text, time in said]
    unsure = [(time.start, time.stop) for _, time in said if not time.is_sure]
    return [_marked(cue, unsure) for cue in cues.readable_cues(lines)]


def spans(text: str) -> list[tuple[int, int]]:
    """Letters from … to of each sentence."""
    found, at = [], 0
    for sentence in sentences_of(text):
        place = re.compile(r"\s+".join(map(re.escape, sentence.split()))).search(text, at)
        if place is not None:
            found.append(place.span())
            at = place.end()
    return found


def _times(read: ReadText, voice: Sequence[tuple[float, float]]) -> list[SentenceTime]:
    sentences = spans(read.text)
    known = _heard(sentences, read.reading, voice) if read.reading is not None else []
    if not known:
        return list(read.aligned or _spread(sentences, read.start, read.end))
    found = [known[0]]
    for before, after in pairwise(known):
        between = [span for span in sentences if before.end <= span[0] and span[1] <= after.at]
        letters = sum(end - at for at, end in between)
        start, end = _spoken(before.stop, after.start, voice)
        if letters and (end - start) * LETTERS_A_SECOND >= letters:
            found += _spread(between, start, end)
        found.append(after)
    return found


def _heard(
    sentences: Sequence[tuple[int, int]], reading: QuoteReading, voice: Sequence[tuple[float, float]]
) -> list[SentenceTime]:
    """Of the sentences of which enough was recognised."""
    shares = [sum(word.end - word.at for word in reading.words if at <= word.at < end) for at, end in sentences]
    enough = [
        span for span, letters in zip(sentences, shares, strict=True) if letters >= RECOGNISED * (span[1] - span[0])
    ]
    return sentence_times(enough, reading, voice)


def _spoken(start: float, end: float, voice: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """From when until when somebody speaks between two moments."""
    within = [(max(start, begin), min(end, stop)) for begin, stop in voice if begin < end and stop > start]
    return (within[0][0], within[-1][1]) if within else (start, start)


def _spread(sentences: Sequence[tuple[int, int]], start: float, end: float) -> Iterator[SentenceTime]:
    """By their lengths."""
    letters = sum(last - first for first, last in sentences)
    at = start
    for first, last in sentences:
        stop = at + (end - start) * (last - first) / letters
        yield SentenceTime(first, last, at, stop, is_sure=False)
        at = stop


def _line(text: str, time: SentenceTime) -> str:
    return " ".join(text[time.at : time.end].split())


def _marked(cue: Cue, unsure: Sequence[tuple[float, float]]) -> Cue:
    doubtful = sum(max(0.0, min(cue.end, end) - max(cue.start, start)) for start, end in unsure)
    return replace(cue, sure=(0.0,) * len(cue.text.split())) if doubtful >= min(MARKED, cue.seconds / 2) else cue
