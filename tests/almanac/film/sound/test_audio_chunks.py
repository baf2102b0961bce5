from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from relay.almanac.film.sound.audio_chunks import (
    AFTER,
    BEFORE,
    CHUNK,
    LONG,
    PACKET,
    AudioChunk,
    chunks,
    cut,
    integrated,
    own_levels,
    packets,
    packets_of,
    splice,
    window,
)
from relay.almanac.formats import House
from relay.errors import ToolFailed
from relay.media.toolbox import Toolbox
from tests.almanac.filming import Camera

HOUSE = House()
SHORT = 2


def packet(sequence: int = LONG, shape: int = 1, *, common: bool = True, pair: bool = True, size: int = 40) -> bytes:
    """An ADTS packet with this window: nothing else of it is read."""
    head = bytes([0xFF, 0xF1, 0x4C, 0x80 | size >> 11, size >> 3 & 0xFF, (size & 7) << 5 | 0x1F, 0xFC])
    bits = (1 if pair else 0) << 13 | (1 if common else 0) << 8 | sequence << 5 | shape << 4
    return head + bits.to_bytes(2, "big") + bytes(size - len(head) - 2)


@pytest.mark.parametrize("frames", [1, 100, 749, 751, 1898, 25 * 60 * 47])
@pytest.mark.parametrize("fps", [25, 30, 60])
def test_reels_cover_the_film_once_with_some_sound_around_each(frames: int, fps: int) -> None:
    house = House(fps=fps)
    total, found = frames * house.samples, chunks(frames, house)
    assert (found[0].first, found[0].begin) == (0, 0)
    assert (found[-1].last, found[-1].end) == (packets_of(total), total)
    assert all(before.last == after.first for before, after in pairwise(found))
    for reel in found[1:]:
        assert reel.first * PACKET - reel.begin == BEFORE * PACKET
    for reel in found[:-1]:
        assert reel.end == (reel.last + AFTER) * PACKET <= total
    assert all(CHUNK / 2 <= reel.last - reel.first <= 1.5 * CHUNK for reel in found[1:])


def test_a_reel_is_about_twenty_seconds_and_begins_a_second_early() -> None:
    """AAC's packets are of 1024 samples; around a reel the encoder hears a second before it and a third after it."""
    assert PACKET == 1024
    assert [round(packets * PACKET / 48_000, 2) for packets in (CHUNK, BEFORE, AFTER)] == [20.01, 1.02, 0.34]


def test_the_reels_of_a_film() -> None:
    assert [packets_of(samples) for samples in (0, 1, 1024, 1025)] == [1, 2, 2, 3]
    assert chunks(1, HOUSE) == [AudioChunk(0, 3, 0, 1920)]
    first, second = CHUNK * PACKET, 2 * CHUNK * PACKET
    frames = 2 * CHUNK * PACKET // 1920
    found = chunks(frames, HOUSE)
    assert found == [
        AudioChunk(0, CHUNK, 0, first + AFTER * PACKET),
        AudioChunk(CHUNK, packets_of(frames * 1920), first - BEFORE * PACKET, frames * 1920),
    ]
    assert second - 1920 < frames * 1920 <= second
    assert [reel.ahead for reel in found] == [0, CHUNK - BEFORE]
    assert [len(chunks(frames, HOUSE)) for frames in (749, 750, 1250, 1251)] == [1, 2, 2, 3]


def test_a_moment_belongs_to_the_reel_in_which_it_ends() -> None:
    reel = AudioChunk(10, 20, 4 * PACKET, 30 * PACKET)
    told = [reel.owns(sample) for sample in (10 * PACKET, 10 * PACKET + 1, 20 * PACKET, 20 * PACKET + 1)]
    assert told == [False, True, True, False]
    assert own_levels([float(number) for number in range(6)], reel, HOUSE) == [1.0, 2.0]


def test_a_longer_end_moves_no_border() -> None:
    short, long = chunks(5000, HOUSE), chunks(5400, HOUSE)
    assert short[:-1] == long[: len(short) - 1]


@pytest.mark.parametrize(
    ("levels", "loudness"),
    [
        ([], None),
        ([-200.0, -71.0], None),
        ([-20.0] * 10, -20.0),
        ([-20.0] * 10 + [-80.0] * 90, -20.0),  # silence doesn't count
        ([-20.0] * 10 + [-45.0] * 90, -20.0),  # nor what is far below the rest
        ([-70.0], None),  # as quiet as silence
        ([-69.9], -69.9),
        ([-20.0] + [-30.0] * 9, 10 * np.log10((0.01 + 0.001 * 9) / 10)),
        ([-20.0] * 50 + [-23.0103] * 50, 10 * np.log10((0.01 + 0.005) / 2)),
    ],
)
def test_loudness_of_many_moments(levels: list[float], loudness: float | None) -> None:
    assert integrated(levels) == (None if loudness is None else pytest.approx(loudness, abs=0.001))


def test_every_moment_belongs_to_one_reel() -> None:
    found = chunks(1898, HOUSE)
    told = [own_levels([1.0] * ((reel.end - reel.begin) // 4800), reel, HOUSE) for reel in found]
    assert abs(sum(map(len, told)) - 759) <= len(found)


def test_packets_are_told_apart() -> None:
    stream = packet(size=40) + packet(SHORT, 0, size=300)
    assert [len(each) for each in packets(stream)] == [40, 300]
    assert [window(each) for each in packets(stream)] == [(LONG, 1), (SHORT, 0)]
    for size in (9, 255, 256, 2047, 2048, 4099, 8191):
        assert [len(each) for each in packets(packet(size=size) + packet(size=9))] == [size, 9]
    assert packets(b"") == []
    assert packets(packet(size=9)[:7].replace(b"\x01\x3f", b"\x00\xff")) == [packet(size=9)[:3] + b"\x80\x00\xff\xfc"]
    assert [window(packet(sequence, shape)) for sequence in range(4) for shape in (0, 1)] == [
        (sequence, shape) for sequence in range(4) for shape in (0, 1)
    ]


@pytest.mark.parametrize(
    "stream",
    [
        packet()[:-1],
        b"RIFF" + packet(),
        packet() + b"\xff",
        packet() + packet()[:6],
        b"\xfe" + packet()[1:],
        b"\xff" * 3 + bytes(4),
        packet(size=9)[:3] + b"\x80\x00\xdf\xfc",
    ],
)
def test_half_a_stream_is_refused(stream: bytes) -> None:
    with pytest.raises(ToolFailed, match=r"^ffmpeg wrote no whole sound\.$"):
        packets(stream)


@pytest.mark.parametrize("odd", [packet(common=False), packet(pair=False)])
def test_windows_that_are_not_one_for_both_channels_are_not_read(odd: bytes) -> None:
    assert window(odd) is None


def side(at: int, *sequences: int) -> dict[int, bytes]:
    """Packets from number `at` − 1 on, the first two of these windows, the rest short."""
    windows = [*sequences, *[SHORT] * (AFTER + 1 - len(sequences))]
    return {at - 1 + number: packet(sequence) for number, sequence in enumerate(windows)}


@pytest.mark.parametrize(
    ("left", "right", "wanted"),
    [
        (side(50, LONG, LONG), side(50, LONG, LONG), 50),  # calm at the border
        (side(50, SHORT, LONG, LONG), side(50, SHORT, LONG, LONG), 51),  # calm one later
        (side(50, SHORT), side(50, SHORT), 50),  # never calm: where both are alike
        (side(50, SHORT, LONG), side(50, SHORT, SHORT), 52),  # they differ at the border
        (side(50, *[LONG] * 17), side(50, *[SHORT] * 17), 50),  # they agree nowhere
        (side(50, *[SHORT] * 11, LONG, LONG), side(50, *[SHORT] * 11, LONG, LONG), 61),  # the last that is sure
        (side(50, *[SHORT] * 12, LONG, LONG), side(50, *[SHORT] * 12, LONG, LONG), 50),  # one too late
        (side(50, LONG, SHORT, LONG, LONG), side(50, SHORT, SHORT, LONG, LONG), 52),  # alike only from the border on
    ],
)
def test_where_reels_are_spliced(left: dict[int, bytes], right: dict[int, bytes], wanted: int) -> None:
    assert cut(left, right, 50) == wanted


def test_a_spliced_film_has_every_packet_once() -> None:
    first, second = AudioChunk(0, 100, 0, 0), AudioChunk(100, 180, 52 * PACKET, 0)
    left = {number: packet(size=50) for number in range(116)}
    right = {number: packet(size=60) for number in range(52, 180)}
    assert [len(each) for each in splice([(first, left), (second, right)])] == [50] * 100 + [60] * 80


@pytest.mark.media
def test_moments_make_the_loudness_that_ffmpeg_measures(toolbox: Toolbox, camera: Camera) -> None:
    """A voice that pauses, whispers and shouts: both gates have work to do."""
    loud = "if(lt(mod(t,9),3),0.3,if(lt(mod(t,9),6),0.004,0.00001))"
    graph = (
        f"aevalsrc='{loud}*sin(2*PI*440*t)|{loud}*sin(2*PI*660*t)':d=40:s=48000,"
        "ebur128=framelog=quiet:metadata=1,ametadata=mode=print:key=lavfi.r128.M:file=-"
    )
    argv = [toolbox.ffmpeg, "-hide_banner", "-nostats", "-f", "lavfi", "-i", graph, "-f", "null", "-"]
    done = toolbox.run(argv, folder=camera.folder)
    whole = re.search(r"I:\s+(-[\d.]+) LUFS", done.stderr)
    assert whole is not None
    moments = [float(level) for level in re.findall(r"M=(-[\d.]+)", done.stdout)]
    assert integrated(moments) == pytest.approx(float(whole[1]), abs=0.1)
