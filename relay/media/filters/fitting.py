"""Pictures that turn or change their size midway: each is fitted for itself. Pure.

FFmpeg goes on with the same filters (`-reinit_filter 0`), because `fps` and `trim` would begin to count anew; a `scale`
with fixed sides would then stretch a phone that was turned into the shape that it had first. So its sides are worked
out for each frame, from that frame's own size and pixel shape (`eval=frame`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

FILLS = 0.985
"""A picture that covers this share of both sides is stretched to fill the box: nobody sees 1.5 %."""
ALIKE = 0.02
"""Shapes that differ by less are one: sides are whole and even numbers."""

Shape = tuple[int, int, str]
"""Width, height, and the pixel's shape, `n:d`, as a frame has them."""

_SCALED = re.compile(
    r"^\[Parsed_scale_(\d+) @ [^\]]*\] \[verbose\] w:(\d+) h:(\d+) [^\n]*?sar:(\d+)/(\d+) -> ", re.MULTILINE
)


def sides(width: int, height: int) -> str:
    """What `scale` needs in the place of two sides, for frames that are to lie within a box; even sides."""
    share = f"min({width}/(iw*sar),{height}/ih)"
    wide, high = f"(iw*sar*{share})", f"(ih*{share})"
    fills = f"gte({wide},{FILLS * width:g})*gte({high},{FILLS * height:g})"
    return (
        f"w='if({fills},{width},max(2,2*floor({wide}/2+0.5)))':h='if({fills},{height},max(2,2*floor({high}/2+0.5)))'"
        ":eval=frame"
    )


def shapes(told: str) -> tuple[Shape, ...]:
    """The shapes that frames came in, each once, out of what ffmpeg tells (`-loglevel level+verbose`) of the first
    `scale` of its filters.
    """
    found = [
        (int(m[1]), (int(m[2]), int(m[3]), f"{m[4]}:{m[5]}" if int(m[4]) else "1:1")) for m in _SCALED.finditer(told)
    ]
    first = min((number for number, _ in found), default=0)
    return tuple(dict.fromkeys(shape for number, shape in found if number == first))


def differ(seen: Iterable[Shape]) -> bool:
    """Whether pictures of these shapes are to be shown in more than one form."""
    forms = [_form(*shape) for shape in seen]
    return bool(forms) and max(forms) > min(forms) * (1 + ALIKE)


def _form(width: int, height: int, pixel: str) -> float:
    across, _, down = pixel.partition(":")
    return width * int(across) / (height * int(down))
