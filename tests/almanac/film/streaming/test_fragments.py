"""Fragments of an MP4, read again box by box: what they say of their frames and of their packets."""

from __future__ import annotations

import struct
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import av
import pytest

from relay.almanac.film import mp4
from relay.almanac.film.mp4 import ShotIndex
from relay.almanac.film.streaming import fragments
from relay.almanac.film.streaming.fragments import SoundRun
from relay.almanac.formats import House
from tests.almanac.film.test_mp4_made_here import greys, shot

HOUSE = House()
SOUND = SoundRun(start=10_240, sizes=[7, 9, 8], last=300)


@pytest.fixture
def shots(tmp_path: Path) -> list[ShotIndex]:
    return [mp4.shot_index(shot(tmp_path, "a", 12)), mp4.shot_index(shot(tmp_path, "b", 7, keys=3))]


def inside(data: bytes, *names: bytes) -> list[bytes]:
    """Bodies of the boxes that lie below one another, by their names."""
    bodies = [data]
    for name in names:
        bodies = [body for outer in bodies for found, body in mp4._boxes(outer) if found == name]
    return bodies


MADE_UP = ShotIndex(Path(), b"", 0, sizes=(50, 20, 30), keys=(1,), shifts=((1, 1024), (2, 512)), delay=1024, tick=512)


def test_frames_that_need_others_are_told_from_those_that_do_not() -> None:
    """ISO/IEC 14496-12, 8.8.3.1: sample_depends_on, and sample_is_non_sync_sample."""
    made = fragments.fragment(0, 10, [MADE_UP], SOUND)
    frames, packets = inside(made, b"moof", b"traf", b"trun")
    rows = list(struct.iter_unpack(">IIi", frames[12:]))
    assert rows == [(50, 0x02000000, 0), (20, 0x01010000, -512), (30, 0x01010000, -512)]
    assert struct.unpack_from(">IIi", packets)[2] == len(made) + 100
    (header, _heard) = inside(made, b"moof", b"traf", b"tfhd")
    assert struct.unpack(">III", header) == (0x020008, 1, 512)


def test_a_shot_that_does_not_say_when_each_frame_shows_is_not_cut_short() -> None:
    with pytest.raises(ValueError, match="zip"):
        fragments.fragment(0, 0, [replace(MADE_UP, shifts=((2, 1024),))], SOUND)


@pytest.mark.slow
def test_a_fragment_says_of_each_frame_and_packet_where_it_lies_and_when_it_shows(shots: list[ShotIndex]) -> None:
    made = fragments.fragment(4, 100, shots, SOUND)
    assert inside(made, b"moof", b"mfhd") == [struct.pack(">II", 0, 5)]
    sizes = [size for each in shots for size in each.sizes]
    picture, heard = inside(made, b"moof", b"traf", b"tfdt")
    assert struct.unpack(">IQ", picture) == (1 << 24, 100 * 512)
    assert struct.unpack(">IQ", heard) == (1 << 24, 10_240)
    frames, packets = inside(made, b"moof", b"traf", b"trun")
    flags, count, at = struct.unpack_from(">IIi", frames)
    rows = list(struct.iter_unpack(">IIi", frames[12:]))
    assert (flags, count, at) == (0x01000E01, 19, len(made))
    assert [size for size, _flags, _shift in rows] == sizes
    assert [number for number, (_size, kind, _shift) in enumerate(rows) if kind == fragments.KEY] == [0, 12, 15, 18]
    shown = [512 * number + shift for number, (_size, _kind, shift) in enumerate(rows)]
    assert sorted(shown) == [512 * number for number in range(19)]
    flags, count, at = struct.unpack_from(">IIi", packets)
    assert (flags, count, at) == (0x301, 3, len(made) + sum(sizes))
    assert list(struct.iter_unpack(">II", packets[12:])) == [(1024, 7), (1024, 9), (300, 8)]
    assert made.endswith(struct.pack(">I4s", 8 + sum(sizes) + 24, b"mdat"))


def test_a_fragment_without_sound_has_no_packets(shots: list[ShotIndex]) -> None:
    made = fragments.fragment(0, 0, shots, SoundRun(0, []))
    packets = inside(made, b"moof", b"traf", b"trun")[1]
    assert struct.unpack_from(">II", packets) == (0x301, 0)


def test_the_head_says_how_long_the_film_is_and_how_it_is_encoded(shots: list[ShotIndex]) -> None:
    made = fragments.head(shots[0], 250, HOUSE)
    assert [name for name, _body in mp4._boxes(made)] == [b"ftyp", b"moov"]
    assert inside(made, b"moov", b"mvex", b"mehd") == [struct.pack(">II", 0, 250 * 512)]
    tracks = [struct.unpack_from(">I", body, 12)[0] for body in inside(made, b"moov", b"trak", b"tkhd")]
    assert tracks == [fragments.PICTURE, fragments.SOUND]
    assert [struct.unpack_from(">I", body, 4)[0] for body in inside(made, b"moov", b"mvex", b"trex")] == tracks
    assert struct.unpack(">I", inside(made, b"moov", b"mvhd")[0][-4:]) == (3,)
    kinds = [body[8:12] for body in inside(made, b"moov", b"trak", b"mdia", b"hdlr")]
    assert kinds == [b"vide", b"soun"]
    described = inside(made, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    assert described[0] == dict(mp4.walk(shots[0].moov))[b"stsd"]
    assert described[1][12:16] == b"mp4a"


@pytest.mark.parametrize(("rate", "setup"), [(48_000, b"\x11\x90"), (44_100, b"\x12\x10"), (24_000, b"\x13\x10")])
def test_the_sound_is_described_as_a_decoder_reads_it(shots: list[ShotIndex], rate: int, setup: bytes) -> None:
    made = fragments.head(shots[0], 250, House(sample_rate=rate, fps=25 if rate != 44_100 else 30))
    described = inside(made, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")[1]
    assert b"\x05\x02" + setup in described


def test_a_browser_is_told_profile_and_level(shots: list[ShotIndex]) -> None:
    profile, compatible, level = fragments.setup(shots[0])[1:4]
    assert fragments.codecs(shots[0]) == f"avc1.{profile:02x}{compatible:02x}{level:02x}, mp4a.40.2"


def test_what_is_put_together_shows_all_frames(shots: list[ShotIndex], tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    firsts = accumulate((len(each.sizes) for each in shots), initial=0)
    with film.open("wb") as file:
        file.write(fragments.head(shots[0], 19, HOUSE))
        for number, (each, first) in enumerate(zip(shots, firsts, strict=False)):
            file.write(fragments.fragment(number, first, [each], SoundRun(0, [])))
            file.write(each.path.read_bytes()[each.at : each.at + sum(each.sizes)])
    with av.open(str(film)) as container:
        seen = [round(float(frame.to_ndarray()[:64].mean())) for frame in container.decode(video=0)]
    assert seen == [grey for each in shots for grey in greys(each.path)]
