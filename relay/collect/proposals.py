"""What a new campaign may be called, proposed from what its organizer said: tag, short name, other spellings. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from relay.collect import hashtags

LONGEST_NAME = 32

_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "y", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
_CYRILLIC = {
    "shch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "yu": "ю", "ya": "я", "yo": "е",
    "a": "а", "b": "б", "c": "ц", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и", "j": "й", "k": "к",
    "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "w": "в",
    "x": "х", "z": "з",
}  # fmt: skip
_VOWELS = frozenset("аеиоуыэюя")
_PIECE = re.compile("shch|zh|kh|ts|ch|sh|yu|ya|yo|.", re.DOTALL)


def tag(title: str) -> str:
    """The title as one hashtag, its words together; "" where it has no letter."""
    words = re.findall(r"\w+", hashtags.fold(title))
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
    spelling is asked for by the search, so none is proposed that isn't likely.
    """
    names = [hashtags.tag_name(each) for each in tags]
    words = re.findall("[а-я]+", hashtags.fold(title))
    found = (_in_cyrillic(name, words) if _is_latin(name) else romanised(name) for name in names if not _is_mixed(name))
    return [f"#{name}" for name in dict.fromkeys(found) if name not in names and hashtags.tags_in(f"#{name}")]


def romanised(name: str) -> str:
    """Cyrillic letters as passports write them (ICAO 9303); all else as it is."""
    return "".join(_LATIN.get(letter, letter) for letter in name)


def cyrillic(name: str) -> str:
    """A Latin spelling back in Cyrillic: `y` is ы between consonants and at the end, й after a vowel.

    What it gives is read back: a name that would be written otherwise in Latin stays as it is.
    """
    found = ""
    for piece in _PIECE.findall(name):
        if piece == "y":
            found += "й" if found[-1:] in _VOWELS else "ы"
        else:
            found += _CYRILLIC.get(piece, piece)
    return found if hashtags.romanises(found, name) else name


def _plain(words: str) -> str:
    """Romanised, and without accents."""
    apart = unicodedata.normalize("NFKD", romanised(hashtags.fold(words)))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _in_cyrillic(name: str, words: Sequence[str]) -> str:
    if not words:
        return name
    return re.sub("[a-z]+", lambda piece: _as_titled(piece[0], words) or cyrillic(piece[0]), name)


def _as_titled(piece: str, words: Sequence[str]) -> str:
    """The title's word, or the words that follow one another in it, of which this is a Latin spelling."""
    runs = ("".join(words[first:last]) for first in range(len(words)) for last in range(first + 1, len(words) + 1))
    return next((run for run in runs if hashtags.romanises(run, piece)), "")


def _is_latin(name: str) -> bool:
    return re.search("[a-z]", name) is not None


def _is_mixed(name: str) -> bool:
    return _is_latin(name) and re.search("[а-я]", name) is not None
