"""What the search for faces asks of its two children; test_faces.py lets them work."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from relay.errors import ToolFailed
from relay.media import faces
from relay.media.toolbox import Done, Limits
from tests.fakes.toolbox import RecordingToolbox

FOUND = {"moments": [0.0, 0.5], "faces": [[0.5, 0.1, 0.2, 0.3, 0.4]]}


class Children(RecordingToolbox):
    """The first leaves frames, the second says what it `found`; `fails`: how many succeed before one does not."""

    def __init__(self, fails: int = 2) -> None:
        super().__init__()
        self.answers(**FOUND)
        self.fails = fails

    def run(self, argv: Sequence[str], *, folder: Path, **more: Any) -> Done:  # type: ignore[override]
        done = super().run(argv, folder=folder, **more)
        (folder / "faces.gray").touch()
        if len(self.calls) > self.fails:
            raise ToolFailed("killed")
        return done


def test_frames_are_decoded_by_one_child_and_looked_at_by_another(tmp_path: Path) -> None:
    children, path = Children(), tmp_path / "proxy.mp4"
    folder = tmp_path / "work"
    folder.mkdir()
    assert faces.find(children, path, folder, width=1280, height=720, seconds=7.25) == FOUND
    decoding, looking = children.calls
    assert " ".join(decoding.argv) == (
        "/usr/bin/ffmpeg -hide_banner -nostdin -loglevel error -f mov -format_whitelist mov -protocol_whitelist file "
        f"-t 7.250 -an -sn -dn -threads 1 -i {path} "
        "-vf fps=2:start_time=0:round=up,scale=480:270:flags=area,format=gray -f rawvideo -y faces.gray"
    )
    assert (decoding.folder, decoding.reads) == (folder, (path,))
    assert decoding.limits == Limits(memory_mb=2048, cpu_seconds=300, wall_seconds=600, file_mb=512, open_files=64)
    assert looking.argv[:-1] == children.python("relay.media.children.faces")
    assert json.loads(looking.argv[-1]) == {
        "path": str(folder / "faces.gray"), "width": 480, "height": 270, "a_second": 2,
    }  # fmt: skip
    assert (looking.folder, looking.reads) == (folder, (folder / "faces.gray",))
    assert looking.limits == Limits(memory_mb=4096, cpu_seconds=600, wall_seconds=1200, file_mb=1, open_files=256)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("width", "height", "seen"),
    [(720, 1280, (270, 480)), (240, 240, (480, 480)), (1000, 10, (480, 16)), (853, 480, (480, 270))],
)
def test_the_longer_side_is_of_one_size_and_both_are_even(
    tmp_path: Path, width: int, height: int, seen: tuple[int, int]
) -> None:
    children = Children()
    faces.find(children, tmp_path / "proxy.mp4", tmp_path, width=width, height=height, seconds=1)
    job = json.loads(children.calls[1].argv[-1])
    assert (job["width"], job["height"]) == seen


@pytest.mark.parametrize("fails", [0, 1])
def test_frames_do_not_stay_when_a_child_fails(tmp_path: Path, fails: int) -> None:
    with pytest.raises(ToolFailed):
        faces.find(Children(fails), tmp_path / "proxy.mp4", tmp_path, width=64, height=64, seconds=1)
    assert list(tmp_path.iterdir()) == []


def test_whether_anybody_can_look_is_known_without_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert not faces.available()
    monkeypatch.setitem(sys.modules, "cv2", SimpleNamespace(__spec__=object()))
    assert faces.available()
