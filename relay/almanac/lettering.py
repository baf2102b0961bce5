"""Setting text: what can be drawn, how wide it is, where its lines break.

Lines are broken as a Russian typesetter breaks them: a preposition goes with the word after it, a dash and a particle
with the word before, a number with what it counts, an initial with the surname (Мильчин, «Справочник издателя и
автора», 3.11). Words are never hyphenated; a name that has a hyphen may be parted there when nothing else helps.

A *face* is a file of a font package, `font_roboto/Roboto-Bold.ttf`; `Roboto-Bold` alone is one of `font-roboto`.
What a face lacks is drawn in Roboto, which has Latin, Cyrillic with its extensions, and Greek.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

ROBOTO = "font_roboto/Roboto-Regular.ttf"
HEAVY = re.compile(r"bold|black|medium|semi", re.IGNORECASE)
GLUE = "\N{NO-BREAK SPACE}"

_LEADING = (
    "а|без|в|во|да|до|за|и|из|или|к|как|ко|на|над|не|ни|но|о|об|обо|от|по|под|при|про|с|со|у|что|я|"
    "г|гор|д|дер|им|п|пос|пгт|рп|с|ст|ул|обл|р-н|ж/д|"
    "a|an|and|at|by|for|in|no|of|on|or|the|to"
)
_BEFORE = re.compile(rf"(?<![^\s{GLUE}«„(\"])((?:{_LEADING})\.?) (?=\S)", re.IGNORECASE)
_INITIAL = re.compile(rf"(?<![^\s{GLUE}«„(\"])([^\W\d_]\.) (?=[^\W\d_])")
_COUNT = re.compile(r"(\d) (?=[^\W\d_])")
_SIGN = re.compile(r"([№§]) (?=\d)")
_AFTER = re.compile(r" (?=(?:[—–]|(?:бы|ли|же|ль|б|ж)(?![^\W_]))(?:\s|$|[.,;:!?]))")


def readable(text: str) -> str:
    """What of a text can be drawn: composed letters, one space between words, no control or direction marks."""
    text = unicodedata.normalize("NFC", re.sub(r"\s+", " ", text))
    kept = "".join(c for c in text if c == " " or (unicodedata.category(c)[0] != "C" and _drawable(c, ROBOTO)))
    return re.sub(r" +", " ", kept).strip()


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
            return size * scale, balanced(broken, face, size * scale, width)
    size = sizes[-1] * scale
    kept = wrap(text, face, size, width)[:lines]
    whole = "".join(kept).replace(" ", "").replace(GLUE, "") == text.replace(" ", "").replace(GLUE, "")
    return size, [shortened(line, face, size, width) for line in kept[:-1]] + [
        shortened(kept[-1] + ("" if whole else "…"), face, size, width)
    ]


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
    if len(lines) < 2 or any(line.endswith("-") for line in lines[:-1]):
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
    while len(text) > 1 and text_width(text.rstrip("… ") + "…", face, size) > width:
        text = text.rstrip("… ")[:-1]
    return text.rstrip("… ") + "…"


def text_width(text: str, face: str, size: float) -> float:
    return float(_font(covering(text, face), size).getlength(text))


@cache
def covering(text: str, face: str) -> str:
    """`face`, or Roboto of a like weight where it lacks a letter of the text."""
    if all(_drawable(letter, face) for letter in set(text)):
        return face
    return "Roboto-Bold" if HEAVY.search(face) else "Roboto-Regular"


@cache
def font_file(face: str) -> str:
    """Where the face's package keeps it."""
    from importlib.resources import files

    package, _, name = face.rpartition("/")
    return str(files(package or "font_roboto") / "files" / (name if name.endswith((".ttf", ".otf")) else f"{name}.ttf"))


@cache
def capitals(face: str, size: float) -> tuple[float, float]:
    """Pixels from the top of the face's box to its baseline, and the height of its capitals."""
    font = _font(face, size)
    return float(font.getmetrics()[0]), -float(font.getbbox("Н", anchor="ls")[1])


@cache
def _font(face: str, size: float) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(font_file(face), max(4, round(size)))


@cache
def _drawable(letter: str, face: str) -> bool:
    """Whether the font has the letter: what it lacks, it draws as the same empty box."""
    font = _font(face, 32)
    return bytes(font.getmask(letter)) != bytes(font.getmask("\U0010fffe")) or not letter.strip()
