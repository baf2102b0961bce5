"""Where towns lie: GeoNames (CC BY 4.0, see docs/credits.md), made by scripts/gazetteer."""

from __future__ import annotations

import gzip
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import cos, hypot, radians
from statistics import median

FILE = "places.tsv.gz"
SHORT_NAMES: Mapping[str, str] = {
    "спб": "санкт-петербург", "с-пб": "санкт-петербург", "питер": "санкт-петербург", "петербург": "санкт-петербург",
}  # fmt: skip
"""What people call a town for short, folded."""
KINDS = frozenset(
    {
        *("г", "гор", "город", "п", "пос", "посёлок", "поселок", "пгт", "гп", "рп", "с", "село", "д", "дер", "деревня"),
        *("ст", "станица", "х", "хутор", "village", "town", "city"),
    }
)
"""Words that stand before a name, and are none: `г. Луга`, `д. Кипуя`."""


@dataclass(frozen=True, slots=True)
class TownSpot:
    """Degrees east and north; how many people live there."""

    east: float
    north: float
    population: int


def folded(name: str) -> str:
    """As names are compared: small letters, е for ё, one kind of dash, no apostrophes."""
    plain = name.casefold().replace("ё", "е").replace("‑", "-").replace("’", "").replace("'", "")
    return " ".join(plain.split())


def spots(name: str) -> list[TownSpot]:
    """All places of this name, as somebody wrote it; none where the tables have none."""
    wanted = _bare(name)
    rows = _lines()
    found = []
    for row in rows[bisect_left(rows, f"{wanted}\t") :]:
        key, east, north, people = row.split("\t")
        if key != wanted:
            break
        found.append(TownSpot(float(east), float(north), int(people)))
    return found


def located(names: Collection[str]) -> dict[str, TownSpot]:
    """Each name that the tables have, and where it lies.

    A name that several places share means the one that lies nearest to the rest: in a campaign of Leningrad's region
    `Кировск` is not the one behind the polar circle. Where nothing tells, it is the largest.
    """
    known = {name: found for name in names if (found := spots(name))}
    centre = _centre([found[0] for found in known.values() if len(found) == 1])
    return {name: _nearest(found, centre) for name, found in known.items()}


def _centre(sure: Sequence[TownSpot]) -> TownSpot | None:
    if not sure:
        return None
    return TownSpot(median(spot.east for spot in sure), median(spot.north for spot in sure), 0)


def _nearest(found: Sequence[TownSpot], centre: TownSpot | None) -> TownSpot:
    if centre is None:
        return max(found, key=lambda spot: spot.population)
    return min(found, key=lambda spot: distance(spot, centre))


def distance(one: TownSpot, other: TownSpot) -> float:
    """In degrees of a great circle, near enough for a map: the shorter way around."""
    apart = abs(one.east - other.east) % 360
    east = min(apart, 360 - apart) * cos(radians((one.north + other.north) / 2))
    return hypot(east, one.north - other.north)


def _bare(name: str) -> str:
    words = list(_words(name))
    bare = folded(" ".join(words))
    return SHORT_NAMES.get(bare, bare)


def _words(name: str) -> Iterator[str]:
    """Without what stands before a name, and without what follows a comma."""
    words = name.partition(",")[0].replace(".", ". ").split()
    while len(words) > 1 and words[0].casefold().rstrip(".") in KINDS:
        words = words[1:]
    yield from words


@cache
def _lines() -> list[str]:
    return gzip.decompress(files(__package__).joinpath(FILE).read_bytes()).decode().splitlines()
