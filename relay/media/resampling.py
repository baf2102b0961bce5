"""Sound as an ffmpeg filter that puts it where the file does. Pure: words in, words out."""

from __future__ import annotations


def in_time(rate: int) -> str:
    """Sound at `rate`, silent where the file has none, from its beginning on.

    Gaps are filled and overlaps cut from 10 ms on: below that lies what clocks of containers round away (1 ms in
    Matroska and FLV). FFmpeg's own limit is 100 ms, and what is less stays as an offset until it adds up: fragmented
    files, MP4 without an edit list and recordings that lost packets came out 45 to 93 ms early or late. A larger
    `async` slides towards the right time instead of being there.
    """
    return f"aresample={rate}:async=1:min_hard_comp=0.01:first_pts=0"
