"""ffmpeg's words that put sound and picture where the file does. Pure: words in, words out."""

from __future__ import annotations

from collections.abc import Iterable

COUNTED_FROM_WHAT_IS_READ = ("mpegts", "mpeg", "ogg")
"""Demuxers whose clock may jump (AVFMT_TS_DISCONT): ffmpeg's begins with the first track that is read, not with the
file (ffmpeg.c, correct_input_start_times).
"""


def in_time(rate: int) -> str:
    """Sound at `rate`, silent where the file has none, from its beginning on.

    Gaps are filled and overlaps cut from 10 ms on: below that lies what clocks of containers round away (1 ms in
    Matroska and FLV). FFmpeg's own limit is 100 ms, and what is less stays as an offset until it adds up: fragmented
    files, MP4 without an edit list and recordings that lost packets came out 45 to 93 ms early or late. A larger
    `async` slides towards the right time instead of being there.
    """
    return f"aresample={rate}:async=1:min_hard_comp=0.01:first_pts=0"


def waits(container: str, start: float, heads: Iterable[float | None]) -> float:
    """Seconds by which ffmpeg would be early in a file that begins at `start`, if it read only tracks with these heads.

    A head is where FFmpeg takes a track to begin when it opens the file.
    """
    told = [head for head in heads if head is not None]
    return max(0.0, round(min(told) - start, 6)) if told and container in COUNTED_FROM_WHAT_IS_READ else 0.0


def waiting(seconds: float, *, seek: int = 0) -> list[str]:
    """Input words that make up for `waits`, where reading begins at `seek`."""
    return ["-itsoffset", f"{seconds - seek:.6f}"] if seconds > seek else []
