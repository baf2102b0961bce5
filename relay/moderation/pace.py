"""How quickly people judge, and how well they agree. Pure: data in, data out.

The work of a person is the time between decisions that follow each other within SITTING; a longer pause is no work.
Agreement is told of clips that two people looked at without knowing of each other's verdict: the share of equal ones,
and Cohen's kappa, which takes off what chance alone would make equal (J. Cohen, "A coefficient of agreement for nominal
scales", Educational and Psychological Measurement 20, 1960).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

SITTING = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class WorkPace:
    """`hours` of work; `per_hour`: decisions in one; `seconds`: the median between two. None with fewer than two."""

    decisions: int
    hours: float
    per_hour: float | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of `clips` that were looked at twice, so many got the `same` verdict. `kappa` is None where chance can't differ
    (all verdicts are one and the same), or nothing was looked at twice.
    """

    clips: int
    same: int
    share: float | None
    kappa: float | None


def pace(times: Sequence[datetime]) -> WorkPace:
    """Of one person's decisions, in the order of their making."""
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times) if later - earlier <= SITTING]
    hours = sum(gaps) / 3600
    return WorkPace(
        decisions=len(times),
        hours=round(hours, 2),
        per_hour=round(len(gaps) / hours, 1) if hours else None,
        seconds=round(median(gaps), 1) if gaps else None,
    )


def agreement(pairs: Iterable[tuple[str, str]]) -> Agreement:
    """Of the first and the second verdict on each clip."""
    known = list(pairs)
    same = sum(first == second for first, second in known)
    if not known:
        return Agreement(0, 0, None, None)
    share = same / len(known)
    firsts, seconds = Counter(first for first, _ in known), Counter(second for _, second in known)
    by_chance = sum(firsts[verdict] * seconds[verdict] for verdict in firsts) / len(known) ** 2
    kappa = round((share - by_chance) / (1 - by_chance), 3) if by_chance < 1 else None
    return Agreement(len(known), same, round(share, 3), kappa)
