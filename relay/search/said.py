"""What was heard in clips, for whoever looks for words: which look stands, and at which second a word is said.

A recording may have been heard with several models. What the last of them heard stands; a look that only knows where
somebody speaks stands where there is no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from relay.language.stems import forms, words
from relay.models import Clip, ClipState, HeardRecording

CHUNK = 500
AROUND = 6
"""Words before the one that was sought and behind it."""
SHORTEST_BEGINNING = 3
"""A last word of fewer letters is looked for as it is: too many words begin so. Also in the index."""


@dataclass(frozen=True, slots=True)
class SaidWords:
    """Words as a model heard them, which nobody has looked at. `at`: the second at which what is sought is said."""

    at: float
    text: str


def standing(session: Session, recordings: Iterable[str]) -> dict[str, HeardRecording]:
    """What was heard in recordings, by their hashes."""
    wanted, found = list(recordings), dict[str, HeardRecording]()
    for start in range(0, len(wanted), CHUNK):
        some = select(HeardRecording).where(col(HeardRecording.sha256).in_(wanted[start : start + CHUNK]))
        for row in session.exec(some):
            if row.sha256 not in found or _rank(row) > _rank(found[row.sha256]):
                found[row.sha256] = row
    return found


def _rank(row: HeardRecording) -> tuple[bool, Any]:
    return row.model != "", row.at


def texts_of(session: Session, clips: Iterable[int] | None = None) -> Iterator[tuple[int, str]]:
    """Clips, those that were withdrawn left out, and what is said in them; all of them, or those of `clips`."""
    rows = (
        select(Clip.id, HeardRecording.document)
        .join(HeardRecording, col(HeardRecording.sha256) == col(Clip.sha256))
        .where(col(HeardRecording.model) != "", Clip.state != ClipState.withdrawn)
        .order_by(col(Clip.id), col(HeardRecording.at))
    )
    if clips is not None:
        rows = rows.where(col(Clip.id).in_(list(clips)))
    last: tuple[int, Mapping[str, Any]] | None = None
    for number, document in session.execute(rows, execution_options={"yield_per": CHUNK}):
        if last is not None and last[0] != number:
            yield last[0], _text(last[1])
        last = number, document
    if last is not None:
        yield last[0], _text(last[1])


def in_clips(session: Session, clips: Iterable[Clip], sought: str) -> dict[int, SaidWords]:
    """Where the words that are sought are said in which of the clips; nothing of one that was withdrawn."""
    shown = {clip.id or 0: clip.sha256 for clip in clips if clip.state is not ClipState.withdrawn}
    heard = standing(session, set(shown.values()))
    places = {number: found_in(heard[sha256].document, sought) for number, sha256 in shown.items() if sha256 in heard}
    return {number: place for number, place in places.items() if place is not None}


def found_in(document: Mapping[str, Any], sought: str) -> SaidWords | None:
    """Where most of the words that are sought are said close to each other, the first such place; None for none."""
    said = list(_words(document))
    hits = [_hits(text, words(sought), whole=sought[-1:].isspace()) for text, _ in said]
    places = [place for place, hit in enumerate(hits) if hit]
    if not places:
        return None
    best = max(places, key=lambda place: (len(frozenset().union(*hits[place : place + AROUND])), -place))
    first, last = max(0, best - AROUND), min(len(said), best + AROUND + 1)
    text = " ".join(text for text, _ in said[first:last])
    return SaidWords(said[best][1], f"{'… ' if first else ''}{text}{' …' if last < len(said) else ''}")


def _hits(text: str, sought: Sequence[str], *, whole: bool) -> frozenset[str]:
    """Which of the words that are sought this one is, as the index (index.py) has it."""
    here = frozenset[str]().union(*(forms(word) for word in words(text)))
    found = {one for one in sought if not here.isdisjoint(forms(one))}
    last = sought[-1] if sought else ""
    if len(last) >= SHORTEST_BEGINNING and not whole and any(form.startswith(last) for form in here):
        found.add(last)
    return frozenset(found)


def _text(document: Mapping[str, Any]) -> str:
    return " ".join(text for text, _ in _words(document))


def _words(document: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Each word and where it begins: see relay.media.hearing.heard.Hearing, of which this is the document."""
    for segment in document.get("segments", ()):
        for text, start, *_ in segment:
            yield str(text), float(start)
