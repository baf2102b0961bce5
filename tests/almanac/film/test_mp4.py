from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest

from relay.almanac.film import mp4
from relay.errors import ToolFailed
from tests.almanac.filming import X264, Camera

pytestmark = pytest.mark.media
SMOOTH = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-crf", "12", "-pix_fmt", "yuv420p")
TRACK = ("-video_track_timescale", "12800", "-an")


def shot(camera: Camera, name: str, frames: int, *words: str) -> Path:
    encode = (*SMOOTH, *TRACK, *words)
    return camera.films(name, frames=frames, seed=frames, sound=0, encode=encode)


def test_joined_shots_show_all_their_frames_one_after_the_other(camera: Camera, tmp_path: Path) -> None:
    """Also a shot of one frame, and one that stands in the film twice."""
    shots = [shot(camera, f"shot{frames}", frames) for frames in (30, 1, 7)]
    row = [*shots, shots[0]]
    mp4.join(row, tmp_path / "joined.mp4")
    found = mp4.read(tmp_path / "joined.mp4")
    assert (found.track("vide").samples, found.track("vide").seconds) == (68, 68 / 25)
    assert found.streams_well
    alone = np.concatenate([camera.looks_at(path) for path in row])
    assert np.array_equal(camera.looks_at(tmp_path / "joined.mp4"), alone)


def test_shots_whose_pictures_are_delayed_differently_stay_in_step(camera: Camera, tmp_path: Path) -> None:
    """Without pictures that are foretold a shot begins to show at once; with them two frames later."""
    shots = [shot(camera, "foretold", 20), shot(camera, "plain", 20, "-bf", "0"), shot(camera, "again", 21)]
    mp4.join(shots, tmp_path / "joined.mp4")
    with av.open(str(tmp_path / "joined.mp4")) as container:
        packets = list(container.demux(container.streams.video[0]))
    assert sorted(packet.pts for packet in packets if packet.pts is not None) == [512 * n for n in range(61)]


def test_uneven_timing_and_cut_off_files_are_refused(camera: Camera, tmp_path: Path) -> None:
    uneven = camera.films(
        "jumps", frames=40, sound=0, filters="select='not(eq(n,7))'", encode=(*X264, *TRACK, "-fps_mode", "vfr")
    )
    with pytest.raises(ToolFailed, match="not a shot"):
        mp4.join([uneven], tmp_path / "joined.mp4")
    short = tmp_path / "short.mp4"
    short.write_bytes(shot(camera, "whole", 10).read_bytes()[:400])
    with pytest.raises(ToolFailed):
        mp4.join([short], tmp_path / "joined.mp4")


def test_a_film_of_more_than_four_gigabytes_finds_its_frames(camera: Camera) -> None:
    one = mp4.shot_index(shot(camera, "large", 10))
    index = mp4._index([one, one], [*one.sizes, *one.sizes], 1 << 32)
    offsets = dict(mp4.walk(dict(mp4._boxes(index))[b"moov"]))[b"co64"]
    assert struct.unpack(">IIQQ", offsets) == (0, 2, 1 << 32, (1 << 32) + sum(one.sizes))
