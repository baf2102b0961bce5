"""Texts that the machine reads: when each sentence is read in a clip."""

from __future__ import annotations

import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relay.almanac.captions import aligning, speech_timing
from relay.almanac.captions.aligning import RATE, Spoken
from relay.almanac.film.footage import Footage
from relay.context import Relay
from relay.errors import ToolFailed
from relay.media import text_to_speech
from relay.media.text_to_speech import SpokenLine
from relay.media.toolbox import Done


class Reader:
    """In the place of speech: writes one second of a tone for each line, at 8 kHz."""

    def __init__(self) -> None:
        self.lines: list[SpokenLine] = []
        self.fails = False

    def speak(self, _toolbox: object, lines: list[SpokenLine], folder: Path) -> list[Path]:
        if self.fails:
            raise ToolFailed("no voice")
        self.lines += lines
        found = []
        for line in lines:
            path = folder / line.file
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes((np.arange(8000) % 100 * 100).astype("<i2").tobytes())
            found.append(path)
        return found


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    found = Reader()
    monkeypatch.setattr(text_to_speech, "speak", found.speak)
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: True)
    monkeypatch.setattr(aligning, "align", lambda _heard, sentences: [Spoken(0, 1, 0.3)] * len(sentences))
    monkeypatch.setattr(aligning, "is_read", lambda *_words, **_more: True)
    monkeypatch.setattr(aligning, "pace", lambda *_words: 1.0)
    return found


SOUND = np.ones(RATE, np.float32)


def test_each_sentence_is_read_in_its_language(relay: Relay, reader: Reader) -> None:
    assert len(speech_timing.reading(relay, SOUND, ["Раз.", "Два."], "ru")) == 2
    assert [(line.text, line.voice, line.rate) for line in reader.lines] == [("Раз.", "ru", 150), ("Два.", "ru", 150)]
    assert list((relay.folder("shots") / "work").iterdir()) == []


@pytest.mark.parametrize(
    ("pace", "rates"),
    [(1.0, [150]), (0.81, [150]), (1.24, [150]), (0.8, [150, 188]), (1.25, [150, 120]), (0.3, [150, 260]),
     (4.0, [150, 80])],
)  # fmt: skip
def test_a_text_that_is_read_faster_or_slower_is_read_so_again(
    relay: Relay, reader: Reader, monkeypatch: pytest.MonkeyPatch, pace: float, rates: list[int]
) -> None:
    monkeypatch.setattr(aligning, "pace", lambda *_words: pace)
    speech_timing.reading(relay, SOUND, ["Раз."], "ru")
    assert [line.rate for line in reader.lines] == rates


def test_another_text_than_the_one_that_is_read_has_no_times(
    relay: Relay, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aligning, "is_read", lambda *_words, **_more: False)
    assert speech_timing.reading(relay, SOUND, ["Раз."], "ru") == []
    monkeypatch.setattr(aligning, "align", lambda *_words: [])
    assert speech_timing.reading(relay, SOUND, ["Раз."], "ru") == []


@pytest.mark.parametrize(
    ("sound", "sentences", "reads"),
    [
        (SOUND, ["а" * 8000], True),
        (SOUND, ["а" * 4000, "а" * 4001], False),
        (SOUND, [""], False),
        (SOUND, [], False),
        (SOUND[:0], ["Раз."], False),
    ],
)
def test_nothing_and_too_much_is_not_read(
    relay: Relay, reader: Reader, sound: Any, sentences: list[str], *, reads: bool
) -> None:
    assert bool(speech_timing.reading(relay, sound, sentences, "ru")) is reads
    assert bool(reader.lines) is reads


def test_without_a_voice_there_are_no_times(relay: Relay, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    reader.fails = True
    assert speech_timing.reading(relay, SOUND, ["Раз."], "ru") == []
    reader.fails = False
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: False)
    assert speech_timing.reading(relay, SOUND, ["Раз."], "ru") == []


def test_a_reading_is_brought_to_the_rate_at_which_it_is_compared(
    relay: Relay, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(aligning, "align", lambda _heard, sentences: seen.extend(sentences) or [])
    speech_timing.reading(relay, SOUND, ["Раз."], "ru")
    (samples,) = seen
    assert (len(samples), samples.dtype) == (RATE, np.float32)
    assert samples[2] == pytest.approx(100 / 32768)
    assert samples[3] == pytest.approx(150 / 32768)
    assert np.abs(samples).max() < 0.31


class Ear:
    """In the place of a toolbox: writes half a second of sound."""

    ffmpeg = "/usr/bin/ffmpeg"

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def run(self, argv: list[str], *, folder: Path, reads: list[Path], limits: Any) -> Done:
        self.asked.append((argv, reads, limits))
        np.full(RATE // 2, 0.25, np.float32).tofile(folder / "heard.f32")
        return Done("", "", 0, 0.0)


def test_a_clips_sound_is_heard_and_a_mute_one_is_not_asked(relay: Relay) -> None:
    ear = Ear()
    deaf = replace(relay, toolbox=ear)  # type: ignore[arg-type]
    footage = Footage("a", 320, 180, 10, container="mov", audio=1)
    found = speech_timing.timed_speech(deaf, footage, Path("/a"))
    assert (len(found), float(found[0])) == (RATE // 2, 0.25)
    ((_argv, reads, limits),) = ear.asked
    assert reads == [Path("/a")]
    assert (limits.cpu_seconds, limits.wall_seconds) == (300, 600)
    assert len(speech_timing.timed_speech(deaf, replace(footage, audio=None), Path("/a"))) == 0
    assert len(ear.asked) == 1
