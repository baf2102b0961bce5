"""Text as words in sentences; every word knows where it stands in what was written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from relay.moderation.suggestions.vocabulary import word_set

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

SHORT = word_set("г гор п пос пгт с д дер ст р обл ул им кл шк рп ж пл оз о род муниц")
"""Abbreviations whose full stop ends no sentence."""
_HIDDEN = re.compile(
    r"https?://\S+|\b[\w.-]+\.(?:ru|com|рф|org|me)/?\S*|\S+@\S+|\[(?:club|public|id|event)\d+\||<br\s*/?>"
)
_TOKEN = re.compile(
    r"(?P<tag>#\w+)|(?P<number>\d+)|(?P<word>[^\W\d_]+(?:[-‑’'][^\W\d_]+)*)|(?P<line>\n+)|(?P<mark>[^\s\w]|_)"
)
_ENDS = frozenset(".!?…\n")


def sentences(text: str) -> list[list[Token]]:
    """The sentences of a text; a line ends one, too. Addresses are left out."""
    clean = _HIDDEN.sub(lambda found: " " * len(found[0]), text[:LONGEST])
    found: list[list[Token]] = [[]]
    for token in _tokens(clean):
        if token.text not in _ENDS:
            found[-1].append(token)
        elif found[-1]:
            found.append([])
    return [sentence for sentence in found if sentence]


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
            kind == "word" and text[found.end() : found.end() + 1] == "." and _is_short(found[0], text[found.end() :])
        )
        last = found.end() + short
        yield Token(found[0], start, last, WordKind(kind or "mark"), short)


def _is_short(word: str, rest: str) -> bool:
    """An initial, or one of SHORT; at the end of a line it is a word like any other."""
    is_initial = len(word) == 1 and word.isupper()
    return (is_initial or word.lower() in SHORT) and rest[1:2] not in ("", "\n")


def segments(sentence: Sentence) -> list[list[Token]]:
    """What stands between commas, brackets, colons and dashes."""
    found: list[list[Token]] = [[]]
    for token in sentence:
        if token.kind is WordKind.mark and token.text not in "«»\"“”„'№":
            found.append([])
        elif token.kind is not WordKind.tag:
            found[-1].append(token)
    return [segment for segment in found if segment]
