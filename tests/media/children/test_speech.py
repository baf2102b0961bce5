"""What the child that speaks asks of espeak-ng, and what it writes."""

from __future__ import annotations

import ctypes
import json
import sys
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from relay.media.children import speech


@dataclass
class Library:
    """In the place of espeak-ng: gives the samples of `says`, in two pieces and an empty one, for each text."""

    says: dict[str, list[int]] = field(default_factory=dict)
    rate: int = 22_050
    voices: tuple[str, ...] = ("ru", "en-gb")
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def espeak_Initialize(self, *words: Any) -> int:  # noqa: N802 - its names
        self.asked.append(("initialize", *words))
        return self.rate

    def espeak_SetSynthCallback(self, callback: Any) -> None:  # noqa: N802 - its names
        self.callback = callback

    def espeak_SetVoiceByName(self, name: bytes) -> int:  # noqa: N802 - its names
        self.asked.append(("voice", name))
        return 0 if name.decode() in self.voices else 2

    def espeak_SetParameter(self, *words: int) -> None:  # noqa: N802 - its names
        self.asked.append(("parameter", *words))

    def espeak_Synth(self, text: Any, size: Any, *words: Any) -> None:  # noqa: N802 - its names
        self.asked.append(("synth", text.value.decode(), size.value, *words))
        samples = self.says[text.value.decode()]
        for piece in (samples[:1], samples[1:]):
            assert self.callback((ctypes.c_short * len(piece))(*piece), len(piece), None) == 0
        assert self.callback(None, 0, None) == 0

    def espeak_Synchronize(self) -> None:  # noqa: N802 - its names
        self.asked.append(("synchronize",))


def spoken(monkeypatch: pytest.MonkeyPatch, folder: Path, library: Library, *lines: dict[str, Any]) -> None:
    order = {"library": "/there/libespeak-ng.so", "data": "/there/espeak-ng-data", "lines": lines}

    def load(path: str) -> Library:
        assert path == "/there/libespeak-ng.so"
        return library

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(sys, "argv", ["speech_child", json.dumps(order)])
    monkeypatch.chdir(folder)
    speech.main()


HELLO = {"text": "Привет", "voice": "ru", "rate": 140, "pitch": 40, "range": 60, "file": "0.wav"}
BYE = {"text": "Bye", "voice": "en-gb", "rate": 160, "pitch": 30, "range": 20, "file": "../elsewhere/1.wav"}


def test_each_line_is_spoken_into_a_file_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = Library({"Привет": [1, -2, 3], "Bye": [500, 600]})
    spoken(monkeypatch, tmp_path, library, HELLO, BYE)
    heard = {}
    for path in sorted(tmp_path.iterdir()):
        with wave.open(str(path)) as file:
            samples = memoryview(file.readframes(99)).cast("h").tolist()
            heard[path.name] = (file.getnchannels(), file.getsampwidth(), file.getframerate(), samples)
    assert heard == {"0.wav": (1, 2, 22_050, [1, -2, 3]), "1.wav": (1, 2, 22_050, [500, 600])}


def test_the_library_is_asked_as_its_header_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """speak_lib.h: samples to the callback alone (2), rate 1, pitch 3, range 4, UTF-8, a text with its final zero."""
    library = Library({"Привет": [1]})
    spoken(monkeypatch, tmp_path, library, HELLO)
    assert library.asked == [
        ("initialize", 2, 0, b"/there", 0),
        ("voice", b"ru"),
        ("parameter", 1, 140, 0),
        ("parameter", 3, 40, 0),
        ("parameter", 4, 60, 0),
        ("synth", "Привет", 13, 0, 1, 0, 1, None, None),
        ("synchronize",),
    ]


def test_a_voice_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^espeak-ng has no voice tlh\.$"):
        spoken(monkeypatch, tmp_path, Library({"Привет": [1]}), HELLO | {"voice": "tlh"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rate", [0, -1])
def test_a_library_that_does_not_start_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rate: int) -> None:
    with pytest.raises(SystemExit, match="did not start"):
        spoken(monkeypatch, tmp_path, Library({"Привет": [1]}, rate=rate), HELLO)
