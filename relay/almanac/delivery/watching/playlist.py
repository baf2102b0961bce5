"""What of a film is made, as a playlist for players that read HLS by themselves (RFC 8216). Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

HEAD = "head.mp4"


def playlist(ends: Sequence[float], made: str) -> str:
    """Everything up to the first part that is missing: such a list only grows. `ends`, `made`: see WatchView."""
    lengths = [end - start for start, end in zip([0.0, *ends], ends, strict=False)]
    count = len(made.partition("0")[0])
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(map(math.ceil, lengths), default=1)}",
        "#EXT-X-PLAYLIST-TYPE:EVENT",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-START:TIME-OFFSET=0",  # a player would begin near the end of what is there
        f'#EXT-X-MAP:URI="{HEAD}"',
    ]
    for number, length in enumerate(lengths[:count]):
        lines += [f"#EXTINF:{length:.5f},", f"{number}.m4s"]
    if count == len(lengths):
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"
