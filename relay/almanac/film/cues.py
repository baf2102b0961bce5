"""Captions: what is said in a clip, in one language, with times, and what becomes of it in a film. Pure.

Readable means here: at most two lines of 42 letters, at least a second on the screen, no two at the same time (as the
style guides of broadcasters have it: BBC Subtitle Guidelines, Netflix Timed Text Style Guide).
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from relay.almanac.cards.typography import GLUE, bound
from relay.almanac.film import webvtt
from relay.almanac.film.sentences import sentences_of
from relay.errors import Refused

LINE_LETTERS, LINES = 42, 2
LEAST_SECONDS = 1.0
LETTERS_A_SECOND = 17.0
"""That a reader of captions manages at most (Netflix, Timed Text Style Guides: 17 for Russian and French)."""
GAP_SECONDS = 0.04
"""Between two captions, so that the eye sees that they have changed."""
PAUSE_SECONDS = 0.3
"""Over a longer pause no captions are joined."""
MOST_BYTES = 1 << 20
FORMATS = ("srt", "vtt", "ass", "ssa", "ttml", "sub")
_SPEECH = re.compile(r"\n\s*(?=(?:[–—―‒]|[-−](?!\d))\s*\S)")
"""Where somebody else begins to speak: a line that begins with a dash."""
DASH = "– "
_CLOCK = re.compile(r"(\d:\d{1,2}:\d{1,2})[,.](?=\d)")
"""What readers of SubRip take for a time wherever it stands."""
_TAG = re.compile(r"<(\s*/?\s*[^\W\d_][^<>]*)>")
_BRACES = str.maketrans("{}\\", "()/")
_PAUSE = re.compile(r"(?<=[,;:—–)])\s+")


@dataclass(frozen=True, slots=True)
class Cue:
    """Seconds, and the text in its lines. `voice`: who says it, where a file tells; not kept. `sure`: how sure a model
    was of each word of the text, 0 to 1; empty for what no model heard.
    """

    start: float
    end: float
    text: str
    voice: str = field(default="", compare=False)
    sure: tuple[float, ...] = field(default=(), compare=False)

    @property
    def seconds(self) -> float:
        return self.end - self.start


def parsed(data: bytes) -> list[Cue]:
    """A file of captions (SubRip, WebVTT, SSA, TTML) as readable cues, without any styling.

    Raises Refused for what is none, is too large, or says nothing.
    """
    if len(data) > MOST_BYTES:
        raise Refused("The file of captions is larger than {most} MB.", most=MOST_BYTES >> 20)
    text = _decoded(data)
    read = _of_webvtt(text) if webvtt.is_webvtt(text) else _of_others(text)
    settled = readable_cues(cue for cue in read if 0 <= cue.start < cue.end)
    if not settled:
        raise Refused(NOT_CAPTIONS, hint=WHICH)
    return settled


def _of_webvtt(text: str) -> list[Cue]:
    return [_said(cue) for cue in webvtt.without_repeats(webvtt.read(text))]


def _said(cue: webvtt.TimedText) -> Cue:
    """Two voices in one cue have lines of their own."""
    voices = {speech.voice for speech in cue.speeches if speech.voice and speech.text.strip()}
    if len(voices) < 2:
        return Cue(cue.start, cue.end, cue.text, min(voices, default=""))
    lines: list[tuple[str, str]] = []
    for speech in cue.speeches:
        if lines and speech.voice in ("", lines[-1][0]):
            lines[-1] = lines[-1][0], lines[-1][1] + speech.text
        else:
            lines.append((speech.voice, speech.text))
    return Cue(cue.start, cue.end, "\n".join(_dashed(text) for _, text in lines if text.strip()))


def _dashed(text: str) -> str:
    """As what one of several speakers says."""
    line = " ".join(text.split())
    return line if _SPEECH.match(f"\n{line}") else f"{DASH}{line}"


def _of_others(text: str) -> list[Cue]:
    import pysubs2

    try:
        read = pysubs2.SSAFile.from_string(_ended(text))
    except (pysubs2.exceptions.Pysubs2Error, ValueError, KeyError, IndexError, OverflowError) as error:
        raise Refused(NOT_CAPTIONS, hint=WHICH) from error
    return [
        Cue(event.start / 1000, event.end / 1000, event.plaintext, event.name)
        for event in read
        if not event.is_comment and not event.is_drawing
    ]


def _ended(text: str) -> str:
    """pysubs2 takes a number in the last line of a SubRip file for the next caption's, so one is given to it."""
    from pysubs2.formats import subrip

    return f"{text.rstrip()}\n\n0\n" if subrip.SubripFormat.guess_format(text) == "srt" else text


NOT_CAPTIONS = "There are no captions in this file."
WHICH = "Give an SRT or WebVTT file."


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
    """In order, not overlapping, none too long for two lines, none too short to be read.

    What was made so stays as it is when it is read once more.
    """
    ordered = sorted((_in_ms(cue) for cue in cues if cue.text.strip()), key=lambda cue: (cue.start, cue.end))
    pieces = [_in_ms(piece) for cue in one_after_another(ordered) for piece in _divided(cue)]
    return [_in_ms(replace(cue, text="\n".join(in_lines(cue.text)))) for cue in _apart(_joined(pieces))]


def _in_ms(cue: Cue) -> Cue:
    """As files write it. What is decided by lengths is decided by these: half a millisecond goes up or down."""
    return replace(cue, start=round(cue.start, 3), end=round(cue.end, 3))


def one_after_another(cues: Iterable[Cue]) -> list[Cue]:
    """Of cues in order: two at the same time, so that the first could not be read alone, become one of two speakers."""
    made: list[Cue] = []
    for cue in cues:
        before = made[-1] if made else None
        if before is None or cue.start >= min(before.end, before.start + LEAST_SECONDS):
            made.append(cue)
        elif speeches_of(cue.text) == speeches_of(before.text):
            made[-1] = replace(before, end=max(before.end, cue.end))
        else:
            both = [_dashed(text) for said in (before, cue) for text in speeches_of(said.text)]
            made[-1] = Cue(before.start, max(before.end, cue.end), "\n".join(both))
    return [*(replace(cue, end=min(cue.end, after.start)) for cue, after in pairwise(made)), *made[-1:]]


def speeches_of(text: str) -> list[str]:
    """What each speaker says, in one line; another one begins with a line that begins with a dash."""
    return [line for line in (" ".join(part.split()) for part in _SPEECH.split(text)) if line]


def _divided(cue: Cue) -> list[Cue]:
    parts = parts_of("\n".join(speeches_of(cue.text)))
    total, at, made = sum(len(part) for part in parts), cue.start, []
    for part in parts:
        seconds = cue.seconds * len(part) / total
        made.append(Cue(at, at + seconds, part, cue.voice))
        at += seconds
    return made


def parts_of(text: str) -> list[str]:
    """Parts that fit into two lines: between speakers, at ends of sentences, after a comma, else between words."""
    if fits(text):
        return [text]
    for glue, divided in (("\n", speeches_of), (" ", sentences_of), (" ", _PAUSE.split), (" ", _words)):
        pieces = divided(text)
        if len(pieces) > 1:
            middle = _best_middle(pieces)
            left, right = (glue.join(side).replace(GLUE, " ") for side in (pieces[:middle], pieces[middle:]))
            return [*parts_of(left), *parts_of(right)]
    return [text[at : at + LINE_LETTERS * LINES] for at in range(0, len(text), LINE_LETTERS * LINES)]


def _words(text: str) -> list[str]:
    return bound(text).split(" ")


def _best_middle(pieces: Sequence[str]) -> int:
    """How many pieces come first, so that both sides are about as long."""
    lengths = [len(piece) + 1 for piece in pieces]
    whole = sum(lengths)
    return min(range(1, len(pieces)), key=lambda count: abs(2 * sum(lengths[:count]) - whole))


def fits(text: str) -> bool:
    lines = in_lines(text)
    return len(lines) <= LINES and all(len(line) <= LINE_LETTERS for line in lines)


def in_lines(text: str) -> list[str]:
    """Each speaker's words in lines of their own."""
    return [line for speech in speeches_of(text) for line in _wrapped(speech)]


def _wrapped(text: str) -> list[str]:
    """One line, or two that are about as long, the lower one rather the longer; more where it can't be helped."""
    if len(text) <= LINE_LETTERS:
        return [text]
    words = _words(text)
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
        for piece in (word[at : at + LINE_LETTERS] for at in range(0, len(word), LINE_LETTERS)):
            if lines[-1] and len(lines[-1]) + 1 + len(piece) > LINE_LETTERS:
                lines.append(piece)
            else:
                lines[-1] = f"{lines[-1]} {piece}".strip()
    return lines


def _joined(cues: Sequence[Cue]) -> list[Cue]:
    """What is too short to be read goes with its neighbour, where both fit together and no pause lies between.

    How long a caption can be read is told by the next one's start, which no rule moves: so it comes out the same again.
    """
    made: list[Cue] = []
    for number, cue in enumerate(cues):
        before = made[-1] if made else None
        after = cues[number + 1].start if number + 1 < len(cues) else math.inf
        if before is not None and _belongs(before, cue, after) and fits(together := _together(before, cue)):
            voice = before.voice if before.voice == cue.voice else ""
            made[-1] = Cue(before.start, max(before.end, cue.end), together, voice)
        else:
            made.append(cue)
    return made


def _belongs(before: Cue, cue: Cue, after: float) -> bool:
    is_hasty = cue.start - before.start < LEAST_SECONDS or after - cue.start < LEAST_SECONDS
    return is_hasty and cue.start - max(before.end, before.start + LEAST_SECONDS) < PAUSE_SECONDS


def _together(before: Cue, after: Cue) -> str:
    if before.voice and after.voice and before.voice != after.voice:
        return f"{_dashed(before.text)}\n{_dashed(after.text)}"
    is_answer = _SPEECH.match(f"\n{after.text}") is not None
    return ("\n" if is_answer else " ").join([before.text, after.text])


def _apart(cues: Sequence[Cue]) -> list[Cue]:
    """Each stays at least a second where the next one lets it, and is gone before the next one comes."""
    longer = [replace(cue, end=max(cue.end, cue.start + LEAST_SECONDS)) for cue in cues]
    parted = [replace(cue, end=min(cue.end, _last_moment(cue, after))) for cue, after in pairwise(longer)]
    return [*parted, *longer[-1:]]


def _last_moment(cue: Cue, after: Cue) -> float:
    """Before the next one, by the gap where it is worth one."""
    before_gap = after.start - GAP_SECONDS
    return before_gap if before_gap - cue.start >= 5 * GAP_SECONDS else after.start


# --- in rows and in films -----------------------------------------------------------------------------------------


def as_rows(cues: Iterable[Cue]) -> list[dict[str, object]]:
    return [
        {"from": cue.start, "to": cue.end, "text": cue.text, **({"sure": list(cue.sure)} if cue.sure else {})}
        for cue in cues
    ]


def from_rows(rows: Iterable[Mapping[str, Any]]) -> list[Cue]:
    return [
        Cue(float(row["from"]), float(row["to"]), str(row["text"]), sure=tuple(row.get("sure", ()))) for row in rows
    ]


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
    """SubRip. It knows no way to write what a reader takes for a tag, a time or an arrow: that is written otherwise."""
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
    plain = _filled(text).replace("-->", "→").translate(_BRACES)
    return _CLOCK.sub(r"\1 ", _TAG.sub(r"‹\1›", plain))


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
