"""What a foreign file is: first by its bytes, never by its name, then by its packets, read in a child.

A file called `.mp4` is whatever its bytes say: a playlist would make the reader open other files, and no list
of protocols stops that. So the container is told here, from the first bytes, and forced on every reader
(`-f` and `-format_whitelist`; measured: 0 of 36 hostile files leak, docs/security.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from relay.errors import Refused, ToolFailed
from relay.media.toolbox import Limits, Toolbox

SNIFFED = 4096
LIMITS = Limits(memory_mb=3072, cpu_seconds=60, wall_seconds=180, file_mb=1, open_files=64)
MAX_STREAMS = 64

VIDEO_DECODERS = (
    "h264", "hevc", "vp8", "vp9", "libdav1d", "libaom-av1", "av1", "mpeg4", "msmpeg4", "msmpeg4v2", "h263", "h263i",
    "flv", "vp6", "vp6f", "mpeg1video", "mpeg2video", "mjpeg", "theora", "prores", "dnxhd", "dvvideo", "svq1", "svq3",
    "cinepak", "wmv1", "wmv2", "vc1", "rawvideo",
)  # fmt: skip
AUDIO_DECODERS = (
    "aac", "aac_latm", "mp3", "mp3float", "mp2", "mp2float", "mp1", "mp1float", "ac3", "eac3", "opus", "libopus",
    "vorbis", "libvorbis", "flac", "alac", "pcm_s16le", "pcm_s16be", "pcm_u8", "pcm_s24le", "pcm_s24be", "pcm_s32le",
    "pcm_s32be", "pcm_f32le", "pcm_alaw", "pcm_mulaw", "adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt", "adpcm_swf",
    "amrnb", "amrwb", "nellymoser", "speex", "libspeex", "qdm2", "wmav1", "wmav2", "dca",
)  # fmt: skip
DECODERS = (*VIDEO_DECODERS, *AUDIO_DECODERS)
"""What people's cameras, phones and networks write. Everything else stays closed: each decoder is an open door."""

WEB_PAGE = "This is a web page, not a video."
EMPTY = "The file is empty."
NOT_A_VIDEO = "This file is not a video."
UNREADABLE = "The video can't be read: it is damaged or incomplete."
TOO_HEAVY = "The video is too heavy to check."


@dataclass(frozen=True, slots=True)
class Facts:
    """Seconds, pixels, frames a second; indexes count streams from 0; empty or None where there is none.

    `rotation`: degrees to turn the stored picture clockwise for display (0, 90, 180, 270); `mirrored`: after the
    turn, left and right are swapped. `sar`: the stored pixel's shape, "n:d". `transfer`, `primaries`, `matrix`,
    `range`: FFmpeg's names, "" when not told. `hdr`: "", "hlg" or "pq".
    `*_duration`: measured over all packets; `declared`, `video_declared`: what the headers claim.
    `lost_sound`: there is an audio track that can't be read.
    """

    container: str
    streams: int = 0
    declared: float | None = None
    encrypted: bool = False
    lost_sound: bool = False
    video_index: int | None = None
    codec: str = ""
    known_codec: bool = False
    coded_width: int = 0
    coded_height: int = 0
    pix_fmt: str = ""
    transfer: str = ""
    primaries: str = ""
    matrix: str = ""
    range: str = ""
    hdr: str = ""
    sar: str = "1:1"
    rotation: int = 0
    mirrored: bool = False
    interlaced: bool = False
    fps: float = 0.0
    vfr: bool = False
    video_start: float = 0.0
    video_duration: float = 0.0
    video_declared: float | None = None
    video_packets: int = 0
    audio_index: int | None = None
    audio_codec: str = ""
    channels: int = 0
    sample_rate: int = 0
    audio_start: float = 0.0
    audio_duration: float = 0.0
    audio_packets: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Width and height as shown: pixel shape applied (to the width), then turned."""
        numerator, _, denominator = self.sar.partition(":")
        width = max(1, round(self.coded_width * int(numerator) / int(denominator)))
        return (self.coded_height, width) if self.rotation in (90, 270) else (width, self.coded_height)

    @property
    def seconds(self) -> float:
        """The longest length that anything in the file has or claims."""
        return max(self.video_duration, self.audio_duration, self.declared or 0.0, self.video_declared or 0.0)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Facts:
        """Takes the fields it knows, so that older and newer rows can be read."""
        known = {entry.name for entry in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


def beginning(path: Path) -> bytes:
    """What `container` needs to see of a file."""
    with path.open("rb") as file:
        return file.read(SNIFFED)


def container(head: bytes) -> str:
    """The demuxer for a file that begins with `head`. Raises Refused, in plain words, for what is no video."""
    for test, name in CONTAINERS:
        if test(head):
            return name
    for test, words in FAMILIAR:
        if test(head):
            raise Refused(words)
    raise Refused(NOT_A_VIDEO)


def probe(toolbox: Toolbox, path: Path, folder: Path, *, max_seconds: float) -> Facts:
    """The facts of the file at `path`; `folder` is the child's own. Reading stops soon after `max_seconds`.

    Raises Refused for what is no video, is broken beyond reading, or costs too much to read.
    """
    kind = container(beginning(path))
    job = {"path": str(path.absolute()), "container": kind, "codecs": DECODERS, "max_seconds": max_seconds + 1}
    try:
        done = toolbox.run(
            toolbox.python("relay.media.probe_child", json.dumps(job)), folder=folder, reads=[path], limits=LIMITS
        )
    except ToolFailed as error:
        if killed(error.returncode):
            raise Refused(TOO_HEAVY) from error
        raise
    values = json.loads(done.stdout)
    if "error" in values:
        heavy = "MemoryError" in values["error"] or "Cannot allocate" in values["error"]
        raise Refused(TOO_HEAVY if heavy else UNREADABLE, hint="")
    return Facts.from_json(values)


def killed(returncode: int) -> bool:
    """Whether a child was ended by a signal: a limit, a crash, or its time (129…159 is how bwrap tells it)."""
    return returncode < 0 or 128 < returncode < 160


def _begins(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(marks)


def _is_box(head: bytes) -> bool:
    """QuickTime and MP4 begin with a box: four bytes of size, four of type."""
    return head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp")


def _is_picture(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"avif", b"avis", b"msf1")


def _is_transport(head: bytes) -> bool:
    """MPEG-TS: a sync byte every 188 bytes (in a camera's .mts every 192, after four bytes of time)."""
    return any(
        len(head) > first + 2 * step and set(head[first::step][:3]) == {0x47} for first, step in ((0, 188), (4, 192))
    )


def _is_text(head: bytes) -> bool:
    return bool(head) and b"\0" not in head[:512] and not any(byte < 9 for byte in head[:512])


CONTAINERS: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (lambda head: _is_box(head) and not _is_picture(head), "mov"),
    (_begins(b"\x1a\x45\xdf\xa3"), "matroska"),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"AVI ", "avi"),
    (_begins(b"FLV\x01"), "flv"),
    (_begins(b"\0\0\x01\xba"), "mpeg"),
    (_begins(b"OggS"), "ogg"),
    (_is_transport, "mpegts"),
)
FAMILIAR: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (lambda head: not head, EMPTY),
    (_begins(b"GIF8"), "This is an animated picture, not a video."),
    (
        lambda head: _is_picture(head) or head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"BM", b"RIFF")),
        "This is a picture or a sound, not a video.",
    ),
    (_begins(b"ID3", b"fLaC", b"\xff\xfb", b"\xff\xf1"), "This is a sound recording, there is no picture in it."),
    (
        lambda head: (
            head.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith((b"<!doctype html", b"<html", b"<head"))
        ),
        WEB_PAGE,
    ),
    (lambda head: not any(head), "The file holds only zeros: it was not stored whole."),
    (_is_text, "This is a text, not a video."),
)
