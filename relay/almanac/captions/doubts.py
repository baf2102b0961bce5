"""What there is to say about captions, and about which of them: told to whoever edits them, never refused. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from relay.almanac.captions.sureness import unsure_words
from relay.almanac.film.cues import LEAST_SECONDS, LETTERS_A_SECOND, LINE_LETTERS, LINES, Cue, one_after_another

NEARLY = 0.0005
"""Seconds that rounding takes: times are kept in milliseconds."""


class CaptionFault(StrEnum):
    """`empty`: nothing written yet. `overlaps`: begins before the one before it has ended. `short`: on the screen for
    less than a second. `fast`: more letters a second than people read. `long`: more than two lines, or than a line
    holds. `outside`: behind the end of the clip. `unsure`: words of it may have been misheard.
    """

    empty = "empty"
    overlaps = "overlaps"
    short = "short"
    fast = "fast"
    long = "long"
    outside = "outside"
    unsure = "unsure"


@dataclass(frozen=True, slots=True)
class CaptionDoubt:
    """`cue`: its place, from 0 on."""

    cue: int
    fault: CaptionFault


def doubts(cues: Sequence[Cue], seconds: float) -> list[CaptionDoubt]:
    """Of captions in their order; `seconds`: the clip's length. As static/captions.js tells while somebody types."""
    return [
        CaptionDoubt(number, fault)
        for number, cue in enumerate(cues)
        for fault in _faults(cue, cues[number - 1] if number else None, seconds)
    ]


def _faults(cue: Cue, before: Cue | None, seconds: float) -> Iterator[CaptionFault]:
    if before is not None and cue.start < before.end - NEARLY:
        yield CaptionFault.overlaps
    if cue.end > seconds + 0.1:  # a sound may last a moment longer than its picture
        yield CaptionFault.outside
    if not cue.text.strip():
        yield CaptionFault.empty
        return
    if cue.seconds < LEAST_SECONDS - NEARLY:
        yield CaptionFault.short
    if speed(cue) > LETTERS_A_SECOND:
        yield CaptionFault.fast
    lines = cue.text.split("\n")
    if len(lines) > LINES or any(len(line) > LINE_LETTERS for line in lines):
        yield CaptionFault.long
    if unsure_words(cue):
        yield CaptionFault.unsure


def speed(cue: Cue) -> float:
    """Letters a second, spaces among them, ends of lines not."""
    return len(cue.text.replace("\n", "")) / max(cue.seconds, 0.001)


def doubtful(cues: Sequence[Cue], seconds: float) -> int:
    """How many captions there is something to say about."""
    return len({doubt.cue for doubt in doubts(cues, seconds)})


def shown(cues: Iterable[Cue]) -> list[Cue]:
    """As a film shows them, which can't show two at a time, and nothing of what is not written yet."""
    return one_after_another(cue for cue in cues if cue.text.strip())
