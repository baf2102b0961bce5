"""Captions: what is said in a clip, in one language, with times, and what becomes of it in a film. Pure.

Readable means here: at most two lines of 42 letters, at least a second on the screen, no two at the same time (as the
style guides of broadcasters have it: BBC Subtitle Guidelines, Netflix Timed Text Style Guide).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from relay.almanac.lettering import GLUE, bound
from relay.errors import Refused

LINE_LETTERS, LINES = 42, 2
LEAST_SECONDS = 1.0
GAP_SECONDS = 0.04
"""Between two captions, so that the eye sees that they have changed."""
MOST_BYTES = 1 << 20
FORMATS = ("srt", "vtt", "ass", "ssa", "ttml", "sub")
_SENTENCE = re.compile(r"[^.!?…]+[.!?…»”\"]*\s*")
_CLOCK = re.compile(r"(:\d\d?)[,.:](\d)")
"""What some readers take for a time wherever it stands."""
_PAUSE = re.compile(r"(?<=[,;:—–)])\s+")


@dataclass(frozen=True, slots=True)
class Cue:
    """Seconds, and the text in its lines."""

    start: float
    end: float
    text: str

    @property
    def seconds(self) -> float:
        return self.end - self.start


def parsed(data: bytes) -> list[Cue]:
    """A file of captions (SubRip, WebVTT, SSA, TTML) as readable cues, without any styling.

    Raises Refused for what is none, is too large, or says nothing.
    """
    import pysubs2

    if len(data) > MOST_BYTES:
        raise Refused("The file of captions is larger than {most} MB.", most=MOST_BYTES >> 20)
    try:
        read = pysubs2.SSAFile.from_string(_decoded(data))
    except (pysubs2.exceptions.Pysubs2Error, ValueError, KeyError, IndexError, OverflowError) as error:
        raise Refused(NOT_CAPTIONS, hint=WHICH) from error
    cues = [
        Cue(event.start / 1000, event.end / 1000, event.plaintext)
        for event in read
        if not event.is_comment and not event.is_drawing and 0 <= event.start < event.end
    ]
    settled = readable_cues(cues)
    if not settled:
        raise Refused(NOT_CAPTIONS, hint=WHICH)
    return settled


NOT_CAPTIONS = "There are no captions in this file."
WHICH = "Give an SRT or WebVTT file."


def sentences_of(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE.findall(" ".join(text.split())) if part.strip()]


def spread(text: str, first: float, last: float) -> list[Cue]:
    """A known text over a stretch of a clip: every sentence gets time by its length. Seconds."""
    sentences = sentences_of(text)
    weights = [len(sentence) + PAUSE_LETTERS for sentence in sentences]
    total, at, cues = sum(weights), first, []
    for sentence, weight in zip(sentences, weights, strict=True):
        seconds = (last - first) * weight / total
        cues.append(Cue(at, at + seconds, sentence))
        at += seconds
    return readable_cues(cues)


PAUSE_LETTERS = 4
"""A reader's pause after a sentence takes as long as so many letters."""


def readable_cues(cues: Iterable[Cue]) -> list[Cue]:
    """In order, not overlapping, none too long for two lines, none too short to be read."""
    ordered = sorted((cue for cue in cues if cue.text.strip()), key=lambda cue: (cue.start, cue.end))
    pieces = [piece for cue in ordered for piece in _divided(cue)]
    pieces = _apart(_joined(pieces))
    return [
        replace(cue, text="\n".join(in_lines(cue.text)), start=round(cue.start, 3), end=round(cue.end, 3))
        for cue in pieces
    ]


def _divided(cue: Cue) -> list[Cue]:
    text = " ".join(cue.text.split())
    parts = _parts(text)
    total, at, made = sum(len(part) for part in parts), cue.start, []
    for part in parts:
        seconds = cue.seconds * len(part) / total
        made.append(Cue(at, at + seconds, part))
        at += seconds
    return made


def _parts(text: str) -> list[str]:
    """Parts that fit into two lines: at ends of sentences, else after a comma, else between words."""
    if fits(text):
        return [text]
    for pattern in (_SENTENCE, None, re.compile(r" ")):
        if pattern is _SENTENCE:
            pieces = [piece.strip() for piece in _SENTENCE.findall(text)]
        elif pattern is None:
            pieces = _PAUSE.split(text)
        else:
            pieces = bound(text).split(" ")
        if len(pieces) > 1:
            middle = _best_middle(pieces)
            left, right = (" ".join(side).replace(GLUE, " ") for side in (pieces[:middle], pieces[middle:]))
            if left and right:
                return [*_parts(left), *_parts(right)]
    return [text[at : at + LINE_LETTERS * LINES] for at in range(0, len(text), LINE_LETTERS * LINES)]


def _best_middle(pieces: Sequence[str]) -> int:
    """How many pieces come first, so that both sides are about as long."""
    lengths = [len(piece) + 1 for piece in pieces]
    whole = sum(lengths)
    return min(range(1, len(pieces)), key=lambda count: abs(2 * sum(lengths[:count]) - whole))


def fits(text: str) -> bool:
    lines = in_lines(text)
    return len(lines) <= LINES and all(len(line) <= LINE_LETTERS for line in lines)


def in_lines(text: str) -> list[str]:
    """One line, or two that are about as long, the lower one rather the longer; more where it can't be helped."""
    text = " ".join(text.split())
    if len(text) <= LINE_LETTERS:
        return [text]
    words = bound(text).split(" ")
    best: tuple[float, list[str]] | None = None
    for count in range(1, len(words)):
        pair = [" ".join(part).replace(GLUE, " ") for part in (words[:count], words[count:])]
        if max(map(len, pair)) <= LINE_LETTERS:
            badness = abs(len(pair[0]) - len(pair[1])) + (3 if len(pair[0]) > len(pair[1]) else 0)
            badness -= 6 if pair[0].endswith((",", ";", ":", ".", "—", "!", "?")) else 0
            if best is None or badness < best[0]:
                best = badness, pair
    return best[1] if best else _greedy(text)


def _greedy(text: str) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > LINE_LETTERS:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _joined(cues: Sequence[Cue]) -> list[Cue]:
    """What is too short to be read goes with what follows at once, where both fit together."""
    made: list[Cue] = []
    for cue in cues:
        before = made[-1] if made else None
        if before is not None and min(before.seconds, cue.seconds) < LEAST_SECONDS and cue.start - before.end < 0.3:
            together = f"{before.text} {cue.text}"
            if fits(together):
                made[-1] = Cue(before.start, max(before.end, cue.end), together)
                continue
        made.append(cue)
    return made


def _apart(cues: Sequence[Cue]) -> list[Cue]:
    """Each stays at least a second where the next one lets it, and is gone before the next one comes."""
    longer = [replace(cue, end=max(cue.end, cue.start + LEAST_SECONDS)) for cue in cues]
    parted = [
        replace(cue, end=min(cue.end, max(cue.start + 0.2, after.start - GAP_SECONDS)))
        for cue, after in pairwise(longer)
    ]
    return [*parted, *longer[-1:]]


# --- in rows and in films -----------------------------------------------------------------------------------------


def as_rows(cues: Iterable[Cue]) -> list[dict[str, Any]]:
    return [{"from": cue.start, "to": cue.end, "text": cue.text} for cue in cues]


def from_rows(rows: Iterable[dict[str, Any]]) -> list[Cue]:
    return [Cue(float(row["from"]), float(row["to"]), str(row["text"])) for row in rows]


def within(cues: Iterable[Cue], first: float, last: float) -> list[Cue]:
    """What of a clip's captions can be seen between two moments of it, in seconds from the first.

    A sliver at an edge, too short to be read, is left out.
    """
    made = []
    for cue in cues:
        start, end = max(cue.start, first), min(cue.end, last)
        if end - start >= min(cue.seconds, LEAST_SECONDS / 2) and end > start:
            made.append(Cue(start - first, end - first, cue.text))
    return made


def srt(cues: Sequence[Cue]) -> str:
    """SubRip. What a reader would take for a tag or an arrow is written otherwise."""
    blocks = [
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_harmless(cue.text)}\n"
        for number, cue in enumerate(cues, 1)
    ]
    return "\n".join(blocks)


def vtt(cues: Sequence[Cue], language: str = "") -> str:
    """WebVTT (W3C); `language` stands in its head."""
    head = "WEBVTT" + (f"\nLanguage: {language}" if language else "")
    blocks = [f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_escaped(cue.text)}" for cue in cues]
    return "\n\n".join([head, *blocks]) + "\n"


def _clock(seconds: float, mark: str) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}{mark}{whole % 1000:03}"


def _harmless(text: str) -> str:
    plain = _filled(text).replace("-->", "→").translate(str.maketrans("<>{}\\", "‹›()/"))
    return _CLOCK.sub(r"\1 \2", plain)


def _escaped(text: str) -> str:
    return html.escape(_filled(text), quote=False)


def _filled(text: str) -> str:
    """Without empty lines: they would end the caption."""
    return "\n".join(line for line in (" ".join(line.split()) for line in text.split("\n")) if line)


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "cp1251"):
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise Refused(NOT_CAPTIONS, hint=WHICH)
