"""Names of places: GeoNames (CC BY 4.0, see docs/credits.md), read when the first one is asked for."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from relay.moderation.suggestions import russian

RUSSIAN, LATIN = "russian.tsv.gz", "latin.tsv.gz"
SHORT_NAMES = {
    "спб": "Санкт-Петербург", "с-пб": "Санкт-Петербург", "питер": "Санкт-Петербург", "петербург": "Санкт-Петербург",
    "екб": "Екатеринбург", "нск": "Новосибирск", "мск": "Москва",
}  # fmt: skip
LARGE = 5_000
"""From so many people on a town counts by itself though its name is another word, too."""
LONGEST = 4
"""So many words the longest name of a place has."""


def folded(name: str) -> str:
    return name.casefold().replace("ё", "е").replace("‑", "-").replace("’", "").replace("'", "")


@cache
def _populations() -> Mapping[str, int]:
    rows = (line.split("\t") for line in reversed(_lines(RUSSIAN)))
    return {folded(name): int(people) for name, _, people in rows}


@cache
def _of_russia() -> frozenset[str]:
    rows = (line.split("\t") for line in _lines(RUSSIAN))
    return frozenset(folded(name) for name, country, _ in rows if country == "RU")


def population(name: str) -> int:
    """Of the largest Russian-speaking place of this name; 0 where nobody counted."""
    return _populations().get(folded(name), 0)


def _lines(file: str) -> list[str]:
    return gzip.decompress(files(__package__).joinpath(file).read_bytes()).decode().splitlines()


@cache
def listed(file: str) -> Mapping[str, str]:
    """Folded name → name as it is written. The larger place stands first, and its spelling counts."""
    found: dict[str, str] = {}
    for line in _lines(file):
        name = line.partition("\t")[0]
        found.setdefault(folded(name), name)
    return found


def is_cyrillic(text: str) -> bool:
    return any("а" <= letter <= "я" or letter == "ё" for letter in text.lower())


def is_common(word: str) -> bool:
    """Whether the word is another one first; what people call a town for short is not."""
    return folded(word) not in SHORT_NAMES and russian.is_common(word)


def named(words: Sequence[str], known: Mapping[str, str]) -> str:
    """The place that these words name in any case, as it is credited; empty for none.

    `known`: the campaign's own towns, folded → as typed, which come first.
    """
    if not is_cyrillic(" ".join(words)):
        return exactly(words, known)
    forms = russian.phrase_nominatives(tuple(words))
    itself = folded(" ".join(words))
    ranked = [itself, *sorted(set(map(folded, forms)) - {itself}, key=lambda form: (form not in _of_russia(), form))]
    for own in (known, SHORT_NAMES, listed(RUSSIAN)):
        for form in ranked:
            if form in own:
                return own[form]
    return ""


def exactly(words: Sequence[str], known: Mapping[str, str]) -> str:
    """The place with this very name, in the nominative."""
    form = folded(" ".join(words))
    if form in known:
        return known[form]
    return SHORT_NAMES.get(form) or listed(RUSSIAN if is_cyrillic(form) else LATIN).get(form, "")
