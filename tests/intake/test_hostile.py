"""Files that want to read other files, reach the network or break the machine, through the whole look."""

from __future__ import annotations

import ctypes
import dataclasses
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from relay.context import Relay
from relay.intake.inspect import inspect
from relay.media.toolbox import Limits, Toolbox
from relay.models import Finding
from tests.intake.test_inspect import put

pytestmark = pytest.mark.media

IN_OPEN = 0x20
MAY_PASS = {"avi_gab2_hls.avi", "zero_timescale.mov", "deep_nesting.mov", "metadata_injection.mov", "plain_ok.mov"}
"""What the writer itself calls acceptable (all are tiny pictures, so the look refuses them for that)."""


class Watched:
    """Counts how often a file is opened, by anyone (inotify)."""

    def __init__(self, path: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._handle = libc.inotify_init1(os.O_NONBLOCK)
        assert libc.inotify_add_watch(self._handle, os.fsencode(path), IN_OPEN) >= 0

    def opened(self) -> int:
        count = 0
        try:
            data = os.read(self._handle, 65536)
        except BlockingIOError:
            return 0
        while data:
            length = struct.unpack_from("iIII", data)[3]
            count, data = count + 1, data[16 + length :]
        return count


@pytest.fixture(scope="module")
def hostile(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, socket.socket]]:
    """The folder of hostile files, with the canary they want to read, and the port they want to reach."""
    folder, toolbox = tmp_path_factory.mktemp("hostile"), Toolbox()
    canary = folder / "canary.mp4"
    toolbox.run(
        [toolbox.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "color=magenta:s=320x240:d=1", str(canary)], folder=folder
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.01)
        port = str(server.getsockname()[1])
        tool = shared / "tools" / "make_hostile.py"
        subprocess.run(
            [sys.executable, str(tool), str(folder), "--canary", str(canary), "--port", port],
            check=True, capture_output=True,
        )  # fmt: skip
        yield folder, server


def came(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("walls", ["limits", ""])
def test_no_hostile_file_is_accepted_or_reaches_anything(
    relay: Relay, hostile: tuple[Path, socket.socket], walls: str
) -> None:
    """Also with the walls taken down: then the lists of containers and codecs have to hold alone."""
    folder, server = hostile
    relay = dataclasses.replace(relay, toolbox=Toolbox(walls=walls))
    names = [entry["file"] for entry in json.loads((folder / "manifest.json").read_text())["files"]]
    names = [name for name in names if not name.startswith("names/")]
    watched = Watched(folder / "canary.mp4")
    found, started = {}, time.monotonic()
    for name in names:
        moment = time.monotonic()
        found[name] = inspect(relay, put(relay, folder / name))
        assert time.monotonic() - moment < 60, name

    assert len(names) > 25
    accepted = {name for name, row in found.items() if row.finding is not Finding.refused}
    assert accepted <= MAY_PASS
    assert all(row.reason for row in found.values() if row.finding is Finding.refused)
    assert watched.opened() == 0
    assert not came(server)
    assert time.monotonic() - started < 300


def test_hostile_names_are_never_seen(relay: Relay, hostile: tuple[Path, socket.socket]) -> None:
    """The names in `names/` are somebody else's words; the store and the children know a sha256 only."""
    folder, _ = hostile
    for path in sorted((folder / "names").iterdir())[:4]:
        assert inspect(relay, put(relay, path)).finding is Finding.refused  # raw RGB, 64 pixels wide
    assert not list(folder.rglob("PWNED"))
    assert not Path("PWNED").exists()


def test_without_the_list_of_containers_ffmpeg_opens_the_neighbour(hostile: tuple[Path, socket.socket]) -> None:
    """The twin: same tool, same limits, the list of protocols alone."""
    folder, _ = hostile
    watched, toolbox = Watched(folder / "canary.mp4"), Toolbox(walls="limits")
    foreign = f"file:{folder / 'ffconcat_rel.mp4'}"
    locks = ["-protocol_whitelist", "file"]
    for lock in (["-f", "mov"], ["-format_whitelist", "mov"]):
        words = ["-nostdin", "-v", "quiet", *locks, *lock, "-i", foreign, "-f", "null", "-"]
        toolbox.run([toolbox.ffmpeg, *words], folder=folder, check=False, limits=Limits(cpu_seconds=20))
        assert watched.opened() == 0

    words = ["-nostdin", "-v", "quiet", *locks, "-i", foreign, "-f", "null", "-"]
    toolbox.run([toolbox.ffmpeg, *words], folder=folder, check=False, limits=Limits(cpu_seconds=20))
    assert watched.opened() > 0


def test_without_the_list_of_codecs_a_bomb_is_decoded(hostile: tuple[Path, socket.socket], tmp_path: Path) -> None:
    """900 megapixels in 110 kB: with the list nothing decodes it, without it only the memory limit ends it."""
    bomb, toolbox = hostile[0] / "bomb_png_30000.mov", Toolbox(walls="limits")
    limits = Limits(memory_mb=1500, cpu_seconds=60, wall_seconds=90)

    def decode(*locks: str) -> str:
        words = ["-nostdin", "-v", "error", "-f", "mov", *locks, "-i", f"file:{bomb}", "-frames:v", "1", "-f", "null"]
        return toolbox.run([toolbox.ffmpeg, *words, "-"], folder=tmp_path, check=False, limits=limits).stderr

    assert "not allowed" in decode("-codec_whitelist", "h264") or "whitelist" in decode("-codec_whitelist", "h264")
    assert "Cannot allocate memory" in decode()


def test_metadata_is_data(relay: Relay, hostile: tuple[Path, socket.socket]) -> None:
    folder, _ = hostile
    row = inspect(relay, put(relay, folder / "metadata_injection.mov"))

    assert "script" not in json.dumps(row.technical)
    assert not shutil.which("PWNED")
