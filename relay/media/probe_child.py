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
from dataclasses import dataclass, field
from typing import Any

MAX_PACKETS = 1_000_000
FIRST_FRAME_PACKETS = 60
NOT_PICTURES = ("attached_pic", "timed_thumbnails", "still_image")
ENCRYPTED_TAGS = ("encv", "enca", "drmi", "drms")
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
    try:
        facts = look(job)
    except (av.FFmpegError, ValueError, OverflowError, ArithmeticError, MemoryError, struct.error) as error:
        facts = {"error": f"{type(error).__name__}: {error}"[:300]}
    sys.stdout.write(json.dumps(facts) + "\n")


def look(job: dict[str, Any]) -> dict[str, Any]:
    with _open(job) as container:
        tracks = _read(container, job["max_seconds"])
        streams = list(container.streams)
        video = _main_video(streams, tracks)
        audio = _main_audio(streams, tracks, job["codecs"])
        facts: dict[str, Any] = {
            "container": job["container"],
            "streams": len(streams),
            "declared": _seconds(container.duration, 1e-6),
            "encrypted": any(_tag(stream) in ENCRYPTED_TAGS for stream in streams),
            "lost_sound": audio is None and any(stream.type == "audio" for stream in streams),
        }
        if audio is not None:
            facts |= _of_audio(audio, tracks[audio.index])
        if video is not None:
            facts |= _of_video(video, tracks[video.index]) | {"known_codec": _decoder(video) in job["codecs"]}
    if facts.get("known_codec"):  # the streams of a closed container must not be touched any more
        facts |= _of_first_frame(job, facts["video_index"])
    return facts


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


@dataclass
class Track:
    """What reading the packets of a stream told: presentation times in seconds, in the order they were read."""

    times: list[float] = field(default_factory=list)
    first: float = math.inf
    end: float = 0.0
    packets: int = 0

    def add(self, time: float, length: float) -> None:
        self.times.append(time)
        self.first, self.end = min(self.first, time), max(self.end, time + length)

    @property
    def start(self) -> float:
        return self.first if self.times else 0.0

    @property
    def seconds(self) -> float:
        """From the first to the end of the last; a last packet without a length counts like the one before."""
        if not self.times:
            return 0.0
        end = self.end
        if end <= max(self.times) and len(self.times) > 1:
            end = max(self.times) + statistics.median(self.steps)
        return end - self.start

    @property
    def steps(self) -> list[float]:
        times = sorted(self.times)
        return [later - earlier for earlier, later in itertools.pairwise(times)]


def _read(container: Any, max_seconds: float) -> dict[int, Track]:
    tracks = {stream.index: Track() for stream in container.streams}
    wanted = [stream for stream in container.streams if stream.type in ("video", "audio")]
    if not wanted:
        return tracks
    for number, packet in enumerate(container.demux(*wanted)):
        time = packet.pts if packet.pts is not None else packet.dts
        if packet.size == 0 or time is None:
            continue
        if number > MAX_PACKETS:
            break
        track, base = tracks[packet.stream_index], float(packet.time_base)
        track.packets += 1
        if packet.is_discard:
            continue  # cut away by an edit list
        track.add(time * base, (packet.duration or 0) * base)
        if track.end - track.start > max_seconds:
            break
    return tracks


def _main_video(streams: list[Any], tracks: dict[int, Track]) -> Any | None:
    """The first that moves; else the first that is a picture at all."""
    pictures = [s for s in streams if s.type == "video" and not _is_cover(s)]
    moving = [s for s in pictures if tracks[s.index].packets > 1]
    return next(iter(moving or pictures), None)


def _main_audio(streams: list[Any], tracks: dict[int, Track], codecs: list[str]) -> Any | None:
    heard = [s for s in streams if s.type == "audio" and tracks[s.index].packets and _decoder(s) in codecs]
    return next((s for s in heard if s.codec_context.channels), None)


def _is_cover(stream: Any) -> bool:
    return any(name in str(stream.disposition) for name in NOT_PICTURES)


def _of_video(stream: Any, track: Track) -> dict[str, Any]:
    context = stream.codec_context
    transfer = TRANSFERS.get(int(context.color_trc or 0), "")
    fps, vfr = _rate(track, stream)
    return {
        "video_index": stream.index,
        "codec": _codec(stream),
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
        "fps": fps,
        "vfr": vfr,
        "video_start": round(track.start, 6),
        "video_duration": round(track.seconds, 6),
        "video_declared": _seconds(stream.duration, stream.time_base),
        "video_packets": track.packets,
    }


def _of_audio(stream: Any, track: Track) -> dict[str, Any]:
    context = stream.codec_context
    return {
        "audio_index": stream.index,
        "audio_codec": _codec(stream),
        "channels": int(context.channels or 0),
        "sample_rate": int(context.sample_rate or 0),
        "audio_start": round(track.start, 6),
        "audio_duration": round(track.seconds, 6),
        "audio_packets": track.packets,
    }


def _of_first_frame(job: dict[str, Any], index: int) -> dict[str, Any]:
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
    matrix = next((bytes(side) for side in frame.side_data if side.type.name == "DISPLAYMATRIX"), b"")
    rotation, mirrored = turned(struct.unpack("=9i", matrix)) if len(matrix) == 36 else (0, False)
    found: dict[str, Any] = {"rotation": rotation, "mirrored": mirrored}
    return found | ({"interlaced": True} if frame.interlaced_frame else {})


def _first_frame(container: Any, stream: Any) -> Any | None:
    for number, packet in enumerate(container.demux(stream)):
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


def _rate(track: Track, stream: Any) -> tuple[float, bool]:
    """Frames a second as shown, and whether they come unevenly (more than one step in twenty off by a quarter)."""
    steps = [step for step in track.steps if step > 0]
    if not steps:
        return (float(stream.average_rate or 0) or 0.0, False)
    middle = statistics.median(steps)
    uneven = sum(abs(step - middle) > max(middle / 4, 0.0015) for step in steps)
    return round(len(steps) / sum(steps), 4), uneven > len(steps) / 20


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


def _tag(stream: Any) -> str:
    context = stream.codec_context
    return str(context.codec_tag) if context is not None else ""


def _shape(ratio: Any) -> str:
    return f"{ratio.numerator}:{ratio.denominator}" if ratio and ratio > 0 else "1:1"


def _seconds(value: Any, base: Any) -> float | None:
    if value is None or not base:
        return None
    return min(max(float(value) * float(base), 0.0), 1e12)
