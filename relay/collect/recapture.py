"""How many posts both channels missed, told from how far they agree (capture and recapture). Pure.

Two readers of one town, the walls and the search, each find a part of the same posts. What one found shows how large
a share the other one finds. Estimator: D. G. Chapman (1951). Interval: the transformed logit of M. Sadinle (2009),
which stays honest where the numbers are small or the readers agree completely.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.96
"""Of a two-sided 95 % interval."""


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
    low, high = _bounds(walls, search, both)
    return Estimate(
        walls, search, both, total, max(0.0, total - found), max(0.0, low - found), max(0.0, high - found)
    )


def _bounds(walls: int, search: int, both: int) -> tuple[float, float]:
    shared, only_walls, only_search = both + 0.5, walls - both + 0.5, search - both + 0.5
    unseen = only_walls * only_search / shared
    spread = math.exp(
        Z * math.sqrt(1 / shared + 1 / only_walls + 1 / only_search + shared / (only_walls * only_search))
    )
    found = walls + search - both
    return found - 0.5 + unseen / spread, found - 0.5 + unseen * spread
