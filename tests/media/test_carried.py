from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from relay.errors import ToolMissing
from relay.media import carried
from relay.media.toolbox import Toolbox

RAN = "import subprocess; real = subprocess.Popen; subprocess.Popen = lambda *a, **k: print('RAN') or real(*a, **k)\n"


def test_the_ffmpeg_of_the_package_is_found_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(carried.NAMED, raising=False)
    assert Path(carried.ffmpeg()).name.startswith("ffmpeg-")
    monkeypatch.setenv(carried.NAMED, "/opt/ffmpeg")
    assert carried.ffmpeg() == "/opt/ffmpeg"


def test_without_any_ffmpeg_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "ffmpeg", lambda: "")
    with pytest.raises(ToolMissing, match="ffmpeg is missing"):
        _ = Toolbox().ffmpeg


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "ran"),
    [
        ("from relay.media.toolbox import Toolbox; Toolbox().ffmpeg", False),
        ("import imageio_ffmpeg; imageio_ffmpeg.get_ffmpeg_exe()", True),
    ],
    ids=["guarded", "twin"],
)
def test_nothing_is_run_with_our_environment_to_find_it(words: str, ran: bool) -> None:
    argv = [sys.executable, "-c", RAN + words]
    done = subprocess.run(argv, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True)
    assert ("RAN" in done.stdout) is ran
