"""Invented networks: who would show which post of a town, for the estimate of what all ways of finding posts missed.

Nothing is collected: each post is drawn with the chance that a wall, the search and people have of showing it, so
that hundreds of towns take seconds, and the truth is known. A seed makes the same town everywhere. Kinds:

plain        walls that are read, a search that shows a part
few          a dozen to seventy posts
personal     most posts stand on personal pages
ranked       the search prefers what is well known
capped       the search shows so many of the newest posts at a time: rushes are cut off
hidden       many pages are hidden from the search
dependent    walls whose pages break off, and which prefer what is well known as the search does
closed       a quarter of the walls is closed to us for a time, the search goes on
broken page  some walls lose a part of their posts, and nothing says so
emptied      the search shows nothing more from some day on
two networks one of them has no search
reposts      walls carry others' posts on, of which the search shows half as many
tags         several tags, of which the search knows some less well
late tags    up to one post in 25 gets its tag so late that every way mostly overlooks it

One more is never in turn: beyond, where walls and search prefer the same posts more than the estimate allows for.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from relay.estimate import Dependence, Judged, Overlap, judge


class TownKind(StrEnum):
    plain = "plain"
    few = "few"
    personal = "personal"
    ranked = "ranked"
    capped = "capped"
    hidden = "hidden"
    dependent = "dependent"
    closed = "closed"
    broken_page = "broken page"
    emptied = "emptied"
    two_networks = "two networks"
    reposts = "reposts"
    tags = "tags"
    late_tags = "late tags"
    beyond = "beyond"


IN_TURN = tuple(kind for kind in TownKind if kind is not TownKind.beyond)


@dataclass(frozen=True, slots=True)
class Way:
    """A way of finding posts: the chance of a usual post, and by how much its log odds rise with how well known a post
    is (standard normal).
    """

    chance: float
    known: float = 0.0

    def shows(self, dice: random.Random, known: float, share: float = 1.0) -> bool:
        if not self.chance:
            return False
        odds = math.log(self.chance / (1 - self.chance)) + self.known * known
        return dice.random() < share / (1 + math.exp(-odds))


@dataclass
class InventedTown:
    """`walls` and `elsewhere`: strata as relay.search.captures has them; `missed`: posts that no way showed, on the
    walls of each network, and `missed_elsewhere`.
    """

    kind: TownKind
    walls: dict[str, list[Overlap]]
    elsewhere: dict[str, list[Overlap]]
    missed: Counter[str]
    missed_elsewhere: int


def invented(seed: int, kind: TownKind | None = None) -> InventedTown:
    """All kinds in turn where none is asked for."""
    kind = kind or IN_TURN[seed % len(IN_TURN)]
    return _Plan(kind, random.Random(f"{kind} {seed}")).town()


def towns(seeds: Iterable[int]) -> list[InventedTown]:
    return [invented(seed) for seed in seeds]


def pooled(strata: Iterable[Sequence[Overlap]]) -> Overlap:
    return sum((part for parts in strata for part in parts), Overlap())


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one town: posts `found`, whether the bounds hold the truth, and how far apart they are, as a share of them."""

    kind: TownKind
    found: int
    holds: bool
    width: float


def on_walls(town: InventedTown, dependence: Dependence) -> Verdict | None:
    """None where nothing is said of any network; the truth is that of the networks of which something is said."""
    judged = judge(town.walls, dependence)
    truth = sum(missed for network, missed in town.missed.items() if network not in judged.untold)
    return _verdict(town, judged, truth)


def off_walls(town: InventedTown, dependence: Dependence) -> Verdict | None:
    """As `on_walls`, of posts elsewhere."""
    return _verdict(town, judge(town.elsewhere, dependence), town.missed_elsewhere)


def by_chapman(town: InventedTown) -> Verdict | None:
    """As Relay told it before: all walls as one, and Clopper and Pearson's interval of the share that they saw."""
    seen = pooled(town.walls.values())
    if not seen.both:
        return None
    least = _root(lambda share: 1 - _at_most(seen.both - 1, seen.second, share) - 0.025)
    most = 1.0 if seen.both == seen.second else _root(lambda share: 0.025 - _at_most(seen.both, seen.second, share))
    low, high = (max(0.0, seen.first / share - seen.found) for share in (most, least))
    return Verdict(town.kind, seen.found, low <= town.missed.total() <= high, (high - low) / seen.found)


def _at_most(hits: int, tries: int, share: float) -> float:
    """The chance of no more than `hits` out of `tries`."""
    odds, rest, whole = math.log(share), math.log1p(-share), math.lgamma(tries + 1)
    ways = (whole - math.lgamma(k + 1) - math.lgamma(tries - k + 1) for k in range(hits + 1))
    return math.fsum(math.exp(way + k * odds + (tries - k) * rest) for k, way in enumerate(ways))


def _root(rising: Callable[[float], float]) -> float:
    low, high = 1e-9, 1 - 1e-9
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2


def _verdict(town: InventedTown, judged: Judged, truth: int) -> Verdict | None:
    told = judged.estimate
    if told is None:
        return None
    return Verdict(town.kind, told.seen.found, told.low <= truth <= told.high, (told.high - told.low) / told.seen.found)


@dataclass
class _Plan:
    kind: TownKind
    dice: random.Random
    holes: dict[int, tuple[float, float]] = field(default_factory=dict)
    tagged: Sequence[float] = (1.0,)
    """How well the search knows each tag, beside the others."""

    def __post_init__(self) -> None:
        dice, kind = self.dice, self.kind
        self.posts = dice.randint(12, 70) if kind is TownKind.few else round(math.exp(dice.uniform(4.4, 8.3)))
        self.number = dice.randint(3, 60)
        self.personal = dice.uniform(0.7, 0.9) if kind is TownKind.personal else dice.uniform(0.2, 0.6)
        self.wall = Way(1 - math.exp(dice.uniform(math.log(0.003), math.log(0.06))))
        self.search = Way(dice.uniform(0.3, 0.85), dice.uniform(0, 0.5))
        self.people = Way(dice.choice([0.0, dice.uniform(0.02, 0.15)]), dice.uniform(-0.5, 0.5))
        self.late, self.indexed, self.cut, self.ends, self.silent, self.copies = (
            dice.uniform(0, 0.01),
            1.0,
            0.0,
            1.0,
            0.0,
            0.0,
        )
        self.broken: frozenset[int] = frozenset()
        self._changes_search()
        self._changes_the_rest()
        if kind is TownKind.closed or dice.random() < 0.15:
            for number in range(self.number):
                if dice.random() < 0.25:
                    begin = dice.random()
                    self.holes[number] = begin, begin + dice.uniform(0.1, 0.5)
        self.without_search = frozenset(number for number in range(self.number) if dice.random() < self.silent)
        self.weights = [1 / (rank + 1) ** 0.8 for rank in range(self.number)]

    def _changes_search(self) -> None:
        dice, chance = self.dice, self.search.chance
        match self.kind:
            case TownKind.ranked:
                self.search = Way(chance, dice.uniform(1, 2))
            case TownKind.capped:
                self.cut = dice.uniform(0.3, 0.8)
            case TownKind.hidden:
                self.indexed = dice.uniform(0.4, 0.8)
            case TownKind.emptied:
                self.ends = dice.uniform(0.3, 0.8)
            case TownKind.two_networks:
                self.silent = dice.uniform(0.3, 0.7)
            case TownKind.tags:
                self.tagged = [dice.uniform(0.3, 1.0) for _ in range(dice.randint(2, 4))]

    def _changes_the_rest(self) -> None:
        dice, chance = self.dice, self.search.chance
        match self.kind:
            case TownKind.dependent:
                self.wall = Way(dice.uniform(0.75, 0.97), dice.uniform(0.3, 1.0))
                self.search = Way(chance, dice.uniform(0.5, 1.2))
            case TownKind.beyond:
                self.wall, self.search = Way(dice.uniform(0.6, 0.8), 2.0), Way(chance, 2.0)
            case TownKind.broken_page:
                self.broken = frozenset(number for number in range(self.number) if dice.random() < 0.2)
            case TownKind.reposts:
                self.copies = dice.uniform(0.2, 0.5)
            case TownKind.late_tags:
                self.late = dice.uniform(0.01, 0.04)

    def town(self) -> InventedTown:
        seen: Counter[tuple[str, bool, bool, bool, bool]] = Counter(self._post() for _ in range(self.posts))
        walls: dict[str, dict[bool, Overlap]] = {}
        elsewhere, missed, missed_elsewhere = Overlap(), Counter[str](), 0
        for (network, listed, is_read, first, second), many in seen.items():
            overlap = Overlap(many * first, many * second, many * (first and second))
            if not listed:
                elsewhere += overlap
                missed_elsewhere += many * (not (first or second))
                continue
            strata = walls.setdefault(network, {})
            strata[is_read] = strata.get(is_read, Overlap()) + overlap
            missed[network] += many * (not (first or second))
        by_network = {network: list(strata.values()) for network, strata in walls.items()}
        return InventedTown(self.kind, by_network, {"vk": [elsewhere]}, missed, missed_elsewhere)

    def _post(self) -> tuple[str, bool, bool, bool, bool]:
        """Its network, whether it stands on a listed wall, whether that is read at present, and which ways showed it:
        on walls the wall, then search or people; elsewhere the search, then people.
        """
        dice = self.dice
        known, at, late = dice.gauss(0, 1), dice.random(), dice.random() < self.late
        listed = dice.random() >= self.personal
        wall = dice.choices(range(self.number), self.weights)[0]
        has_search = not listed or wall not in self.without_search
        share = dice.choice(self.tagged) * (1 - self.cut if self.cut and math.sin(20 * at) > 0.3 else 1.0)
        share *= (dice.random() < self.indexed) * (at < self.ends) * has_search * (0.3 if late else 1.0)
        share *= 0.5 if listed and dice.random() < self.copies else 1.0
        searched = self.search.shows(dice, known, share)
        handed_in = self.people.shows(dice, known)
        if not listed:
            return "vk", False, True, searched, handed_in
        begin, end = self.holes.get(wall, (2.0, 2.0))
        shown = not begin <= at <= end and self.wall.shows(dice, known, 0.3 if late else 1.0)
        shown = shown and not (wall in self.broken and dice.random() < 0.4)
        network = "vk" if has_search else "telegram"
        return network, True, wall not in self.holes, shown, searched or handed_in
