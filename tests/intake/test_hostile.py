"""Files that want to read other files, reach the network or break the machine, through the whole look."""

from __future__ import annotations

import ctypes
import dataclasses
import importlib.util
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
from relay.intake import look
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


def test_without_the_locks_a_bomb_takes_its_memory(shared: Path, tmp_path: Path) -> None:
    """A picture of 225 megapixels in a small film: each lock alone refuses it, without them it is decoded."""
    spec = importlib.util.spec_from_file_location("make_hostile", shared / "tools" / "make_hostile.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    bomb, toolbox = tmp_path / "bomb.mov", Toolbox(walls="limits")
    bomb.write_bytes(tool.mov([tool.png(15000, 15000, 8)], 15000, 15000, b"png ", depth=32))
    limits = Limits(memory_mb=700, cpu_seconds=60, wall_seconds=90)

    def decode(*locks: str) -> str:
        words = ["-nostdin", "-v", "error", "-threads", "1", "-f", "mov", *locks, "-i", f"file:{bomb}"]
        out = ["-frames:v", "1", "-f", "null", "-"]
        return toolbox.run([toolbox.ffmpeg, *words, *out], folder=tmp_path, check=False, limits=limits).stderr

    assert bomb.stat().st_size < 1_000_000
    assert "whitelist" in decode("-codec_whitelist", "h264")
    assert "max pixel count" in decode("-max_pixels", str(look.MAX_PIXELS))
    assert decode() == ""


def test_metadata_is_data(relay: Relay, hostile: tuple[Path, socket.socket]) -> None:
    folder, _ = hostile
    row = inspect(relay, put(relay, folder / "metadata_injection.mov"))

    assert "script" not in json.dumps(row.technical)
    assert not shutil.which("PWNED")
