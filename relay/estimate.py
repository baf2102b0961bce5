"""How many posts both channels missed, told from how far they agree (capture and recapture). Pure.

Two readers of one town, the walls and the search, each find a part of the same posts. The share of the search's finds
that the walls had seen as well tells how much the walls see of everything. Estimator: D. G. Chapman (1951). Interval:
that of Clopper and Pearson (1934) for the share, turned into numbers of posts, as G. A. F. Seber and C. J. Krebs
advise; it stays honest where the numbers are small or the readers agree completely.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

TAIL = 0.025
"""On each side of a 95 % interval."""
STEPS = 60


@dataclass(frozen=True, slots=True)
class Estimate:
    """Numbers of posts. `missed` and its bounds: what neither reader found; `total` with all that were found."""

    walls: int
    search: int
    both: int
    total: float
    missed: float
    missed_low: float
    missed_high: float

    @property
    def found(self) -> int:
        return self.walls + self.search - self.both


def chapman(walls: int, search: int, both: int) -> Estimate | None:
    """None where the two readers say nothing about each other: one found nothing, or they share nothing."""
    if not 0 <= both <= min(walls, search):
        raise ValueError(f"{both} shared posts out of {walls} and {search}")
    if both == 0:
        return None
    total = (walls + 1) * (search + 1) / (both + 1) - 1
    found = walls + search - both
    least, most = shares(both, search)
    low, high = (max(0.0, walls / share - found) for share in (most, least))
    return Estimate(walls, search, both, total, max(0.0, total - found), low, high)


def shares(hits: int, tries: int) -> tuple[float, float]:
    """The 95 % interval of a share of which `hits` out of `tries` were seen."""
    least = 0.0 if hits == 0 else _root(lambda share: 1 - _at_most(hits - 1, tries, share) - TAIL)
    most = 1.0 if hits == tries else _root(lambda share: TAIL - _at_most(hits, tries, share))
    return least, most


def _at_most(hits: int, tries: int, share: float) -> float:
    """The chance of no more than `hits` out of `tries`."""
    odds, rest = math.log(share), math.log1p(-share)
    return math.fsum(math.exp(ways + k * odds + (tries - k) * rest) for k, ways in enumerate(_ways(tries)[: hits + 1]))


@lru_cache(maxsize=4)
def _ways(tries: int) -> tuple[float, ...]:
    """The logarithm of the number of ways to choose 0, 1, … of `tries`. Looking for one root asks for it many times."""
    whole = math.lgamma(tries + 1)
    return tuple(whole - math.lgamma(k + 1) - math.lgamma(tries - k + 1) for k in range(tries + 1))


def _root(rising: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2
