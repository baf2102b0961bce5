"""Reads the facts of one foreign file with PyAV. A program of its own, started by relay/media/probe.py only:
PyAV can take its whole process down with it (PyAV-Org/PyAV#2344) and can't be bounded from inside.

argv[1], JSON: {"path": file, "container": demuxer, "codecs": decoders that may be used, "max_seconds": number}.
stdout, JSON: the fields of relay.media.probe.Facts, or {"error": what FFmpeg said}.

Durations are measured by reading every packet; what a header claims is reported beside them.
"""

from __future__ import annotations

import itertools
import json
import math
import statistics
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relay.media.boxes import read_head
from relay.media.h264 import Frame, Numbers

MAX_PACKETS = 1_000_000
FIRST_FRAME_PACKETS = 300
"""Pictures that begin between two key frames are read up to the next one, which may be ten seconds away."""
DEFAULT, NOT_PICTURES = 0x1, 0x400 | 0x800 | 0x100000
"""Bits of a stream's disposition (libavformat/avformat.h): attached picture, timed thumbnails, still image."""
SAMPLE_AES = (0xDB, 0xCF, 0xC1, 0xC2)
"""Stream types of encrypted tracks in MPEG-TS (Apple, MPEG-2 Stream Encryption Format for HLS, table 2-2)."""
TIMED = ("video", "audio", "subtitle", "data")
HOLE = 0.45
"""Seconds that may pass between two pictures beyond the usual step before it is asked why."""
REFUSES_TO_GUESS = ("hevc", "av1")
"""Decoders that say so when a frame is missing on which another hangs."""
HEARD_PEAK, HEARD_SHARE = 10 ** (-50 / 20), 0.02
"""A track is silent where 98 % of it stays under -50 dB, as at the look (relay/intake/look.py)."""
PLANAR_3D = range(1, 8)
"""libavutil/stereo3d.h: two pictures in one frame or in turns; 0 is flat, 8 a track of its own for the other eye."""
FLAT_PROJECTION = 4
"""libavutil/spherical.h: rectilinear, what any camera gives."""
TRANSFERS = {
    1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 11: "iec61966-2-4",
    13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67",
}  # fmt: skip
PRIMARIES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    12: "smpte432",
}
MATRICES = {0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc", 10: "bt2020c"}
RANGES = {1: "tv", 2: "pc"}
HDR = {"smpte2084": "pq", "arib-std-b67": "hlg"}
INTERLACED_ORDERS = (2, 3, 4, 5)


def main() -> None:
    import av

    job = json.loads(sys.argv[1])
    let_unnamed_kinds_pass()
    try:
        facts = read_facts(job)
    except (av.FFmpegError, ValueError, OverflowError, ArithmeticError, MemoryError, struct.error) as error:
        facts = {"error": f"{type(error).__name__}: {error}"[:300]}
    sys.stdout.write(json.dumps(facts) + "\n")


def read_facts(job: dict[str, Any]) -> dict[str, object]:
    head = read_head(Path(job["path"]), job["container"])
    if head.encrypted:  # FFmpeg may refuse to open it, or hand out what it can't decode
        return {"container": job["container"], "encrypted": True}
    with _open(job) as container:
        tracks = _read(container, job["max_seconds"])
        streams = list(container.streams)
        start = _seconds(container.start_time, 1e-6, least=-1e12) or 0.0
        video = _main_video(streams, tracks, job["codecs"])
        sounds = _sounds(streams, tracks, job["codecs"])
        audio = _voice(job, sounds, tracks)
        facts: dict[str, Any] = {
            "container": job["container"],
            "streams": len(streams),
            "start": round(start, 6),
            "declared": _declared(container, job["container"]),
            "reach": round(max((track.end for track in tracks.values() if track.times), default=0.0) - start, 6),
            "encrypted": any(_locked(stream, job["container"]) for stream in streams),
            "lost_sound": audio is None and any(stream.type == "audio" for stream in streams),
            "sounds": len(sounds),
            "default_silent": bool(sounds) and audio is not sounds[0],
            "dolby_only": head.dolby_only,
        }
        if audio is not None:
            facts |= _of_audio(audio, tracks[audio.index])
        if video is not None:
            facts |= _of_video(video, tracks[video.index], job["container"], start)
            facts["known_codec"] = _decoder(video) in job["codecs"]
    if facts.get("known_codec"):  # the streams of a closed container must not be touched any more
        facts |= _of_first_frame(job, facts["video_index"])
    return facts


def _declared(container: Any, kind: str) -> float | None:
    """Of the whole file. FFmpeg takes the one length that ASF tells for that of each track, late ones too."""
    told = _seconds(container.duration, 1e-6)
    if kind != "asf" or told is None:
        return told
    return max((_seconds(s.duration, s.time_base) or 0.0 for s in container.streams), default=0.0) or told


def let_unnamed_kinds_pass() -> None:
    """FFmpeg knows more kinds of side data than PyAV has names for, and reading a frame's would end with the first."""
    from av.sidedata import sidedata

    sidedata.Type._missing_ = classmethod(_unnamed)  # type: ignore[method-assign,assignment]


def _unnamed(kinds: Any, value: int) -> Any:
    kind = object.__new__(kinds)
    kind._name_, kind._value_ = f"UNNAMED_{value}", value
    return kind


def _open(job: dict[str, Any]) -> Any:
    """The container is forced and the lists bound what may be nested in it, so nothing is guessed."""
    import av

    return av.open(
        f"file:{job['path']}",
        format=job["container"],
        metadata_errors="replace",
        options={
            "format_whitelist": job["container"],
            "protocol_whitelist": "file",
            "codec_whitelist": ",".join(job["codecs"]),
        },
    )


@dataclass(frozen=True, slots=True)
class Break:
    """Nothing was decoded for a while before `at`. `follows`: the next frame's number does; None: can't be told.

    `keyed`: it went on with a key frame.
    """

    at: float
    follows: bool | None
    keyed: bool


@dataclass
class StreamReading:
    """What reading the packets of a stream told, in the order they were read. Times are presentation times in seconds.

    `unkeyed`: runs of packets, [first, last), that hang on frames which are not there: before the first key frame, and
    from a break to the next one. `head`: the beginning, as it was told before anything was read.
    """

    times: list[float] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    packets: int = 0
    breaks: list[Break] = field(default_factory=list)
    unkeyed: list[list[int]] = field(default_factory=list)
    numbers: Numbers | None = None
    expected: int = 0
    head: float | None = None
    declared_end: float = 0.0
    durations_in_decoding_order: bool = False
    _before: Any = None
    _open: int | None = 0
    _key: int | None = None

    def add(self, packet: Any, base: float) -> None:
        number = self.packets
        self.packets += 1
        decoded = packet.dts if packet.dts is not None else packet.pts
        if self._before is not None and (decoded - self._before[0]) * base > HOLE:
            self._broke(packet, decoded * base, number)
        self._before = decoded, packet
        shown = packet.pts if packet.pts is not None else packet.dts
        self._hangs(packet, shown, number)
        if not packet.is_discard:  # else it is cut away by an edit list
            self.times.append(shown * base)
            self.lengths.append((packet.duration or 0) * base)

    def _hangs(self, packet: Any, shown: int, number: int) -> None:
        """Keeps `unkeyed`: up to a key frame, and what comes after that but is shown before it."""
        if packet.is_keyframe:
            if self._open is not None and number > self._open:
                self.unkeyed.append([self._open, number])
                self._key = shown
            self._open = None
        elif self._key is not None and shown < self._key:
            if self.unkeyed[-1][1] < number:
                self.unkeyed.append([number, number])
            self.unkeyed[-1][1] = number + 1
        else:
            self._key = None

    def _broke(self, packet: Any, at: float, number: int) -> None:
        follows = None
        if self.numbers is not None:
            before, frame = (self.numbers.frame(bytes(one)) for one in (self._before[1], packet))
            follows = frame.follows(before) if isinstance(before, Frame) and isinstance(frame, Frame) else None
        self.breaks.append(Break(at, follows, packet.is_keyframe))
        if self._open is None and not packet.is_keyframe and not follows:
            self._open = number

    @property
    def start(self) -> float:
        return min(self.times, default=0.0)

    @property
    def end(self) -> float:
        """When the last picture or sound in order of presentation is over.

        Where lengths are steps in decoding order (MP4, when frames are reordered) the last picture may carry a gap that
        lies before it: there it lasts until the track's end as the head tells it, if every frame that the head counts
        was there; else, like a last packet without a length, for the usual step.
        """
        if not self.times:
            return 0.0
        last, length = max(zip(self.times, self.lengths, strict=True))
        steps = self.steps
        usual = statistics.median(steps) if steps else 0.0
        told = self.declared_end - last
        whole = 0 < self.expected <= self.packets
        if self.durations_in_decoding_order and self.times != sorted(self.times):
            length = told if told > 0 and (whole or told <= max(steps, default=0.0)) else usual
        elif whole and 0 < told < length:
            length = told  # an edit list ends before the last packet does
        return last + (length if length > 0 else usual)

    @property
    def seconds(self) -> float:
        return max(0.0, self.end - self.start)

    @property
    def steps(self) -> list[float]:
        times = sorted(self.times)
        return [later - earlier for earlier, later in itertools.pairwise(times)]


def _read(container: Any, max_seconds: float) -> dict[int, StreamReading]:
    tracks = {stream.index: _track(stream, container.format.name) for stream in container.streams}
    wanted = [stream for stream in container.streams if stream.type in TIMED]
    if not any(stream.type in ("video", "audio") for stream in wanted):
        return tracks
    for number, packet in enumerate(_packets(container, *wanted)):
        track = tracks.get(packet.stream_index)
        if packet.size == 0 or track is None or (packet.pts is None and packet.dts is None):
            continue
        if number > MAX_PACKETS:
            break
        track.add(packet, float(packet.time_base))
        if track.times and track.times[-1] - track.times[0] > max_seconds:
            break
    return tracks


def _packets(container: Any, *streams: Any) -> Iterator[Any]:
    """Of these streams, in the order of the file. The binding (PyAV 18.1) does not expect a track that begins midway,
    as a broadcaster's transport stream or a flipped bit of its table has it: its packets are passed over.
    """
    while True:
        try:
            yield from container.demux(*streams)
        except IndexError:
            continue
        return


def _track(stream: Any, demuxer: str) -> StreamReading:
    track = StreamReading(durations_in_decoding_order="mov" in demuxer.split(","))
    track.head = _seconds(stream.start_time, stream.time_base, least=-1e12)
    if stream.type == "video":
        track.expected = int(stream.frames or 0)
        if _decoder(stream) == "h264":
            track.numbers = Numbers(bytes(stream.codec_context.extradata or b""))
    if stream.duration is not None and stream.time_base:
        track.declared_end = float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    return track


def _main_video(streams: list[Any], tracks: dict[int, StreamReading], codecs: list[str]) -> Any | None:
    """The first that moves and can be decoded; else the first that moves; else the first that is a picture at all."""
    pictures = [s for s in streams if s.type == "video" and not s.disposition & NOT_PICTURES]
    moving = [s for s in pictures if tracks[s.index].packets > 1]
    decoded = [s for s in moving if _decoder(s) in codecs]
    return next(iter(decoded or moving or pictures), None)


def _sounds(streams: list[Any], tracks: dict[int, StreamReading], codecs: list[str]) -> list[Any]:
    """The tracks of sound that can be decoded, the default one first."""
    heard = [s for s in streams if s.type == "audio" and tracks[s.index].packets and _decoder(s) in codecs]
    return sorted((s for s in heard if s.codec_context.channels), key=lambda s: not s.disposition & DEFAULT)


def _voice(job: dict[str, Any], sounds: list[Any], tracks: dict[int, StreamReading]) -> Any | None:
    """The default track of sound, unless it is silent and another is not.

    Only where there are several is any sound decoded, and no more of it than it takes to hear something.
    """
    if len(sounds) < 2:
        return next(iter(sounds), None)
    needed = {sound.index: HEARD_SHARE * tracks[sound.index].seconds for sound in sounds}
    loud = _loud_seconds(job, needed, first=sounds[0].index)
    return next((sound for sound in sounds if loud[sound.index] > needed[sound.index]), sounds[0])


def _loud_seconds(job: dict[str, Any], needed: dict[int, float], *, first: int) -> dict[int, float]:
    """For how long each track is louder than silence; reading ends when that of `first` is `needed`."""
    import av

    loud = dict.fromkeys(needed, 0.0)
    with _open(job) as container:
        for packet in _packets(container, *(container.streams[index] for index in needed)):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                if _peak(frame.to_ndarray()) > HEARD_PEAK:
                    loud[packet.stream_index] += frame.samples / frame.sample_rate
            if loud[first] > needed[first]:
                break
    return loud


def _peak(samples: Any) -> float:
    """Of samples of any format, 1.0 for the loudest that it knows."""
    import numpy as np

    if not samples.size:
        return 0.0
    kind = samples.dtype
    if kind == np.uint8:
        return float(np.abs(samples.astype(np.int16) - 128).max()) / 128
    top = float(np.abs(samples.astype(np.float64)).max())
    return top / -float(np.iinfo(kind).min) if np.issubdtype(kind, np.integer) else top


def _of_video(stream: Any, track: StreamReading, container: str, start: float) -> dict[str, object]:
    """Facts of the picture; a track without a decoder has no shape, but a place and a length."""
    fps, vfr = _rate(track, stream)
    facts: dict[str, Any] = {
        "video_index": stream.index,
        "codec": _codec(stream),
        "fps": fps,
        "vfr": vfr,
        "longest_step": round(max(track.steps, default=0.0), 6),
        "video_start": round(track.start, 6),
        "video_head": track.head,
        "video_duration": round(track.seconds, 6),
        "video_declared": None if container == "asf" else _seconds(stream.duration, stream.time_base),
        "video_packets": track.packets,
        "unkeyed": track.unkeyed,
        "holes": [] if container == "avi" else holes(track, _codec(stream), start),
    }
    context = stream.codec_context
    if context is None:
        return facts
    transfer = TRANSFERS.get(int(context.color_trc or 0), "")
    return facts | {
        "coded_width": int(context.width),
        "coded_height": int(context.height),
        "pix_fmt": context.pix_fmt or "",
        "transfer": transfer,
        "primaries": PRIMARIES.get(int(context.color_primaries or 0), ""),
        "matrix": MATRICES.get(int(context.colorspace), ""),
        "range": RANGES.get(int(context.color_range or 0), ""),
        "hdr": HDR.get(transfer, ""),
        "sar": _shape(stream.sample_aspect_ratio),
        "interlaced": int(context.field_order or 0) in INTERLACED_ORDERS,
    }


def holes(track: StreamReading, codec: str, start: float) -> list[list[Any]]:
    """[from, seconds, kind] of the stretches in which pictures may be missing, in seconds from the file's `start`.

    A recorder that stood still is not one of them: its frames' numbers go on (H.264), or the decoder finds all that it
    needs. `lost`: numbers are missing. `hanging`: the decoder will say whether frames are missing on which others hang.
    `silent`: the decoder would show something wrong and say nothing, and the steps around are so even that a camera
    would hardly have paused for just so many of them. `keyed`: the same, but it goes on with a key frame.
    """
    usual, even = usual_step(track.steps)
    found: list[list[Any]] = []
    times = sorted(track.times)
    for earlier, later in itertools.pairwise(times):
        missing = later - earlier - usual
        if missing < HOLE:
            continue
        near = min(track.breaks, key=lambda one: abs(one.at - later), default=Break(later, None, keyed=True))
        kind = _kind(near, codec, even=even and abs(missing / usual - round(missing / usual)) < 0.2)
        if kind:
            found.append([round(earlier + usual - start, 3), round(missing, 3), kind])
    return found


def _kind(near: Break, codec: str, *, even: bool) -> str:
    if near.follows is not None:
        return "" if near.follows else "lost"
    if near.keyed:
        return "keyed" if even else ""
    if codec in REFUSES_TO_GUESS:
        return "hanging"
    return "silent" if even else ""


def usual_step(steps: Sequence[float]) -> tuple[float, bool]:
    """Seconds between neighbours as they mostly are, and whether nearly all are so, to six in a hundred."""
    middle = statistics.median(steps) if steps else 0.0
    usual = [step for step in steps if abs(step - middle) <= middle / 4]
    if not usual:
        return middle, False
    mean = statistics.fmean(usual)
    near = sum(abs(step - mean) <= max(0.06 * mean, 0.0015) for step in steps)
    return mean, near >= 0.95 * len(steps)


def _of_audio(stream: Any, track: StreamReading) -> dict[str, object]:
    context = stream.codec_context
    return {
        "audio_index": stream.index,
        "audio_codec": _codec(stream),
        "channels": int(context.channels or 0),
        "sample_rate": int(context.sample_rate or 0),
        "audio_start": round(track.start, 6),
        "audio_head": track.head,
        "audio_duration": round(track.seconds, 6),
        "audio_packets": track.packets,
    }


def _of_first_frame(job: dict[str, Any], index: int) -> dict[str, object]:
    """Turn, mirror and scan stand beside the frames; where none decodes, the ffmpeg pass will tell why."""
    import av

    with _open(job) as container:
        stream = container.streams[index]
        stream.thread_count = 1
        try:
            frame = _first_frame(container, stream)
        except av.FFmpegError:
            return {}
    if frame is None:
        return {}
    beside = {side.type.name: bytes(side) for side in frame.side_data}
    matrix = beside.get("DISPLAYMATRIX", b"")
    rotation, mirrored = turned(struct.unpack("=9i", matrix)) if len(matrix) == 36 else (0, False)
    found: dict[str, Any] = {
        "rotation": rotation,
        "mirrored": mirrored,
        "stereo": _first_number(beside.get("STEREO3D")) in PLANAR_3D,
        "spherical": _first_number(beside.get("SPHERICAL")) not in (None, FLAT_PROJECTION),
    }
    return found | ({"interlaced": True} if frame.interlaced_frame else {})


def _first_number(side: bytes | None) -> int | None:
    """libavutil's structures of stereo and of projection begin with their kind, an int."""
    return struct.unpack("=i", side[:4])[0] if side is not None and len(side) >= 4 else None


def _first_frame(container: Any, stream: Any) -> Any | None:
    for number, packet in enumerate(_packets(container, stream)):
        for frame in packet.decode():
            return frame
        if number > FIRST_FRAME_PACKETS:
            break
    return None


def turned(matrix: tuple[int, ...]) -> tuple[int, bool]:
    """(clockwise degrees, mirrored) of a display matrix (ISO 14496-12, 8.2.2; libavutil/display.h).

    To show the picture: turn it clockwise, then, when mirrored, swap left and right. A matrix that is no
    quarter turn (all zeros, numbers gone wild) counts as none.
    """
    a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
    mirrored = a * d - b * c < 0
    if mirrored:
        a, c = -a, -c
    lengths = math.hypot(a, b) * math.hypot(c, d)
    if not lengths or abs(a * c + b * d) > 0.02 * lengths:
        return 0, False
    angle = math.degrees(math.atan2(b, a)) % 360
    quarter = round(angle / 90) * 90
    return (quarter % 360, mirrored) if abs(angle - quarter) < 1 else (0, False)


def _rate(track: StreamReading, stream: Any) -> tuple[float, bool]:
    """Frames a second by the usual step, and whether they come unevenly (more than one in twenty off by a quarter)."""
    steps = [step for step in track.steps if step > 0]
    if not steps:
        return (float(stream.average_rate or 0) or 0.0, False)
    middle = statistics.median(steps)
    uneven = sum(abs(step - middle) > max(middle / 4, 0.0015) for step in steps)
    return round(1 / usual_step(steps)[0], 4), uneven > len(steps) / 20


def _codec(stream: Any) -> str:
    context = stream.codec_context
    try:
        return str(context.codec.canonical_name) if context is not None else ""
    except (AttributeError, ValueError):
        return ""


def _decoder(stream: Any) -> str:
    try:
        return str(stream.codec_context.codec.name)
    except (AttributeError, ValueError):
        return ""


def _locked(stream: Any, container: str) -> bool:
    """Whether a track of Matroska or MPEG-TS is encrypted; of MP4 the boxes tell it."""
    if container == "mpegts":
        return _tag(stream)[:1] in [bytes([kind]) for kind in SAMPLE_AES]
    return "enc_key_id" in stream.metadata


def _tag(stream: Any) -> bytes:
    """PyAV takes it for ASCII, which it need not be."""
    context = stream.codec_context
    try:
        return str(context.codec_tag).encode("latin-1", "replace") if context is not None else b""
    except UnicodeDecodeError as error:
        return bytes(error.object)


def _shape(ratio: Any) -> str:
    return f"{ratio.numerator}:{ratio.denominator}" if ratio and ratio > 0 else "1:1"


def _seconds(value: Any, base: Any, *, least: float = 0.0) -> float | None:
    if value is None or not base:
        return None
    return min(max(float(value) * float(base), least), 1e12)
