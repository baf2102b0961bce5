"""What all ways of finding posts missed, as the report tells it: on listed walls, elsewhere; or why nobody can say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from relay.estimate import Estimate, Untold
from relay.search.captures import Missed


@dataclass(frozen=True, slots=True)
class MissedEstimate:
    """How many posts on listed walls neither the walls nor the search nor people have shown, see `missed`; `search`:
    what search and people showed, `both`: what of it the walls showed as well.
    """

    walls: int
    search: int
    both: int
    found: int
    missed: float
    missed_low: float
    missed_high: float
    confidence: float


@dataclass(frozen=True, slots=True)
class MissedElsewhere:
    """How many posts on pages that are not listed, personal ones above all, neither search nor people have shown, see
    `missed`; `others`: what people handed in, `both`: what of it the search showed as well.
    """

    search: int
    others: int
    both: int
    found: int
    missed: float
    missed_low: float
    missed_high: float
    confidence: float


@dataclass(frozen=True, slots=True)
class UntoldPosts:
    """`found` posts of a network, `on_walls` that are listed or elsewhere, of which it can't be told how many more
    there are. `why`: an Untold; `both`: so many were found in two ways.
    """

    network: str
    on_walls: bool
    why: Untold
    found: int
    both: int


def missed_on_walls(missed: Missed) -> MissedEstimate | None:
    if (told := missed.walls.estimate) is None:
        return None
    return MissedEstimate(walls=told.seen.first, search=told.seen.second, both=told.seen.both, **_bounds(told))


def missed_elsewhere(missed: Missed) -> MissedElsewhere | None:
    if (told := missed.elsewhere.estimate) is None:
        return None
    return MissedElsewhere(search=told.seen.first, others=told.seen.second, both=told.seen.both, **_bounds(told))


def untold_posts(missed: Missed) -> list[UntoldPosts]:
    return [
        UntoldPosts(network, on_walls, why, seen.found, seen.both)
        for on_walls, judged in ((True, missed.walls), (False, missed.elsewhere))
        for network, (why, seen) in sorted(judged.untold.items())
    ]


def _bounds(told: Estimate) -> dict[str, Any]:
    return {
        "found": told.seen.found,
        "missed": round(told.missed, 1),
        "missed_low": round(told.low, 1),
        "missed_high": round(told.high, 1),
        "confidence": 0.95,
    }
