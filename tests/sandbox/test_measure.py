from __future__ import annotations

from pathlib import Path

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
        ("moov atom not found", Size()),
    ],
)
def test_what_ffmpeg_prints_is_understood(told: str, size: Size) -> None:
    assert read(told) == size


@pytest.mark.media
def test_a_file_is_measured_and_a_broken_one_is_nothing(tmp_path: Path) -> None:
    toolbox = Toolbox()
    source = ["-f", "lavfi", "-i", "testsrc=s=320x180:r=10:d=1", "-c:v", "libx264", "-preset", "ultrafast"]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *source, str(tmp_path / "a.mp4")], folder=tmp_path)
    (tmp_path / "b.mp4").write_bytes(b"no film at all")
    measure = measure_with(toolbox)

    assert measure(tmp_path / "a.mp4") == Size(320, 180, 1.0)
    assert measure(tmp_path / "b.mp4") == Size()
