"""The pictures of a recording as others show them: without borders, the middle of them, mirrored. Pure.

Prints of frames (relay/intake/families.py) don't survive that a picture is cut, or set into a larger one. So prints are
kept of some views of each frame, and two recordings are compared view by view. What each view is for was measured
(docs/media.md, section 1; `scripts/bench families`): together they raise what is found again from 59 to 87 of 100.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from relay.intake.families import BYTES, SIDE, prints

VIEWS = ("whole", "bare", "inner", "square", "band", "low band")
"""`whole`: as it is. `bare`: without borders that never change. `inner`: nine tenths of it. `square`: its middle.
`band`: the wide picture in the middle of a high one, or the high one in a wide one; `low band`: one of 4:3 there.
"""
PAIRS = (
    ("whole", "whole"),
    ("whole", "bare"), ("bare", "whole"), ("bare", "bare"),
    ("whole", "inner"), ("inner", "whole"),
    ("whole", "square"), ("square", "whole"),
    ("whole", "band"), ("band", "whole"), ("whole", "low band"), ("low band", "whole"),
    ("bare", "inner"), ("inner", "bare"),
)  # fmt: skip
"""Which view of the one recording may be which of the other."""
INNER = 0.9
EVEN, MOST_BORDER = 6.0, 0.4
"""A row or column belongs to the border while its gray values spread less than `EVEN`, in space and time; at most
`MOST_BORDER` of a side is border.
"""
WIDE, LOW_WIDE = 16 / 9, 4 / 3

Gray = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom of a view as shares of the frame."""


def of(frames: bytes, width: int, height: int) -> dict[str, bytes]:
    """Prints of each view of gray frames of 64x64 bytes; a view that is the whole picture is left out.

    `width`, `height`: of the picture that the frames were squeezed out of.
    """
    count = len(frames) // (SIDE * SIDE)
    pictures = np.frombuffer(frames, np.uint8, count * SIDE * SIDE).reshape(count, SIDE, SIDE)
    found = {"whole": prints(frames)}
    for name, box in _boxes(pictures, width, height):
        found[name] = prints(cut(pictures, box).tobytes())
    return found


def packed(views: Mapping[str, bytes]) -> bytes:
    """For a column of a database: a letter's number of views, each with its number, its length, and its prints."""
    out = bytearray()
    for name, rows in views.items():
        out += bytes([VIEWS.index(name)]) + len(rows).to_bytes(4, "big") + rows
    return bytes(out)


def unpacked(stored: bytes) -> dict[str, bytes]:
    """What `packed` made. A view that this version doesn't know is left out."""
    found: dict[str, bytes] = {}
    at = 0
    while at + 5 <= len(stored):
        number, length = stored[at], int.from_bytes(stored[at + 1 : at + 5], "big")
        if number < len(VIEWS):
            found[VIEWS[number]] = stored[at + 5 : at + 5 + length]
        at += 5 + length
    return found


def border(pictures: Gray) -> Box:
    """What is left of frames without the even border that all of them have."""
    if not len(pictures):
        return 0.0, 0.0, 1.0, 1.0
    some = pictures[:: max(1, len(pictures) // 24)].astype(np.float32)
    rows = some.transpose(1, 0, 2).reshape(SIDE, -1).std(axis=1) < EVEN
    columns = some.transpose(2, 0, 1).reshape(SIDE, -1).std(axis=1) < EVEN
    left, right = _edges(columns)
    top, bottom = _edges(rows)
    return left / SIDE, top / SIDE, right / SIDE, bottom / SIDE


def cut(pictures: Gray, box: Box) -> Gray:
    """The part of frames within `box`, drawn to 64x64 again."""
    left, top, right, bottom = (side * SIDE for side in box)
    across, down = _weights(left, right), _weights(top, bottom)
    drawn = down @ pictures.astype(np.float32) @ across.T
    return np.clip(np.round(drawn), 0, 255).astype(np.uint8)


def _boxes(pictures: Gray, width: int, height: int) -> Iterator[tuple[str, Box]]:
    bare = border(pictures)
    if bare != (0.0, 0.0, 1.0, 1.0):
        yield "bare", bare
    edge = (1 - INNER) / 2
    yield "inner", (edge, edge, 1 - edge, 1 - edge)
    if not width or not height:
        return
    shape = width / height
    if not 0.95 < shape < 1.05:
        yield "square", _middle(1.0 / shape if shape > 1 else 1.0, shape if shape < 1 else 1.0)
    for name, wide in (("band", WIDE), ("low band", LOW_WIDE)):
        if shape < 1.05:
            yield name, _middle(1.0, shape / wide)
        elif shape > 1.2:
            yield name, _middle(1 / wide / shape, 1.0)


def _middle(across: float, down: float) -> Box:
    return (1 - across) / 2, (1 - down) / 2, (1 + across) / 2, (1 + down) / 2


def _edges(even: NDArray[np.bool_]) -> tuple[int, int]:
    most = int(MOST_BORDER * SIDE)
    first = next((n for n in range(most) if not even[n]), 0)
    last = next((n for n in range(most) if not even[-1 - n]), 0)
    return first, SIDE - last


def _weights(start: float, end: float) -> NDArray[np.float32]:
    """64 rows: how much of each of 64 old places is in a new one, by linear interpolation between their middles."""
    at = np.clip(start + (np.arange(SIDE) + 0.5) * (end - start) / SIDE - 0.5, 0, SIDE - 1)
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, SIDE - 1)
    weights = np.zeros((SIDE, SIDE), np.float32)
    weights[np.arange(SIDE), low] += (1 - (at - low)).astype(np.float32)
    weights[np.arange(SIDE), high] += (at - low).astype(np.float32)
    return weights


def as_rows(rows: bytes) -> NDArray[np.uint64]:
    """Prints as four numbers of 64 bits each."""
    return np.frombuffer(rows, np.uint8)[: len(rows) // BYTES * BYTES].reshape(-1, BYTES).view(np.uint64)
