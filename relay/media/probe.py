"""What a foreign file is: first by its bytes, never by its name, then by its packets, read in a child.

A file called `.mp4` is whatever its bytes say: a playlist would make the reader open other files, and no list
of protocols stops that. So the container is told from the first bytes (relay/kinds.py), and forced on every reader
(`-f` and `-format_whitelist`, docs/security.md).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from relay import kinds
from relay.errors import Refused, ToolFailed
from relay.kinds import REFUSALS, Sort
from relay.media.toolbox import Limits, Toolbox

LIMITS = Limits(memory_mb=3072, cpu_seconds=60, wall_seconds=180, file_mb=1, open_files=64)
MAX_STREAMS = 64
SLACK_SECONDS = 0.5
"""By which a head may be wrong about a length."""
ENDS_DECLARED = ("matroska", "flv")
"""Containers whose head may tell when the last picture ends instead of how long all lasts: parts of long recordings."""

VIDEO_DECODERS = (
    "h264", "hevc", "vp8", "vp9", "libdav1d", "libaom-av1", "av1", "mpeg4", "msmpeg4", "msmpeg4v2", "h263", "h263i",
    "flv", "vp6", "vp6f", "mpeg1video", "mpeg2video", "mjpeg", "theora", "prores", "dnxhd", "dvvideo", "svq1", "svq3",
    "cinepak", "wmv1", "wmv2", "wmv3", "vc1",
    "rawvideo",
)  # fmt: skip
AUDIO_DECODERS = (
    "aac", "aac_latm", "mp3", "mp3float", "mp2", "mp2float", "mp1", "mp1float", "ac3", "eac3", "opus", "libopus",
    "vorbis", "libvorbis", "flac", "alac", "pcm_s16le", "pcm_s16be", "pcm_u8", "pcm_s24le", "pcm_s24be", "pcm_s32le",
    "pcm_s32be", "pcm_f32le", "pcm_alaw", "pcm_mulaw", "adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt", "adpcm_swf",
    "amrnb", "amrwb", "nellymoser", "speex", "libspeex", "qdm2", "wmav1", "wmav2", "wmapro",
    "wmavoice", "pcm_bluray", "pcm_dvd", "dca",
)  # fmt: skip
DECODERS = (*VIDEO_DECODERS, *AUDIO_DECODERS)
"""What people's cameras, phones and networks write. Everything else stays closed: each decoder is an open door."""

WEB_PAGE, EMPTY, NOT_A_VIDEO = REFUSALS[Sort.web_page], REFUSALS[Sort.empty], kinds.NOT_A_VIDEO
UNREADABLE = "The video can't be read: it is damaged or incomplete."
TOO_HEAVY = "The video is too heavy to check."


@dataclass(frozen=True, slots=True)
class Facts:
    """Seconds, pixels, frames a second; indexes count streams from 0; empty or None where there is none.

    `rotation`: degrees to turn the stored picture clockwise for display (0, 90, 180, 270); `mirrored`: after the
    turn, left and right are swapped. `sar`: the stored pixel's shape, "n:d". `transfer`, `primaries`, `matrix`,
    `range`: FFmpeg's names, "" when not told. `hdr`: "", "hlg" or "pq".
    `*_head`: where FFmpeg takes the track to begin when it opens the file, on the clock of `start`.
    `*_duration`: measured over all packets; `declared`, `video_declared`: what the headers claim; `reach`: from the
    file's `start` to the end of what lasts longest in it, of whatever kind. `fps`: by the usual step between pictures;
    `longest_step`: the longest.
    `lost_sound`: there is an audio track that can't be read. `sounds`: how many can; `audio_index` is the default one,
    unless that is silent and another is not (`default_silent`).
    `unkeyed`: runs of picture packets, [first, last), that hang on frames which are not there. `holes`: [from, seconds,
    kind] where pictures may be missing, in seconds from `start` (relay/media/children/probe.py, `holes`).
    `dolby_only`: Dolby Vision that only its own players show in the right colours. `stereo`: two pictures in a frame.
    """

    container: str
    streams: int = 0
    start: float = 0.0
    declared: float | None = None
    reach: float = 0.0
    encrypted: bool = False
    lost_sound: bool = False
    sounds: int = 0
    default_silent: bool = False
    dolby_only: bool = False
    stereo: bool = False
    spherical: bool = False
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
    longest_step: float = 0.0
    unkeyed: Sequence[Sequence[int]] = ()
    holes: Sequence[Sequence[Any]] = ()
    video_start: float = 0.0
    video_head: float | None = None
    video_duration: float = 0.0
    video_declared: float | None = None
    video_packets: int = 0
    audio_index: int | None = None
    audio_codec: str = ""
    channels: int = 0
    sample_rate: int = 0
    audio_start: float = 0.0
    audio_head: float | None = None
    audio_duration: float = 0.0
    audio_packets: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Width and height as shown: pixel shape applied (to the width), then turned."""
        numerator, _, denominator = self.sar.partition(":")
        width = max(1, round(self.coded_width * int(numerator) / int(denominator)))
        return (self.coded_height, width) if self.rotation in (90, 270) else (width, self.coded_height)

    @property
    def lead(self) -> float:
        """Seconds from the file's beginning to its first picture."""
        return max(0.0, self.video_start - self.start)

    @property
    def promised(self) -> float:
        """What the file claims to last beyond everything that is in it, 0 where it keeps its word: it was cut off."""
        longest = max(self.reach, self.lead + self.video_duration)
        declared, slack = self.declared or 0.0, max(SLACK_SECONDS, 0.05 * (self.declared or 0.0))
        if self.container in ENDS_DECLARED and abs(declared - self.start - longest) <= SLACK_SECONDS:
            return 0.0
        return declared if declared > longest + slack else 0.0

    @property
    def seconds(self) -> float:
        """The longest length that picture or sound have or claim."""
        return max(self.video_duration, self.audio_duration, self.promised, self.video_declared or 0.0)

    def to_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Facts:
        """Takes the fields it knows, so that older and newer rows can be read."""
        known = {entry.name for entry in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


def beginning(path: Path) -> bytes:
    """What `container` needs to see of a file."""
    with path.open("rb") as file:
        return file.read(kinds.SNIFFED)


def container(head: bytes) -> str:
    """The demuxer for a file that begins with `head`. Raises Refused, in plain words, for what is no video."""
    found = kinds.of(head)
    if found is None or not found.demuxer:
        raise Refused(kinds.refusal(found), kind=found.name if found else "")
    if kinds.is_locked(head):
        raise Refused(kinds.LOCKED)
    return found.demuxer


def probe(toolbox: Toolbox, path: Path, folder: Path, *, max_seconds: float) -> Facts:
    """The facts of the file at `path`; `folder` is the child's own. Reading stops soon after `max_seconds`.

    Raises Refused for what is no video, is broken beyond reading, or costs too much to read.
    """
    kind = container(beginning(path))
    job = {"path": str(path.absolute()), "container": kind, "codecs": DECODERS, "max_seconds": max_seconds + 1}
    try:
        done = toolbox.run(
            toolbox.python("relay.media.children.probe", json.dumps(job)), folder=folder, reads=[path], limits=LIMITS
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
