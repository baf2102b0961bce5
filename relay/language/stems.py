"""Words as they are searched for: without case, accents and endings, so that `письма` finds `письмо`.

The endings are cut off by the Snowball stemmers of Russian, English and French. A word of Cyrillic letters goes through
the Russian one, any other through both others, because nothing says which language a post is in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

LONGEST_WORD = 40
"""Longer ones are addresses and the like; their beginning is enough to find them by."""
_WORD = re.compile(r"[^\W_]+")
_ONE_VOWEL = re.compile(r"[бвгджзйклмнпрстфхцчшщ]{2,}[аеиоуыэюя]")
"""Мга, Мге, Мгу: the stemmer cuts nothing off before the first vowel."""


def words(text: str) -> list[str]:
    """The words of a text in their order, each without case and accents; `ё` is `е`, `й` stays."""
    plain = "".join(_plain(sign) for sign in unicodedata.normalize("NFKC", text).casefold())
    return [word[:LONGEST_WORD] for word in _WORD.findall(plain)]


@lru_cache(maxsize=50_000)
def forms(word: str) -> frozenset[str]:
    """A word of `words`, and what is left of it without its ending."""
    stems = {_stemmer(language).stemWord(word) for language in _languages(word)}
    return frozenset({word, *stems, *([word[:-1]] if _ONE_VOWEL.fullmatch(word) else [])})


def indexed(texts: Iterable[str]) -> set[str]:
    """Everything that the texts are to be found by."""
    return {form for text in texts for word in words(text) for form in forms(word)}


def _languages(word: str) -> tuple[str, ...]:
    if word.isdecimal():
        return ()
    return ("russian",) if "а" <= word[0] <= "я" else ("english", "french")


@cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(language)


@lru_cache(maxsize=5_000)
def _plain(sign: str) -> str:
    if sign in "ёй":
        return "е" if sign == "ё" else sign
    return "".join(part for part in unicodedata.normalize("NFD", sign) if not unicodedata.combining(part))
