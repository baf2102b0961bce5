"""Music under a film: a bed that gives way to every voice. Pure arithmetic on samples, in bounded memory.

How loud the bed may be is decided before anything is mixed, from the voices alone, fifty times a second: open where
nobody speaks, ducked from a little before a voice begins until a little after it ends. The same voices give the same
curve, so the same film. Distances follow broadcasting practice: music under speech lies at least 10 LU below it, and
for old ears rather 15 to 20 (EBU Tech 3343; BBC research on clean audio).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relay.almanac.film.timeline import Span
from relay.almanac.formats import House

BED = 1
"""Part of a mix's key; raise it when the bed changes."""

HOPS = 50
"""Of the curve, in a second."""
OPEN, DUCKED = -6.0, -21.0
"""LU from the film's loudness: where nobody speaks, and under a voice."""
VOICE = -22.0
"""dB from the film's loudness: from here on up somebody speaks."""
LOOK_AHEAD, HANG = 0.35, 0.9
"""Seconds: the bed has gone down before a voice begins, and stays down in its pauses."""
DOWN, UP = 0.3, 1.2
"""Seconds that the way down and the way up take."""
RISE, FALL = 1.5, 3.0
"""Seconds of the bed's own beginning and end."""
SEAM = 2.0
"""Seconds in which a bed that is shorter than the film goes over into its own beginning."""
Samples = NDArray[np.float32]
Add = Callable[[Samples, int], None]
"""Is given a block of the mix and the film's sample with which it begins, and adds to it."""


@dataclass(frozen=True, slots=True)
class MusicBed:
    """A piece of music. `container`: its format, as it was seen. `under`: `film` or `cards`. `cleared`: by what."""

    sha256: str
    container: str
    title: str
    author: str = ""
    under: str = "film"
    cleared: str = ""

    def words(self) -> list[object]:
        """What of it shapes the sound."""
        return [BED, self.sha256, self.container, self.under]


def activity(blocks: Iterable[bytes], house: House) -> Samples:
    """dB of a mix of voices, `HOPS` values a second."""
    hop = house.sample_rate // HOPS
    levels, rest = [], np.zeros((0, 2), np.float32)
    for block in blocks:
        samples = np.concatenate([rest, np.frombuffer(block, np.float32).reshape(-1, 2)])
        whole = len(samples) // hop * hop
        power = (samples[:whole] ** 2).mean(axis=1).reshape(-1, hop).mean(axis=1)
        levels.append(10 * np.log10(power + 1e-12))
        rest = samples[whole:]
    return np.concatenate(levels).astype(np.float32) if levels else np.zeros(0, np.float32)


def speaking(levels: Samples, house: House) -> NDArray[np.bool_]:
    """Where the bed has to be down: from a little before a voice to a little after it."""
    voiced = levels > house.loudness + VOICE
    before, after = round(LOOK_AHEAD * HOPS), round(HANG * HOPS)
    count = np.concatenate([[0], np.cumsum(voiced)])
    at = np.arange(len(voiced))
    first, last = np.maximum(at - after, 0), np.minimum(at + before + 1, len(voiced))
    return np.asarray(count[last] > count[first], np.bool_)


def curve(levels: Samples, house: House, shown: Sequence[Span] | None = None) -> Samples:
    """The bed's gain, linear, `HOPS` values a second. `shown`: frames of the film in which it is heard; None: all.

    The ways down and up are straight lines in decibels, as a hand on a fader makes them.
    """
    wanted = np.where(speaking(levels, house), DUCKED, OPEN) + house.loudness
    if shown is not None:
        heard = np.zeros(len(levels), np.bool_)
        for span in shown:
            heard[round(span.first * HOPS / house.fps) : round(span.last * HOPS / house.fps)] = True
        wanted = np.where(heard, wanted, SILENT)
    step_down, step_up = (OPEN - DUCKED) / (DOWN * HOPS), (OPEN - DUCKED) / (UP * HOPS)
    going, at = np.empty(len(wanted), np.float32), float(wanted[0]) if len(wanted) else 0.0
    floor = house.loudness + BARELY
    for number, target in enumerate(wanted.tolist()):
        wide = 3.0 if min(at, target) < house.loudness + DUCKED - 1 else 1.0  # in and out of silence: faster
        if target < at:
            at = target if at <= floor else max(target, at - wide * step_down)
        else:
            at = min(target, max(at, floor) + wide * step_up)
        going[number] = at
    return np.where(going <= SILENT + 1, 0, 10 ** (going / 20)).astype(np.float32)


SILENT = -120.0
BARELY = -36.0
"""LU from the film's loudness: what is fainter is silence, and the way in and out of it begins and ends here."""


def adding(music: Samples, loudness: float | None, gains: Samples, frames: int, house: House, extra: float) -> Add:
    """Adds the bed to a mix, block by block. `music`: stereo samples; `loudness`: LUFS of the whole piece.

    `gains`: from `curve`. `extra`: dB on everything, as for the voices.
    """
    total = frames * house.samples
    seam = min(int(SEAM * house.sample_rate), len(music) // 4)
    around = len(music) - seam
    level = 10 ** ((extra - (loudness if loudness is not None else 0.0)) / 20)
    hop = house.sample_rate / HOPS
    places = (np.arange(len(gains)) + 0.5) * hop

    def add(out: Samples, begin: int) -> None:
        if loudness is None or around <= 0:
            return
        at = np.arange(begin, begin + len(out))
        shaped = np.interp(at, places, gains) * _edges(at, total, house.sample_rate) * level
        out += looped(music, at, around, seam) * shaped[:, None].astype(np.float32)

    return add


def looped(music: Samples, at: NDArray[np.int64], around: int, seam: int) -> Samples:
    """The piece at these samples of an endless run of it, each end going over into the next beginning."""
    inside = at % around
    found = music[inside]
    joining = (inside < seam) & (at >= around)
    if joining.any():
        share = (inside[joining] + 0.5) / max(1, seam) * (math.pi / 2)
        old = music[inside[joining] + around]
        found = found.copy()
        found[joining] = found[joining] * np.sin(share)[:, None] + old * np.cos(share)[:, None]
    return np.asarray(found, np.float32)


def _edges(at: NDArray[np.int64], total: int, rate: int) -> NDArray[np.float64]:
    rising = np.clip((at + 0.5) / (RISE * rate), 0, 1)
    falling = np.clip((total - at - 0.5) / (FALL * rate), 0, 1)
    return np.asarray(np.sin(rising * math.pi / 2) * np.sin(falling * math.pi / 2))
