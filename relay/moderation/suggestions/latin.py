"""Readers of English and French posts, in the few ways in which they are named there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from relay.moderation.suggestions import places
from relay.moderation.suggestions.evidence import ClipText, Clue, Field, Knowledge, quoted

NAME = r"([A-ZÀ-Þ][a-zß-ÿ'’-]+(?: [A-ZÀ-Þ][a-zß-ÿ'’.-]+){1,2})"
TOWN = r"((?:Saint |Sankt |New |Le |La |Les )?[A-ZÀ-Þ][a-zß-ÿ'’]+(?:[- ](?:sur|en|la|le|les|[A-ZÀ-Þ][a-zß-ÿ'’]+)){0,3})"
TOLD, BESIDE = 0.9, 0.85
WHY_AGE = "The age stands beside a name."
WHY_NAME, WHY_TOWN = "The text names the reader.", "Somebody is from there, it says."

_NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:[Mm]y name is|I am|I'm) {NAME}",
        rf"\b(?:[Jj]e m['’]appelle|[Jj]e suis) {NAME}",
        rf"\b(?:[Rr]ead|[Tt]old|[Ll]u|[Ll]ue|[Ll]ecture|[Rr]eading) (?:by|par) {NAME}",
        rf"{NAME}, (?:élève|collégien|collégienne|lycéen|lycéenne|étudiant|étudiante|pupil|student|teacher)\b",
        rf"{NAME} (?:reads|tells|lit|raconte)\b",
        rf"(?:^|[.!?\n]\s*){NAME},(?: \d{{1,2}},)? {TOWN}\s*(?:$|[.,!#\n])",
    )
)
_AGED = re.compile(rf"{NAME}, (\d{{1,2}})(?:,| \(|$)")
_TOWNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:from|[Ii] live in|[Jj]['’]habite(?: à| a)?|, de|de la ville de) {TOWN}",
        rf"{NAME[1:-1]},(?: \d{{1,2}},)? {TOWN}\s*(?:$|[.,!#\n])",
        rf"{NAME[1:-1]} \({TOWN}\)",
        rf"(?:élève|collégien|collégienne|lycéen|lycéenne|étudiant|étudiante)[^.!\n]{{0,20}} à {TOWN}",
        rf"(?:^|[.!?\n]\s*){TOWN}\s*(?:$|[.!#\n])",
    )
)


def candidates(words: ClipText, knowledge: Knowledge) -> Iterator[Clue]:
    if not _is_latin(words.text):
        return
    known = {places.folded(town): town for town in knowledge.towns}
    named = False
    for pattern in _NAMES:
        for found in pattern.finditer(words.text):
            if not places.exactly(found[1].split(), known):
                named = True
                yield Clue(Field.name, found[1], TOLD, WHY_NAME, quoted(words, found.start(1), found.end(1)))
    for found in _AGED.finditer(words.text):
        yield Clue(Field.age, found[2], BESIDE, WHY_AGE, quoted(words, found.start(2), found.end(2)))
    for pattern in _TOWNS if named else _TOWNS[:1]:
        for found in pattern.finditer(words.text):
            value = places.exactly(found[1].split(), known)
            if value:
                yield Clue(Field.town, value, BESIDE, WHY_TOWN, quoted(words, found.start(1), found.end(1)))


def _is_latin(text: str) -> bool:
    """Whether most of it is written in Latin letters: a Russian post names shops and songs in them."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter < "\u0250" for letter in letters) * 2 > len(letters)
