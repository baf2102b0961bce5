"""The rows of a page of captions: as they were typed, and as they are shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData

from relay.almanac.captions.editing import MOST_CUES, CaptionTrack, TypedCue, clock
from relay.almanac.captions.sureness import unsure_words
from relay.almanac.film.cues import Cue

FIELD = re.compile(r"(from|to|text|drop|right)-(\d{1,5})")


@dataclass(frozen=True, slots=True)
class CaptionRow:
    """`beside`: what is said at the same time in other languages, by code. `faults`: see CaptionFault. `unsure`: words
    that may have been misheard.
    """

    start: str
    end: str
    text: str
    faults: Sequence[str]
    beside: Mapping[str, str]
    unsure: Sequence[str] = ()


def rows_of(form: FormData) -> list[TypedCue]:
    """`from-1`, `to-1`, `text-1` …, without those that are ticked (`drop-1`). One too many is left, to be refused.

    `right-1`: see TypedCue.
    """
    found: dict[int, dict[str, str]] = {}
    for name, value in form.multi_items():
        part = FIELD.fullmatch(name)
        if part is not None and isinstance(value, str):
            found.setdefault(int(part[2]), {})[part[1]] = value
    kept = [found[number] for number in sorted(found) if not found[number].get("drop")]
    return [
        TypedCue(row.get("from", ""), row.get("to", ""), row.get("text", ""), bool(row.get("right")))
        for row in kept[: MOST_CUES + 1]
    ]


def shown(track: CaptionTrack | None, others: Sequence[CaptionTrack]) -> list[CaptionRow]:
    if track is None:
        return []
    return [
        CaptionRow(
            clock(cue.start), clock(cue.end), cue.text, track.faults(number), beside(cue, others), unsure_words(cue)
        )
        for number, cue in enumerate(track.cues)
    ]


def again(typed: Sequence[TypedCue]) -> list[CaptionRow]:
    return [CaptionRow(row.start, row.end, row.text, (), {}) for row in typed]


def beside(cue: Cue, others: Sequence[CaptionTrack]) -> dict[str, str]:
    """What other languages say in this time: captions of which most lies in it. As static/captions.js has it."""
    found = {
        other.language: " ".join(one.text.replace("\n", " ") for one in other.cues if _share(one, cue) > 0.5)
        for other in others
    }
    return {language: text for language, text in found.items() if text}


def _share(one: Cue, of: Cue) -> float:
    both = min(one.end, of.end) - max(one.start, of.start)
    return both / max(0.001, min(one.seconds, of.seconds))
