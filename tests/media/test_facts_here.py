"""The facts of small films that are made in this process; strangers' files are read in a child only."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from relay.media.children import probe

CODECS = ["h264", "aac", "mpeg4", "mp3", "opus", "vp9"]


def film(
    path: Path,
    *,
    frames: int = 50,
    size: tuple[int, int] = (96, 64),
    rate: Fraction | int = 25,
    sounds: tuple[float, ...] = (0.3,),
    codec: str = "libx264",
    skip: tuple[int, ...] = (),
) -> Path:
    """`sounds`: how loud each track is. `skip`: frames that are not there."""
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=rate)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        tracks = [container.add_stream("aac", rate=48_000) for _ in sounds]
        for number in range(frames):
            if number in skip:
                continue
            noise = np.random.default_rng(number).integers(0, 255, (size[1] * 3 // 2, size[0]), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(noise, format="yuv420p")
            frame.pts, frame.time_base = number, 1 / Fraction(rate)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        for track, level in zip(tracks, sounds, strict=True):
            samples = level * np.sin(np.arange(int(frames / rate * 48_000)) / 20)
            for first in range(0, len(samples), 1024):
                block = samples[first : first + 1024].astype(np.float32)
                frame = av.AudioFrame.from_ndarray(np.stack([block, block]), format="fltp", layout="stereo")
                frame.rate, frame.pts = 48_000, first
                container.mux(track.encode(frame))
            container.mux(track.encode())
    return path


def facts(path: Path, container: str = "mov", **more: Any) -> dict[str, Any]:
    job = {"path": str(path), "container": container, "codecs": CODECS, "max_seconds": 300, **more}
    return probe.read_facts(job)


@pytest.mark.slow
def test_a_film_of_two_seconds(tmp_path: Path) -> None:
    found = facts(film(tmp_path / "a.mp4"))
    assert {name: found[name] for name in (
        "container", "streams", "codec", "known_codec", "coded_width", "coded_height", "fps", "vfr", "audio_codec",
        "channels", "sample_rate", "video_packets", "sounds", "lost_sound", "default_silent", "encrypted",
    )} == {
        "container": "mov", "streams": 2, "codec": "h264", "known_codec": True, "coded_width": 96, "coded_height": 64,
        "fps": 25.0, "vfr": False, "audio_codec": "aac", "channels": 2, "sample_rate": 48000, "video_packets": 50,
        "sounds": 1, "lost_sound": False, "default_silent": False, "encrypted": False,
    }  # fmt: skip
    assert found["video_duration"] == pytest.approx(2.0, abs=0.001)
    assert found["audio_duration"] == pytest.approx(2.0, abs=0.05)
    assert found["declared"] == pytest.approx(2.0, abs=0.05)
    assert found["reach"] == pytest.approx(2.0, abs=0.05)


@pytest.mark.slow
def test_a_film_without_sound(tmp_path: Path) -> None:
    found = facts(film(tmp_path / "a.mp4", sounds=()))
    assert (found["streams"], found["sounds"], found["lost_sound"]) == (1, 0, False)
    assert "audio_index" not in found or found["audio_index"] is None


@pytest.mark.slow
def test_a_sound_that_nobody_may_decode_is_lost(tmp_path: Path) -> None:
    found = facts(film(tmp_path / "a.mp4"), codecs=["h264"])
    assert (found["sounds"], found["lost_sound"]) == (0, True)


@pytest.mark.slow
def test_a_picture_that_nobody_may_decode_is_told(tmp_path: Path) -> None:
    found = facts(film(tmp_path / "a.mp4", codec="mpeg4"), codecs=["h264", "aac"])
    assert (found["codec"], found["known_codec"]) == ("mpeg4", False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sounds", "heard", "silent"), [((0.3, 0.3), 1, False), ((0.0001, 0.3), 2, True), ((0.0001, 0.0001), 1, False)]
)
def test_of_several_sounds_the_first_is_heard_unless_it_is_silent(
    tmp_path: Path, sounds: tuple[float, ...], heard: int, *, silent: bool
) -> None:
    found = facts(film(tmp_path / "a.mp4", sounds=sounds))
    assert (found["sounds"], found["audio_index"], found["default_silent"]) == (2, heard, silent)


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "fps"), [(30, 30.0), (50, 50.0), (Fraction(24000, 1001), 23.976)])
def test_the_rate_of_a_film(tmp_path: Path, rate: Fraction | int, fps: float) -> None:
    assert facts(film(tmp_path / "a.mp4", rate=rate, sounds=()))["fps"] == pytest.approx(fps, abs=0.001)


@pytest.mark.slow
def test_a_camera_that_paused_lost_no_pictures(tmp_path: Path) -> None:
    found = facts(film(tmp_path / "a.mp4", frames=75, skip=tuple(range(20, 50))))
    assert (found["holes"], found["video_packets"]) == ([], 45)
    assert found["video_duration"] == pytest.approx(3.0, abs=0.05)


@pytest.mark.slow
def test_a_file_of_another_kind_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(probe, "let_unnamed_kinds_pass", lambda: None)
    job = {"path": str(film(tmp_path / "a.mp4")), "container": "mov", "codecs": CODECS, "max_seconds": 300}
    for change, word in (({}, "fps"), ({"container": "matroska"}, "error")):
        monkeypatch.setattr(sys, "argv", ["probe_child", json.dumps(job | change)])
        probe.main()
        assert word in json.loads(capsys.readouterr().out)


@pytest.mark.slow
def test_a_film_in_matroska_has_the_same_facts(tmp_path: Path) -> None:
    found = facts(film(tmp_path / "a.mkv"), "matroska")
    assert (found["container"], found["codec"], found["fps"], found["video_packets"]) == ("matroska", "h264", 25.0, 50)
    assert found["video_duration"] == pytest.approx(2.0, abs=0.01)
