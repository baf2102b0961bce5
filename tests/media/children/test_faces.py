"""The search for faces in grey frames, with eyes that are told what they see."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from relay.media.children import faces

Boxes = list[tuple[int, int, int, int]]
NONE: Boxes = []


@dataclass
class Eyes:
    """In the place of OpenCV: `front` and `profile` say what is found in a frame that begins with such a grey."""

    front: Callable[[int], Boxes] = lambda _grey: NONE
    profile: Callable[[int], Boxes] = lambda _grey: NONE
    least: set[tuple[int, int]] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    loaded: list[Path] = field(default_factory=list)
    threads: int = 0

    def module(self) -> Any:
        return SimpleNamespace(
            __file__="/there/cv2/__init__.py",
            setNumThreads=self._threads,
            CascadeClassifier=self._load,
            equalizeHist=lambda frame: frame + 100,
        )

    def _threads(self, count: int) -> None:
        self.threads = count

    def _load(self, path: str) -> Any:
        self.loaded.append(Path(path))
        name = "front" if "front" in path else "profile"

        def detect(frame: NDArray[np.uint8], step: float, neighbours: int, *, minSize: tuple[int, int]) -> Boxes:  # noqa: N803
            assert (step, neighbours) == (1.1, 6)
            assert frame.flags["C_CONTIGUOUS"]
            self.least.add(minSize)
            self.asked.append(name)
            return (self.front if name == "front" else self.profile)(int(frame[0, 0]))

        return SimpleNamespace(detectMultiScale=detect)


def looked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, eyes: Eyes, pixels: NDArray[np.uint8], **more: Any
) -> dict[str, Any]:
    monkeypatch.setitem(sys.modules, "cv2", eyes.module())
    pixels.tofile(tmp_path / "faces.gray")
    _, high, wide = pixels.shape
    job = {"path": str(tmp_path / "faces.gray"), "width": wide, "height": high, "a_second": 2}
    return faces.find_faces(job | more)


def frames(*greys: int, size: tuple[int, int] = (40, 20)) -> NDArray[np.uint8]:
    wide, high = size
    return np.stack([np.full((high, wide), grey, np.uint8) for grey in greys])


def test_a_face_is_told_with_its_moment_and_in_shares_of_the_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    eyes = Eyes(front=lambda grey: [(4, 5, 8, 10), (3, 1, 7, 3)] if grey == 102 else NONE)
    found = looked(monkeypatch, tmp_path, eyes, frames(1, 2, 3, size=(40, 20)))
    assert found == {
        "moments": [0.0, 0.5, 1.0],
        "faces": [[0.5, 0.1, 0.25, 0.2, 0.5], [0.5, 0.075, 0.05, 0.175, 0.15]],
    }
    assert eyes.threads == 1
    folder = Path("/there/cv2/data")
    assert eyes.loaded == [folder / "haarcascade_frontalface_alt2.xml", folder / "haarcascade_profileface.xml"]


def test_shares_have_four_digits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    eyes = Eyes(front=lambda _: [(1, 2, 1, 2)])
    found = looked(monkeypatch, tmp_path, eyes, frames(1, size=(30, 30)))
    assert found["faces"] == [[0.0, 0.0333, 0.0667, 0.0333, 0.0667]]


def test_a_profile_is_looked_for_only_where_nobody_is_seen_from_the_front(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The second look is at the mirrored picture, whose boxes are turned back."""
    eyes = Eyes(
        front=lambda grey: [(0, 0, 40, 20)] if grey == 101 else NONE,
        profile=lambda grey: {102: [(10, 5, 4, 5)], 202: [(0, 10, 8, 10)]}.get(grey, NONE),
    )
    pixels = frames(1, 2)
    pixels[1, :, -1] = 102
    found = looked(monkeypatch, tmp_path, eyes, pixels)
    assert found["faces"] == [[0.0, 0, 0, 1, 1], [0.5, 0.25, 0.25, 0.1, 0.25], [0.5, 0.8, 0.5, 0.2, 0.5]]
    assert eyes.asked == ["front", "front", "profile", "profile"]


@pytest.mark.parametrize(("size", "least"), [((40, 20), 24), ((480, 400), 28), ((400, 480), 28), ((360, 400), 25)])
def test_what_is_small_is_in_the_background(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, size: tuple[int, int], least: int
) -> None:
    eyes = Eyes()
    assert looked(monkeypatch, tmp_path, eyes, frames(1, size=size)) == {"moments": [0.0], "faces": []}
    assert eyes.least == {(least, least)}
    assert eyes.asked == ["front", "profile", "profile"]


def test_half_a_frame_at_the_end_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    eyes = Eyes()
    monkeypatch.setitem(sys.modules, "cv2", eyes.module())
    (tmp_path / "faces.gray").write_bytes(bytes(40 * 20 * 2 + 799))
    job = {"path": str(tmp_path / "faces.gray"), "width": 40, "height": 20, "a_second": 4}
    monkeypatch.setattr(sys, "argv", ["face_child", json.dumps(job)])
    faces.main()
    said = capsys.readouterr().out
    assert said.endswith("}\n")
    assert json.loads(said) == {"moments": [0.0, 0.25], "faces": []}
