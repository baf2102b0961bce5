"""The film's sound: every clip brought to one loudness, mixed once, sample exact, in bounded memory.

One frame is a whole number of samples (1920 at 25 fps and 48 kHz), so picture and sound can't drift apart.
Gain and measure follow EBU R 128 / ITU-R BS.1770: the part of a clip that is used is measured, not the whole clip.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relay.almanac.formats import House

MIX = 3
"""Part of every mix's key; raise it when the mixing changes."""

GAIN_LEAST, GAIN_MOST = -30.0, 24.0
SILENCE = -60.0
"""LUFS: what is quieter is nobody's voice, and stays as it is."""
SOFT_EDGE = 0.005
"""Seconds: a cut into or out of a sound takes this long, so that it doesn't click."""
TOLERANCE = 0.3
GAIN_STEP, LIMIT_STEP = 0.5, 0.25
"""dB. In steps, a small correction changes neither, and what was encoded stays as it is; half of one is within the
tolerance.
"""
BLOCK_SECONDS = 1
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MixTrack:
    """A clip's sound in the film: `frames` from frame `start`; `head` and `tail` are its dissolves.

    `loudness`: LUFS of the part, None when silent. `path`: 32-bit stereo samples.
    """

    path: Path
    start: int
    frames: int
    head: int
    tail: int
    loudness: float | None


@dataclass(frozen=True, slots=True)
class Loudness:
    """`integrated` in LUFS, None for silence; `peak` in dBTP, None where it was not measured."""

    integrated: float | None
    peak: float | None = None


def read_loudness(text: str) -> Loudness:
    """What ffmpeg's ebur128 filter says at its end (the last summary counts)."""
    summary = text.rpartition("Summary:")[2]
    integrated = re.search(r"I:\s+(-?[\d.]+|-inf|nan) LUFS", summary)
    peak = re.search(r"Peak:\s+(-?[\d.]+|-inf) dBFS", summary)
    loud = float(integrated.group(1)) if integrated else -math.inf
    top = float(peak.group(1)) if peak else None
    return Loudness(loud if loud > -69.9 else None, None if top is None or math.isinf(top) else top)


def gain(loudness: float | None, target: float) -> float:
    """Decibels that bring a part to the target, within reason."""
    if loudness is None or loudness < SILENCE:
        return 0.0
    return _bounded(target - loudness)


def mix(
    tracks: Sequence[MixTrack],
    frames: int,
    house: House,
    *,
    extra: float = 0.0,
    bed: Callable[[Samples, int], None] | None = None,
    span: tuple[int, int] | None = None,
) -> Iterator[bytes]:
    """The film's sound from its first to its last frame, or `span` of its samples, as blocks of 32-bit stereo samples.

    Dissolves are of equal power: the sum of two voices neither dips nor swells. `extra`: dB on everything.
    `bed`: adds music to a block that begins at a sample of the film (ducking.py).
    """
    start, stop = span or (0, frames * house.samples)
    block = BLOCK_SECONDS * house.sample_rate
    near = [track for track in tracks if _sounds(track, start, stop, house)]
    open_tracks: dict[int, Samples] = {}
    for begin in range(start, stop, block):
        end = min(begin + block, stop)
        out = np.zeros((end - begin, 2), np.float32)
        for number, track in enumerate(near):
            if not _sounds(track, begin, end, house):
                open_tracks.pop(number, None)
                continue
            samples = open_tracks.setdefault(number, samples_of(track.path))
            _add(out, begin, samples, track, house, extra)
        if bed is not None:
            bed(out, begin)
        yield out.tobytes()


def _sounds(track: MixTrack, begin: int, end: int, house: House) -> bool:
    """Whether anything of it lies between two samples of the film."""
    return track.start * house.samples < end and (track.start + track.frames) * house.samples > begin


def samples_of(path: Path) -> Samples:
    if path.stat().st_size < 8:
        return np.zeros((0, 2), np.float32)
    return np.memmap(path, np.float32, "r").reshape(-1, 2)


def _add(out: Samples, begin: int, samples: Samples, track: MixTrack, house: House, extra: float) -> None:
    """Adds what of a track lies in the block that begins at sample `begin` of the film."""
    offset = track.start * house.samples
    length = min(track.frames * house.samples, len(samples))
    first, last = max(begin, offset), min(begin + len(out), offset + length)
    if last <= first:
        return
    factor = np.float32(10 ** ((gain(track.loudness, house.loudness) + extra) / 20))
    heard = samples[first - offset : last - offset] * factor
    whole, head, tail = track.frames * house.samples, track.head * house.samples, track.tail * house.samples
    head, tail = edges(whole, head, tail, house.sample_rate)
    if first - offset < head or last - offset > whole - tail:  # between its edges it is all there
        curve = envelope(np.arange(first - offset, last - offset), whole, head, tail, house.sample_rate)
        heard *= curve[:, None]
    out[first - begin : last - begin] += heard


def edges(length: int, head: int, tail: int, rate: int) -> tuple[int, int]:
    """Samples in which a track comes and goes: its dissolves, a few milliseconds where there is none."""
    soft = min(int(SOFT_EDGE * rate), length // 2)
    return head or soft, tail or soft


def envelope(positions: NDArray[np.int64], length: int, head: int, tail: int, rate: int) -> Samples:
    """How loud a track is at its samples: sine in, cosine out, over its `edges`."""
    head, tail = edges(length, head, tail, rate)
    rising = np.clip((positions + 0.5) / max(head, 1), 0, 1)
    falling = np.clip((length - positions - 0.5) / max(tail, 1), 0, 1)
    return np.asarray(np.sin(rising * (math.pi / 2)) * np.sin(falling * (math.pi / 2)), np.float32)


Attempt = Callable[[float, float], Loudness]
"""Is given an extra gain and a limit, both in dB, and tells what comes out."""


def settle(rehearse: Attempt, record: Attempt, house: House) -> tuple[Loudness, float, float]:
    """Finds the extra gain and the limit with which the film has its loudness and true peak, and records it so.

    `rehearse` mixes and measures without encoding, at a fifth of the cost of `record`, which encodes and measures
    what was encoded. Returns what was reached, with the gain and the limit (dB) that did it.
    """
    extra, limit = 0.0, house.peak - 1.0
    for _ in range(3):
        step = _stepped(_short(rehearse(extra, limit), house))
        if not step:
            break
        extra = _bounded(extra + step)
    reached = record(extra, limit)
    for _ in range(4):
        short, over = _short(reached, house), 0.0 if reached.peak is None else reached.peak - house.peak
        if abs(short) <= TOLERANCE and over <= 0:
            break
        extra = _bounded(extra + _stepped(short))
        limit -= math.ceil((over + 0.1) / LIMIT_STEP) * LIMIT_STEP if over > 0 else 0.0
        reached = record(extra, limit)
    return reached, extra, limit


def _short(reached: Loudness, house: House) -> float:
    return 0.0 if reached.integrated is None else house.loudness - reached.integrated


def _stepped(decibels: float) -> float:
    return round(decibels / GAIN_STEP) * GAIN_STEP


def _bounded(decibels: float) -> float:
    return min(GAIN_MOST, max(GAIN_LEAST, decibels))
