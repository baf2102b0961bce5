"""With the real look: what was made of a video is noted with its sum, and made again where it is damaged."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from relay.context import Relay
from relay.intake.inspect import inspect
from relay.media.toolbox import Toolbox
from relay.upkeep.damages.pictures import made_of_videos

pytestmark = [pytest.mark.media, pytest.mark.slow]


def has_video(relay: Relay) -> str:
    folder, toolbox = relay.folder("incoming"), Toolbox()
    path = folder / "a.mp4"
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1", "-f", "lavfi", "-i", "sine=f=300:d=1"]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *inputs, str(path)], folder=folder)
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    relay.media.put(f"originals/{sha}", path)
    return sha


def flip(path: Path) -> None:
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def test_a_flipped_proxy_is_made_again_by_the_one_look(relay: Relay) -> None:
    sha = has_video(relay)
    look = inspect(relay, sha)
    assert set(look.sums) == {look.poster, look.storyboard, look.proxy}
    flip(relay.media.local(look.proxy))
    (found,) = made_of_videos(relay, False, True)
    assert (found.wrong, look.proxy in found.text) == (True, True)
    (fixed,) = made_of_videos(relay, True, True, inspect)
    assert (fixed.wrong, fixed.fixed) == (False, True)
    (clean,) = made_of_videos(relay, False, True)
    assert (clean.wrong, clean.text) == (False, "in place: 1")
