"""In which letters a look-alike tag differs from the campaign's own: what nobody can see on a screen. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from relay.collect import hashtags

WHOLE = 0.5
"""With so many of its letters from another alphabet, a tag is simply written in that."""


class Alphabet(StrEnum):
    latin = "latin"
    cyrillic = "cyrillic"
    greek = "greek"
    other = "other"


class How(StrEnum):
    """`alphabet`: it looks like ours and comes from another one; `whole`: so do all letters; `parted`: by a space."""

    alphabet = "alphabet"
    whole = "whole"
    instead = "instead"
    more = "more"
    missing = "missing"
    parted = "parted"


@dataclass(frozen=True, slots=True)
class Difference:
    """`letters`: as the author wrote them, `ours`: what the tag has in their place."""

    how: How
    letters: str = ""
    ours: str = ""
    alphabet: Alphabet | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the tag as written; `differs`: it is not ours."""

    text: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A tag in pieces, and what is different about it, in the order of the letters."""

    pieces: list[Piece]
    differences: list[Difference]


def compare(written: str, ours: Iterable[str]) -> LookAlike:
    """A tag beside the one of the campaign's that is nearest to it."""
    tag = min(ours, key=lambda other: _distance(written, other), default="")
    if not written or not tag:
        return LookAlike([Piece(written)], [])
    theirs, own = _letters(written), tag.lstrip("#")
    strange = [letter for letter in theirs if letter.isalpha() and _alphabet(letter) not in _alphabets(own)]
    if len(strange) > WHOLE * sum(map(str.isalpha, theirs)):
        return LookAlike([Piece(written)], [Difference(How.whole, alphabet=_alphabet(strange[0]))])
    steps = list(_steps(theirs, own))
    return LookAlike(_pieces(written, theirs, steps), [each for each in map(_difference, steps) if each is not None])


def _distance(written: str, tag: str) -> float:
    theirs, own = hashtags.fold(_letters(written)), hashtags.fold(tag.lstrip("#"))
    return -SequenceMatcher(None, hashtags.skeleton(theirs), hashtags.skeleton(own)).ratio()


def _letters(written: str) -> str:
    return written.lstrip("#＃﹟№♯").strip()


_Step = tuple[int, int, str, str]


def _steps(theirs: str, own: str) -> Iterator[_Step]:
    """What differs: from, to, the letters there, and ours. Case doesn't count."""
    matcher = SequenceMatcher(None, _small(theirs), _small(own), autojunk=False)
    for kind, start, end, from_, to in matcher.get_opcodes():
        if kind == "equal":
            continue
        if end - start == to - from_:
            yield from ((start + at, start + at + 1, theirs[start + at], own[from_ + at]) for at in range(end - start))
        else:
            yield start, end, theirs[start:end], own[from_:to]


def _small(word: str) -> str:
    """Letter by letter, so that the places stay."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in word)


def _difference(step: _Step) -> Difference | None:
    _, _, letters, ours = step
    if letters and not letters.strip():
        return Difference(How.parted)
    if not letters or not ours:
        return Difference(How.more if letters else How.missing, letters, ours)
    here, there = _alphabet(letters[0]), _alphabet(ours[0])
    if letters[0].isalpha() and ours[0].isalpha() and here is not there:
        return Difference(How.alphabet, letters, ours, here)
    return Difference(How.instead, letters, ours)


def _pieces(written: str, theirs: str, steps: Iterable[_Step]) -> list[Piece]:
    ahead = written.index(theirs)
    found, at = [Piece(written[:ahead])], 0
    for start, end, letters, _ in steps:
        found += [Piece(theirs[at:start]), Piece(letters, differs=True)]
        at = end
    return [piece for piece in [*found, Piece(theirs[at:])] if piece.text]


def _alphabets(word: str) -> set[Alphabet]:
    return {_alphabet(letter) for letter in word if letter.isalpha()}


def _alphabet(letter: str) -> Alphabet:
    name = unicodedata.name(letter, "")
    return next((each for each in Alphabet if name.startswith(each.name.upper())), Alphabet.other)
