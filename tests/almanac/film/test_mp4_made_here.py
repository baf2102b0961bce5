"""Joining shots that are made in this process, so that no frame goes lost on any developer's machine."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest

from relay.almanac.film import mp4
from relay.errors import ToolFailed


def shot(folder: Path, name: str, frames: int, *, foretold: int = 2, rate: int = 25, keys: int = 250) -> Path:
    path = folder / f"{name}.mp4"
    with av.open(str(path), "w", options={"video_track_timescale": "12800"}) as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast", "bf": str(foretold), "g": str(keys), "crf": "20"}
        for number in range(frames):
            picture = np.full((96, 64), 128, np.uint8)
            picture[:64] = 16 + (number * 37 + frames) % 200
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")))
        container.mux(stream.encode())
    return path


def greys(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [round(float(frame.to_ndarray()[:64].mean())) for frame in container.decode(video=0)]


def times(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return sorted(packet.pts for packet in container.demux(video=0) if packet.pts is not None)


@pytest.mark.slow
def test_joined_shots_show_all_their_frames_in_the_order_of_the_film(tmp_path: Path) -> None:
    one, two, three = shot(tmp_path, "a", 12), shot(tmp_path, "b", 1), shot(tmp_path, "c", 7, keys=3)
    row = [one, three, two, one]
    mp4.join(row, tmp_path / "film.mp4")
    assert greys(tmp_path / "film.mp4") == [grey for path in row for grey in greys(path)]
    found = mp4.read(tmp_path / "film.mp4")
    assert (found.track("vide").samples, found.track("vide").seconds) == (32, 32 / 25)
    assert found.streams_well


@pytest.mark.slow
def test_shots_that_are_delayed_differently_stay_in_step(tmp_path: Path) -> None:
    row = [shot(tmp_path, "foretold", 10), shot(tmp_path, "plain", 10, foretold=0), shot(tmp_path, "again", 9)]
    mp4.join(row, tmp_path / "film.mp4")
    assert times(tmp_path / "film.mp4") == [512 * number for number in range(29)]


def test_every_shot_can_be_jumped_to(tmp_path: Path) -> None:
    row = [shot(tmp_path, "a", 8), shot(tmp_path, "b", 6, keys=3)]
    mp4.join(row, tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as container:
        keys = [
            packet.pts // 512 for packet in container.demux(video=0) if packet.is_keyframe and packet.pts is not None
        ]
    assert keys == [0, 8, 11]


def test_shots_of_another_rate_are_not_joined(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="different rates"):
        mp4.join([shot(tmp_path, "a", 5), shot(tmp_path, "b", 5, rate=50)], tmp_path / "film.mp4")


@pytest.mark.parametrize("left", [0, 7, 40, 400])
def test_a_shot_that_was_cut_off_is_not_whole(tmp_path: Path, left: int) -> None:
    path = shot(tmp_path, "a", 5)
    path.write_bytes(path.read_bytes()[:left])
    for read in (mp4.read, lambda path: mp4.join([path], tmp_path / "film.mp4")):
        with pytest.raises(ToolFailed, match=r"a\.mp4 has no index: it is not whole"):
            read(path)


def test_what_a_shot_says_of_itself(tmp_path: Path) -> None:
    track = mp4.read(shot(tmp_path, "a", 12)).track("vide")
    assert (track.kind, track.samples, track.scale, track.length, track.seconds) == ("vide", 12, 12800, 6144, 0.48)
    assert track.setup[:1] == b"\x01"
    assert track.setup == mp4.read(shot(tmp_path, "b", 3)).track("vide").setup
    assert not mp4.read(shot(tmp_path, "a", 12)).streams_well


@pytest.mark.parametrize("kind", ["soun", "text"])
def test_a_track_that_is_not_there_once_is_told(tmp_path: Path, kind: str) -> None:
    movie = mp4.read(shot(tmp_path, "a", 2))
    with pytest.raises(ToolFailed, match=f"0 tracks of kind {kind}"):
        movie.track(kind)
    twice = mp4.Movie((*movie.tracks, *movie.tracks), streams_well=True)
    with pytest.raises(ToolFailed, match="2 tracks of kind vide"):
        twice.track("vide")


def test_a_film_of_more_than_four_gigabytes_finds_its_frames(tmp_path: Path) -> None:
    one = mp4.shot_index(shot(tmp_path, "a", 5))
    index = mp4._index([one, one], [*one.sizes, *one.sizes], 1 << 32)
    offsets = dict(mp4.walk(dict(mp4._boxes(index))[b"moov"]))[b"co64"]
    assert struct.unpack(">IIQQ", offsets) == (0, 2, 1 << 32, (1 << 32) + sum(one.sizes))


def test_boxes_of_every_length_are_stepped_over(tmp_path: Path) -> None:
    path = shot(tmp_path, "a", 5)
    data = path.read_bytes()
    wide = struct.pack(">I4sQ", 1, b"free", 24) + bytes(8)
    path.write_bytes(wide + struct.pack(">I4s", 8, b"free") + data)
    assert mp4.read(path).track("vide").samples == 5
