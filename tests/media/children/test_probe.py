from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from relay.media.children.probe import Break, StreamReading, _peak, holes, read_facts, turned, usual_step
from tests.media.parcels import film_of, video_entry
from tests.media.test_h264 import avcc, slice_, sps
from tests.media.test_h264 import packet as parcel


@dataclass
class Packet:
    pts: int | None
    duration: int | None = 1
    dts: int | None = None
    is_keyframe: bool = True
    is_discard: bool = False


def read(
    times: Sequence[float], lengths: Sequence[float], *, expected: int = 0, declared: float = 0.0
) -> StreamReading:
    """As of an MP4, in milliseconds, decoded one after the other."""
    track = StreamReading(durations_in_decoding_order=True, expected=expected, declared_end=declared)
    for number, (time, length) in enumerate(zip(times, lengths, strict=True)):
        track.add(Packet(round(time * 1000), round(length * 1000), dts=number), 0.001)
    return track


REORDERED = (0.0, 0.4, 0.2, 0.1, 0.3)
"""Seconds, as decoded."""


@pytest.mark.parametrize(
    ("times", "lengths", "more", "seconds"),
    [
        ((0.0, 0.1, 0.2), (0.1, 0.1, 0.1), {}, 0.3),
        ((0.0, 0.1, 0.2), (0.1, 0.1, 2.0), {}, 2.2),  # the last picture stands for two seconds
        ((0.0, 0.1, 0.2), (0.1, 0.1, 0.0), {}, 0.3),
        ((0.5, 0.6), (0.1, 0.1), {}, 0.2),
        ((0.0, 0.1, 0.2), (0.1, 0.1, 2.0), {"expected": 3, "declared": 1.0}, 1.0),  # an edit list ends before
        ((0.0, 0.1, 0.2), (0.1, 0.1, 2.0), {"expected": 9, "declared": 1.0}, 2.2),
        (REORDERED, (0.1, 1.5, 0.1, 0.1, 0.1), {"expected": 5, "declared": 0.5}, 0.5),  # carries a gap
        (REORDERED, (0.1, 1.5, 0.1, 0.1, 0.1), {"expected": 5, "declared": 3.0}, 3.0),  # the last one stands
        (REORDERED, (0.1, 1.5, 0.1, 0.1, 0.1), {"expected": 9, "declared": 3.0}, 0.5),  # four are missing
        (REORDERED, (0.1, 1.5, 0.1, 0.1, 0.1), {}, 0.5),
        (REORDERED, (0.1, 1.5, 0.1, 0.1, 0.1), {"declared": 0.43}, 0.43),
    ],
)
def test_a_track_ends_with_its_last_picture(
    times: Sequence[float], lengths: Sequence[float], more: dict[str, float], seconds: float
) -> None:
    assert read(times, lengths, **more).seconds == pytest.approx(seconds)  # type: ignore[arg-type]


def test_lengths_of_other_containers_are_those_of_the_pictures() -> None:
    track = read(REORDERED, (0.1, 0.7, 0.1, 0.1, 0.1))
    track.durations_in_decoding_order = False
    assert track.seconds == pytest.approx(1.1)


def test_what_an_edit_list_cuts_away_is_not_counted() -> None:
    track = StreamReading()
    for number in range(10):
        track.add(Packet(number * 100, 100, dts=number, is_discard=number < 4), 0.001)
    assert (track.start, track.seconds, track.packets) == (pytest.approx(0.4), pytest.approx(0.6), 10)


def test_nothing_lasts_for_no_time() -> None:
    assert (StreamReading().start, StreamReading().end, StreamReading().seconds) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("keys", "times", "runs"),
    [
        ([0], range(6), []),
        ([3], range(6), [[0, 3]]),
        ([], range(6), []),  # no key frame at all: there is nothing to begin with
        ([2], (0, 1, 6, 4, 5, 7), [[0, 2], [3, 5]]),  # shown before the key frame, hanging on what lies before it
        ([0, 4], (0, 1, 20, 21, 22, 23), [[2, 4]]),
        ([0, 2], (0, 1, 20, 21, 22, 23), []),
    ],
)
def test_pictures_that_hang_on_missing_ones_are_told(
    keys: Sequence[int], times: Sequence[int], runs: list[list[int]]
) -> None:
    track = StreamReading()
    decoded = sorted(times)
    for number, time in enumerate(times):
        track.add(Packet(time, dts=decoded[number], is_keyframe=number in keys), 0.04)
    assert track.unkeyed == runs


def broken(follows: bool | None, *, keyed: bool = False, jitter: float = 0.0) -> StreamReading:
    """Forty steps of 40 ms with a second missing after the twentieth."""
    track = StreamReading()
    track.times = [number * 0.04 + (1.0 if number > 20 else 0.0) + (number % 2) * jitter for number in range(41)]
    track.breaks = [Break(1.84, follows, keyed)]
    return track


@pytest.mark.parametrize(
    ("codec", "track", "kind"),
    [
        ("h264", broken(False), "lost"),
        ("h264", broken(True), None),
        ("h264", broken(None, keyed=True), "keyed"),
        ("h264", broken(None, keyed=True, jitter=0.01), None),
        ("hevc", broken(None), "hanging"),
        ("hevc", broken(None, keyed=True), "keyed"),
        ("av1", broken(None), "hanging"),
        ("vp8", broken(None), "silent"),
        ("vp9", broken(None, jitter=0.01), None),
        ("mpeg4", broken(None), "silent"),
    ],
)
def test_a_hole_is_told_from_a_pause(codec: str, track: StreamReading, kind: str | None) -> None:
    found = holes(track, codec, 0.0)
    assert [one[2] for one in found] == ([kind] if kind else [])
    assert [one[:2] for one in found] == ([[pytest.approx(0.84), pytest.approx(1.0)]] if kind else [])


def test_a_hole_is_placed_from_the_files_beginning() -> None:
    assert holes(broken(False), "h264", -2.0)[0][0] == pytest.approx(2.84)


@pytest.mark.parametrize("steps", [[0.04] * 30 + [0.48], [0.033, 0.1] * 20, [0.04] * 5])
def test_a_short_wait_and_uneven_steps_are_no_holes(steps: list[float]) -> None:
    track = StreamReading()
    track.times = [sum(steps[:number]) for number in range(len(steps) + 1)]
    assert holes(track, "vp8", 0.0) == []


@pytest.mark.parametrize(
    ("steps", "usual", "even"),
    [
        ([0.033, 0.034, 0.033] * 9, 0.0333, True),
        ([0.04] * 19 + [1.0], 0.04, True),
        ([0.04] * 9 + [1.0], 0.04, False),
        ([0.033, 0.033, 0.1] * 9, 0.033, False),
        ([], 0.0, False),
    ],
)
def test_the_usual_step_is_not_the_average(steps: list[float], usual: float, *, even: bool) -> None:
    found, regular = usual_step(steps)
    assert (found, regular) == (pytest.approx(usual, abs=0.0001), even)


# --- files that are read ---


class Stream:
    """Of a file that is only told of, 1000 ticks a second. `every`: ticks between its packets."""

    def __init__(
        self, kind: str = "video", codec: str = "vp9", *, count: int = 5, every: int = 40, **more: Any
    ) -> None:
        self.index, self.type, self.disposition = 0, kind, 1
        self.time_base, self.start_time, self.duration = Fraction(1, 1000), None, None
        self.frames, self.average_rate, self.metadata = 0, None, {}
        self.sample_aspect_ratio: Fraction | None = None
        self.thread_count = 0
        self.codec_context: Any = SimpleNamespace(
            codec=SimpleNamespace(name=codec, canonical_name=codec.removeprefix("lib")), codec_tag="vp09",
            extradata=None, width=64, height=48, pix_fmt="yuv420p", color_trc=1, color_primaries=1, colorspace=1,
            color_range=1, field_order=0, channels=2 if kind == "audio" else 0, sample_rate=48_000,
        )  # fmt: skip
        for name, value in more.items():
            setattr(self.codec_context if hasattr(self.codec_context, name) else self, name, value)
        self.packets = [Read(number * every, every, dts=number * every) for number in range(count)]


@dataclass
class Read(Packet):
    """A packet as PyAV gives it; `frames`: what it decodes to."""

    size: int = 9
    stream_index: int = 0
    time_base: Fraction = Fraction(1, 1000)
    frames: Sequence[Any] = ()

    def decode(self) -> Sequence[Any]:
        if isinstance(self.frames, Exception):
            raise self.frames
        return self.frames

    def __bytes__(self) -> bytes:
        return b""


class Container:
    """In the place of av.open: a file with these streams, in this order."""

    def __init__(
        self, *streams: Stream, start: int | None = None, duration: int | None = None, name: str = "x"
    ) -> None:
        self.streams, self.start_time, self.duration = list(streams), start, duration
        self.format = SimpleNamespace(name=name)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        for index, stream in enumerate(streams):
            stream.index = index
            for packet in stream.packets:
                packet.stream_index = index

    def __call__(self, path: str, **words: Any) -> Container:
        self.asked.append((path, words))
        return self

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None: ...

    def demux(self, *streams: Stream) -> Iterator[Read]:
        packets = [packet for stream in streams for packet in stream.packets]
        yield from sorted(packets, key=lambda packet: packet.dts if packet.dts is not None else 0)


@dataclass
class Seen:
    """How a file is read: with these codecs, and for so long."""

    path: Path
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, file: Container, container: str = "matroska", *, most: float = 300) -> dict[str, Any]:
        self.monkeypatch.setattr(av, "open", file)
        codecs = ["vp9", "h264", "libdav1d", "opus", "aac"]
        return read_facts({"path": str(self.path), "container": container, "codecs": codecs, "max_seconds": most})


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seen:
    (tmp_path / "film").touch()
    return Seen(tmp_path / "film", monkeypatch)


def side(name: str, data: bytes) -> Any:
    class Side(bytes):
        type = SimpleNamespace(name=name)

    return Side(data)


def frame(*sides: Any, interlaced: bool = False) -> Any:
    return SimpleNamespace(side_data=sides, interlaced_frame=interlaced)


def test_everything_that_is_told_of_a_file(seen: Seen) -> None:
    picture = Stream(
        "video", "libdav1d", count=6, duration=250, start_time=500, width=1920, height=1080, pix_fmt="yuv420p10le",
        color_trc=16, color_primaries=9, colorspace=9, color_range=2, sample_aspect_ratio=Fraction(4, 3),
    )  # fmt: skip
    for packet in picture.packets:
        packet.pts, packet.dts = packet.pts + 500, packet.dts + 500
    sound = Stream("audio", "opus", count=15, every=20, sample_rate=44_100, channels=6, start_time=510)
    text = Stream("subtitle", "subrip", count=1, every=900)
    file = Container(picture, sound, text, start=400_000, duration=300_000)
    assert seen(file) == {
        "container": "matroska", "streams": 3, "start": 0.4, "declared": 0.3, "reach": 0.5, "encrypted": False,
        "lost_sound": False, "sounds": 1, "default_silent": False, "dolby_only": False,
        "audio_index": 1, "audio_codec": "opus", "channels": 6, "sample_rate": 44_100, "audio_start": 0.0,
        "audio_head": 0.51, "audio_duration": 0.3, "audio_packets": 15,
        "video_index": 0, "codec": "dav1d", "known_codec": True, "fps": 25.0, "vfr": False, "longest_step": 0.04,
        "video_start": 0.5, "video_head": 0.5, "video_duration": 0.24, "video_declared": 0.25, "video_packets": 6,
        "unkeyed": [], "holes": [], "coded_width": 1920, "coded_height": 1080, "pix_fmt": "yuv420p10le",
        "transfer": "smpte2084", "primaries": "bt2020", "matrix": "bt2020nc", "range": "pc", "hdr": "pq",
        "sar": "4:3", "interlaced": False,
    }  # fmt: skip
    assert file.asked[0] == (
        f"file:{seen.path}",
        {
            "format": "matroska",
            "metadata_errors": "replace",
            "options": {
                "format_whitelist": "matroska",
                "protocol_whitelist": "file",
                "codec_whitelist": "vp9,h264,libdav1d,opus,aac",
            },
        },
    )
    assert len(file.asked) == 2, "once more for the first frame"
    assert picture.thread_count == 1


def test_what_is_not_told_is_left_empty(seen: Seen) -> None:
    picture = Stream(color_trc=2, color_primaries=2, colorspace=2, color_range=0, pix_fmt=None)
    found = seen(Container(picture))
    assert [found[name] for name in ("transfer", "primaries", "matrix", "range", "hdr", "pix_fmt", "sar")] == [
        *("", "", "", "", "", ""), "1:1",
    ]  # fmt: skip
    assert (found["start"], found["declared"], found["video_head"], found["video_declared"]) == (0, None, None, None)
    assert (found["sounds"], found["lost_sound"], found["default_silent"]) == (0, False, False)
    assert "audio_index" not in found


@pytest.mark.parametrize(
    ("number", "name"),
    [(1, "bt709"), (4, "gamma22"), (6, "smpte170m"), (13, "iec61966-2-1"), (14, "bt2020-10"), (18, "arib-std-b67")],
)
def test_ways_of_light_have_their_names(seen: Seen, number: int, name: str) -> None:
    found = seen(Container(Stream(color_trc=number)))
    assert (found["transfer"], found["hdr"]) == (name, "hlg" if number == 18 else "")


@pytest.mark.parametrize(
    ("order", "interlaced"), [(0, False), (1, False), (2, True), (3, True), (4, True), (5, True), (6, False)]
)
def test_fields_make_a_picture_interlaced(seen: Seen, order: int, *, interlaced: bool) -> None:
    assert seen(Container(Stream(field_order=order)))["interlaced"] is interlaced


def test_of_several_pictures_the_first_that_moves_and_can_be_decoded_is_the_film(seen: Seen) -> None:
    cover, still = Stream(disposition=0x400), Stream(count=1)
    odd, film = Stream(codec="prores"), Stream(codec="h264")
    assert seen(Container(cover, still, odd, film, Stream()))["video_index"] == 3
    found = seen(Container(cover, still, odd))
    assert (found["video_index"], found["known_codec"]) == (2, False)
    assert seen(Container(cover, still))["video_index"] == 1
    for other in (0x800, 0x100000):
        assert "video_index" not in seen(Container(Stream(disposition=other)))
    assert "video_index" not in seen(Container(cover, Stream("audio", "opus")))
    assert seen(Container(still, Stream(count=2)))["video_index"] == 1


def test_the_default_track_of_sound_comes_first_and_a_closed_one_is_lost(seen: Seen) -> None:
    closed, empty = Stream("audio", "qcelp"), Stream("audio", "opus", count=0)
    mute = Stream("audio", "opus", channels=0)
    found = seen(Container(closed, empty, mute, Stream("audio", "opus", disposition=0)))
    assert (found["sounds"], found["audio_index"], found["lost_sound"]) == (1, 3, False)
    found = seen(Container(Stream(), closed))
    assert (found["sounds"], found["lost_sound"], found["default_silent"]) == (0, True, False)


class Tone:
    """A decoded second of sound with this peak."""

    samples, sample_rate = 48_000, 48_000

    def __init__(self, peak: float) -> None:
        self.peak = peak

    def to_ndarray(self) -> Any:
        return np.array([[0.0, -self.peak]], np.float32)


def sound(*peaks: float, default: bool = True) -> Stream:
    made = Stream("audio", "opus", count=len(peaks), every=1000, disposition=int(default))
    for packet, peak in zip(made.packets, peaks, strict=True):
        packet.frames = av.FFmpegError(1, "damaged") if peak < 0 else [Tone(peak)]
    return made


LOUD, SILENT = 0.004, 0.003
"""-48 and -50.5 dB."""


@pytest.mark.parametrize(
    ("sounds", "index", "silent"),
    [
        ([sound(LOUD, LOUD), sound(LOUD, LOUD)], 0, False),
        ([sound(SILENT, SILENT), sound(LOUD, LOUD)], 1, True),
        ([sound(SILENT, SILENT), sound(SILENT, SILENT)], 0, False),
        ([sound(SILENT, SILENT, default=False), sound(SILENT, SILENT)], 1, False),
        ([sound(LOUD, LOUD, default=False), sound(SILENT, SILENT)], 0, True),
        ([sound(-1, LOUD), sound(LOUD, LOUD)], 0, False),
        ([sound(-1, -1), sound(LOUD, LOUD), sound(LOUD, LOUD)], 1, True),
        ([sound(*[SILENT] * 99, LOUD), sound(LOUD)], 1, True),  # one second in a hundred
        ([sound(*[SILENT] * 32, LOUD), sound(LOUD)], 0, False),  # three
        ([sound(*[SILENT] * 49, LOUD), sound(LOUD)], 1, True),  # not more than two
    ],
)
def test_a_silent_default_gives_way_to_a_sound_that_is_heard(
    seen: Seen, sounds: list[Stream], index: int, *, silent: bool
) -> None:
    found = seen(Container(*sounds))
    assert (found["sounds"], found["audio_index"], found["default_silent"]) == (len(sounds), index, silent)


def test_no_more_is_decoded_than_it_takes_to_hear_something(seen: Seen) -> None:
    first = sound(LOUD, 0.5, 0.5)
    last = first.packets[-1]
    last.frames = AssertionError("decoded")
    assert seen(Container(first, sound(SILENT)))["audio_index"] == 0


@pytest.mark.parametrize(
    ("samples", "peak"),
    [
        (np.array([0.25, -0.5], np.float32), 0.5),
        (np.array([1 << 14, -(1 << 15)], np.int16), 1.0),
        (np.array([-(1 << 30), 1 << 29], np.int32), 0.5),
        (np.array([128, 64], np.uint8), 0.5),
        (np.array([128, 255], np.uint8), 127 / 128),
        (np.array([], np.float32), 0.0),
    ],
)
def test_the_loudest_sample_counts_in_every_format(samples: Any, peak: float) -> None:
    assert _peak(samples) == peak


@pytest.mark.parametrize(
    ("sides", "told"),
    [
        ([], {"rotation": 0, "mirrored": False, "stereo": False, "spherical": False}),
        ([side("DISPLAYMATRIX", struct.pack("=9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30))], {"rotation": 90}),
        ([side("DISPLAYMATRIX", struct.pack("=9i", -65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30))], {"mirrored": True}),
        ([side("DISPLAYMATRIX", bytes(35))], {"rotation": 0}),
        ([side("STEREO3D", struct.pack("=ii", 0, 1))], {"stereo": False}),
        ([side("STEREO3D", struct.pack("=ii", 1, 0))], {"stereo": True}),
        ([side("STEREO3D", struct.pack("=ii", 7, 0))], {"stereo": True}),
        ([side("STEREO3D", struct.pack("=ii", 8, 0))], {"stereo": False}),
        ([side("STEREO3D", b"\1\0\0")], {"stereo": False}),
        ([side("SPHERICAL", struct.pack("=i", 0))], {"spherical": True}),
        ([side("SPHERICAL", struct.pack("=ii", 4, 0))], {"spherical": False}),
        ([side("SPHERICAL", struct.pack("=ii", 5, 0))], {"spherical": True}),
        ([side("UNNAMED_99", b"\1\0\0\0")], {"stereo": False, "spherical": False}),
    ],
)
def test_what_stands_beside_the_first_frame(seen: Seen, sides: list[Any], told: dict[str, Any]) -> None:
    picture = Stream()
    picture.packets[1].frames = [frame(*sides), AssertionError("looked at")]
    found = seen(Container(picture))
    assert {name: found[name] for name in told} == told
    assert found["interlaced"] is False


def test_a_first_frame_of_fields_and_none_at_all(seen: Seen) -> None:
    picture = Stream()
    picture.packets[0].frames = [frame(interlaced=True)]
    assert seen(Container(picture))["interlaced"] is True
    picture.packets[0].frames = av.FFmpegError(1, "damaged")
    assert "rotation" not in seen(Container(picture))
    late = Stream(count=303, every=1)
    late.packets[300].frames = [frame()]
    assert "rotation" in seen(Container(late))
    late.packets[300].frames, late.packets[302].frames = (), [frame()]
    assert "rotation" not in seen(Container(late))
    assert "rotation" not in seen(Container(Stream(codec="prores")))


def test_packets_that_say_nothing_are_read_over(seen: Seen) -> None:
    picture = Stream()
    file = Container(picture, Stream("attachment", "ttf"))
    picture.packets[0].size = 0
    picture.packets[1].pts = picture.packets[1].dts = None
    picture.packets[2].pts = None
    picture.packets[3].stream_index = 9
    found = seen(file)
    assert (found["video_packets"], found["streams"], found["video_start"]) == (2, 2, 0.08)
    picture.packets[4].pts, picture.packets[4].dts = 160, None
    picture.packets[1].pts = 40
    found = seen(file)
    assert (found["video_packets"], found["video_start"], found["video_duration"]) == (3, 0.04, 0.16)
    assert seen(Container(Stream("subtitle", "subrip")))["reach"] == 0.0
    assert seen(Container(Stream("audio", "opus"), Stream("data", "bin", count=9)))["reach"] == 0.36


class GrowingContainer(Container):
    """A file in which a track begins midway: the binding raises where its packets stand, and once more at the end."""

    def __init__(self, *streams: Stream) -> None:
        super().__init__(*streams)
        self.given: list[Read] = []

    def demux(self, *streams: Stream) -> Iterator[Read]:
        packets = [packet for stream in streams for packet in stream.packets]
        for number, packet in enumerate(packets):
            if packet not in self.given:
                self.given.append(packet)
                yield packet
                if number == 2 or packet is packets[-1]:
                    raise IndexError("list index out of range")


def test_a_track_that_begins_midway_breaks_no_look(seen: Seen) -> None:
    picture = Stream(count=6)
    assert seen(GrowingContainer(picture))["video_packets"] == 6


@pytest.mark.parametrize(("most", "read"), [(1.0, 27), (0.16, 6), (99, 30)])
def test_reading_stops_behind_the_longest_that_is_allowed(seen: Seen, most: float, read: int) -> None:
    assert seen(Container(Stream(count=30)), most=most)["video_packets"] == read


@pytest.mark.parametrize(
    ("container", "declared", "video_declared"), [("matroska", 9.0, 1.5), ("asf", 2.5, None), ("mov", 9.0, 1.5)]
)
def test_the_one_length_of_windows_media_is_that_of_each_track(
    seen: Seen, container: str, declared: float, video_declared: float | None
) -> None:
    file = Container(Stream(duration=1500), Stream("audio", "opus", duration=2500), duration=9_000_000)
    found = seen(file, container)
    assert (found["declared"], found["video_declared"]) == (declared, video_declared)
    assert seen(Container(Stream(), duration=9_000_000), "asf")["declared"] == 9.0
    assert seen(Container(Stream(duration=5)), "asf")["declared"] is None
    assert seen(Container(Stream(duration=-7)), container)["video_declared"] in (None, 0.0)


@pytest.mark.parametrize(
    ("container", "stream", "locked"),
    [
        ("matroska", Stream(metadata={"enc_key_id": "x"}), True),
        ("matroska", Stream(metadata={"title": "x"}), False),
        ("mpegts", Stream(metadata={"enc_key_id": "x"}), False),
        *(("mpegts", Stream(codec_tag=chr(kind) + "\0\0\0"), True) for kind in (0xDB, 0xCF, 0xC1, 0xC2)),
        ("mpegts", Stream(codec_tag="\x1b\0\0\0"), False),
        ("matroska", Stream(codec_tag="\xdb\0\0\0"), False),
    ],
)
def test_encrypted_tracks_are_told(seen: Seen, container: str, stream: Stream, *, locked: bool) -> None:
    assert seen(Container(Stream("audio", "opus"), stream), container)["encrypted"] is locked


def test_a_track_without_a_decoder_has_a_place_and_a_length(seen: Seen) -> None:
    picture = Stream("video")
    picture.codec_context = None
    found = seen(Container(picture), "mpegts")
    assert (found["video_index"], found["codec"], found["known_codec"], found["video_packets"]) == (0, "", False, 5)
    assert (found["video_duration"], found["encrypted"]) == (0.2, False)
    assert "coded_width" not in found


@pytest.mark.parametrize(
    ("steps", "fps", "uneven"),
    [
        ([40] * 20, 25.0, False),
        ([40] * 19 + [80], 25.0, False),
        ([40] * 17 + [80] * 2, 25.0, True),
        ([40] * 18 + [49, 49], 24.4499, False),
        ([40] * 18 + [51, 51], 25.0, True),
        ([33, 34, 33] * 9, 30.0, False),
        ([1, 2, 1, 2, 4] * 4, 500.0, True),
        ([1, 2, 1, 2, 3] * 4, 500.0, False),  # a clock that counts milliseconds
        ([0, 40, 0, 40], 25.0, False),
    ],
)
def test_the_rate_is_that_of_the_usual_step(seen: Seen, steps: list[int], fps: float, *, uneven: bool) -> None:
    picture = Stream(count=len(steps) + 1)
    for number, packet in enumerate(picture.packets):
        packet.pts = packet.dts = sum(steps[:number])
    found = seen(Container(picture))
    assert (found["fps"], found["vfr"]) == (pytest.approx(fps, rel=0.001), uneven)
    assert found["longest_step"] == max(steps) / 1000


def test_one_picture_has_the_rate_that_the_head_tells(seen: Seen) -> None:
    assert seen(Container(Stream(count=1, average_rate=Fraction(30))))["fps"] == 30.0
    assert seen(Container(Stream(count=1)))["fps"] == 0.0


def test_where_a_hole_is_looked_for(seen: Seen) -> None:
    """In AVI the clock counts frames, so there is none; packets are asked for their numbers where they have some."""
    picture = Stream(codec="vp9", count=40)
    for packet in picture.packets[20:]:
        packet.pts, packet.dts = packet.pts + 1000, packet.dts + 1000
    assert seen(Container(picture))["holes"] == [[0.8, 1.0, "keyed"]]
    assert seen(Container(picture), "avi")["holes"] == []
    for packet in picture.packets[20:]:
        packet.is_keyframe = False
    assert seen(Container(picture))["holes"] == [[0.8, 1.0, "silent"]]
    assert seen(Container(picture))["unkeyed"] == []
    picture.packets[30].is_keyframe = True
    assert seen(Container(picture))["unkeyed"] == [[20, 30]]


def test_a_film_in_mp4_ends_where_its_head_says(seen: Seen) -> None:
    """A last packet that is longer than what an edit list shows of it."""
    film = Stream(count=5, duration=180, start_time=0, frames=5)
    film.packets[-1].duration = 900
    assert seen(Container(film, name="mov,mp4,m4a"), "mov")["video_duration"] == 0.18
    film.frames = 6
    assert seen(Container(film, name="mov,mp4,m4a"), "mov")["video_duration"] == 1.06
    film.packets[1].pts, film.packets[2].pts = 80, 40
    film.frames = 5
    assert seen(Container(film, name="mov,mp4,m4a"), "mov")["video_duration"] == 0.18
    assert seen(Container(film, name="mp4"), "mov")["video_duration"] == 0.18


def test_an_encrypted_film_is_not_opened(seen: Seen) -> None:
    seen.path.write_bytes(film_of(video_entry(b"encv")))
    file = Container(Stream())
    assert seen(file, "mov") == {"container": "mov", "encrypted": True}
    assert file.asked == []


def test_numbers_are_kept_within_what_a_row_can_hold(seen: Seen) -> None:
    file = Container(Stream(duration=10**18, start_time=-500), start=-(10**19), duration=-5)
    found = seen(file)
    assert (found["start"], found["declared"], found["video_declared"]) == (-1e12, 0.0, 1e12)
    assert found["video_head"] == -0.5


def test_what_the_container_leaves_untold_is_not_guessed(seen: Seen) -> None:
    found = seen(Container(Stream(color_trc=None, color_primaries=None, color_range=None, field_order=None)))
    assert [found[name] for name in ("transfer", "primaries", "range", "interlaced")] == ["", "", "", False]


def test_times_are_told_to_the_microsecond(seen: Seen) -> None:
    third = Fraction(1, 3)
    picture, sound = (Stream(kind, codec, count=2, every=1) for kind, codec in (("video", "vp9"), ("audio", "opus")))
    for packet in (*picture.packets, *sound.packets):
        packet.time_base, packet.pts, packet.dts = third, packet.pts + 1, packet.dts + 1
    found = seen(Container(picture, sound, start=333_333))
    assert {name: found[name] for name in found if str(found[name]).startswith(("0.3", "0.6"))} == {
        "start": 0.333333, "reach": 0.666667, "longest_step": 0.333333,
        "video_start": 0.333333, "video_duration": 0.666667, "audio_start": 0.333333, "audio_duration": 0.666667,
    }  # fmt: skip


@dataclass
class Coded(Read):
    """A packet of H.264."""

    data: bytes = b""

    def __bytes__(self) -> bytes:
        return self.data


def counted(*, missing: int, key: bool = False) -> Stream:
    """Frames of H.264 at 25 a second, the numbers of four bits; in the middle a second passes, and so many are lost."""
    film = Stream(codec="h264", count=0, extradata=avcc(sets=sps()))
    for number in range(40):
        late, lost = (1000, missing) if number >= 20 else (0, 0)
        unit = slice_((number + lost) % 16)
        at = number * 40 + late
        packet = Coded(at, 40, dts=at, is_keyframe=number in (0, 30) or (key and number == 20), data=parcel(unit))
        film.packets.append(packet)
    return film


@pytest.mark.parametrize(
    ("film", "holes", "unkeyed"),
    [
        (counted(missing=0), [], []),
        (counted(missing=3), [[0.8, 1.0, "lost"]], [[20, 30]]),
        (counted(missing=3, key=True), [[0.8, 1.0, "lost"]], []),
        (counted(missing=0, key=True), [], []),
    ],
)
def test_frames_that_are_numbered_tell_a_pause_from_a_loss(
    seen: Seen, film: Stream, holes: list[Any], unkeyed: list[Any]
) -> None:
    found = seen(Container(film))
    assert (found["holes"], found["unkeyed"]) == (holes, unkeyed)


def test_without_numbers_it_is_left_to_the_decoder(seen: Seen) -> None:
    film = counted(missing=0)
    film.codec_context.extradata = None
    found = seen(Container(film))
    assert (found["holes"], found["unkeyed"]) == ([[0.8, 1.0, "silent"]], [[20, 30]])


@pytest.mark.parametrize(("start", "seconds"), [(None, 0.2), (40, 0.24)])
def test_the_end_that_a_head_tells_counts_from_the_tracks_beginning(
    seen: Seen, start: int | None, seconds: float
) -> None:
    film = Stream(count=5, duration=200, start_time=start, frames=5)
    film.packets[-1].duration = 900
    assert seen(Container(film, name="mov,mp4"), "mov")["video_duration"] == seconds


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ((65536, 900, 0, -900, 65536, 0), (0, False)),  # less than a degree
        ((65536, 1200, 0, -1200, 65536, 0), (0, False)),
        ((-900, 65536, 0, -65536, -900, 0), (90, False)),
        ((-1200, 65536, 0, -65536, -1200, 0), (0, False)),  # more than one
        ((900, -65536, 0, 65536, 900, 0), (270, False)),
        ((0, 32768, 0, -65536, 0, 0), (90, False)),  # stretched
        ((0, 65536, 0, -65536, 1200, 0), (90, False)),  # a little askew
        ((0, 65536, 0, -65536, 1400, 0), (0, False)),
        ((0, 65536, 0, 0, 0, 0), (0, False)),
    ],
)
def test_a_turn_is_a_quarter_turn_within_a_degree(matrix: tuple[int, ...], expected: tuple[int, bool]) -> None:
    assert turned((*matrix, 0, 0, 1 << 30)) == expected
