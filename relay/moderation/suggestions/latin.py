"""Readers of English and French posts, in the few ways in which they are named there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from relay.moderation.suggestions import places
from relay.moderation.suggestions.evidence import ClipText, Clue, Field, Knowledge, quoted
from relay.moderation.suggestions.vocabulary import word_set

NAME = (
    r"((?!I['’])[A-ZÀ-Þ][a-zß-ÿ'’]+(?:-[A-ZÀ-Þ]?[a-zß-ÿ]+)*"
    r"(?: [A-ZÀ-Þ](?:\.|[a-zß-ÿ'’]+(?:-[A-ZÀ-Þ]?[a-zß-ÿ]+)*)){1,2})"
)
TOWN = (
    r"((?:Saint |St\.? |Sankt |New |Le |La |Les )?"
    r"[A-ZÀ-Þ][a-zß-ÿ'’]+(?:[- ](?:sur|en|la|le|les|[A-ZÀ-Þ][a-zß-ÿ'’]+)){0,3})"
)
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
        rf"(?:^|[.!?\n]\s*){NAME},(?: \d{{1,2}}(?: ans| years old)?,)? {TOWN}\s*(?:$|[.,!#\n])",
    )
)
_AGED = re.compile(rf"{NAME},? (?:aged? )?(\d{{1,2}})(?:[,.]| \(|$)")
_YEARS_OLD = re.compile(r"(?:^|[.,!?(]\s*|\b(?:I am|I'm|aged) )(\d{1,2}) years old\b")
_TOWNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:from|[Ii] live in|[Jj]['’]habite(?: à| a)?|[Bb]onjour de|[Ss]alut de|, de|de la ville de) {TOWN}",
        rf"{NAME[1:-1]},(?: \d{{1,2}}(?: ans| years old)?,)? {TOWN}\s*(?:$|[.,!#\n])",
        rf"{NAME[1:-1]} \({TOWN}\)",
        rf"(?:élève|collégien|collégienne|lycéen|lycéenne|étudiant|étudiante)[^.!\n]{{0,20}} à {TOWN}",
        rf"(?:^|(?<!\bSt)[.!?\n]\s*){TOWN}\s*(?:$|[.!#\n])",
    )
)


def _near(text: str, piece: re.Match[str], behind: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """Those that one mark, and no hashtag, parts from the piece before."""
    near: list[re.Match[str]] = []
    for each in behind:
        if not _PARTED.fullmatch(text[piece.end() : each.start()]):
            break
        near.append(each)
        piece = each
    return near


_PARTED = re.compile(r"\s*[,.(—–-]?\s*|\)?,?\s*")
_WORDS = word_set("nice reading read mobile orange best bath deal hope love victory peace many much sale split enfield")
"""Towns that are more often another word."""
_SAINT = re.compile(r"\b(?:St|Sankt)\.? ")
_WORD = r"(?:St\. )?[^\s,.!?:;()|•–—#]+"
_PIECE = re.compile(rf"{_WORD}(?: {_WORD})*")
_NAME = re.compile(NAME[1:-1])
_AGE = re.compile(r"(?:aged? )?(\d{1,2})(?: (?:years? old|y\.?o|yo|years?|ans))?")


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
    for found in _YEARS_OLD.finditer(words.text) if named else ():
        yield Clue(Field.age, found[1], BESIDE, WHY_AGE, quoted(words, found.start(1), found.end(1)))
    for pattern in _TOWNS if named else _TOWNS[:1]:
        for found in pattern.finditer(words.text):
            value = _town(found[1], known)
            if value:
                yield Clue(Field.town, value, BESIDE, WHY_TOWN, quoted(words, found.start(1), found.end(1)))
    yield from _on_cards(words, known)


def _town(written: str, known: Mapping[str, str]) -> str:
    if written.lower() in _WORDS and places.folded(written) not in known:
        return ""
    return places.exactly(_SAINT.sub("Saint ", written).split(), known)


def _on_cards(words: ClipText, known: Mapping[str, str]) -> Iterator[Clue]:
    """`Anna Petrova. Vyborg`, `Anna Petrova (10 years old), Narva`: pieces that are a name, an age and a town."""
    pieces = list(_PIECE.finditer(words.text))
    for number, piece in enumerate(pieces):
        if not _NAME.fullmatch(piece[0]) or _town(piece[0], known):
            continue
        behind = _near(words.text, piece, pieces[number + 1 : number + 3])
        age = next((found for each in behind[:1] if (found := _AGE.fullmatch(each[0]))), None)
        at = next((each for each in behind[bool(age) :][:1] if _town(each[0], known)), None)
        if age is not None or at is not None:
            yield Clue(Field.name, piece[0], TOLD, WHY_NAME, quoted(words, piece.start(), piece.end()))
        if age is not None:
            start = behind[0].start() + age.start(1)
            yield Clue(Field.age, age[1], BESIDE, WHY_AGE, quoted(words, start, start + len(age[1])))
        if at is not None:
            yield Clue(Field.town, _town(at[0], known), BESIDE, WHY_TOWN, quoted(words, at.start(), at.end()))


def _is_latin(text: str) -> bool:
    """Whether most of it is written in Latin letters: a Russian post names shops and songs in them."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter < "\u0250" for letter in letters) * 2 > len(letters)
