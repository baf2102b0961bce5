"""A sentence of ours with the words that fill it, so that it can be told in any language wherever it comes out.

As text it is the English sentence, filled: what a log, a JSON document or a comparison sees. Where a person reads it,
`relay.language.catalogue` looks its `message` up and fills that. A text without words is its own message.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any

_STORED = '{"message": '
"""How a stored sentence with words begins."""


class LanguageCode(str):
    """A word of a sentence: a language by its code (ISO 639), which is told by its name."""

    __slots__ = ()

    def named(self, language: str) -> str:
        """In another language; the code where nobody has a name for it."""
        from babel import Locale

        return str(Locale.parse(language).languages.get(self, self))

    def __format__(self, format_spec: str) -> str:
        return format(self.named("en"), format_spec)


class Sentence(str):
    """`message`: a message id of the catalogues. `words`: what fills its places; a Sentence among them is told too."""

    __slots__ = ("message", "words")

    message: str
    words: Mapping[str, object]

    def __new__(cls, message: str, words: Mapping[str, object] | None = None) -> Sentence:
        made = super().__new__(cls, message.format(**words) if words else message)
        made.message, made.words = message, words or {}
        return made

    def __reduce__(self) -> tuple[type[Sentence], tuple[str, Mapping[str, object]]]:
        return Sentence, (self.message, self.words)


def filled(message: str, **words: object) -> Sentence:
    """The sentence with its words; one that has its words already stays."""
    return Sentence(message, words) if words else as_sentence(message)


def prefixed(what: object, said: str) -> Sentence:
    """`clip.mp4: it has no date`: a sentence behind the name of what it is about."""
    return filled("{what}: {said}", what=what, said=as_sentence(said))


def joined(*sentences: str, by: str = " ") -> Sentence:
    """One after the other; empty ones are left out."""
    told = [as_sentence(each) for each in sentences if each]
    if len(told) == 1:
        return told[0]
    places = {f"part{number}": each for number, each in enumerate(told, 1)}
    return Sentence(by.join(f"{{{name}}}" for name in places), places)


def languages_named(codes: Iterable[str]) -> Sentence:
    """Several languages by their names, with commas."""
    places = {f"part{number}": LanguageCode(code) for number, code in enumerate(codes, 1)}
    return Sentence(", ".join(f"{{{name}}}" for name in places), places)


def as_sentence(text: object) -> Sentence:
    return text if isinstance(text, Sentence) else Sentence(str(text))


def with_words(kept: Any) -> Any:
    """A JSON document in which each sentence that has words is `{"message", "words"}`."""
    if isinstance(kept, Sentence):
        return _whole(kept) if kept.words else str(kept)
    if isinstance(kept, Mapping):
        return {name: with_words(value) for name, value in kept.items()}
    return [with_words(value) for value in kept] if isinstance(kept, list | tuple) else kept


def from_json(kept: Any) -> Any:
    """The document that `with_words` was given, with its sentences."""
    if isinstance(kept, list):
        return [from_json(value) for value in kept]
    if not isinstance(kept, dict):
        return kept
    if kept.keys() == {"message", "words"}:
        return Sentence(kept["message"], {name: from_json(word) for name, word in kept["words"].items()})
    return {name: from_json(value) for name, value in kept.items()}


def stored(text: str) -> str:
    """As a column of text keeps it: one JSON document, or a text without words as it is."""
    has_words = isinstance(text, Sentence) and text.words
    if has_words or text.startswith(_STORED):
        return json.dumps(_whole(as_sentence(text)), ensure_ascii=False)
    return str(text)


def recalled(kept: str) -> Sentence:
    """What `stored` was given."""
    if not kept.startswith(_STORED):
        return Sentence(kept)
    whole: Sentence = from_json(json.loads(kept))
    return whole


def _whole(sentence: Sentence) -> dict[str, Any]:
    words = {name: _word(word) for name, word in sentence.words.items()}
    return {"message": str(sentence.message), "words": words}


def _word(word: object) -> object:
    if isinstance(word, Sentence):
        return _whole(word)
    if word is None or isinstance(word, bool):
        return word
    if isinstance(word, Integral):
        return int(word)
    return float(word) if isinstance(word, Real) else str(word)
