from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from relay.media.toolbox import Toolbox
from relay.sandbox.measure import Size, measure_with, read

UPRIGHT = """
  Duration: 00:01:02.50, start: 0.000000, bitrate: 3945 kb/s
  Stream #0:0[0x1](und): Video: h264 (Baseline) (avc1 / 0x31637661), yuv420p(tv), 640x480 [SAR 1:1], 24.04 fps
    Side data:
      Display Matrix: rotation of -90.00 degrees
"""


@pytest.mark.parametrize(
    ("told", "size"),
    [
        (UPRIGHT, Size(480, 640, 62.5)),
        (UPRIGHT.replace("-90.00", "180.00"), Size(640, 480, 62.5)),
        (UPRIGHT.replace("00:01:02.50", "N/A"), Size(480, 640, 0.0)),
        ("  Duration: 01:00:00.00\n  Stream #0:0: Audio: aac (mp4a / 0x6134706D), 44100 Hz", Size(0, 0, 3600.0)),
        (UPRIGHT.replace("-90.00", "90.40"), Size(480, 640, 62.5)),
        (UPRIGHT.replace("-90.00", "270.00"), Size(480, 640, 62.5)),
        (UPRIGHT.replace("-90.00", "45.00"), Size(640, 480, 62.5)),
        (UPRIGHT.replace("rotation", "no turn"), Size(640, 480, 62.5)),
        (UPRIGHT.replace("00:01:02.50", "02:03:04"), Size(480, 640, 7384.0)),
        ("moov atom not found", Size()),
    ],
)
def test_what_ffmpeg_prints_is_understood(told: str, size: Size) -> None:
    assert read(told) == size


class Asked:
    """A toolbox that runs nothing, and remembers what it was to run."""

    ffmpeg = "/bin/ffmpeg"

    def __init__(self) -> None:
        self.runs: list[tuple[list[str], dict[str, Any]]] = []

    def run(self, argv: list[str], **words: Any) -> Any:
        self.runs.append((argv, words))
        return type("Done", (), {"stderr": UPRIGHT})


def test_ffmpeg_is_asked_to_open_one_file_as_what_it_begins_like(tmp_path: Path) -> None:
    toolbox, film, notes = Asked(), tmp_path / "a.mp4", tmp_path / "b.mp4"
    film.write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 64)
    notes.write_text("Just some notes.\n" * 50)
    measure = measure_with(toolbox)  # type: ignore[arg-type]
    assert measure(notes) == Size(0, 0, 0.0)
    assert toolbox.runs == []
    assert measure(film) == Size(480, 640, 62.5)
    ((argv, words),) = toolbox.runs
    assert argv == [
        "/bin/ffmpeg", "-hide_banner", "-nostdin", "-f", "mov", "-format_whitelist", "mov",
        "-protocol_whitelist", "file", "-i", f"file:{film}",
    ]  # fmt: skip
    limits = words["limits"]
    assert (limits.cpu_seconds, limits.wall_seconds, limits.file_mb) == (20, 30.0, 1)
    assert (words["reads"], words["check"], words["folder"].exists()) == ([film], False, False)


@pytest.mark.media
def test_a_file_is_measured_and_a_broken_one_is_nothing(tmp_path: Path) -> None:
    toolbox = Toolbox()
    source = ["-f", "lavfi", "-i", "testsrc=s=320x180:r=10:d=1", "-c:v", "libx264", "-preset", "ultrafast"]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *source, str(tmp_path / "a.mp4")], folder=tmp_path)
    (tmp_path / "b.mp4").write_bytes(b"no film at all")
    measure = measure_with(toolbox)

    assert measure(tmp_path / "a.mp4") == Size(320, 180, 1.0)
    assert measure(tmp_path / "b.mp4") == Size()
