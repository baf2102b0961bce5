"""Which texts carry the campaign's tag (`exact`), and which carry something that looks like it (`near`). Pure.

The network's search is fuzzy, so every text is judged here. Rules (facts: docs/vk.md, Tags):
a tag is `#` and a run of letters, their combining marks, digits and `_` with at least one letter in it; everything
else ends it (emoji too). The whole tag must be the wanted one, in any case, with ё or е; `#tag@group` counts. It may
stand behind any sign but a letter, a digit or `_` (so `голоса/#тег` and `мы&#тег` count, as TDLib 1.8.69 links them).
No tag: one glued to a word, one that is part of an address, a character reference (`&#1088;`), one of digits only.

Signs that nobody sees are no part of a word: soft hyphens, zero width spaces, variation selectors, keycaps, lines
through and under letters. Two are told apart by what the networks link: U+200C stays inside a tag, and U+200D both
stays inside it (what a reader sees) and ends it (what TDLib links).

Of combining marks, only those that are not part of the spelling make no difference: a stress mark (U+0300, U+0301)
over a Cyrillic vowel, as dictionaries and verses print it, and the dot over an `i` (Turkish `İ` in lower case).
All other marks make another letter (`й`, `ў`, `а̄`, `g̃`, Devanagari and Tamil vowels): a tag that goes on with one is
not the shorter tag, and one that differs by accents alone is near.

A near miss is for a person to judge; it is one of these spellings that nobody listed as an alias:
* look-alike letters of another alphabet, transliteration, the other keyboard layout
* a part missing between spaces, dashes, dots, emoji or `_` (`#proryv 80`), or such a sign too many
* letters of full width, bold ones and the like
* one slip of the hand in tags of six letters or more: a letter more, less, other, or two swapped.
  One digit for another is no slip: `#proryv81` is another campaign
* up to three characters more (`#proryv80лет`): people add them by themselves. Longer ones are another tag
* other accents, or none (`#ма̄ньси` and `#маньси`)
* the tag glued to the word or tag before it, or behind `＃`, `№`, or a `#` and a space
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

from relay.models import MatchKind

SLIP_FROM = 6
"""Letters from which on one slip is told from another word."""
TAIL = 3
SPELLED = 9
"""Combining classes up to here are parts of letters (nukta, kana's voicing, virama; 0: vowel signs), not accents."""
LONGEST = 100
MOST_PARTS = 5
KEPT_TEXT = 2000
"""Longer texts are read anew each time."""

_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Unicode's default ignorable characters, without the two joiners."""
_DECORATION = (
    "\u0305\u0332\u0333\u0334-\u0338\u033f\u035e\u035f\u0488\u0489\u20d2\u20d3\u20d8-\u20da\u20dd-\u20e0\u20e2-\u20e8"
)
"""Lines over, under and through letters, and what encloses them (the keycap is U+20E3)."""
_INVISIBLE = re.compile(f"[{_UNSEEN}{_DECORATION}]")
_INVISIBLE_BEFORE = re.compile(f"[{_UNSEEN}{_DECORATION}]+(?=#)")
_JOINERS = "\u200c\u200d"
_CUTTING_JOINER = "\u200d"
_NOT_SPELLED = re.compile(f"[{_JOINERS}]|(?<=i)\u0307")
_STRESS = re.compile("([аеиоуыэюяєіѣѵәөүұ][\u0302-\u036f]*)[\u0300\u0301]+")
_PARTING = r".·‧・⋅←-⯿\U0001f000-\U0001faff\-‐-―~〜'’‘´`*+/\\׳״"
"""What may stand in a tag that somebody wrote in parts, beside spaces: emoji and other signs too."""
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_REFERENCE = re.compile(r"&#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});")
_WIKI = re.compile(r"\[(?:#alias|[^\[\]|\n#]+|\w+://[^\[\]|\s]+)\|([^\[\]|]*)(?:\|[^\[\]]*)?\]")
_CYRILLIC_ENDINGS = "рф|рус|москва|дети|онлайн|сайт|орг|ком|бел|укр|бг|срб|мкд|мон|қаз|ею"
"""Top-level domains in Cyrillic. Without the list, two sentences without a space between them would be a host."""
_HOST = (
    rf"(?<![\w.#-])[\w-]+(?:\.[\w-]+)*\.(?:[A-Za-z]{{2,}}|xn--[a-z0-9-]+|(?i:{_CYRILLIC_ENDINGS}))(?::\d{{1,5}})?[/?]"
)
_PLAIN = r"[^\s<>\"«»()\[\]{},;]*+"
_BETWEEN = r"[^\s<>\"«»()\[\]{}#]"
_ADDRESS = re.compile(
    rf"(?:(?<![\w#])\w+://|www\.|{_HOST}){_PLAIN}"
    rf"(?:(?:[,;](?![\s#,;]|$)|\((?:{_BETWEEN}|\({_BETWEEN}*+\))*+\)|\[{_BETWEEN}*+\]|\{{{_BETWEEN}*+\}}){_PLAIN})*+"
)
"""An address goes on behind a comma, and behind brackets that close: `…/wiki/Прорыв_(1943)#proryv80` is one."""
_IN_ADDRESSES = ("/", "?", "www.")
"""Without one of them nothing of a text is an address."""
_SIGN = re.compile("[#＃﹟№♯&]")
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
    return [tag for tag in _linked(_readable(text)) if _has_letter(tag.name)]


def tag_name(written: str) -> str:
    """The folded name of a tag that an organizer typed, with or without `#`. Raises ValueError for what is no tag."""
    bare = unicodedata.normalize("NFC", _INVISIBLE.sub("", written)).strip().strip(_JOINERS)
    tags = tags_in(bare if bare.startswith("#") else f"#{bare}")
    if not tags or tags[0].written.lstrip("#") != bare.lstrip("#") or (tags[0].group and not bare.startswith("#")):
        raise ValueError(f"{written!r} is no hashtag: letters, digits and _ only, and at least one letter")
    return tags[0].name


def wanted(hashtags: Iterable[str], aliases: Iterable[str] = ()) -> Wanted:
    """What a campaign looks for. Raises ValueError for what is no tag."""
    return Wanted(tuple(dict.fromkeys(tag_name(tag) for tag in (*hashtags, *aliases))))


def match(texts: Sequence[tuple[str, str]], wanted: Wanted) -> Hit | None:
    """Judges (where, text) pairs, most telling first. An exact tag anywhere goes before a near miss."""
    read = [(where, _read(text)) for where, text in texts if _SIGN.search(text)]
    for where, words in read:
        for written, name in words.linked:
            if name in wanted.names:
                return Hit(MatchKind.exact, where, written)
    for where, words in read:
        for written, whole, further in words.loose:
            if any(_is_near(whole, name) or _is_near_in_parts(whole, further, name) for name in wanted.names):
                return Hit(MatchKind.near, where, written)
    return None


@lru_cache(maxsize=64)
def finder(wanted: Wanted) -> Callable[[str], bool]:
    """Whether `match` finds anything in a text. Sweeps overlap, so the same texts come again and again."""

    def finds(text: str) -> bool:
        return match((("", text),), wanted) is not None

    finds_again = lru_cache(maxsize=4096)(finds)

    def may_find(text: str) -> bool:
        if "#" not in text and _SIGN.search(text) is None:
            return False
        return finds_again(text) if len(text) <= KEPT_TEXT else finds(text)

    return may_find


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
    linked = tuple((tag.written, tag.name) for tag in _linked(readable))
    return _Words(linked, tuple(_loose_tags(readable)))


_read_before = lru_cache(maxsize=4096)(_read_now)


def _folded_once(text: str) -> str:
    plain = unicodedata.normalize("NFD", text).casefold()
    if not plain.isascii():
        plain = _STRESS.sub(r"\1", _NOT_SPELLED.sub("", plain))
    return unicodedata.normalize("NFC", plain).replace("ё", "е")


def _readable(text: str) -> str:
    """The text as a reader sees it: entities resolved once, `[club1|name]` shown as its name, addresses left out."""
    if "&" in text:
        text = _REFERENCE.sub(" ", _ENTITY.sub(_character, text))
    if not text.isascii():
        text = _seen(text)
    text = _WIKI.sub(r" \1 ", text) if "[" in text else text
    return _ADDRESS.sub(" ", text) if any(sign in text for sign in _IN_ADDRESSES) else text


def _character(entity: re.Match[str]) -> str:
    return html.unescape(entity[0])


def _seen(text: str) -> str:
    """Composed, without what nobody sees. What stood before a `#` still parts it from a word, as it does for TDLib."""
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", _INVISIBLE_BEFORE.sub(" ", text))
    return unicodedata.normalize("NFC", text)


def _linked(readable: str) -> Iterator[Tag]:
    """Tags that the networks link; one with U+200D in it also as it is up to there."""
    for found in _patterns().tag.finditer(readable):
        yield Tag(found[0], fold(found[1]), (found[2] or "")[1:])
        if _CUTTING_JOINER in found[1]:
            cut = found[1].partition(_CUTTING_JOINER)[0]
            yield Tag(f"#{cut}", fold(cut))


@dataclass(frozen=True, slots=True)
class _Patterns:
    """`tag`: as networks link it; `loose`: as somebody may have meant it; `part`: a word of the latter."""

    tag: re.Pattern[str]
    loose: re.Pattern[str]
    part: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    letter = rf"[\w{_marks()}]"
    word = rf"\w{letter}*(?:[{_JOINERS}]+{letter}+)*"
    return _Patterns(
        tag=re.compile(rf"(?<![\w\u200c])#({word})(@[A-Za-z0-9_.]*[A-Za-z0-9_])?"),
        loose=re.compile(rf"[#＃﹟№♯][{_marks()}]*\s?({word})((?:[\s{_PARTING}]{{1,3}}{word})*)"),
        part=re.compile(word),
    )


@cache
def _marks() -> str:
    """All combining marks that Python's tables know, as the inside of a character class: `re` has no name for them."""
    points = (point for point in range(0x300, 0x20000) if unicodedata.category(chr(point)).startswith("M"))
    runs = groupby(enumerate(points), key=lambda numbered: numbered[1] - numbered[0])
    found = [[point for _, point in run] for _, run in runs]
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in found)


def _has_letter(word: str) -> bool:
    return any(letter.isalpha() for letter in word)


def _loose_tags(readable: str) -> Iterator[tuple[str, str, str]]:
    """All that somebody may have meant as a tag: as written, the folded first word, and what stands behind it."""
    for found in _patterns().loose.finditer(readable):
        written = found[0] if found[2] else found[0].strip()
        yield written[:LONGEST], fold(found[1]), found[2]


# Judging: the same few words come again and again, so what was said of them is kept


@lru_cache(maxsize=4096)
def _is_near(name: str, wanted: str) -> bool:
    """Whether a whole tag looks like a wanted one (or is it, in a place where the network would not link it)."""
    bare, target = _unaccented(name.replace("_", "")), _unaccented(wanted.replace("_", ""))
    if not bare or len(name) > LONGEST:
        return False
    if _same_by_sight_or_sound(bare, target):
        return True
    return len(target) >= SLIP_FROM and (
        _one_slip(bare, target) or any(_same_by_sight_or_sound(bare[:-more], target) for more in range(1, TAIL + 1))
    )


def _is_near_in_parts(whole: str, further: str, wanted: str) -> bool:
    """Whether the first words, put together, give the tag: `#proryv 80`."""
    target, joined = _unaccented(wanted.replace("_", "")), _unaccented(whole.replace("_", ""))
    if not further or (joined and not _begins_alike(joined[0], target)):
        return False
    for part in _patterns().part.findall(further)[: MOST_PARTS - 1]:
        joined += _unaccented(fold(part).replace("_", ""))
        if len(joined) > LONGEST:
            return False
        if _same_by_sight_or_sound(joined, target):
            return True
    return False


@lru_cache(maxsize=4096)
def _unaccented(name: str) -> str:
    """Without accents; й stays, and so do the vowels of Indian scripts, whose class is lower than any accent's."""
    if name.isascii():
        return name
    plain = unicodedata.normalize("NFKC", name).casefold()  # letters of full width, bold, in circles
    parts = "".join(letter if letter == "й" else unicodedata.normalize("NFD", letter) for letter in plain)
    bare = "".join(part for part in parts if unicodedata.combining(part) <= SPELLED)
    return unicodedata.normalize("NFC", bare)


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
