"""Phones that were turned while they filmed, and calls that went on smaller: nobody is stretched."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from relay.almanac.film import ffmpeg
from relay.almanac.film.ffmpeg import Composition, ShotPart
from relay.almanac.film.footage import Footage, footage
from relay.almanac.film.timeline import Span
from relay.almanac.formats import House
from relay.context import Relay
from relay.intake.inspect import inspect
from relay.media.toolbox import Toolbox
from relay.models import Finding, Inspection
from tests.intake.test_inspect import put

pytestmark = pytest.mark.media

HOUSE = House(width=320, height=180, preset="ultrafast")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "0")


class Phone:
    """Films a white square of 90 points on grey, in one size after another."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.toolbox = folder, Toolbox()

    def part(self, size: tuple[int, int], number: int, name: str, *words: str) -> bytes:
        width, height = size
        square = f"drawbox=x={width // 2 - 45}:y={height // 2 - 45}:w=90:h=90:c=white:t=fill"
        path = self.folder / name
        argv = [
            *(self.toolbox.ffmpeg, "-v", "error", "-f", "lavfi", "-i", f"color=0x404040:s={width}x{height}:r=25:d=2"),
            *("-vf", square, *words, "-output_ts_offset", str(2 * number), "-y", str(path)),
        ]
        self.toolbox.run(argv, folder=self.folder)
        return path.read_bytes()

    def streams(self, *sizes: tuple[int, int]) -> Path:
        """A transport stream, two seconds of each size."""
        rough, path = self.folder / "rough.ts", self.folder / "turned.ts"
        parts = [self.part(size, number, f"{number}.ts", *X264, "-muxdelay", "0") for number, size in enumerate(sizes)]
        rough.write_bytes(b"".join(parts))
        argv = [self.toolbox.ffmpeg, "-v", "error", "-i", str(rough), "-c", "copy", "-muxdelay", "0", "-y", str(path)]
        self.toolbox.run(argv, folder=self.folder)  # packets are counted on, as one recorder does
        return path

    def calls(self, *sizes: tuple[int, int], codec: str) -> Path:
        """A WebM whose key frames change their size, as browsers write them of a call."""
        parts = [self.part(size, 0, f"{number}.ivf", "-c:v", codec, "-deadline", "realtime", "-cpu-used", "8",
                           "-g", "25") for number, size in enumerate(sizes)]  # fmt: skip
        frames = [frame for part in parts for frame in _frames(part)]
        whole, target = self.folder / "call.ivf", self.folder / "call.webm"
        whole.write_bytes(
            parts[0][:32]
            + b"".join(struct.pack("<IQ", len(frame), number) + frame for number, frame in enumerate(frames))
        )
        argv = [self.toolbox.ffmpeg, "-v", "error", "-i", str(whole), "-c", "copy", "-y", str(target)]
        self.toolbox.run(argv, folder=self.folder)
        return target


def _frames(ivf: bytes) -> list[bytes]:
    place, found = 32, []
    while place < len(ivf):
        (size,) = struct.unpack_from("<I", ivf, place)
        found.append(ivf[place + 12 : place + 12 + size])
        place += 12 + size
    return found


@pytest.fixture
def phone(tmp_path: Path) -> Phone:
    return Phone(tmp_path)


def footage_of(row: Inspection) -> Footage:
    return footage(row.sha256, width=row.width, height=row.height, seconds=row.duration,
                          has_audio=row.has_audio, technical=row.technical)  # fmt: skip


def filmed(relay: Relay, source: Footage, path: Path, folder: Path, span: Span) -> NDArray[np.uint8]:
    """Luma of these frames of the film."""
    toolbox, look = Toolbox(), Composition(source, source.frames(HOUSE))
    argv = ffmpeg.take_argv(toolbox.ffmpeg, look, [ShotPart(span, raw=True)], HOUSE, source=str(path), pictures={})
    toolbox.run(argv, folder=folder, reads=[path])
    raw = np.fromfile(folder / ShotPart(span, raw=True).file, np.uint8)
    return raw.reshape(-1, HOUSE.height * 3 // 2, HOUSE.width)[:, : HOUSE.height]


def form(frame: NDArray[np.uint8]) -> float:
    """Width of the white square to its height."""
    rows, columns = np.nonzero(frame > 160)
    return float(np.ptp(columns) + 1) / float(np.ptp(rows) + 1)


def proxy(relay: Relay, row: Inspection, folder: Path) -> NDArray[np.uint8]:
    toolbox, target = Toolbox(), folder / "proxy.gray"
    argv = [
        toolbox.ffmpeg,
        "-v",
        "error",
        "-i",
        str(relay.media.local(row.proxy)),
        "-pix_fmt",
        "gray",
        "-f",
        "rawvideo",
    ]
    toolbox.run([*argv, "-y", str(target)], folder=folder, reads=[relay.media.local(row.proxy)])
    frames = np.fromfile(target, np.uint8)
    width, height = (int(side) for side in _proxy_size(row))
    return frames.reshape(-1, height, width)


def _proxy_size(row: Inspection) -> tuple[int, int]:
    from relay.intake.look import proxy_size
    from relay.media.probe import Facts

    return proxy_size(Facts.from_json(row.technical))


TURNS = {
    "turned upright": ((640, 360), (360, 640)),
    "turned back": ((360, 640), (640, 360)),
    "turned twice": ((640, 360), (360, 640), (640, 360)),
    "to a square": ((640, 360), (480, 480)),
}


@pytest.mark.parametrize("name", TURNS)
def test_a_phone_that_is_turned_midway_is_fitted_each_way_and_told(
    relay: Relay, phone: Phone, tmp_path: Path, name: str
) -> None:
    sizes = TURNS[name]
    path = phone.streams(*sizes)
    row = inspect(relay, put(relay, path))
    assert (row.finding, "changes_size" in row.flags) == (Finding.accepted, True), (row.reason, row.technical["said"])
    assert [tuple(shape[:2]) for shape in row.technical["shapes"]] == list(dict.fromkeys(sizes))

    source = footage_of(row)
    seen = filmed(relay, source, path, tmp_path, Span(0, 50 * len(sizes) - 5))
    for number in range(len(sizes)):
        for frame in (50 * number + 10, 50 * number + 40):
            assert form(seen[frame]) == pytest.approx(1, abs=0.06), frame
    assert [form(frame) for frame in proxy(relay, row, tmp_path)[10 : 50 * len(sizes) : 50]] == pytest.approx(
        [1] * len(sizes), abs=0.06
    )


def test_a_take_from_behind_the_turn_looks_the_same_as_one_from_the_beginning(
    relay: Relay, phone: Phone, tmp_path: Path
) -> None:
    path = phone.streams((640, 360), (360, 640))
    source = footage_of(inspect(relay, put(relay, path)))
    whole = filmed(relay, source, path, tmp_path, Span(0, 95)).astype(int)
    late = filmed(relay, source, path, tmp_path, Span(80, 90)).astype(int)
    assert np.abs(whole[80:90] - late).max() <= 2


def test_twin_without_the_question_the_second_half_is_stretched(relay: Relay, phone: Phone, tmp_path: Path) -> None:
    path = phone.streams((640, 360), (360, 640))
    source = replace(footage_of(inspect(relay, put(relay, path))), reshapes=False)
    seen = filmed(relay, source, path, tmp_path, Span(0, 95))
    assert form(seen[10]) == pytest.approx(1, abs=0.06)
    assert form(seen[80]) > 2.5


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
def test_a_call_that_goes_on_smaller_keeps_its_size_in_the_film(
    relay: Relay, phone: Phone, tmp_path: Path, codec: str
) -> None:
    path = phone.calls((640, 360), (320, 180), codec=codec)
    row = inspect(relay, put(relay, path))
    assert (row.finding, "changes_size" in row.flags) == (Finding.accepted, False)
    assert len(row.technical["shapes"]) == 2
    seen = filmed(relay, footage_of(row), path, tmp_path, Span(0, 95))
    assert [form(seen[frame]) for frame in (10, 80)] == pytest.approx([1, 1], abs=0.06)
    assert (seen[80][:, :20] < 100).all(), "it fills the frame, as before"
    assert np.abs(seen[80][4:12, 4:12].astype(int) - seen[10][4:12, 4:12]).max() <= 4


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
def test_a_call_that_is_turned_is_fitted(relay: Relay, phone: Phone, tmp_path: Path, codec: str) -> None:
    path = phone.calls((640, 360), (360, 640), codec=codec)
    row = inspect(relay, put(relay, path))
    assert (row.finding, "changes_size" in row.flags) == (Finding.accepted, True)
    seen = filmed(relay, footage_of(row), path, tmp_path, Span(0, 95))
    assert [form(seen[frame]) for frame in (10, 80)] == pytest.approx([1, 1], abs=0.06)


def test_the_given_stream_that_turns_midway_is_told(relay: Relay, shared: Path, tmp_path: Path) -> None:
    path = shared / "corpus" / "faults" / "28_turns_midway.ts"
    row = inspect(relay, put(relay, path))
    assert "changes_size" in row.flags
    seen = filmed(relay, footage_of(row), path, tmp_path, Span(0, 95))
    between = (HOUSE.width - HOUSE.height * 9 // 16) // 2
    beside = seen[80][:, : between - 4].astype(int)
    assert np.abs(np.diff(beside, axis=1)).max() < 20, "a blurred picture beside the upright one"
