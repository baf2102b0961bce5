"""How sure a model was of the words of captions, and what of that holds after somebody changed them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from relay.almanac.film.cues import Cue

UNSURE = 0.8
"""Words of which Whisper is less sure are marked: four of five that were misheard, and half as many again that were not
(measured with festvox-ru: docs/almanac.md, a draft of what was heard).
"""
SURE = 1.0


def unsure_words(cue: Cue) -> list[str]:
    """Words of a caption that may have been misheard, in their order."""
    said = cue.text.split()
    return [word for word, sure in zip(said, cue.sure, strict=True) if sure < UNSURE] if _is_told(cue) else []


def carried(heard: Iterable[tuple[str, float]], cues: Sequence[Cue]) -> list[Cue]:
    """The cues, each word that stands among `heard` as sure as it was there; others are somebody's own."""
    known = list(heard)
    said = [word for cue in cues for word in cue.text.split()]
    sure = [SURE] * len(said)
    for theirs, ours, count in SequenceMatcher(None, [word for word, _ in known], said, False).get_matching_blocks():
        sure[ours : ours + count] = [each for _, each in known[theirs : theirs + count]]
    made, at = [], 0
    for cue in cues:
        end = at + len(cue.text.split())
        made.append(replace(cue, sure=_told(sure[at:end])))
        at = end
    return made


def words_of(cues: Iterable[Cue]) -> list[tuple[str, float]]:
    """Each word, and how sure it is."""
    return [
        pair
        for cue in cues
        for pair in zip(cue.text.split(), cue.sure if _is_told(cue) else [SURE] * len(cue.text.split()), strict=True)
    ]


def _told(sure: Sequence[float]) -> tuple[float, ...]:
    """Nothing where there is nothing to doubt."""
    return tuple(sure) if any(each < SURE for each in sure) else ()


def _is_told(cue: Cue) -> bool:
    return len(cue.sure) == len(cue.text.split())
