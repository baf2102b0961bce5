"""Text as words in sentences; every word knows where it stands in what was written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from relay.moderation.suggestions.vocabulary import word_set

KEPT = 64
LONGEST = 4000
"""Longer texts are read up to here."""


class WordKind(StrEnum):
    word = "word"
    number = "number"
    tag = "tag"
    mark = "mark"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` without the full stop of an abbreviation; `short`: it had one."""

    text: str
    start: int
    end: int
    kind: WordKind
    short: bool = False

    @property
    def is_word(self) -> bool:
        return self.kind is WordKind.word

    @property
    def is_capital(self) -> bool:
        return self.is_word and self.text[0].isupper()


Sentence = Sequence[Token]

SHORT = word_set(
    "г гор п пос пгт с д дер ст р обл ул им кл шк рп ж пл оз о род муниц рук худ преп пед восп уч чит исп реж авт "
    "р-н st"
)
"""Abbreviations whose full stop ends no sentence."""
_HIDDEN = re.compile(
    r"https?://\S+|\b[\w.-]+\.(?:ru|com|рф|org|me)/?\S*|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b\S*|\S+@\S+"
    r"|&#?\w+;|@[\w.]+|\[(?:club|public|id|event)\d+\||<br\s*/?>"
)
_GLUED = re.compile(r"[А-ЯЁ]\w*")
"""A word that an address is glued to stays, and is none that can be read: half a name is worse than none."""
_TOKEN = re.compile(
    r"(?P<tag>#\w+)|(?P<number>\d+)|(?P<word>[^\W\d_]+(?:[-‑’'][^\W\d_]+)*)"
    r"|(?P<line>\n+|[:;]-?[()]+|\){2,})|(?P<mark>[^\s\w]|_)"
)
_PICTURE = re.compile(r"[\u2190-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]")
_CLASS = re.compile(r"\d\s?[-–]?\s?[«\"]?$")
"""Before the letter of a class, which is no initial: `7-А.`."""
_ENDS = frozenset(".!?…\n")


@lru_cache(maxsize=KEPT)
def sentences(text: str) -> Sequence[Sentence]:
    """The sentences of a text; a line ends one, too. Addresses are left out. Several rules ask for the same text."""
    clean = _HIDDEN.sub(_without, text[:LONGEST])
    found: list[list[Token]] = [[]]
    for token in _tokens(clean):
        if token.text not in _ENDS:
            found[-1].append(token)
        elif found[-1]:
            found.append([])
    return tuple(tuple(_after_pictures(sentence)) for sentence in found if _after_pictures(sentence))


def _after_pictures(sentence: Sentence) -> Sentence:
    """`🎤 Полина Зуева`: without the pictures before the first word."""
    first = next((at for at, token in enumerate(sentence) if not _PICTURE.fullmatch(token.text)), len(sentence))
    return sentence[first:]


def _without(found: re.Match[str]) -> str:
    glued = _GLUED.match(found[0])
    return (glued[0] if glued else "").ljust(len(found[0]))


def _tokens(text: str) -> Iterator[Token]:
    last = 0
    for found in _TOKEN.finditer(text):
        kind, start = found.lastgroup, found.start()
        if start < last:
            continue
        if kind == "line":
            yield Token("\n", start, found.end(), WordKind.mark)
            continue
        short = (
            kind == "word"
            and text[found.end() : found.end() + 1] == "."
            and _is_short(found[0], text[found.end() :])
            and not (len(found[0]) == 1 and found[0].isupper() and _CLASS.search(text[max(0, start - 4) : start]))
        )
        last = found.end() + short
        yield Token(found[0], start, last, WordKind(kind or "mark"), short)


def _is_short(word: str, rest: str) -> bool:
    """An initial, or one of SHORT, which at the end of a line is a word like any other."""
    is_initial = len(word) == 1 and (word.isupper() or word in "бвежзлнтфх")
    return is_initial or (word.lower() in SHORT and rest[1:2] not in ("", "\n"))


def segments(sentence: Sentence) -> list[list[Token]]:
    """What stands between commas, brackets, colons and dashes."""
    found: list[list[Token]] = [[]]
    for token in sentence:
        if token.kind is WordKind.mark and token.text not in "«»\"“”„'№":
            found.append([])
        elif token.kind is not WordKind.tag:
            found[-1].append(token)
    return [segment for segment in found if segment]
