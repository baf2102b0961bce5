"""What the two children are asked, what is kept of an attempt that was stopped, and one real listening."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relay.almanac.captions import speech_timing
from relay.errors import Interrupted, Refused, ToolFailed, ToolMissing
from relay.media import text_to_speech
from relay.media.hearing import listening, model
from relay.media.hearing.heard import Hearing, SpeechMark
from relay.media.hearing.model import SpeechModel
from relay.media.text_to_speech import SpokenLine
from relay.media.toolbox import Done, Limits, Toolbox
from tests.fakes.toolbox import RecordingToolbox

PLAN = {
    "seconds": 60.0,
    "loud": [0.0, 60.0],
    "voice": [[1.0, 20.0], [30.0, 50.0]],
    "pieces": [[0.8, 20.2], [29.8, 50.2]],
}
FIRST, SECOND = (
    {
        "language": "ru",
        "probability": 0.9,
        "segments": [
            {"words": [[text, at, at + 0.5, 0.9]], "log_probability": -0.3, "no_speech": 0.0, "compression": 1.0}
        ],
    }
    for text, at in (("раз", 2.0), ("два", 31.0))
)
LINES = ({"plan": PLAN}, FIRST, SECOND, {"end": True})


class Child(RecordingToolbox):
    """Says what a child that listens would, from where it is asked to; `stops`: after so many lines it is stopped."""

    def __init__(self, stops: int = 99) -> None:
        super().__init__()
        self._stops = stops
        self.jobs: list[Mapping[str, Any]] = []

    def run(self, argv: Sequence[str], *, folder: Path, **more: Any) -> Done:  # type: ignore[override]
        if argv[0] != sys.executable:
            done = super().run(argv, folder=folder, **more)
            (folder / "heard.pcm").touch()
            return done
        on_line = more.pop("on_line")
        done = super().run(argv, folder=folder, **more)
        job = json.loads(argv[-1])
        self.jobs.append(job)
        lines = LINES[(0 if job["plan"] is None else 1) + job["done"] :] if job["model"] else (LINES[0], LINES[-1])
        for line in lines[: self._stops]:
            on_line(json.dumps(line, ensure_ascii=False))
        if self._stops < len(lines):
            raise Interrupted("stopped")
        return done


@pytest.fixture
def speaks(tmp_path: Path) -> SpeechModel:
    folder = tmp_path / "model"
    folder.mkdir()
    return SpeechModel(folder, "d01c30148814")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "can_listen", lambda: True)


def test_one_child_decodes_and_another_one_listens_to_bare_samples(
    tmp_path: Path, work: Path, speaks: SpeechModel
) -> None:
    child, path = Child(), tmp_path / "proxy.mp4"
    found = listening.hear(child, path, work, model=speaks)

    decoding, heard = child.calls
    assert " ".join(decoding.argv) == (
        "/usr/bin/ffmpeg -v error -nostdin -f mov -format_whitelist mov -protocol_whitelist file -t 3600 "
        f"-i file:{path} -map 0:a:0 -af aresample=async=1:first_pts=0 -ac 1 -ar 16000 -f s16le -y heard.pcm"
    )
    assert decoding.reads == (path,)
    assert heard.argv[:-1] == child.python("relay.media.children.hearing")
    assert heard.reads == (work / "heard.pcm", speaks.folder)
    assert heard.limits == Limits(memory_mb=1200, cpu_seconds=3600, wall_seconds=10800, file_mb=1, open_files=128)
    assert not heard.order["network"]
    assert [call.order["nice"] for call in child.calls] == [10, 10]
    assert [word.text for word in found.words] == ["раз", "два"]
    assert list(work.iterdir()) == []


def test_what_was_heard_until_it_was_stopped_is_not_heard_again(
    tmp_path: Path, work: Path, speaks: SpeechModel
) -> None:
    notes, path = tmp_path / "notes", tmp_path / "proxy.mp4"
    for stops, known in ((1, (None, 0)), (1, (PLAN, 0)), (9, (PLAN, 1))):
        child = Child(stops)
        try:
            found = listening.hear(child, path, work, model=speaks, notes=notes)
        except Interrupted:
            assert list(work.iterdir()) == []
        (job,) = child.jobs
        assert (job["plan"], job["done"]) == known
    assert [word.text for word in found.words] == ["раз", "два"]

    last = Child()
    assert listening.hear(last, path, work, model=speaks, notes=notes) == found
    assert last.jobs == []


def test_a_torn_line_is_heard_again_and_another_models_notes_are_no_use(
    tmp_path: Path, work: Path, speaks: SpeechModel
) -> None:
    notes, path = tmp_path / "notes", tmp_path / "proxy.mp4"
    whole = listening.hear(Child(), path, work, model=speaks, notes=notes)
    lines = notes.read_bytes().splitlines(keepends=True)
    for torn in (
        b"".join(lines[:3]) + lines[3][:20],
        b"".join(lines[:3]) + b"\xff\xfe\n",
        b"".join(lines[:3]) + b"1\n",
    ):
        notes.write_bytes(torn)
        child = Child()
        assert listening.hear(child, path, work, model=speaks, notes=notes) == whole
        assert child.jobs[0]["done"] == 1
        assert notes.read_bytes().splitlines(keepends=True) == lines

    child = Child()
    listening.hear(child, path, work, model=SpeechModel(speaks.folder, "another"), notes=notes)
    assert (child.jobs[0]["plan"], child.jobs[0]["done"]) == (None, 0)


def test_the_language_that_was_found_first_holds_after_a_stop(tmp_path: Path, work: Path, speaks: SpeechModel) -> None:
    notes, path = tmp_path / "notes", tmp_path / "proxy.mp4"
    with pytest.raises(Interrupted):
        listening.hear(Child(2), path, work, model=speaks, notes=notes)
    child = Child()
    found = listening.hear(child, path, work, model=speaks, notes=notes)
    assert child.jobs[0]["language"] == "ru"
    assert (found.language, found.language_probability) == ("ru", 0.9)


def test_without_a_model_and_without_the_extra(tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = listening.hear(Child(), tmp_path / "proxy.mp4", work, model=None)
    assert found.marks == {SpeechMark.no_model}
    with pytest.raises(Refused):
        listening.hear(Child(), tmp_path / "proxy.mp4", work, model=None, language="tt")
    monkeypatch.setattr(listening, "can_listen", lambda: False)
    with pytest.raises(ToolMissing) as told:
        listening.hear(Child(), tmp_path / "proxy.mp4", work, model=None)
    assert str(told.value.line) == "Listening needs an extra. Run: pip install 'hashtag-relay[speech]'"


# With the real detector


def listened(
    folder: Path, sound: np.ndarray, speaks: SpeechModel | None = None, toolbox: Toolbox | None = None
) -> Hearing:
    pytest.importorskip("faster_whisper", reason="listening is an extra: pip install 'hashtag-relay[speech]'")
    path = folder / "sound.pcm"
    (np.clip(sound, -1, 1) * 32767).astype("<i2").tofile(path)
    return listening.listen(toolbox or Toolbox(), path, folder, model=speaks, language="ru")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0, 3])
def test_silence_and_no_samples_at_all(work: Path, seconds: int) -> None:
    found = listened(work, np.zeros(seconds * listening.RATE))
    assert found.marks == {SpeechMark.silence, SpeechMark.no_model}
    assert found.voice == ()


@pytest.mark.slow
def test_a_chord_and_noise_are_nobody(work: Path) -> None:
    at = np.arange(6 * listening.RATE) / listening.RATE
    chord = sum(0.1 * np.sin(2 * np.pi * tone * at) for tone in (220, 277.2, 329.6, 440))
    noise = 0.05 * np.random.default_rng(1).standard_normal(len(at))
    for sound in (chord, noise, np.concatenate([np.zeros(2 * listening.RATE), chord])):
        found = listened(work, np.asarray(sound))
        assert SpeechMark.no_speech in found.marks
        assert (SpeechMark.late_sound in found.marks) == (len(sound) > len(at))


@pytest.mark.slow
def test_a_child_beyond_its_memory_is_told_and_leaves_nothing(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "LISTENING", Limits(memory_mb=150, cpu_seconds=60, wall_seconds=60, file_mb=1))
    with pytest.raises(ToolFailed):
        listened(work, np.zeros(listening.RATE))


@pytest.mark.slow
def test_the_real_packages_carry_the_model_that_is_pinned_and_it_listens_within_its_memory(work: Path) -> None:
    """Where no registry has them, there is nothing to see: the hash is the contract, not the package. What an espeak
    voice says is no Russian for Whisper, so only the form of what is heard is looked at.
    """
    own = work / "own"
    try:
        model.fetch(Toolbox(), own, work)
    except (ToolFailed, ToolMissing) as error:
        pytest.skip(f"the packages can't be had here: {error.sentence}")
    speaks = model.found(None, own)
    assert speaks is not None
    assert model.is_whole(speaks.folder)

    if not text_to_speech.can_speak():
        pytest.skip("nobody speaks: pip install 'hashtag-relay[captions]'")
    line = SpokenLine("Зимой мы возили воду на санках от самой реки.", "ru", "said.wav")
    (path,) = text_to_speech.speak(Toolbox(), [line], work)
    found = listened(work, speech_timing._samples(path), speaks)
    assert found.bounds is not None
    assert found.model == "d01c3014881c"
    assert all(0 <= word.start <= word.end <= found.seconds + 0.1 for word in found.words)
    assert SpeechMark.no_model not in found.marks
