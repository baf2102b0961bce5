"""What a new campaign may be called, proposed from what its organizer said: tag, short name, other spellings. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from relay.collect import hashtags

LONGEST_NAME = 32

_PASSPORT = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "ie", "ы": "y", "ь": "", "э": "e", "ю": "iu",
    "я": "ia", "і": "i", "ї": "i", "є": "ie", "ґ": "g", "ў": "u", "ј": "j", "љ": "lj", "њ": "nj", "ђ": "d", "ћ": "c",
    "џ": "dz", "ѕ": "dz", "ѓ": "g", "ќ": "k", "ѫ": "u", "ѵ": "y", "ғ": "g",
}  # fmt: skip
"""ICAO Doc 9303, part 3 (8th edition, 2021), section 6, table B; the soft sign, which it leaves out, is not written.

Where the table prints Һ = C and Ғ = GJ for Macedonian, the Serbian Ћ and the Macedonian Ѓ are meant, which look alike
and have no row of their own: they have these values here, and the Turkic Һ is none of the table's.
"""
_UKRAINIAN = {"г": "h", "и": "y"}
_UKRAINIAN_FIRST = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
_BELARUSIAN = {"г": "h", "ё": "io"}
_SERBIAN = {"г": "h", "ж": "z", "х": "h", "ц": "c", "ч": "c", "ш": "s"}
_MACEDONIAN = {"х": "h", "ц": "c", "ќ": "kj", "џ": "dj", "ѓ": "gj"}
"""The exceptions that the table makes for languages, and for the first letter of a word in one of them."""
_TYPED = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "y", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
"""As people type Russian words in Latin tags: BGN/PCGN without its marks."""
_CYRILLIC = {
    "shch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "yu": "ю", "ya": "я", "yo": "е",
    "a": "а", "b": "б", "c": "ц", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и", "j": "й", "k": "к",
    "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "w": "в",
    "x": "х", "z": "з",
}  # fmt: skip
_VOWELS = frozenset("аеиоуыэюя")
_PIECE = re.compile("shch|zh|kh|ts|ch|sh|yu|ya|yo|.", re.DOTALL)
_RUSSIAN = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюя")
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "GEORGIAN", "ARMENIAN")
"""Writing systems whose words can be read off their letters, as Unicode names them. Others leave vowels out, or write
no sounds.
"""
_APOSTROPHE = re.compile("(?<=[^\\W\\d_])['’ʼ`](?=[еёіїєюя])")
"""Parts consonant and vowel in Ukrainian and Belarusian words (`Мар'яна`); passports leave it out."""

_PAIRS = tuple(
    (re.compile(pair), written)
    for pair, written in (
        ("ու", "u"),
        ("եւ", "ev"),
        ("ο[υύ]", "ou"),
        ("(?<=[αεη])[υύ](?=[αάεέηήιίουύωώβγδζλμνρ])", "v"),
        ("(?<=[αεη])[υύ]", "f"),
        ("γ(?=[γξχ])", "n"),
    )
)
"""Two letters for one sound: Armenian (BGN/PCGN 1981) and Greek (ELOT 743, ISO 843)."""


def tag(title: str) -> str:
    """The title as one hashtag, its words together; "" where it has no letter."""
    words = re.findall(r"\w+", _APOSTROPHE.sub("", hashtags.fold(title)))
    name = "".join(words)[:LONGEST_NAME].replace("_", "")
    return f"#{name}" if any(letter.isalpha() for letter in name) else ""


def slug(title: str, tags: Sequence[str]) -> str:
    """A short name of small Latin letters, digits and dashes: the first tag's, else the title's; "" where none is."""
    for words in (*tags, title):
        name = re.sub(r"[^a-z0-9]+", "-", _plain(words.lstrip("#"))).strip("-")[:LONGEST_NAME].strip("-")
        if name:
            return name
    return ""


def login(name: str) -> str:
    """`Анна Петрова` as `anna.petrova`; "" where nothing of it can be written so."""
    return ".".join(re.findall(r"[a-z0-9]+", _plain(name)))[:LONGEST_NAME].strip(".")


def aliases(tags: Iterable[str], title: str) -> list[str]:
    """Each tag in the other alphabet, as people write it without thinking; everything rarer is a near miss anyway.

    A Latin tag is put into Cyrillic only where the title has Cyrillic words, and by them if it is made of them. Every
    spelling is asked for by the search, so none is proposed that isn't likely, and none that mixes alphabets.
    """
    names = [hashtags.tag_name(each) for each in tags]
    words = [word for word in re.findall(r"[^\W\d_]+", hashtags.fold(title)) if _alphabets(word) == {"CYRILLIC"}]
    found = (_other_spelling(name, words) for name in names)
    return [f"#{name}" for name in dict.fromkeys(found) if name and name not in names and _is_tag(name)]


def romanised(name: str) -> str:
    """All in small Latin letters: Cyrillic as passports write it (ICAO 9303), what its table lacks as anyascii does.
    Whatever is no letter, and letters of other writing systems than _ALPHABETS, stay as they are.

    The table's exceptions count where the letters tell the language: Ґ Є Ї are Ukrainian, Ў Belarusian, І beside Ы or
    Э or Ё Belarusian and beside И Ukrainian, Ђ Ћ Serbian, Ѓ Ѕ Ќ Macedonian.
    """
    plain = _APOSTROPHE.sub("", unicodedata.normalize("NFC", name).casefold())
    for pair, written in _PAIRS:
        plain = pair.sub(written, plain)
    special, first = _exceptions(plain)
    found = []
    for at, letter in enumerate(plain):
        begins = at == 0 or not plain[at - 1].isalpha()
        found.append((first.get(letter) if begins else None) or special.get(letter) or _romanised_letter(letter))
    return "".join(found)


def cyrillic(name: str) -> str:
    """A Latin spelling back in Russian letters: `y` is ы between consonants and at the end, й after a vowel.

    What it gives is read back: a name that would be written otherwise in Latin stays as it is.
    """
    found = ""
    for piece in _PIECE.findall(name):
        if piece == "y":
            found += "й" if found[-1:] in _VOWELS else "ы"
        else:
            found += _CYRILLIC.get(piece, piece)
    return found if hashtags.romanises(found, name) else name


@cache
def _romanised_letter(letter: str) -> str:
    """Stressed and otherwise marked letters lose what the table has no row for."""
    from anyascii import anyascii

    if letter in _PASSPORT:
        return _PASSPORT[letter]
    if unicodedata.combining(letter) or unicodedata.category(letter) == "Lm":  # `Oʻtkir`: a sign, no letter
        return ""
    if letter.isascii() or not letter.isalpha() or not _alphabets(letter) <= set(_ALPHABETS):
        return letter
    bare = unicodedata.normalize("NFD", letter)[0]
    if bare in _PASSPORT and bare != letter:
        return _PASSPORT[bare]
    return anyascii(letter).casefold().strip("'")


def _exceptions(text: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What the table says of the language that the letters tell, and of the first letter of a word in it."""
    letters = set(text)
    languages: tuple[tuple[bool, Mapping[str, str], Mapping[str, str]], ...] = (
        (bool(letters & set("әғқңөұүһҙҡҫҗ")), {}, {}),
        (bool(letters & set("ґєї")), _UKRAINIAN, _UKRAINIAN_FIRST),
        ("ў" in letters or ("і" in letters and bool(letters & set("ыэё"))), _BELARUSIAN, {}),
        ("і" in letters and "и" in letters, _UKRAINIAN, _UKRAINIAN_FIRST),
        (bool(letters & set("ђћ")), _SERBIAN, {}),
        (bool(letters & set("ѓѕќ")), _MACEDONIAN, {}),
    )
    return next(((special, first) for holds, special, first in languages if holds), ({}, {}))


def _alphabets(text: str) -> set[str]:
    """The writing systems of the letters in a text."""
    return {unicodedata.name(letter, "?").partition(" ")[0] for letter in text if letter.isalpha()}


def _plain(words: str) -> str:
    """Romanised whole, or "": what lost some of its letters would be another name."""
    found = romanised(words)
    return found if all(letter.isascii() for letter in found if letter.isalpha()) else ""


def _other_spelling(name: str, words: Sequence[str]) -> str:
    """In Latin, or in Cyrillic where the title has such words; "" where neither is likely."""
    alphabets = _alphabets(name)
    if alphabets == {"LATIN"}:
        found = _in_cyrillic(name, words)
        return found if _alphabets(found) == {"CYRILLIC"} else ""
    if len(alphabets) != 1 or not alphabets <= set(_ALPHABETS):
        return ""
    is_russian = {letter for letter in name if letter.isalpha()} <= _RUSSIAN
    found = "".join(_TYPED.get(letter, letter) for letter in name) if is_russian else romanised(name)
    return found if found.isascii() else ""


def _is_tag(name: str) -> bool:
    return bool(hashtags.tags_in(f"#{name}"))


def _in_cyrillic(name: str, words: Sequence[str]) -> str:
    """Only words of Russian letters tell that a piece that is none of them is Russian too."""
    is_russian = bool(words) and set("".join(words)) <= _RUSSIAN
    return re.sub(
        "[a-z]+", lambda piece: _as_titled(piece[0], words) or (cyrillic(piece[0]) if is_russian else ""), name
    )


def _as_titled(piece: str, words: Sequence[str]) -> str:
    """The title's word, or the words that follow one another in it, of which this is a Latin spelling."""
    runs = ("".join(words[first:last]) for first in range(len(words)) for last in range(first + 1, len(words) + 1))
    return next((run for run in runs if hashtags.romanises(run, piece) or romanised(run) == piece), "")
