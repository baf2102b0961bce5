"""Russian words by pymorphy3, asked once for each; nothing is loaded before the first question."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from typing import Any

from relay.language.russian import dictionary

KEPT = 20_000
FEWEST = 0.005
GENDERS = ("masc", "femn")
ENDINGS = (
    ("ого", "ое"),
    ("ому", "ое"),
    ("ом", "ое"),
    ("ей", "и"),
    ("е", "а"),
    ("е", "я"),
    ("и", "а"),
    ("ы", "а"),
    ("у", "а"),
)
"""Endings of places in their cases, and in the nominative, where the dictionary is silent."""


@lru_cache(maxsize=KEPT)
def parses(word: str) -> tuple[Any, ...]:
    """What a word may be, likeliest first."""
    return tuple(parse for parse in dictionary().parse(word.lower()) if parse.score >= FEWEST)


@lru_cache(maxsize=KEPT)
def lemmas(word: str) -> frozenset[str]:
    return frozenset(parse.normal_form.replace("ё", "е") for parse in parses(word)) | {word.lower().replace("ё", "е")}


@lru_cache(maxsize=KEPT)
def lemma(word: str) -> str:
    found = parses(word)
    return found[0].normal_form.replace("ё", "е") if found else word.lower()


@lru_cache(maxsize=KEPT)
def is_finite_verb(word: str) -> bool:
    found = parses(word)
    return bool(found) and found[0].tag.POS == "VERB"


@lru_cache(maxsize=KEPT)
def is_known(word: str) -> bool:
    return bool(dictionary().word_is_known(word.lower()))


@lru_cache(maxsize=KEPT)
def is_common(word: str) -> bool:
    """Whether the word is no name of a place for the dictionary, or somebody's name before that."""
    found = [parse for parse in parses(word) if parse.is_known]
    if not found:
        return False
    named = any(kind in parse.tag for parse in found for kind in ("Geox", "Orgn"))
    return not named or any(part in found[0].tag for part in ("Surn", "Name"))


@lru_cache(maxsize=KEPT)
def nominatives(word: str) -> frozenset[str]:
    """What a word may be in the nominative, small letters, itself among them."""
    small = word.lower()
    found = {small, *_inflected(small)}
    head, dash, tail = small.rpartition("-")
    if dash:
        found |= {f"{head}-{last}" for last in nominatives(tail)}
        found |= {f"{first}-{last}" for first in nominatives(head) for last in nominatives(tail)}
    if not is_known(small):
        found |= {small.removesuffix(ending) + bare for ending, bare in ENDINGS if small.endswith(ending)}
        found |= {small[:-1]} if small[-1] in "ауе" else set()
    return frozenset(found)


def _inflected(word: str) -> Iterable[str]:
    for parse in parses(word):
        if parse.tag.POS in ("NOUN", "ADJF"):
            yield parse.normal_form
            bare = parse.inflect({"nomn"})
            if bare is not None:
                yield bare.word


def phrase_nominatives(words: tuple[str, ...]) -> frozenset[str]:
    """What a phrase of one to three words may be in the nominative."""
    return frozenset(" ".join(each) for each in product(*(sorted(nominatives(word)) for word in words)))
