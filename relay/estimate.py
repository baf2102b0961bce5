"""How many posts all channels missed, told from how far two of them agree (capture and recapture). Pure.

Two readers of one town each find a part of the same posts. The share of the second's finds that the first had seen as
well tells how much the first sees of everything; with `first only`, `second only` and `both`, what neither saw is
`first only · second only / both`, summed over strata within which each reader finds about equally well (C. C. Sekar,
W. E. Deming 1949). The count of D. G. Chapman (1951) puts `both + 1` below the line.

That takes for granted that the readers don't depend on each other, and readers do: what many talk about, both find, and
a tag that was added late both overlook. Two readers alone can't tell how much; therefore the odds ratio between them
is a Dependence, a distribution instead of the number 1, and the interval holds what it makes of the counts: draws from
the posterior of the three cells (gamma, each with half a post more) times one of the odds ratio, then a Poisson number.
How often that holds the truth: `scripts/bench coverage`, docs/operation.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

TAIL = 0.025
"""On each side of a 95 % interval."""
LEAST_SHARED = 7
"""Fewer shared posts say next to nothing: from seven on Chapman's count is nearly unbiased (D. S. Robson, H. A. Regier
1964).
"""
DRAWS = 4000
SEED = 80
MOST = 1e9
"""No town has more posts; numpy can't draw a Poisson number much larger."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """What is believed of the odds ratio between two readers before anything is counted: its logarithm is normal."""

    middle: float
    deviation: float


WITH_WALLS = Dependence(math.log(1.35), 0.3)
"""A wall is read to its end, whatever stands on it: the odds ratio lies between 0.75 and 2.4."""
WITHOUT_WALLS = Dependence(math.log(1.4), 0.35)
"""Search and people both prefer what is well known: between 0.7 and 2.8."""


class Untold(StrEnum):
    """Why nothing is said: one reader showed nothing at all, or both together too little (LEAST_SHARED)."""

    one_reader = "one reader"
    few_shared = "few shared"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Posts of a stratum: those that the first reader showed, the second, and both. Raises ValueError."""

    first: int = 0
    second: int = 0
    both: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.both <= min(self.first, self.second):
            raise ValueError(f"{self.both} shared posts out of {self.first} and {self.second}")

    @property
    def found(self) -> int:
        return self.first + self.second - self.both

    def __add__(self, other: Overlap) -> Overlap:
        return Overlap(self.first + other.first, self.second + other.second, self.both + other.both)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Numbers of posts. `missed` and its 95 % bounds: what neither reader found of the strata in `seen`."""

    seen: Overlap
    missed: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Judged:
    """`estimate`: of all groups of which something can be said; `untold`: why not of the others, with their posts."""

    estimate: Estimate | None
    untold: Mapping[str, tuple[Untold, Overlap]]


def judge(groups: Mapping[str, Sequence[Overlap]], dependence: Dependence) -> Judged:
    """`groups`: strata by what they are told apart by for people, such as a network. A group whose strata share too
    few posts is one stratum; where that is too few as well, nothing is said of it. Groups without a post are left out.
    """
    strata: list[Overlap] = []
    untold = {}
    for name, group in groups.items():
        parts = [part for part in group if part.found]
        whole = sum(parts, Overlap())
        if not parts:
            continue
        if not (whole.first and whole.second):
            untold[name] = (Untold.one_reader, whole)
        elif whole.both < LEAST_SHARED:
            untold[name] = (Untold.few_shared, whole)
        else:
            strata += parts if all(part.both >= LEAST_SHARED for part in parts) else [whole]
    return Judged(estimate(strata, dependence) if strata else None, untold)


def estimate(strata: Sequence[Overlap], dependence: Dependence) -> Estimate:
    """The same strata always make the same estimate."""
    import numpy as np

    dice = np.random.RandomState(SEED)  # its numbers stay the same in every version of numpy (NEP 19)
    ratio = np.exp(dependence.middle + dependence.deviation * dice.standard_normal(DRAWS))
    drawn, missed = np.zeros(DRAWS), 0.0
    for part in strata:
        cells = part.first - part.both, part.second - part.both, part.both
        first, second, both = (dice.gamma(cell + 0.5, size=DRAWS) for cell in cells)
        drawn += dice.poisson(np.minimum(ratio * first * second / both, MOST))
        missed += math.exp(dependence.middle) * cells[0] * cells[1] / (part.both + 1)
    low, high = np.quantile(drawn, (TAIL, 1 - TAIL))
    return Estimate(sum(strata, Overlap()), missed, min(float(low), missed), max(float(high), missed))
