"""Whether two clips show the same recording: by what is seen, what is heard, and in which order. Pure.

certain    seen and heard alike at one and the same offset; or, where one of them has no sound, seen alike all along,
           in order, in pictures that change
possible   seen alike or heard alike: a person looks at both

One person in one studio with another text looks the same for whole seconds, and everybody may begin with the same card
and jingle. So alikeness counts only where it lasts through what the two have in common, and nothing is certain that
sounds different. Thresholds were chosen on one set of videos (`SOURCES` in scripts/bench_families.py) and hold on
another: `scripts/bench families --corpus FOLDER`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from relay.intake import families, sound_prints, views
from relay.intake.families import NEAR, NEARER
from relay.intake.sound_prints import SoundFit
from relay.models import Certainty

FRAMES_PER_SECOND = 2
COARSE, COARSE_NEAR, COARSE_SHARE = 12, 66, 0.2
"""So many frames of the one are looked for in the other first, this near, and so many of them must be there."""
POSSIBLE, POSSIBLE_THOUGH_HEARD = 0.3, 0.6
"""Shares of the frames in order; the second where the sound says that it is another recording."""
CLOSE = 46
"""Bits: between the same frame coded again (31) and one with a logo (60)."""
CERTAIN_SEEN, CERTAIN_SEEN_ALONE = 0.5, 0.8
IN_EACH_HALF = 0.3
"""Least share that fits in each half of what both have: a card or a jingle that two begin with is in one of them."""
STILL = 0.6
"""Of what fits at the best offset, that may fit two seconds beside it too, before the picture is called still."""
LEAST_SEEN, LEAST_SEEN_ALONE, LEAST_HEARD, LEAST_HEARD_SURELY = 3, 8, 2.0, 3.0
"""Frames, frames, seconds, seconds."""
SHARE_OF_SHORTER, SHARE_OF_SEEN = 0.4, 0.25
HEARD_SURELY, HEARD_POSSIBLY, HEARD_OTHERWISE = 2.2, 1.8, 1.3
"""Margins of `SoundFit`. Unrelated sounds stay below 1.1."""
HEARD_SHARE = 0.5
HEARD_ENOUGH = 4.0
"""Seconds that must be heard of both before the sound may say that they are two recordings."""

Table = NDArray[np.uint64]
Grid = NDArray[np.int16]
Places = NDArray[np.intp]
Groups = tuple[Table, NDArray[np.intp]]
"""Rows, and where each group of them begins."""
MOSTLY = ("whole", "bare")
NOTHING: Table = np.empty((0, families.BYTES // 8), np.uint64)
MIRROR: Table = np.frombuffer(families.MIRROR.tobytes(), np.uint64)


@dataclass(frozen=True)
class Fingerprint:
    """What a recording is known by. `views`: prints by name of the view; `sounds`: words, see sound_prints."""

    views: Mapping[str, Table]
    sounds: bytes = b""
    seconds_heard: float = field(default=0.0)

    @classmethod
    def of(cls, pictures: Mapping[str, bytes], sounds: bytes = b"") -> Fingerprint:
        """From prints as they are kept."""
        bits = sound_prints.signs(sounds)
        heard = sound_prints.heard(bits) / sound_prints.PER_SECOND
        return cls({name: views.as_rows(rows) for name, rows in pictures.items()}, sounds, heard)

    @cached_property
    def dark(self) -> bool:
        """Whether there is hardly a frame to see anything in."""
        whole = self.views.get("whole")
        return whole is None or int(whole.any(axis=1).sum()) < LEAST_SEEN

    @cached_property
    def samples(self) -> tuple[Groups, Groups]:
        """A few frames of each view, as they are, mirrored and turned; and those of the whole picture alone."""
        few = {name: few_of(rows) for name, rows in self.views.items()}
        mostly = [few[name] for name in MOSTLY if name in few]
        turned = families.turned(few["whole"]) if len(few.get("whole", ())) else []
        every = [*few.values(), *(rows ^ MIRROR for rows in few.values()), *turned]
        return _grouped(every), _grouped([*mostly, *(rows ^ MIRROR for rows in mostly)])

    @cached_property
    def mostly(self) -> Table:
        return self._together(*(name for name in self.views if name in MOSTLY))

    @cached_property
    def rarely(self) -> Table:
        return self._together(*(name for name in self.views if name not in MOSTLY))

    def without(self, pictures: Table, sounds: bytes) -> Fingerprint:
        """The same, as if a piece that many use were not there: neither its pictures nor its sound count."""
        kept = {name: rows.copy() for name, rows in self.views.items()}
        if len(pictures) and len(kept.get("whole", ())):
            common = grid(kept["whole"], pictures).min(axis=1) <= NEARER
            for rows in kept.values():
                rows[common[: len(rows)]] = 0
        words = sound_prints.without(self.sounds, sounds)
        return Fingerprint(kept, words, sound_prints.heard(sound_prints.signs(words)) / sound_prints.PER_SECOND)

    def _together(self, *names: str) -> Table:
        good = [rows[rows.any(axis=1)] for rows in (self.views[name] for name in names)]
        return np.concatenate([NOTHING, *good])


@dataclass(frozen=True, slots=True)
class Likeness:
    """`offset`: where the second begins in the first, in seconds. `seen`: share of the frames, 0 to 1, that are the
    same there; `heard`: of the seconds, None where there is nothing to hear. `mirrored`: the one is a mirror image.
    """

    certainty: Certainty
    offset: float
    seen: float
    heard: float | None
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class PictureFit:
    """How two rows of pictures fit at an offset: shares of the frames that both have there, by how near they are.

    `frames`: that both have there, of which `good` are not flat. `lesser`: as `near`, of the half with less of them.
    `still`: it fits as well elsewhere.
    """

    offset: float
    near: float
    close: float
    nearer: float
    frames: int
    good: int
    lesser: float = 0.0
    still: bool = False
    mirrored: bool = False


def compare(a: Fingerprint, b: Fingerprint) -> Likeness | None:
    """None: two recordings, as far as one can see and hear."""
    sound = _heard(a, b, (1.0,))
    if sound is not None and sound.margin >= HEARD_POSSIBLY:
        return _judged(a, b, _seen_at(a, b, sound.offset, sound.tempo), sound)
    seen = _seen(a, b)
    if seen is None and not (a.dark or b.dark):
        return None
    other = _heard(a, b, sound_prints.TEMPOS[1:])
    if other is not None and other.margin >= HEARD_SURELY:
        return _judged(a, b, _seen_at(a, b, other.offset, other.tempo) or seen, other)
    return _judged(a, b, seen, sound)


def _judged(a: Fingerprint, b: Fingerprint, seen: PictureFit | None, sound: SoundFit | None) -> Likeness | None:
    certainty = _certainty(a, b, seen, sound)
    if certainty is None:
        return None
    fits = sound is not None and sound.margin >= HEARD_POSSIBLY
    offset = sound.offset if sound is not None and fits else seen.offset if seen is not None else 0.0
    return Likeness(
        certainty,
        offset=round(offset, 3),
        seen=round(seen.near, 3) if seen is not None else 0.0,
        heard=round(min(1.0, sound.matched / sound.seconds), 3) if sound is not None and sound.seconds else None,
        mirrored=seen is not None and seen.mirrored,
    )


def _certainty(a: Fingerprint, b: Fingerprint, seen: PictureFit | None, sound: SoundFit | None) -> Certainty | None:
    matched = sound is not None and sound.margin >= HEARD_POSSIBLY and sound.matched >= HEARD_SHARE * sound.seconds
    if sound is not None and matched and sound.matched >= LEAST_HEARD:
        well = sound.margin >= HEARD_SURELY and sound.matched >= LEAST_HEARD_SURELY
        sure = well and seen is not None and _enough(seen) and _lasts(seen, sound)
        return Certainty.certain if sure else Certainty.possible
    if seen is None or not _enough(seen):
        return None
    if min(a.seconds_heard, b.seconds_heard) >= HEARD_ENOUGH and not matched:
        return Certainty.possible if seen.close >= POSSIBLE_THOUGH_HEARD else None
    if seen.near < POSSIBLE:
        return None
    alone = seen.nearer * seen.good >= CERTAIN_SEEN_ALONE * seen.frames and seen.good >= LEAST_SEEN_ALONE
    return Certainty.certain if alone and not seen.still else Certainty.possible


def _lasts(seen: PictureFit, sound: SoundFit) -> bool:
    return seen.near >= CERTAIN_SEEN and min(seen.lesser, sound.lesser) >= IN_EACH_HALF


def _enough(seen: PictureFit) -> bool:
    return seen.good >= LEAST_SEEN and seen.good >= SHARE_OF_SEEN * seen.frames


def _heard(a: Fingerprint, b: Fingerprint, tempos: tuple[float, ...]) -> SoundFit | None:
    if min(a.seconds_heard, b.seconds_heard) * sound_prints.PER_SECOND < sound_prints.LEAST_ROWS:
        return None
    return sound_prints.best_fit(a.sounds, b.sounds, tempos)


def _pairs(a: Fingerprint, b: Fingerprint) -> Iterator[tuple[Table, Table, bool]]:
    """Rows that may be of the same pictures, and whether the first are mirrored."""
    for one, other in views.PAIRS:
        first, second = a.views.get(one), b.views.get(other)
        if first is not None and second is not None and len(first) and len(second):
            yield first, second, False
            yield first ^ MIRROR, second, True
    first, second = a.views.get("whole"), b.views.get("whole")
    if first is not None and second is not None and len(first) and len(second):
        for turned in families.turned(first):
            yield turned, second, False


def _seen(a: Fingerprint, b: Fingerprint) -> PictureFit | None:
    """The best fit of the pictures, wherever it is."""
    if not (_any_promising(a.samples[0], b.mostly) or _any_promising(a.samples[1], b.rarely)):
        return None
    fits = [_best(first, second, mirrored) for first, second, mirrored in _pairs(a, b) if _promising(first, second)]
    return max((fit for fit in fits if fit is not None), key=lambda fit: (fit.near, fit.nearer), default=None)


def _seen_at(a: Fingerprint, b: Fingerprint, offset: float, tempo: float) -> PictureFit | None:
    """The best fit of the pictures at that offset."""
    fits = [_fit_at(first, second, offset, tempo, mirrored=mirrored) for first, second, mirrored in _pairs(a, b)]
    return max((fit for fit in fits if fit is not None), key=lambda fit: (fit.near, fit.nearer), default=None)


def few_of(rows: Table) -> Table:
    some = rows[:: max(1, len(rows) // COARSE)]
    return some[some.any(axis=1)]


def _grouped(groups: Sequence[Table]) -> Groups:
    """One table of them all, so that they are compared in one go."""
    filled = [rows for rows in groups if len(rows)]
    starts = np.cumsum([0, *(len(rows) for rows in filled[:-1])])
    return np.concatenate([NOTHING, *filled]), starts


def _any_promising(some: Groups, others: Table) -> bool:
    """Whether some group has enough frames that are found among the others."""
    rows, starts = some
    if not len(rows) or not len(others):
        return False
    differing = np.bitwise_count(rows[:, None, :] ^ others[None, :, :]).sum(axis=2, dtype=np.int16).min(axis=1)
    counts = np.diff([*starts, len(rows)])
    return bool((np.add.reduceat(differing <= COARSE_NEAR, starts, dtype=np.intp) >= COARSE_SHARE * counts).any())


def _promising(a: Table, b: Table) -> bool:
    good = few_of(a)
    return bool(len(good)) and float((grid(good, b).min(axis=1) <= COARSE_NEAR).mean()) >= COARSE_SHARE


def grid(a: Table, b: Table) -> Grid:
    """Bits between each frame of the one and each of the other; more than there are where one is flat."""
    differing = np.bitwise_count(a[:, None, :] ^ b[None, :, :]).sum(axis=2, dtype=np.int16)
    both: NDArray[np.bool_] = np.logical_and.outer(a.any(axis=1), b.any(axis=1))
    differing[~both] = families.BYTES * 8 + 1
    return differing  # type: ignore[no-any-return]


def _best(a: Table, b: Table, mirrored: bool) -> PictureFit | None:
    """The offset at which the largest share of the frames fits; a frame may be one beside its place."""
    bits = grid(a, b)
    good = bits <= families.BYTES * 8
    offsets = (np.arange(len(b))[None, :] - np.arange(len(a))[:, None] + len(a) - 1).ravel()
    count = len(a) + len(b) - 1
    both = np.bincount(offsets, good.ravel(), count)
    least = max(LEAST_SEEN, SHARE_OF_SHORTER * min(a.any(axis=1).sum(), b.any(axis=1).sum()))
    near, close, nearer = (
        np.where(both >= least, _along(bits <= most, good, offsets, count) / np.maximum(both, 1), 0.0)
        for most in (NEAR, CLOSE, NEARER)
    )
    exact = np.bincount(offsets, ((bits <= NEARER) & good).ravel(), count) / np.maximum(both, 1)
    best = int((near + nearer / 100 + exact / 1000).argmax())
    if not near[best]:
        return None
    places = np.arange(count)
    elsewhere = nearer[np.abs(places - best) >= 2 * FRAMES_PER_SECOND]
    shift = best - len(a) + 1
    frames = min(len(a), len(b) - shift) - max(0, -shift)
    return PictureFit(
        offset=-shift / FRAMES_PER_SECOND,
        near=float(near[best]),
        close=float(close[best]),
        nearer=float(nearer[best]),
        frames=frames,
        good=int(both[best]),
        still=bool(elsewhere.size and elsewhere.max() >= STILL * nearer[best]),
        mirrored=mirrored,
    )


def _along(near: NDArray[np.bool_], good: NDArray[np.bool_], offsets: Places, count: int) -> Places:
    """How many frames fit at each offset."""
    wide = near.copy()
    wide[:, 1:] |= near[:, :-1]
    wide[:, :-1] |= near[:, 1:]
    return np.bincount(offsets, (wide & good).ravel(), count)


def _fit_at(a: Table, b: Table, offset: float, tempo: float, *, mirrored: bool) -> PictureFit | None:
    times = np.arange(len(a))
    places = np.round((times - offset * FRAMES_PER_SECOND) / tempo).astype(np.intp)
    inside = (places >= 0) & (places < len(b))
    if not inside.any():
        return None
    rows, places = a[inside], places[inside]
    around = np.clip(places[:, None] + np.array([-1, 0, 1]), 0, len(b) - 1)
    differing = np.bitwise_count(rows[:, None, :] ^ b[around]).sum(axis=2, dtype=np.int16).min(axis=1)
    good = rows.any(axis=1) & b[places].any(axis=1)
    count = int(good.sum())
    near, close, nearer = (float((differing[good] <= bits).sum()) / max(1, count) for bits in (NEAR, CLOSE, NEARER))
    lesser = sound_prints.lesser_half(differing[good] <= NEAR)
    return PictureFit(
        offset, near, close, nearer, frames=int(inside.sum()), good=count, lesser=lesser, mirrored=mirrored
    )
