"""What was heard in a clip, made of what the child told. Pure: what is doubtful is left out, and marked.

A model writes words also where nobody speaks. So a word counts only where the detector hears a voice, and a passage
only where the model itself is sure enough; its three figures and their limits are Whisper's own (openai/whisper,
transcribe.py), `LEAST_SURE` beside them for passages that are sure of nothing. What a model has learnt from subtitles
(who made them) is nobody's word either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

MOST_COMPRESSION, NO_SPEECH, UNSURE, LEAST_SURE = 2.4, 0.6, -1.0, -1.6
BESIDE = 0.3
"""Seconds beside a voice that words may lie: they are timed to 20 ms, voices to 32."""
LANGUAGES = frozenset({"ru", "en", "fr"})
"""In which words are worth reading: others are named, and nothing is written down."""
LATE = 2.0
"""Seconds of silence from which on the sound begins late."""
AIR = 0.25
"""Seconds that are left before the first word and behind the last one."""
SURE_LANGUAGE = 0.5
PHANTOMS = re.compile(
    r"субтитр\w* (?:сдел\w+|созда\w+|подогн\w+|делал\w*)|редактор субтитров|корректор [а-я]\. ?[а-я]|dimatorzok"
    r"|продолжение следует|amara\.org|sous-titr\w+ (?:réalis\w+|fait\w*)|^спасибо за просмотр|thanks for watching",
    re.IGNORECASE,
)


class SpeechMark(StrEnum):
    """`no_sound`: the clip has none. `silence`: it is too quiet for anybody. `no_speech`: something is heard, and
    nobody speaks. `late_sound`: its sound begins later than the picture. `no_words`: somebody speaks, and no word is
    sure. `no_model`: nobody asked for words, since there is no model. `language_unsure`: it was guessed, and is as good
    as unknown. `other_language`: words are not written down in this one. `dropped`: words that the model wrote were
    left out.
    """

    no_sound = "no_sound"
    silence = "silence"
    no_speech = "no_speech"
    late_sound = "late_sound"
    no_words = "no_words"
    no_model = "no_model"
    language_unsure = "language_unsure"
    other_language = "other_language"
    dropped = "dropped"


@dataclass(frozen=True, slots=True)
class HeardWord:
    """As the model wrote it, with its comma; seconds of the clip; `probability`: 0 to 1."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Hearing:
    """`language`: a code of ISO 639-1 or "", `language_probability` 1 where it was told. `voice`: seconds from … to in
    which somebody speaks. `segments`: words, a passage each. `model`: SpeechModel.key, "" for none.
    """

    seconds: float
    language: str
    language_probability: float
    voice: Sequence[tuple[float, float]]
    segments: Sequence[Sequence[HeardWord]]
    marks: frozenset[SpeechMark]
    model: str

    @property
    def words(self) -> list[HeardWord]:
        return [word for segment in self.segments for word in segment]

    @property
    def speech_share(self) -> float:
        """0 to 1."""
        return sum(end - start for start, end in self.voice) / self.seconds if self.seconds else 0.0

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Seconds from the first moment to the last in which somebody speaks."""
        return (self.voice[0][0], self.voice[-1][1]) if self.voice else None

    @property
    def cut(self) -> tuple[float, float] | None:
        """In and out point to propose: the bounds with some air."""
        if self.bounds is None:
            return None
        return max(0.0, self.bounds[0] - AIR), min(self.seconds, self.bounds[1] + AIR)

    def as_json(self) -> dict[str, Any]:
        said = [[[*asdict(word).values()] for word in segment] for segment in self.segments]
        return {**asdict(self), "segments": said, "marks": sorted(self.marks)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Hearing:
        segments = tuple(tuple(HeardWord(*word) for word in segment) for segment in told["segments"])
        voice = tuple((start, end) for start, end in told["voice"])
        marks = frozenset(SpeechMark(mark) for mark in told["marks"])
        return cls(**{**told, "segments": segments, "voice": voice, "marks": marks})


def without_sound(model: str) -> Hearing:
    return Hearing(0.0, "", 0.0, (), (), frozenset({SpeechMark.no_sound}), model)


def of_lines(plan: Mapping[str, Any], pieces: Iterable[Mapping[str, Any]], *, told: str, model: str) -> Hearing:
    """`plan`, `pieces`: lines of the child, all of them; `told`: the language that it was told, or ""."""
    pieces = list(pieces)
    voice = tuple((start, end) for start, end in plan["voice"])
    raw = [segment for piece in pieces for segment in piece["segments"] if segment["words"]]
    kept = [words for segment in raw if (words := _credible(segment, voice))]
    language = told or (pieces[0]["language"] if pieces and voice else "")
    probability = 1.0 if told else pieces[0]["probability"] if language else 0.0
    marks = set(_marks_of_sound(plan, voice))
    if not model:
        marks.add(SpeechMark.no_model)
    elif language and language not in LANGUAGES:
        marks.add(SpeechMark.other_language)
    elif voice and not kept:
        marks.add(SpeechMark.no_words)
    if sum(map(len, kept)) < sum(len(segment["words"]) for segment in raw):
        marks.add(SpeechMark.dropped)
    if language and probability < SURE_LANGUAGE:
        marks.add(SpeechMark.language_unsure)
    return Hearing(plan["seconds"], language, probability, voice, tuple(kept), frozenset(marks), model)


def _marks_of_sound(plan: Mapping[str, Any], voice: Sequence[tuple[float, float]]) -> Iterable[SpeechMark]:
    if plan["loud"] is None:
        yield SpeechMark.silence
        return
    if plan["loud"][0] >= LATE:
        yield SpeechMark.late_sound
    if not voice:
        yield SpeechMark.no_speech


def _credible(segment: Mapping[str, Any], voice: Sequence[tuple[float, float]]) -> tuple[HeardWord, ...]:
    sure, no_speech = segment["log_probability"], segment["no_speech"]
    if segment["compression"] > MOST_COMPRESSION or sure < LEAST_SURE or (no_speech > NO_SPEECH and sure < UNSURE):
        return ()
    words = tuple(HeardWord(*word) for word in segment["words"])
    if PHANTOMS.search(" ".join(word.text for word in words)):
        return ()
    return tuple(word for word in words if word.text and _in_a_voice((word.start + word.end) / 2, voice))


def _in_a_voice(at: float, voice: Sequence[tuple[float, float]]) -> bool:
    return any(start - BESIDE <= at <= end + BESIDE for start, end in voice)
