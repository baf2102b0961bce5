"""Reads WebVTT as the standard says: whose lines, when. Pure.

W3C, WebVTT: The Web Video Text Tracks Format, section 6: "WebVTT file parsing" (blocks, notes, styles, regions, names
of cues, times) and "WebVTT cue text parsing rules" (tags, voices, word times, character references). Layout is not
read: neither settings of cues nor what a STYLE or REGION block says.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

ARROW = "-->"
NEAR = 0.1
"""Seconds between two cues of which the second goes on from the first."""

_HEAD = re.compile(r"WEBVTT(?=[ \t\n]|$)")
_TIME = r"(?:(\d{1,9}):)?(\d\d):(\d\d)\.(\d{3})(?!\d)"
_TIMES = re.compile(rf"[ \t\f]*{_TIME}[ \t\f]*-->[ \t\f]*{_TIME}", re.ASCII)
_TAG = re.compile(r"<([^>]*)(?:>|\Z)")
_START = re.compile(r"([^\s.]*)(?:\.\S*)?(.*)", re.DOTALL)
_WORD_TIME = re.compile(r"\d", re.ASCII)
_SPANS = frozenset({"c", "i", "b", "u", "ruby", "v", "lang"})


@dataclass(frozen=True, slots=True)
class Speech:
    """What one voice says in a cue; `voice` is "" where the file names none. The text keeps its line ends."""

    voice: str
    text: str


@dataclass(frozen=True, slots=True)
class TimedText:
    """A cue: seconds, and its text by voices. `by_words`: its words have times of their own."""

    start: float
    end: float
    speeches: tuple[Speech, ...]
    by_words: bool = False

    @property
    def text(self) -> str:
        return "".join(speech.text for speech in self.speeches)


def is_webvtt(text: str) -> bool:
    return _HEAD.match(text) is not None


def read(text: str) -> list[TimedText]:
    """The cues in the order of the file; none where the file has no proper head. What is malformed is left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    if not is_webvtt(text):
        return []
    return [_cue(*times, body) for times, body in _blocks(text.split("\n"))]


def _blocks(lines: Sequence[str]) -> Iterator[tuple[tuple[float, float], str]]:
    """Times and text of each cue. Whatever else stands between empty lines is a note, a style, a region or nothing."""
    at = _after_head(lines)
    while at < len(lines):
        end = _end_of_block(lines, at)
        if ARROW in lines[at]:
            first = at
        elif at + 1 < end and ARROW in lines[at + 1]:
            first = at + 1
        else:
            at = max(end, at + 1)
            continue
        times = _times(lines[first])
        if times is not None:
            yield times, "\n".join(lines[first + 1 : end])
        at = max(end, first + 1)


def _after_head(lines: Sequence[str]) -> int:
    """The head goes on to the first empty line, or to the first times where that line is missing."""
    return next((at for at, line in enumerate(lines[1:], 1) if not line or ARROW in line), len(lines))


def _end_of_block(lines: Sequence[str], at: int) -> int:
    """Behind a block: at an empty line, or at the next times. A block's own times are its first or second line."""
    own = next((number for number in (at, at + 1) if number < len(lines) and ARROW in lines[number]), at)
    if not lines[at]:
        return at
    behind = range(max(own, at) + 1, len(lines))
    return next((number for number in behind if not lines[number] or ARROW in lines[number]), len(lines))


def _times(line: str) -> tuple[float, float] | None:
    match = _TIMES.match(line)
    if match is None:
        return None
    start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
    return None if start is None or end is None else (start, end)


def _seconds(parts: Sequence[str | None]) -> float | None:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return None if minutes > 59 or seconds > 59 else hours * 3600 + minutes * 60 + seconds + thousandths / 1000


def _cue(start: float, end: float, body: str) -> TimedText:
    said: list[Speech] = []
    by_words = False
    spans: list[tuple[str, str]] = []
    at = 0
    for tag in _TAG.finditer(body):
        said.append(_said(spans, body[at : tag.start()]))
        by_words |= _WORD_TIME.match(tag[1]) is not None
        _step(spans, tag[1])
        at = tag.end()
    said.append(_said(spans, body[at:]))
    voices = groupby((speech for speech in said if speech.text), key=lambda speech: speech.voice)
    speeches = [Speech(voice, "".join(speech.text for speech in found)) for voice, found in voices]
    return TimedText(start, end, tuple(speeches), by_words)


def _said(spans: Sequence[tuple[str, str]], text: str) -> Speech:
    voice = next((name for span, name in reversed(spans) if span == "v"), "")
    return Speech(voice, html.unescape(text))


def _step(spans: list[tuple[str, str]], tag: str) -> None:
    """Into a span or out of it; a tag that the standard doesn't know, or that doesn't fit here, changes nothing."""
    match = _START.match(tag.removeprefix("/"))
    assert match is not None
    name, inside = match[1], spans[-1][0] if spans else ""
    if not tag.startswith("/"):
        if name in _SPANS or (name == "rt" and inside == "ruby"):
            spans.append((name, " ".join(html.unescape(match[2]).split())))
    elif name == "ruby" and inside == "rt":
        del spans[-2:]
    elif spans and tag.removeprefix("/") == inside:
        spans.pop()


def without_repeats(cues: Sequence[TimedText]) -> list[TimedText]:
    """Captions that were made by a machine roll up: each cue says the line before once more, above the new one.

    Known by times of words. What is left says every line once.
    """
    if not any(cue.by_words for cue in cues):
        return list(cues)
    kept: list[TimedText] = []
    shown: list[str] = []
    end = -1.0
    for cue in cues:
        lines = [line for line in (" ".join(line.split()) for line in cue.text.split("\n")) if line]
        repeated = _repeated(shown, lines) if cue.start - end < NEAR else 0
        if new := "\n".join(lines[repeated:]):
            kept.append(replace(cue, speeches=(Speech("", new),)) if repeated else cue)
        shown, end = lines or shown, cue.end
    return kept


def _repeated(shown: Sequence[str], lines: Sequence[str]) -> int:
    """How many of the first lines are the last ones that were shown."""
    return next((n for n in range(len(lines), 0, -1) if list(lines[:n]) == list(shown[len(shown) - n :])), 0)
