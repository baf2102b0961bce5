from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from relay.media import text_to_speech
from relay.media.text_to_speech import SpokenLine
from relay.media.toolbox import Limits
from tests.fakes.toolbox import RecordingToolbox


def test_lines_are_given_to_a_child_that_reads_nothing_but_the_voices(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    loader = SimpleNamespace(get_library_path=lambda: "/there/lib.so", get_data_path=lambda: "/there/data")
    monkeypatch.setitem(sys.modules, "espeakng_loader", loader)
    toolbox = RecordingToolbox()
    lines = [SpokenLine("Привет", "ru", "a.wav"), SpokenLine("Bye", "en-gb", "b.wav", rate=120, pitch=1, range=2)]
    assert text_to_speech.speak(toolbox, lines, tmp_path) == [tmp_path / "a.wav", tmp_path / "b.wav"]
    (call,) = toolbox.calls
    assert call.argv[:-1] == toolbox.python("relay.media.children.speech")
    assert json.loads(call.argv[-1]) == {
        "library": "/there/lib.so",
        "data": "/there/data",
        "lines": [
            {"text": "Привет", "voice": "ru", "file": "a.wav", "rate": 150, "pitch": 50, "range": 50},
            {"text": "Bye", "voice": "en-gb", "file": "b.wav", "rate": 120, "pitch": 1, "range": 2},
        ],
    }
    assert (call.folder, call.reads) == (tmp_path, (Path("/there/lib.so"), Path("/there/data")))
    assert call.limits == Limits(memory_mb=1024, cpu_seconds=60, wall_seconds=90, file_mb=64)
    assert not call.order["network"]


def test_whether_anybody_can_speak_is_known_without_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    assert not text_to_speech.can_speak()
    monkeypatch.setitem(sys.modules, "espeakng_loader", SimpleNamespace(__spec__=object()))
    assert text_to_speech.can_speak()
