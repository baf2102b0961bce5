"""Setting text: what can be drawn, how wide it is, where its lines break, and the ink of a line.

Lines are broken as a Russian typesetter breaks them: a preposition goes with the word after it, a dash and a particle
with the word before, a number with what it counts, an initial with the surname (Мильчин, «Справочник издателя и
автора», 3.11). Words are never hyphenated; a name that has a hyphen may be parted there when nothing else helps.

What a face (see typefaces.py) lacks is drawn in another of like weight, run by run: a *run* is of one file, one script
and one direction. Directions are those of Unicode's bidirectional algorithm (UAX 9, by python-bidi).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relay.almanac.cards import typefaces
from relay.almanac.cards.typefaces import UNITS, FontFile, companion, drawable, file_for, is_joiner, own_file

GLUE = "\N{NO-BREAK SPACE}"
TO_THE_LEFT = "\N{RIGHT-TO-LEFT MARK}"

_LEADING = (
    "а|без|в|во|да|до|за|и|из|или|к|как|ко|на|над|не|ни|но|о|об|обо|от|по|под|при|про|с|со|у|что|я|"
    "г|гор|д|дер|им|п|пос|пгт|рп|с|ст|ул|обл|р-н|ж/д|"
    "a|an|and|at|by|for|in|no|of|on|or|the|to|"
    "à|au|aux|ce|dans|de|des|du|en|et|la|le|les|ou|par|pour|sans|sur|un|une|y|«"
)
_BEFORE = re.compile(rf"(?<![^\s{GLUE}«„(\"])((?:{_LEADING})\.?) (?=\S)", re.IGNORECASE)
_INITIAL = re.compile(rf"(?<![^\s{GLUE}«„(\"])([^\W\d_]\.) (?=[^\W\d_])")
_COUNT = re.compile(r"(\d) (?=[^\W\d_])")
_SIGN = re.compile(r"([№§]) (?=\d)")
_AFTER = re.compile(r" (?=(?:[—–:;!?»%]|(?:бы|ли|же|ль|б|ж)(?![^\W_]))(?:\s|$|[.,;:!?]))")


def readable(text: str) -> str:
    """What of a text can be drawn: composed letters, one space between words, no control or direction marks, no emoji.

    `missing` tells which letters are left out.
    """
    kept = "".join(_kept(cluster) for cluster in clusters(_bare(text)))
    return re.sub(r" +", " ", kept).strip()


def missing(text: str) -> tuple[str, ...]:
    """The letters of a text, with their marks, that no font has. Emoji and other pictures are no letters."""
    found = (cluster for cluster in clusters(_bare(text)) if not drawable(cluster) and not _is_picture(cluster[0]))
    return tuple(dict.fromkeys(found))


def has_letters(text: str) -> bool:
    return any(sign.isalpha() for sign in text)


def clusters(text: str) -> list[str]:
    """Letters with the marks on them."""
    found: list[str] = []
    for sign in text:
        if found and found[-1] != " " and (unicodedata.category(sign)[0] == "M" or is_joiner(sign)):
            found[-1] += sign
        else:
            found.append(sign)
    return found


_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]+")
_NO_SIGNS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u20e3\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0000-\U000e0fff]")
"""Default-ignorable signs that are letters or marks by their category (Unicode, DerivedCoreProperties), and keycaps."""
_LOOSE_JOINER = re.compile(r"(?<![^\W\d_])(?<![\u0300-\u1fff])[\u200c\u200d]+|[\u200c\u200d]+(?![^\W\d_])")


def _bare(text: str) -> str:
    """Composed, one space between words, without what has no picture of its own: controls, direction marks, tags.

    The two joiners shape letters of Persian and of India's scripts, and are kept between letters only. Where only an
    invisible mark parts a small letter from a capital one, it was meant for the space between two names.
    """
    text = unicodedata.normalize("NFC", re.sub(r"\s+", " ", _NO_SIGNS.sub("", _INVISIBLE.sub(_parting, text))))
    kept = "".join(
        sign for sign in text if is_joiner(sign) or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co")
    )
    return _LOOSE_JOINER.sub("", kept)


def _parting(mark: re.Match[str]) -> str:
    before, after = mark.string[: mark.start()][-1:], mark.string[mark.end() :][:1]
    return " " if before.islower() and after.isupper() else mark[0]


def _kept(cluster: str) -> str:
    """What of a letter with its marks can be drawn."""
    if cluster == " " or drawable(cluster):
        return cluster
    whole = ""
    for sign in cluster:
        if drawable(whole + sign):
            whole += sign
        elif not whole:
            return ""
    return whole


def _is_picture(sign: str) -> bool:
    """Emoji, dingbats and the like, also those that are newer than Python's tables (Unicode's blocks 1F000–1FAFF)."""
    return unicodedata.category(sign) in ("So", "Sk", "Zs") or "\U0001f000" <= sign <= "\U0001faff"


def bound(text: str) -> str:
    """The same text with no-break spaces where a line must not end."""
    for pattern in (_BEFORE, _BEFORE, _INITIAL, _INITIAL, _COUNT, _SIGN):
        text = pattern.sub(rf"\1{GLUE}", text)
    return _AFTER.sub(GLUE, text)


def fit_lines(
    text: str, face: str, sizes: Sequence[float], width: float, lines: int, scale: float
) -> tuple[float, list[str]]:
    """The largest of `sizes` (scaled) in which `text` takes at most `lines` lines; at the least it is cut."""
    for size in sizes:
        broken = wrap(text, face, size * scale, width)
        if len(broken) <= lines and all(text_width(line, face, size * scale) <= width for line in broken):
            return size * scale, directed(text, balanced(broken, face, size * scale, width))
    size = sizes[-1] * scale
    kept = wrap(text, face, size, width)[:lines]
    whole = "".join(kept).replace(" ", "").replace(GLUE, "") == text.replace(" ", "").replace(GLUE, "")
    cut = [shortened(line, face, size, width) for line in kept[:-1]]
    return size, directed(text, [*cut, shortened(kept[-1] + ("" if whole else "…"), face, size, width)])


def wrap(text: str, face: str, size: float, width: float) -> list[str]:
    """Words into lines of at most `width` pixels (a longer word has a line of its own)."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and text_width(f"{lines[-1]} {word}", face, size) <= width:
            lines[-1] += f" {word}"
        elif text_width(word, face, size) <= width:
            lines.append(word)
        else:
            lines += _parted(word, face, size, width)
    return [line.replace(GLUE, " ") for line in lines]


def _parted(word: str, face: str, size: float, width: float) -> list[str]:
    """What is too long for a line: parted at its no-break spaces, and where that is not enough, after its hyphens."""
    if GLUE in word:
        return wrap(word.replace(GLUE, " "), face, size, width)
    pieces = re.findall(r"[^-]+-?|-", word)
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if text_width(lines[-1] + piece, face, size) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    return lines


def balanced(lines: list[str], face: str, size: float, width: float) -> list[str]:
    """The same number of lines, as even as can be: no single word is left alone in the last one.

    Of all ways to break the words into so many lines it takes the one whose lines differ least, and would rather end
    a line where the sentence pauses (Knuth & Plass, "Breaking Paragraphs into Lines", 1981, without stretching).
    """
    if len(lines) <= 1 or any(line.endswith("-") for line in lines[:-1]):
        return lines
    words = bound(" ".join(lines)).split(" ")
    space = text_width(" ", face, size)
    wide = [text_width(word.replace(GLUE, " "), face, size) for word in words]
    mean = (sum(wide) + space * (len(words) - len(lines))) / len(lines)
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for end in range(1, len(words) + 1):
        found: dict[int, tuple[float, int]] = {}
        length = -space
        pause = (mean * PAUSE) ** 2 if words[end - 1].endswith(PAUSES) and end < len(words) else 0.0
        for begin in range(end - 1, -1, -1):
            length += wide[begin] + space
            if length > width:
                break
            for count, (cost, _) in best[begin].items():
                total = cost + (mean - length) ** 2 - pause
                if count < len(lines) and total < found.get(count + 1, (total + 1, 0))[0]:
                    found[count + 1] = (total, begin)
        best.append(found)
    if len(lines) not in best[-1]:
        return lines
    return _broken(words, best, len(lines))


PAUSES = (",", ":", ";", ".", "!", "?", "…", "—")
PAUSE = 0.22
"""How much longer or shorter a line may be, in lines, to end at a pause."""


def _broken(words: Sequence[str], best: Sequence[Mapping[int, tuple[float, int]]], count: int) -> list[str]:
    made, end = [], len(words)
    while count:
        begin = best[end][count][1]
        made.append(" ".join(words[begin:end]).replace(GLUE, " "))
        end, count = begin, count - 1
    return made[::-1]


def shortened(text: str, face: str, size: float, width: float) -> str:
    if text_width(text, face, size) <= width:
        return text
    parts = clusters(text.rstrip("… "))
    while len(parts) > 1 and text_width("".join(parts).rstrip() + "…", face, size) > width:
        parts.pop()
    return "".join(parts).rstrip() + "…"


def whole_lines(lines: Sequence[str], face: str, size: float, width: float) -> list[str]:
    """The same lines, none wider than `width` and none cut: a word that is too long goes on in the next line."""
    made: list[str] = []
    for line in lines:
        if text_width(line, face, size) <= width:
            made.append(line)
            continue
        made.append("")
        for part in clusters(line):
            if made[-1] and text_width(made[-1] + part, face, size) > width:
                made[-1] = made[-1].rstrip()
                made.append(part.lstrip())
            else:
                made[-1] += part
    return made


@lru_cache(maxsize=16384)
def text_width(text: str, face: str, size: float) -> float:
    """Pixels that the line takes from where it begins to where the next letter would stand."""
    return sum(_advance(run, face, size) for run in runs(text, face))


@lru_cache(maxsize=4096)
def covering(text: str, face: str) -> str:
    """`face`, or its companion where it lacks a European letter of the text, so that a name is of one face.

    Letters of other scripts are drawn in their own faces anyway.
    """
    wanted = {cluster for cluster in clusters(text) if script(cluster) in EUROPEAN}
    lacking = {cluster for cluster in wanted if not own_file(face).has(cluster)}
    other = companion(face)
    return other if lacking and all(own_file(other).has(cluster) for cluster in lacking) else face


EUROPEAN = ("LATIN", "CYRILLIC", "GREEK")


@cache
def script(cluster: str) -> str:
    """The first word of a letter's Unicode name tells its script; signs that many scripts share have none."""
    if not cluster[0].isalpha():
        return ""
    word = unicodedata.name(cluster[0], "").partition(" ")[0]
    return "" if word in ("MODIFIER", "MASCULINE", "FEMININE", "MICRO") else word


# --- ink ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbours in a line that one file draws in one direction. `level`: of embedding, odd ones run to the left."""

    text: str
    file: FontFile
    level: int


@dataclass(frozen=True, slots=True)
class Ink:
    """Coverage of a line's pixels, 0 to 255, shape (height, width); `left`, `top`: from the line's beginning on the
    baseline to the corner."""

    alpha: NDArray[np.uint8]
    left: int
    top: int


def ink(text: str, face: str, size: float) -> Ink:
    """A line, drawn: marks above and below it are all inside."""
    import uharfbuzz as hb

    pen, raster = 0, hb.RasterDraw()
    raster.scale_factor = (float(UNITS), float(UNITS))
    for run in runs(text, face):
        shaped, font = _shaped(run, face, size), typefaces.font(run.file, face, size)
        for glyph, place in zip(shaped.glyph_infos, shaped.glyph_positions, strict=True):
            raster.transform = (1.0, 0.0, 0.0, 1.0, float(pen + place.x_offset), float(place.y_offset))
            raster.draw_glyph(font, glyph.codepoint)
            pen += place.x_advance
    drawn = raster.render()
    box = drawn.extents
    if not box.width or not box.height:
        return Ink(np.zeros((1, 1), np.uint8), 0, 0)
    rows = np.frombuffer(drawn.buffer, np.uint8).reshape(box.height, box.stride)[::-1, : box.width]
    return Ink(rows, box.x_origin, -(box.y_origin + box.height))


@lru_cache(maxsize=4096)
def runs(text: str, face: str) -> tuple[Run, ...]:
    """From left to right, as they stand on the screen."""
    parts = clusters(text)
    scripts = _spread([script(part) for part in parts])
    levels = _levels("".join(part[0] for part in parts))
    own = own_file(face)
    signs = [
        (part, file_for(part, face) or own, level, letters)
        for part, level, letters in zip(parts, levels, scripts, strict=True)
        if part != TO_THE_LEFT
    ]
    found = [
        Run("".join(sign[0] for sign in some), file, level)
        for (file, level, _), some in groupby(signs, key=lambda sign: sign[1:])
    ]
    return tuple(_in_order_of_sight(found))


def _spread(scripts: list[str]) -> list[str]:
    """Signs without a script go with the letters before them, at the beginning with those after."""
    last = next((found for found in scripts if found), "")
    spread = []
    for found in scripts:
        last = found or last
        spread.append(last)
    return spread


RIGHT_TO_LEFT = ("R", "AL", "AN")


def _levels(signs: str) -> list[int]:
    """Of embedding, by UAX 9, one for each sign."""
    if all(unicodedata.bidirectional(sign) not in RIGHT_TO_LEFT for sign in signs):
        return [0] * len(signs)
    from bidi import algorithm

    base = algorithm.get_base_level(signs)
    storage: dict[str, Any] = {"base_level": base, "base_dir": "LR"[base], "chars": [], "runs": []}
    algorithm.get_embedding_levels(signs, storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    _pair_brackets(storage["chars"], "LR"[base])
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    return [sign["level"] for sign in storage["chars"]]


STRONG = {"L": "L", "R": "R", "EN": "R", "AN": "R"}


def _pair_brackets(signs: list[dict[str, Any]], direction: str) -> None:
    """Rule N0, which python-bidi leaves out: both brackets of a pair go with what is in them, or before them."""
    for first, last in _pairs("".join(sign["ch"] for sign in signs)):
        inside = {STRONG.get(sign["type"]) for sign in signs[first + 1 : last]} - {None}
        before = next((kind for sign in signs[:first][::-1] if (kind := STRONG.get(sign["type"]))), direction)
        if inside:
            signs[first]["type"] = signs[last]["type"] = direction if direction in inside else before


def _pairs(text: str) -> list[tuple[int, int]]:
    """Places of brackets that belong together, in the order of those that open."""
    opened: list[tuple[str, int]] = []
    found = []
    for place, sign in enumerate(text):
        if sign in "([{":
            opened.append((")]}"["([{".index(sign)], place))
        elif any(sign == wanted for wanted, _ in opened):
            while opened[-1][0] != sign:
                opened.pop()
            found.append((opened.pop()[1], place))
    return sorted(found)


def _in_order_of_sight(row: list[Run]) -> list[Run]:
    """Rule L2: from the highest level down to the lowest odd one, what lies at it or above is turned round."""
    for level in range(max((run.level for run in row), default=0), 0, -1):
        groups = [list(some) for _, some in groupby(row, key=partial(_reaches, level))]
        row = [run for some in groups for run in (some[::-1] if some[0].level >= level else some)]
    return row


def _reaches(level: int, run: Run) -> bool:
    return run.level >= level


def _shaped(run: Run, face: str, size: float) -> Any:
    import uharfbuzz as hb

    buffer = hb.Buffer()
    buffer.add_str(run.text)
    buffer.direction = "rtl" if run.level % 2 else "ltr"
    buffer.language = "und"
    buffer.guess_segment_properties()
    hb.shape(typefaces.font(run.file, face, size), buffer, {})
    return buffer


def _advance(run: Run, face: str, size: float) -> float:
    return float(sum(place.x_advance for place in _shaped(run, face, size).glyph_positions) / UNITS)


def directed(text: str, lines: Sequence[str]) -> list[str]:
    """Lines of a text that runs to the left run to the left, also those that begin with a word that doesn't."""
    if not runs_to_the_left(text):
        return list(lines)
    return [line if runs_to_the_left(line) else TO_THE_LEFT + line for line in lines]


def runs_to_the_left(text: str) -> bool:
    """By its first letter with a direction (rules P2 and P3)."""
    strong = (kind for sign in text if (kind := unicodedata.bidirectional(sign)) in ("L", "R", "AL"))
    return next(strong, "L") != "L"
