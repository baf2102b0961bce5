"""Which texts carry the campaign's tag (`exact`), and which carry something that looks like it (`near`). Pure.

The network's search is fuzzy, so every text is judged here. Rules (facts: the project's reference of VK, section 3):
a tag is `#` and a run of letters, digits and `_` with at least one letter in it; everything else ends it (emoji,
variation selectors, joiners too). The whole tag must be the wanted one, in any case, with ё or е;
`#tag@group` counts. No tag: one glued to a word or an address, one behind `&` or `/`, one of digits only.

A near miss is for a person to judge; it is one of these spellings that nobody listed as an alias:
* look-alike letters of another alphabet, transliteration, the other keyboard layout
* a part missing between spaces, dashes, dots or `_` (`#proryv 80`), or such a sign too many
* one slip of the hand in tags of six letters or more: a letter more, less, other, or two swapped.
  One digit for another is no slip: `#proryv81` is another campaign
* up to three characters more (`#proryv80лет`): people add them by themselves. Longer ones are another tag
* the tag glued to the word or tag before it, or behind `＃`, `№`, or a `#` and a space
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from relay.models import MatchKind

SLIP_FROM = 6
"""Letters from which on one slip is told from another word."""
TAIL = 3
LONGEST = 100
MOST_PARTS = 5
KEPT_TEXT = 2000
"""Longer texts are read anew each time."""

_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_WIKI = re.compile(r"\[(?:#alias|[^\[\]|\n#]+|\w+://[^\[\]|\s]+)\|([^\[\]|]*)(?:\|[^\[\]]*)?\]")
_ADDRESS = re.compile(r"(?:\w+://|www\.|(?<![\w.-])[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}[/?])[^\s<>\"«»()\[\]{},;]*")
_TAG = re.compile(r"(?<![\w&/])#(\w+)(@[A-Za-z0-9_.]*[A-Za-z0-9_])?")
_LOOSE = re.compile(r"(?<![&/])[#＃﹟№♯]\s?(\w+)((?:[\s.·\-‐-―]{1,3}\w+)*)")
_PART = re.compile(r"\w+")
_IN_ADDRESSES = ("/", "?", "www.")
"""Without one of them nothing of a text is an address."""
_MARK = re.compile("[#＃﹟№♯&]")
"""What every tag begins with, however it was slipped; `&` may be an entity of one."""


@dataclass(frozen=True, slots=True)
class Tag:
    """`written` as the author did, `name` folded and without `#`, `group` what stood behind `@`."""

    written: str
    name: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Folded names of the campaign's tags and aliases, in the organizer's order."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """`matched_in`: which of the texts; `tag`: as the author wrote it."""

    kind: MatchKind
    matched_in: str
    tag: str


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """One spelling for all that count as the same: composed, without case, е for ё. Folding twice changes nothing."""
    folded = _folded_once(text)
    while folded != text:
        text, folded = folded, _folded_once(folded)
    return folded


def tags_in(text: str) -> list[Tag]:
    """The tags that the network itself would link, in order."""
    found = _TAG.finditer(_readable(text))
    return [Tag(m[0], fold(m[1]), (m[2] or "")[1:]) for m in found if _has_letter(m[1])]


def tag_name(written: str) -> str:
    """The folded name of a tag that an organizer typed, with or without `#`. Raises ValueError for what is no tag."""
    bare = _INVISIBLE.sub("", written).strip()
    tags = tags_in(bare if bare.startswith("#") else f"#{bare}")
    if len(tags) != 1 or tags[0].written.lstrip("#") != unicodedata.normalize("NFC", bare).lstrip("#"):
        raise ValueError(f"{written!r} is no hashtag: letters, digits and _ only, and at least one letter")
    return tags[0].name


def wanted(hashtags: Iterable[str], aliases: Iterable[str] = ()) -> Wanted:
    """What a campaign looks for. Raises ValueError for what is no tag."""
    return Wanted(tuple(dict.fromkeys(tag_name(tag) for tag in (*hashtags, *aliases))))


def match(texts: Sequence[tuple[str, str]], wanted: Wanted) -> Hit | None:
    """Judges (where, text) pairs, most telling first. An exact tag anywhere goes before a near miss."""
    read = [(where, _read(text)) for where, text in texts if _MARK.search(text)]
    for where, words in read:
        for written, name in words.linked:
            if name in wanted.names:
                return Hit(MatchKind.exact, where, written)
    for where, words in read:
        for written, whole, further in words.loose:
            if any(_is_near(whole, name) or _is_near_in_parts(whole, further, name) for name in wanted.names):
                return Hit(MatchKind.near, where, written)
    return None


# Reading: sweeps overlap, so the same texts come again and again, and what was read in them is kept


@dataclass(frozen=True, slots=True)
class _Words:
    """`linked`: tags as written, and their names; `loose`: all that somebody may have meant as one."""

    linked: tuple[tuple[str, str], ...]
    loose: tuple[tuple[str, str, str], ...]


def _read(text: str) -> _Words:
    return _read_before(text) if len(text) <= KEPT_TEXT else _read_now(text)


def _read_now(text: str) -> _Words:
    readable = _readable(text)
    linked = tuple((found[0], fold(found[1])) for found in _TAG.finditer(readable))
    return _Words(linked, tuple(_loose_tags(readable)))


_read_before = lru_cache(maxsize=4096)(_read_now)


def _folded_once(text: str) -> str:
    plain = unicodedata.normalize("NFD", text).casefold()
    return unicodedata.normalize("NFC", plain).replace("ё", "е")


def _readable(text: str) -> str:
    """The text as a reader sees it: entities resolved once, `[club1|name]` shown as its name, addresses left out."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", html.unescape(text)))
    text = _WIKI.sub(r" \1 ", text) if "[" in text else text
    return _ADDRESS.sub(" ", text) if any(sign in text for sign in _IN_ADDRESSES) else text


def _has_letter(word: str) -> bool:
    return any(letter.isalpha() for letter in word)


def _loose_tags(readable: str) -> Iterator[tuple[str, str, str]]:
    """All that somebody may have meant as a tag: as written, the folded first word, and what stands behind it."""
    for found in _LOOSE.finditer(readable):
        written = found[0] if found[2] else found[0].strip()
        yield written[:LONGEST], fold(found[1]), found[2]


# Judging: the same few words come again and again, so what was said of them is kept


@lru_cache(maxsize=4096)
def _is_near(name: str, wanted: str) -> bool:
    """Whether a whole tag looks like a wanted one (or is it, in a place where the network would not link it)."""
    bare, target = name.replace("_", ""), wanted.replace("_", "")
    if not bare or len(name) > LONGEST:
        return False
    if _same_by_sight_or_sound(bare, target):
        return True
    return len(target) >= SLIP_FROM and (
        _one_slip(bare, target) or any(_same_by_sight_or_sound(bare[:-more], target) for more in range(1, TAIL + 1))
    )


def _is_near_in_parts(whole: str, further: str, wanted: str) -> bool:
    """Whether the first words, put together, give the tag: `#proryv 80`."""
    target, joined = wanted.replace("_", ""), whole.replace("_", "")
    if not further or (joined and not _begins_alike(joined[0], target)):
        return False
    for part in _PART.findall(further)[: MOST_PARTS - 1]:
        joined += fold(part).replace("_", "")
        if len(joined) > LONGEST:
            return False
        if _same_by_sight_or_sound(joined, target):
            return True
    return False


@lru_cache(maxsize=4096)
def _begins_alike(letter: str, wanted: str) -> bool:
    """Whether a word that begins with this letter can be the same by sight or sound at all."""
    return (
        skeleton(wanted).startswith(skeleton(letter))
        or any(wanted.startswith(_spellings(each)) for each in (letter, letter.translate(_RUSSIAN_LOOK)))
        or any(not spelling or spelling[0] == letter for spelling in _spellings(wanted[0]))
        or wanted[0] in (letter.translate(_TYPED_LATIN), letter.translate(_TYPED_RUSSIAN))
    )


def _same_by_sight_or_sound(name: str, wanted: str) -> bool:
    return (
        name == wanted
        or skeleton(name) == skeleton(wanted)
        or romanises(name, wanted)
        or romanises(wanted, name)
        or romanises(name.translate(_RUSSIAN_LOOK), wanted)
        or wanted in (name.translate(_TYPED_LATIN), name.translate(_TYPED_RUSSIAN))
    )


@lru_cache(maxsize=4096)
def skeleton(name: str) -> str:
    """What the letters look like, whichever alphabet they come from (Unicode TR 39's idea, for Cyrillic and Latin)."""
    return unicodedata.normalize("NFKC", name).casefold().translate(_LOOK)


def romanises(cyrillic: str, latin: str) -> bool:
    """Whether `latin` is a usual Latin spelling of `cyrillic`; what isn't Cyrillic stands for itself.

    Spellings: GOST 7.79 B, ICAO 9303, BGN/PCGN, ISO 9 without its marks, and what people type.
    """
    reached = {0}
    for letter in cyrillic:
        reached = {at + len(word) for at in reached for word in _spellings(letter) if latin.startswith(word, at)}
        if not reached:
            return False
    return len(latin) in reached


def _spellings(letter: str) -> tuple[str, ...]:
    return _LATIN.get(letter, (letter,))


def _one_slip(name: str, wanted: str) -> bool:
    """One letter more, less or other (no digit for a digit), or two neighbours swapped."""
    if abs(len(name) - len(wanted)) > 1 or name == wanted:
        return False
    same = 0
    while same < min(len(name), len(wanted)) and name[same] == wanted[same]:
        same += 1
    left, right = name[same:], wanted[same:]
    if len(left) != len(right):
        return left[1:] == right or left == right[1:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    other = left[1:] == right[1:] and not (left[0].isdigit() and right[0].isdigit())
    return swapped or other


_LOOK = str.maketrans("авекмнорстухьіјѕԁԛԝһз0lı1", "abekmhopctyxbijsdqwh3oiii")
_RUSSIAN_LOOK = str.maketrans("abekmhopctyx", "авекмнорстух")
_TYPED_LATIN = str.maketrans("йцукенгшщзфывапролдячсмить", "qwertyuiopasdfghjklzxcvbnm")
_TYPED_RUSSIAN = str.maketrans("qwertyuiopasdfghjklzxcvbnm", "йцукенгшщзфывапролдячсмить")
_LATIN: dict[str, tuple[str, ...]] = {
    "а": ("a",),
    "б": ("b",),
    "в": ("v", "w"),
    "г": ("g", "h"),
    "д": ("d",),
    "е": ("e", "ye", "je", "yo", "jo", "io"),
    "ж": ("zh", "j", "z"),
    "з": ("z",),
    "и": ("i", "y"),
    "й": ("y", "j", "i", ""),
    "к": ("k", "c"),
    "л": ("l",),
    "м": ("m",),
    "н": ("n",),
    "о": ("o",),
    "п": ("p",),
    "р": ("r",),
    "с": ("s",),
    "т": ("t",),
    "у": ("u",),
    "ф": ("f", "ph"),
    "х": ("h", "kh", "x"),
    "ц": ("c", "cz", "ts", "tz"),
    "ч": ("ch", "c"),
    "ш": ("sh", "s"),
    "щ": ("shch", "sch", "shh", "sh", "w"),
    "ъ": ("", "ie"),
    "ы": ("y", "i", "ui", "yi"),
    "ь": ("", "j"),
    "э": ("e", "eh"),
    "ю": ("yu", "iu", "ju", "u"),
    "я": ("ya", "ia", "ja"),
}
