"""Faces are told at the moment at which they stand in the picture, not a quarter of a second before."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from relay.media import faces
from relay.media.toolbox import Done, Toolbox

pytestmark = pytest.mark.media

WIDTH, HEIGHT = 320, 180


class Watching(Toolbox):
    """Decodes as ever, and keeps the pictures that the search for faces would be given."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: NDArray[np.uint8] = np.zeros((0, 0, 0), np.uint8)
        self.moments: list[float] = []

    def run(self, argv: Any, **more: Any) -> Done:
        if argv[0] != sys.executable:
            return super().run(argv, **more)
        job = json.loads(argv[-1])
        self.pictures = np.fromfile(job["path"], np.uint8).reshape(-1, job["height"], job["width"])
        self.moments = [number / job["a_second"] for number in range(len(self.pictures))]
        return Done('{"moments": [], "faces": []}', "", 0, 0.0)


def films(folder: Path, rate: str, frames: int, picture: Callable[[int], bytes], *words: str) -> Path:
    """A proxy of such frames, as the look writes them: H.264 in MP4."""
    toolbox, path = Toolbox(), folder / "proxy.mp4"
    argv = [
        *(toolbox.ffmpeg, "-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-video_size", f"{WIDTH}x{HEIGHT}"),
        *("-framerate", rate, "-i", "pipe:0", *words, "-c:v", "libx264", "-crf", "8", "-pix_fmt", "yuv420p"),
    ]
    toolbox.run([*argv, "-y", str(path)], folder=folder, feed=(picture(number) for number in range(frames)))
    return path


def grey(number: int) -> bytes:
    """A picture that says by its grey which one it is."""
    return bytes([20 + number]) * (WIDTH * HEIGHT)


@pytest.mark.parametrize(("rate", "frames"), [("25", 100), ("30", 130), ("12", 60), ("30000/1001", 120), ("5", 30)])
def test_each_look_is_at_the_picture_that_stands_then(tmp_path: Path, rate: str, frames: int) -> None:
    path, toolbox = films(tmp_path, rate, frames, grey), Watching()
    over, _, under = rate.partition("/")
    fps = int(over) / int(under or 1)
    faces.find(toolbox, path, tmp_path, width=WIDTH, height=HEIGHT, seconds=frames / fps)

    seen = [round(float(picture.mean())) - 20 for picture in toolbox.pictures]
    wanted = [min(frames - 1, int(at * fps + 1e-6)) for at in toolbox.moments]
    assert len(seen) >= int(2 * frames / fps)
    assert np.abs(np.subtract(seen, wanted)).max() <= 1, list(zip(toolbox.moments, seen, wanted, strict=True))


def test_a_part_is_looked_at_in_the_times_of_the_whole(tmp_path: Path) -> None:
    class Seeing(Watching):
        def run(self, argv: Any, **more: Any) -> Done:
            done = super().run(argv, **more)
            if argv[0] != sys.executable:
                return done
            return Done(json.dumps({"moments": self.moments, "faces": [[0.5, 0.1, 0.2, 0.3, 0.4]]}), "", 0, 0.0)

    path, toolbox = films(tmp_path, "25", 125, grey), Seeing()
    told = faces.find(toolbox, path, tmp_path, width=WIDTH, height=HEIGHT, seconds=2, start=2)
    assert told == {"moments": [2.0, 2.5, 3.0, 3.5], "faces": [[2.5, 0.1, 0.2, 0.3, 0.4]]}
    seen = [round(float(picture.mean())) - 20 for picture in toolbox.pictures]
    assert np.abs(np.subtract(seen, [50, 62, 75, 87])).max() <= 1


def test_a_jump_between_two_looks_is_seen_by_the_later_one_only(tmp_path: Path) -> None:
    """At 2.60 s something white goes from the left to the right: at 2.5 s it still stands on the left."""

    def picture(number: int) -> bytes:
        luma = np.full((HEIGHT, WIDTH), 40, np.uint8)
        left = 20 if number < 65 else 220
        luma[60:120, left : left + 60] = 230
        return luma.tobytes()

    toolbox = Watching()
    faces.find(toolbox, films(tmp_path, "25", 125, picture), tmp_path, width=WIDTH, height=HEIGHT, seconds=5)
    sides = {
        at: "left" if seen[:, : seen.shape[1] // 2].mean() > seen[:, seen.shape[1] // 2 :].mean() else "right"
        for at, seen in zip(toolbox.moments, toolbox.pictures, strict=True)
    }
    assert [at for at, side in sides.items() if side == "left"] == [0, 0.5, 1, 1.5, 2, 2.5]
    assert sides[3.0] == "right"


def test_a_face_that_jumps_is_told_where_it_stands(shared: Path, tmp_path: Path) -> None:
    woman = shared / "corpus" / "media" / "people" / "d3.mp4"
    if not faces.available() or not woman.exists():
        pytest.skip("no search for faces, or nobody in the shared corpus")
    toolbox = Toolbox()
    argv = [toolbox.ffmpeg, "-v", "error", "-i", str(woman), "-frames:v", "1", "-vf", "scale=180:180,format=gray"]
    toolbox.run([*argv, "-f", "rawvideo", "-y", "face.gray"], folder=tmp_path, reads=[woman])
    face = np.fromfile(tmp_path / "face.gray", np.uint8).reshape(180, 180)

    def picture(number: int) -> bytes:
        luma = np.full((HEIGHT, WIDTH), 60, np.uint8)
        left = 0 if number < 65 else WIDTH - 180
        luma[:, left : left + 180] = face
        return luma.tobytes()

    path = films(tmp_path, "25", 125, picture)
    found = faces.find(toolbox, path, tmp_path, width=WIDTH, height=HEIGHT, seconds=5)
    middles = {at: x + width / 2 for at, x, _, width, _ in found["faces"]}
    assert {2.5, 3.0} <= set(middles), "seen before and after"
    assert {at for at, middle in middles.items() if middle < 0.5} == {at for at in middles if at < 2.6}
