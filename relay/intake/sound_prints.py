"""What is heard, as a fingerprint that survives being coded again, other loudness and a tune below it. Pure.

Sixteen words of 32 bits a second, after Haitsma and Kalker ("A highly robust audio fingerprinting system", ISMIR 2002):
33 bands from 300 to 2000 Hz, where speech is; each bit says whether the difference of two neighbouring bands has grown
since the word before. A word of nothing but zeros stands for silence. 64 bytes a second.

Two rows of words are laid over each other at every offset at once (a correlation by FFT), so a pair costs the same
wherever they meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE = 8000
"""Samples a second of the sound that prints are made of: one channel, 16 bits."""
PER_SECOND = 16
BITS = 32
WINDOW, FFT = 3072, 4096
LOWEST, HIGHEST = 300.0, 2000.0
SILENT = 10 ** (-55 / 20)
"""Root mean square below which nothing is heard; 1.0 is the loudest."""
TEMPOS = (1.0, 1.1, 1 / 1.1)
"""How much faster the other recording may run; in between, half of the step is borne by the width of the window."""
LEAST_ROWS = 2 * PER_SECOND
PIECE_HEARD = 2.2
"""Margin from which on a piece is said to be there."""
SAME = 0.25
"""Agreement over a second from which on it is the same sound: other sounds reach 0.2 now and then, a copy below a tune
0.3."""

Bits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SoundFit:
    """How two sounds fit best. `offset`: where the second begins in the first, in seconds; `tempo`: how much faster the
    second runs. Both were heard at once for `seconds`, and for `matched` of these they were the same; `lesser`: the
    share of that half of them in which less was the same.

    `margin`: the agreement of their bits (1: all, 0: chance) times the root of the words that were compared. What has
    nothing in common stays below 1.1.
    """

    offset: float
    tempo: float
    seconds: float
    matched: float
    margin: float
    lesser: float = 0.0


def prints(samples: bytes) -> bytes:
    """The words, four bytes each, of sound as `RATE` says."""
    sound: NDArray[np.float32] = (np.frombuffer(samples, "<i2") / 32768).astype(np.float32)
    step = RATE // PER_SECOND
    count = (len(sound) - WINDOW) // step + 1
    if count < 2:
        return b""
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::step][:count]
    loud = np.sqrt(np.mean(frames.astype(np.float64) ** 2, axis=1)) >= SILENT
    level = np.log(_energies(frames) + 1e-9)
    between = level[:, :-1] - level[:, 1:]
    bits = np.diff(between, axis=0) > 0
    words = np.packbits(bits, axis=1)
    words[~(loud[1:] & loud[:-1])] = 0
    return words.tobytes()


def best_fit(a: bytes, b: bytes, tempos: Sequence[float] = TEMPOS) -> SoundFit | None:
    """Where and how well `b` fits into `a`; None where one of them holds less than two seconds that can be heard."""
    first, second = signs(a), signs(b)
    if min(heard(first), heard(second)) < LEAST_ROWS:
        return None
    fits = [found for tempo in tempos if (found := _fit(first, _stretched(second, tempo), tempo))]
    return max(fits, key=lambda one: one.margin, default=None)


def without(words: bytes, piece: bytes) -> bytes:
    """The words with silence where the piece is heard; as they are where it is not."""
    fit = best_fit(words, piece, (1.0,))
    if fit is None or fit.margin < PIECE_HEARD:
        return words
    start = max(0, round(fit.offset * PER_SECOND))
    end = min(len(words) // 4, round(fit.offset * PER_SECOND) + len(piece) // 4)
    return words[: 4 * start] + bytes(4 * (end - start)) + words[4 * end :]


def signs(words: bytes) -> Bits:
    """A row of 32 numbers for each word: 1, -1, or 0 where it is silent."""
    table = np.frombuffer(words, np.uint8)[: len(words) // 4 * 4].reshape(-1, 4)
    bits = np.unpackbits(table, axis=1).astype(np.float32) * 2 - 1
    bits[~table.any(axis=1)] = 0
    return bits


@lru_cache(maxsize=1)
def _bands() -> NDArray[np.float32]:
    edges = np.geomspace(LOWEST, HIGHEST, BITS + 2)
    bins = np.fft.rfftfreq(FFT, 1 / RATE)
    inside = (bins >= edges[:-1, None]) & (bins < edges[1:, None])
    return inside.astype(np.float32)


def _energies(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    window = np.hanning(WINDOW).astype(np.float32)
    bands = _bands().T
    parts = [
        np.abs(np.fft.rfft(part * window, FFT)) ** 2 @ bands for part in np.array_split(frames, len(frames) // 256 + 1)
    ]
    return np.concatenate(parts).astype(np.float32)


def heard(bits: Bits) -> int:
    """How many of the rows are not silent."""
    return int(bits.any(axis=1).sum()) if len(bits) else 0


def _stretched(bits: Bits, tempo: float) -> Bits:
    """As it would be at the first one's pace."""
    if tempo == 1.0:
        return bits
    places = (np.arange(int(len(bits) * tempo)) / tempo).astype(np.intp)
    return bits[places[places < len(bits)]]


def _fit(a: Bits, b: Bits, tempo: float) -> SoundFit | None:
    size = 1 << (len(a) + len(b) - 1).bit_length()
    first, second = np.fft.rfft(a, size, axis=0), np.fft.rfft(b, size, axis=0)
    agreeing = np.fft.irfft((first * second.conj()).sum(axis=1), size) / BITS
    masks = (np.fft.rfft(bits.any(axis=1).astype(np.float32), size) for bits in (a, b))
    both = np.round(np.fft.irfft(next(masks) * next(masks).conj(), size))
    agreeing[both < LEAST_ROWS] = 0
    score = agreeing / np.sqrt(np.maximum(both, 1))
    spread = float(score[both >= LEAST_ROWS].std()) if (both >= LEAST_ROWS).any() else 0.0
    best = int(score.argmax())
    if score[best] <= 0 or not spread:
        return None
    shift = best if best < len(a) else best - size
    matched, lesser = _matched(a, b, shift)
    return SoundFit(
        offset=shift / PER_SECOND,
        tempo=tempo,
        seconds=float(both[best] / PER_SECOND),
        matched=matched,
        margin=float(score[best]),
        lesser=lesser,
    )


def _matched(a: Bits, b: Bits, shift: int) -> tuple[float, float]:
    """For how many seconds the two are the same, laid over each other like this, and the share of the half that is less
    the same: a jingle in front is a part only.
    """
    start, end = max(0, shift), min(len(a), shift + len(b))
    one, other = a[start:end], b[start - shift : end - shift]
    agreement = (one * other).sum(axis=1) / BITS
    second = np.ones(PER_SECOND) / PER_SECOND
    same = np.convolve(agreement, second, mode="same")[: len(agreement)] >= SAME
    return float(same.sum() / PER_SECOND), lesser_half(same[one.any(axis=1) & other.any(axis=1)])


def lesser_half(fits: NDArray[np.bool_]) -> float:
    """The share that fits, 0 to 1, in that half of the time in which less does; 0 where a half has nothing in it."""
    return min(float(half.mean()) if len(half) else 0.0 for half in np.array_split(fits, 2))
