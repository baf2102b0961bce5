"""Which clips show the same recording: fingerprints of frames, and how alike two rows of them are. Pure.

A print is 256 bits per frame, after PDQ (Facebook's ThreatExchange, hashing/pdq): luma 64×64 → DCT → the sixteen
lowest frequencies of each direction without the mean → one bit each, above or below the median. Measured there and
on our own corpus (docs/media.md, section 1): the same frame re-encoded, scaled or with a logo stays within 31 to 46
bits, others lie around 128.

Whole classes film in one hall, so a likeness is never merged by itself: it becomes a family, shown side by side.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

SIDE = 64
LOW = 16
BYTES = LOW * LOW // 8
FLAT = 6.0
"""A frame whose gray values spread less than this (wall, dark, fade) looks like too many others: its print is zero."""
NEAR = 46
CERTAIN_NEAR = 31
CERTAIN_SHARE, POSSIBLE_SHARE = 0.5, 0.3
LEAST_FRAMES = 4
"""Fewer good frames than this can't make it certain, only possible."""

Likeness = Literal["certain", "possible"]


def prints(frames: bytes) -> bytes:
    """One print of 32 bytes for each gray frame of 64×64 bytes; all zero for a flat frame."""
    count = len(frames) // (SIDE * SIDE)
    pixels = np.frombuffer(frames, np.uint8, count * SIDE * SIDE).reshape(count, SIDE, SIDE).astype(np.float32)
    return b"".join(_print(picture) for picture in pixels)


def alike(a: bytes, b: bytes, *, near: int = NEAR) -> float:
    """The share, 0 to 1, of the good frames of the one with fewer of them that the other has too.

    A mirrored copy counts: the odd horizontal frequencies of a mirrored picture change their sign, no others.
    """
    first, second = _good(a), _good(b)
    if not len(first) or not len(second):
        return 0.0
    fewer, more = sorted((first, second), key=len)
    return max(_share(fewer, more, near), _share(fewer ^ MIRROR, more, near))


def same_recording(a: bytes, b: bytes) -> Likeness | None:
    """`certain`: at least half of the frames match closely; `possible`: at least three in ten match roughly."""
    if alike(a, b) < POSSIBLE_SHARE:
        return None
    enough = min(len(_good(a)), len(_good(b))) >= LEAST_FRAMES
    return "certain" if enough and alike(a, b, near=CERTAIN_NEAR) >= CERTAIN_SHARE else "possible"


def _basis() -> NDArray[np.float32]:
    """Rows 1 to 16 of the 64-point DCT-II."""
    k, n = np.arange(1, LOW + 1)[:, None], np.arange(SIDE)[None, :]
    rows: NDArray[np.float64] = np.sqrt(2 / SIDE) * np.cos(np.pi * k * (2 * n + 1) / (2 * SIDE))
    return rows.astype(np.float32)


DCT = _basis()
MIRROR: NDArray[np.uint8] = np.packbits(np.tile(np.arange(1, LOW + 1) % 2 == 1, LOW))


def _print(picture: NDArray[np.float32]) -> bytes:
    if picture.std() < FLAT:
        return bytes(BYTES)
    low = DCT @ picture @ DCT.T
    return np.packbits(low > np.median(low)).tobytes()


def _good(rows: bytes) -> NDArray[np.uint8]:
    table = np.frombuffer(rows, np.uint8)[: len(rows) // BYTES * BYTES].reshape(-1, BYTES)
    return table[table.any(axis=1)]


def _share(some: NDArray[np.uint8], others: NDArray[np.uint8], near: int) -> float:
    distances = np.bitwise_count(some[:, None, :] ^ others[None, :, :]).sum(axis=2, dtype=np.int32)
    return float((distances.min(axis=1) <= near).mean())
