"""Pieces of music: what a file is by its first bytes, and how long and how loud it is. Decoded in a child."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from relay.errors import Refused, ToolFailed
from relay.media.probe import AUDIO_DECODERS
from relay.media.toolbox import Limits, Toolbox

LIMITS = Limits(memory_mb=2048, cpu_seconds=120, wall_seconds=300, file_mb=64, open_files=64)
RATE = 8000
LEAST_SECONDS, MOST_SECONDS = 3.0, 1800
NOT_MUSIC = "{file} is not a sound file that Relay can read."
WHICH = "Give an MP3, FLAC, WAV, Ogg or M4A."
TOO_SHORT = "{file} is too short for a film: it lasts {seconds:.1f} s."


@dataclass(frozen=True, slots=True)
class MeasuredMusic:
    """`container`: the demuxer. `seconds` that really decoded; `loudness` in LUFS, None for silence."""

    container: str
    seconds: float
    loudness: float | None


def kind(head: bytes) -> str:
    """The demuxer for a sound file that begins with `head`, empty for what is none."""
    if head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return "mp3"
    if head.startswith(b"fLaC"):
        return "flac"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head.startswith(b"OggS"):
        return "ogg"
    if head[4:8] == b"ftyp":
        return "mov"
    return ""


def measure(toolbox: Toolbox, path: Path, folder: Path) -> MeasuredMusic:
    """Decodes the whole piece, at most half an hour of it; `folder` is the child's own.

    Raises Refused for what is no sound, or is too short.
    """
    with path.open("rb") as file:
        container = kind(file.read(16))
    refusal = Refused(NOT_MUSIC, hint=WHICH, file=path.name)
    if not container:
        raise refusal
    target = folder / "heard.s16"
    argv = [
        *(toolbox.ffmpeg, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "info"),
        *("-f", container, "-format_whitelist", container, "-protocol_whitelist", "file"),
        *(
            "-codec_whitelist",
            ",".join(AUDIO_DECODERS),
            "-vn",
            "-sn",
            "-dn",
            "-threads",
            "1",
            "-i",
            str(path.absolute()),
        ),
        *("-map", "0:a:0", "-t", str(MOST_SECONDS), "-af", f"ebur128=framelog=quiet,aresample={RATE}"),
        *("-ac", "1", "-f", "s16le", "-y", target.name),
    ]
    try:
        done = toolbox.run(argv, folder=folder, reads=[path], limits=LIMITS)
        seconds = target.stat().st_size / (2 * RATE)
    except (ToolFailed, FileNotFoundError) as error:
        raise refusal from error
    finally:
        target.unlink(missing_ok=True)
    if seconds < LEAST_SECONDS:
        raise Refused(TOO_SHORT, file=path.name, seconds=seconds)
    found = re.search(r"I:\s+(-?[\d.]+) LUFS", done.stderr.rpartition("Summary:")[2])
    loudness = float(found.group(1)) if found else None
    return MeasuredMusic(container, seconds, loudness if loudness is not None and loudness > -69.9 else None)
