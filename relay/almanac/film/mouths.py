"""Where mouths and eyes lie in the frame while a name stands over a clip. Pure.

A face is found as a box (media/faces.py): a square from the brows to below the lips. Where it lies in the frame depends
on how the clip is fitted or cut into it (framing.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from relay.almanac.cards.places import Box, MouthsSeen
from relay.almanac.film.ffmpeg import Hold, filled, fitted
from relay.almanac.film.footage import Footage
from relay.almanac.film.framing import Face, FacesSeen
from relay.almanac.formats import House

MOUTH = (0.14, 0.60, 0.86, 1.06)
EYES = (0.08, 0.16, 0.92, 0.52)
"""Of a face's box: left, upper, right and lower edge. In OpenCV's frontal boxes the lips lie at 0.66 to 0.86 of the
height and 0.28 to 0.72 of the width; the rest is for what an open mouth, a turned head and half a second between two
looks move. A profile's mouth lies at the edge of its box."""
BESIDE = 0.5
"""Seconds before and after the name's time whose looks count too: two looks are so far apart."""


def looks_of(
    seen: FacesSeen, source: Footage, framing: Sequence[Hold], first: int, frames: int, house: House
) -> list[MouthsSeen]:
    """Those of `frames` from the clip's frame `first` on, from which `framing` counts too."""
    begin, end = first / house.fps - BESIDE, (first + frames) / house.fps + BESIDE
    found = []
    for at in sorted({face.at for face in seen.faces if begin <= face.at <= end}):
        middle = middle_at(framing, round(at * house.fps) - first) if framing else None
        boxes = [_in_frame(face, source, middle, house) for face in seen.faces if face.at == at]
        found.append(MouthsSeen(tuple(_part(box, MOUTH) for box in boxes), tuple(_part(box, EYES) for box in boxes)))
    return found


def middle_at(framing: Sequence[Hold], frame: int) -> float:
    """Where the frame's middle lies then; the same way that ffmpeg goes (ffmpeg.py, `_way`)."""
    middle = framing[0].at
    for before, hold in pairwise(framing):
        part = min(max((frame - hold.frame + hold.ease) / max(1, hold.ease), 0.0), 1.0)
        middle += (hold.at - before.at) * part * part * (3 - 2 * part)
    return middle


def _in_frame(face: Face, source: Footage, middle: float | None, house: House) -> Box:
    """`middle`: of the part that a cut picture shows, None where the whole of it lies within the frame."""
    if middle is None:
        width, height = fitted(source, house)
        left, top = (house.width - width) / 2, (house.height - height) / 2
    else:
        width, height = filled(source, house)
        left = -min(max(middle * width - house.width / 2, 0), width - house.width)
        top = -min(max(middle * height - house.height / 2, 0), height - house.height)
    return Box(left + face.x * width, top + face.y * height, face.width * width, face.height * height)


def _part(box: Box, edges: tuple[float, float, float, float]) -> Box:
    left, upper, right, lower = edges
    return Box(
        box.x + left * box.width, box.y + upper * box.height, (right - left) * box.width, (lower - upper) * box.height
    )
