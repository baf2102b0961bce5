"""Captions of words that a model heard: cut at pauses and where sentences end, no longer than can be read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from relay.almanac.captions.sureness import carried
from relay.almanac.film import cues
from relay.almanac.film.cues import Cue
from relay.almanac.readings.which_quote import SaidWord

PAUSE = 0.8
"""Seconds without a word in which a caption ends also in the middle of a sentence."""
LEAST_WORDS, LEAST_SURE = 3, 0.5
"""Fewer words, or words that are less sure on the whole, are nothing that anybody could correct."""
_ENDS = (".", "!", "?", "…", "?»", "!»", ".»", '."', '!"', '?"')


class SureWord(SaidWord, Protocol):
    """A word that was heard, and how sure it is, 0 to 1."""

    @property
    def probability(self) -> float: ...


def drafted(segments: Sequence[Sequence[SureWord]]) -> list[Cue]:
    """Readable captions, each with how sure its words are; empty where too little was understood."""
    if not is_understood(segments):
        return []
    words = [word for segment in segments for word in segment if word.text.strip()]
    said = [cue for segment in segments for passage in _passages(segment) for cue in _captions(passage)]
    heard = [(piece, word.probability) for word in words for piece in word.text.split()]
    return carried(heard, cues.readable_cues(_one_behind_the_other(said)))


def is_understood(segments: Sequence[Sequence[SureWord]]) -> bool:
    """Whether there is enough that somebody could correct."""
    sure = [word.probability for segment in segments for word in segment if word.text.strip()]
    return len(sure) >= LEAST_WORDS and sum(sure) / len(sure) >= LEAST_SURE


def _passages(segment: Sequence[SureWord]) -> Iterator[list[SureWord]]:
    passage: list[SureWord] = []
    for word in segment:
        if passage and (word.start - passage[-1].end >= PAUSE or passage[-1].text.rstrip().endswith(_ENDS)):
            yield passage
            passage = []
        if word.text.strip():
            passage.append(word)
    if passage:
        yield passage


def _captions(passage: Sequence[SureWord]) -> Iterator[Cue]:
    """Each part at the times of its own words."""
    times = [(word.start, word.end) for word in passage for _ in word.text.split()]
    at = 0
    for part in cues.parts_of(" ".join(" ".join(word.text.split()) for word in passage)):
        of_it = times[at : at + len(part.split())] or times[-1:]  # a word of a hundred letters is parted, too
        at += len(part.split())
        yield Cue(of_it[0][0], max(of_it[-1][1], of_it[0][0] + 0.001), part)


def _one_behind_the_other(said: Sequence[Cue]) -> list[Cue]:
    """A model's words may begin a moment before the last ones end: they are one speaker's all the same."""
    made: list[Cue] = []
    for cue in said:
        start = max(cue.start, made[-1].start + 0.01) if made else cue.start
        if made and made[-1].end > start:
            made[-1] = Cue(made[-1].start, start, made[-1].text)
        made.append(Cue(start, max(cue.end, start + 0.01), cue.text))
    return made
