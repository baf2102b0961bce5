"""Words as they are compared: without case, ё, accents and endings, and numbers alike in digits and in words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from relay.language.russian import dictionary

KEPT = 100_000
_WORD = re.compile(
    r"(\d{1,12})(?:-?(?:го|му|ми|ти|ый|ой|ая|ое|й|я|е|х|ю|м)\b)?|[^\W\d_](?:[^\W\d_]|[\u0300-\u036f]|['’](?=[^\W\d_]))*"
)
_CYRILLIC = re.compile(r"[а-я]+")
_ONES = (
    "ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать",
    "двенадцать", "тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать",
    "девятнадцать",
)  # fmt: skip
_TENS = ("двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто")
_HUNDREDS = ("сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот")
_ORDINAL_ONES = (
    "нулевой", "первый", "второй", "третий", "четвертый", "пятый", "шестой", "седьмой", "восьмой", "девятый", "десятый",
    "одиннадцатый", "двенадцатый", "тринадцатый", "четырнадцатый", "пятнадцатый", "шестнадцатый", "семнадцатый",
    "восемнадцатый", "девятнадцатый",
)  # fmt: skip
_ORDINAL_TENS = (
    "двадцатый", "тридцатый", "сороковой", "пятидесятый", "шестидесятый", "семидесятый", "восьмидесятый", "девяностый",
)  # fmt: skip
_VALUES = {
    **{word: value for words in (_ONES, _ORDINAL_ONES) for value, word in enumerate(words)},
    **{word: value for words in (_TENS, _ORDINAL_TENS) for value, word in zip(range(20, 100, 10), words, strict=True)},
    **dict(zip(_HUNDREDS, range(100, 1000, 100), strict=True)),
    "сотый": 100,
    "тысяча": 1000,
    "тысячный": 1000,
    "миллион": 1_000_000,
    "миллионный": 1_000_000,
}
"""Dictionary forms of numerals → what they add or multiply by."""


@dataclass(frozen=True, slots=True)
class QuoteWord:
    """`text`: as it is compared; a numeral is its value in digits. `at`, `end`: letters of the text it stands for."""

    text: str
    at: int
    end: int


def tokens(text: str) -> list[QuoteWord]:
    """In their order. A number in digits is as many tokens as it has words."""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[QuoteWord]:
    for found in _WORD.finditer(text):
        parts = spelled(int(found[1])) if found[1] else (lemma(bare(found[0])),)
        for part in parts:
            if part:
                yield QuoteWord(part, found.start(), found.end())


def bare(word: str) -> str:
    """Small letters, without accents and ё."""
    apart = unicodedata.normalize("NFD", word.casefold().replace("ё", "е"))
    kept = "".join(letter for letter in apart if not unicodedata.combining(letter) or letter == "\u0306")
    return unicodedata.normalize("NFC", kept)


@lru_cache(maxsize=KEPT)
def lemma(word: str) -> str:
    """The dictionary form of a bare Russian word, the value of a numeral; other words stay."""
    if not _CYRILLIC.fullmatch(word):
        return word
    form = dictionary().parse(word)[0].normal_form.replace("ё", "е")
    value = _VALUES.get(form)
    return form if value is None else str(value)


def spelled(number: int) -> tuple[str, ...]:
    """The values of the words by which a number is said: 125 is 100, 20, 5, and 45000 is 40, 5, 1000."""
    if number >= 1_000_000_000:
        return (str(number),)
    for unit in (1_000_000, 1000):
        if number >= unit:
            many, rest = divmod(number, unit)
            return (*(spelled(many) if many > 1 else ()), str(unit), *(spelled(rest) if rest else ()))
    found = []
    for unit in (100, 10):
        if number >= unit and number >= 20:
            found.append(str(number // unit * unit))
            number %= unit
    return (*found, str(number)) if number or not found else tuple(found)
