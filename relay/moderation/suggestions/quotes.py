"""Which text of the campaign's selection is read: by its number, by words of it, or by its author."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from relay.moderation.suggestions import russian
from relay.moderation.suggestions.evidence import ClipText, Clue, Field, Text, quoted
from relay.moderation.suggestions.places import folded, is_cyrillic

NUMBERED, REPEATED, BY_AUTHOR = 0.93, 0.9, 0.78
RUN = 4
"""So many words in a row are no chance."""
WHY_NUMBER = "The post gives the number of the text."
WHY_WORDS = "The post repeats words of the text."
WHY_AUTHOR = "The post names the author, who has one text in the selection."

_NUMBER = re.compile(
    r"(?:текст\w*|отрыв\w+|цитат\w*|фрагмент\w*|text|extrait|texte|quote)\s*(?:№|N|No\.?|#)?\s*(\w{1,8})", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")


def candidates(words: ClipText, texts: Sequence[Text]) -> Iterator[Clue]:
    if texts:
        yield from _numbered(words, texts)
        yield from _repeated(words, texts)
        yield from _by_author(words, texts)


def _numbered(words: ClipText, texts: Sequence[Text]) -> Iterator[Clue]:
    numbers = {text.number.casefold(): text.number for text in texts}
    for found in _NUMBER.finditer(words.text):
        number = numbers.get(found[1].casefold())
        if number:
            yield Clue(Field.quote, number, NUMBERED, WHY_NUMBER, quoted(words, found.start(), found.end()))


def _repeated(words: ClipText, texts: Sequence[Text]) -> Iterator[Clue]:
    said = [(folded(found[0]), found.start(), found.end()) for found in _WORD.finditer(words.text)]
    runs = {tuple(word for word, _, _ in said[at : at + RUN]): at for at in range(len(said) - RUN + 1)}
    for text in texts:
        own = [folded(word) for word in _WORD.findall(text.text)]
        at = next((runs[run] for run in _runs(own) if run in runs), None)
        if at is not None:
            evidence = quoted(words, said[at][1], said[at + RUN - 1][2])
            yield Clue(Field.quote, text.number, REPEATED, WHY_WORDS, evidence)


def _runs(own: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(own[at : at + RUN]) for at in range(len(own) - RUN + 1))


def _by_author(words: ClipText, texts: Sequence[Text]) -> Iterator[Clue]:
    surnames = Counter(_surname(text.author) for text in texts if text.author)
    alone = {
        _surname(text.author): text.number for text in texts if text.author and surnames[_surname(text.author)] == 1
    }
    for found in _WORD.finditer(words.text):
        if not found[0][0].isupper():
            continue
        forms = russian.lemmas(found[0]) if is_cyrillic(found[0]) else {folded(found[0])}
        number = next((alone[form] for form in forms if form in alone), None)
        if number is not None:
            yield Clue(Field.quote, number, BY_AUTHOR, WHY_AUTHOR, quoted(words, found.start(), found.end()))


def _surname(author: str) -> str:
    """The last word, or the one before initials."""
    parts = [part for part in _WORD.findall(author) if len(part) > 1]
    return folded(parts[-1] if parts and not re.search(r"[А-ЯA-Z]\.\s*$", author) else parts[0]) if parts else ""
