"""How a film names its participants: in full, with initials, or children by their first name alone.

Which word of a name is which tells the dictionary of the Russian language; of names that it doesn't know the first
word is the first name, but where a surname that it knows stands in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from relay.almanac.plan.rules import age_of
from relay.language.russian import dictionary

GROWN_UP = 18
PATRONYMIC = ("вич", "вна", "чна", "ьич", "оглы", "кызы")
"""Endings by which a father's name is known where the dictionary lacks it."""


class Naming(StrEnum):
    """`full`: as it is written; `initials`: the surname with initials; `first`: the first name alone."""

    full = "full"
    initials = "initials"
    first = "first"


class WordOfName(StrEnum):
    first = "first"
    patronymic = "patronymic"
    surname = "surname"


def credited(name: str, age: str, *, adults: Naming, children: Naming) -> str:
    """The name as the film says it. Who is younger than 18 by the age that was written is a child; without an age
    the rule for adults holds.
    """
    years = age_of(age)
    return shown(name, children if years is not None and years < GROWN_UP else adults)


def shown(name: str, naming: Naming) -> str:
    """`Морозова Елена Анатольевна` → `Морозова Е. А.`, or `Елена`; a name of one word stays."""
    words = name.split()
    if naming is Naming.full or len(words) < 2:
        return name
    kinds = words_of(tuple(words))
    if naming is Naming.first:
        return next(word for word, kind in zip(words, kinds, strict=True) if kind is WordOfName.first)
    if WordOfName.surname not in kinds:  # initials alone would be nobody
        return name
    named = zip(words, kinds, strict=True)
    return " ".join(word if kind is WordOfName.surname else _initial(word) for word, kind in named)


GRAMMEMES = {"Patr": WordOfName.patronymic, "Name": WordOfName.first, "Surn": WordOfName.surname}
"""As OpenCorpora calls them, whose dictionary pymorphy3 has."""


@lru_cache(maxsize=4096)
def words_of(words: tuple[str, ...]) -> tuple[WordOfName, ...]:
    """What each word of a name is; one of them is the first name, and of several words one is a surname."""
    kinds = [_kind(word) for word in words]
    rest = [at for at, kind in enumerate(kinds) if kind is not WordOfName.patronymic] or [0]
    last = rest[-1]
    surname = rest[0] if kinds[rest[0]] is WordOfName.surname and kinds[last] is not WordOfName.surname else last
    first = next((at for at in rest if at != surname), None)
    if first is None:  # a first name with a father's name: there is no surname
        first, surname = rest[0], -1
    return tuple(_settled(kinds[at], at, first, surname) for at in range(len(words)))


def _settled(kind: WordOfName | None, at: int, first: int, surname: int) -> WordOfName:
    if at == first:
        return WordOfName.first
    if at == surname or (kind is WordOfName.surname and surname >= 0):
        return WordOfName.surname
    return kind or WordOfName.patronymic


def _kind(word: str) -> WordOfName | None:
    """None for a word that the dictionary doesn't know as part of a name."""
    bare = word.casefold().strip(".,")
    if len(bare) > 4 and bare.endswith(PATRONYMIC):
        return WordOfName.patronymic
    if not any("а" <= letter <= "я" or letter == "ё" for letter in bare):
        return None
    for parse in _parses(bare):
        kind = next((kind for grammeme, kind in GRAMMEMES.items() if grammeme in parse.tag), None)
        if kind is not None:
            return kind
    return None


def _parses(word: str) -> Sequence[Any]:
    found: Sequence[Any] = dictionary().parse(word)
    return found


def _initial(word: str) -> str:
    """`Анна-Мария` → `А.-М.`"""
    return "-".join(f"{part[0].upper()}." for part in word.strip(".").split("-") if part)
