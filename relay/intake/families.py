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
NEAR, NEARER = 60, 31
"""Bits. Up to 31 is the same frame re-encoded; up to 60 one with a logo, a border or half a second beside it.
On our corpus no two frames of unrelated recordings came nearer than 78; the clips of one studio do now and then,
which is why 60 bits alone never make it certain."""
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

    Mirrored and turned copies count: a phone's or an editor's mistake doesn't make another recording.
    """
    return _share(_distances(a, b), near)


def same_recording(a: bytes, b: bytes) -> Likeness | None:
    """`certain`: at least half of the frames match closely; `possible`: at least three in ten match roughly."""
    distances = _distances(a, b)
    if _share(distances, NEAR) < POSSIBLE_SHARE:
        return None
    enough = distances.shape[1] >= LEAST_FRAMES
    return "certain" if enough and _share(distances, NEARER) >= CERTAIN_SHARE else "possible"


def _basis() -> NDArray[np.float32]:
    """Rows 1 to 16 of the 64-point DCT-II."""
    k, n = np.arange(1, LOW + 1)[:, None], np.arange(SIDE)[None, :]
    rows: NDArray[np.float64] = np.sqrt(2 / SIDE) * np.cos(np.pi * k * (2 * n + 1) / (2 * SIDE))
    return rows.astype(np.float32)


DCT = _basis()
ODD = np.arange(1, LOW + 1) % 2 == 1
MIRROR: NDArray[np.uint8] = np.packbits(np.tile(ODD, LOW))
UPSIDE_DOWN: NDArray[np.uint8] = np.packbits(np.repeat(ODD, LOW))


def _turns(rows: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """The prints of the same pictures mirrored and turned in all eight ways.

    Mirroring changes the sign of the odd frequencies of one direction, a quarter turn swaps the directions.
    """
    bits = np.unpackbits(rows, axis=1).reshape(-1, LOW, LOW)
    across = np.packbits(bits.transpose(0, 2, 1).reshape(len(rows), -1), axis=1)
    return [
        way ^ left ^ top for way in (rows, across) for left in (MIRROR, 0 * MIRROR) for top in (UPSIDE_DOWN, 0 * MIRROR)
    ]


def turned(rows: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    """Prints of the same pictures turned by a quarter, a half or three quarters, mirrored or not.

    Four numbers of 64 bits each. As they are and mirrored only are left out.
    """
    ways = _turns(np.ascontiguousarray(rows).view(np.uint8))
    return [np.ascontiguousarray(way).view(np.uint64) for way in (*ways[:1], ways[2], *ways[4:])]


def _print(picture: NDArray[np.float32]) -> bytes:
    if picture.std() < FLAT:
        return bytes(BYTES)
    low = DCT @ picture @ DCT.T
    return np.packbits(low > np.median(low)).tobytes()


def _good(rows: bytes) -> NDArray[np.uint8]:
    table = np.frombuffer(rows, np.uint8)[: len(rows) // BYTES * BYTES].reshape(-1, BYTES)
    return table[table.any(axis=1)]


def _distances(a: bytes, b: bytes) -> NDArray[np.int64]:
    """For each way of turning and each good frame of the one with fewer of them: bits to the nearest of the other."""
    fewer, more = sorted((_good(a), _good(b)), key=len)
    if not len(fewer):
        return np.zeros((8, 0), np.int64)
    wide = np.ascontiguousarray(more).view(np.uint64)
    return np.stack([_nearest(turned.view(np.uint64), wide) for turned in _turns(fewer)])


def _nearest(some: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.int64]:
    differing = np.bitwise_count(some[:, None, :] ^ others[None, :, :]).sum(axis=2, dtype=np.int64)
    return differing.min(axis=1)  # type: ignore[no-any-return]


def _share(distances: NDArray[np.int64], near: int) -> float:
    return float((distances <= near).mean(axis=1).max()) if distances.size else 0.0
