"""Coasts, lakes and rivers: Natural Earth (public domain, see docs/credits.md), made by scripts/outline.

The file has a line for each shape of each tile; see there how it is written.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FILE = "outline.tsv.gz"
TILE = 4
"""Degrees, to the east and to the north."""
UNITS = 200
"""In a degree."""

Line = tuple[tuple[float, float], ...]
"""Points, degrees east and north."""


@dataclass(frozen=True, slots=True)
class MapShape:
    """`kind`: `land`, `coast`, `lake` or `river`. An area's second line and all after it are holes in it."""

    kind: str
    lines: tuple[Line, ...]


def within(west: float, south: float, east: float, north: float) -> Iterator[MapShape]:
    """What may be seen between these degrees, of tiles that touch them."""
    for x in range(math.floor(west / TILE), math.floor(east / TILE) + 1):
        for y in range(math.floor(south / TILE), math.floor(north / TILE) + 1):
            for row in _tiles().get((str(x), str(y)), ()):
                yield _shape(row, x, y)


@cache
def _tiles() -> Mapping[tuple[str, str], list[str]]:
    """Lines by tile, unread: a map needs few of them."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in gzip.decompress(files(__package__).joinpath(FILE).read_bytes()).decode().splitlines():
        kind, x, y, rest = line.split("\t", 3)
        found.setdefault((x, y), []).append(f"{kind}\t{rest}")
    return found


def _shape(row: str, x: int, y: int) -> MapShape:
    kind, _, lines = row.partition("\t")
    return MapShape(kind, tuple(_line(steps, x * TILE * UNITS, y * TILE * UNITS) for steps in lines.split("|")))


def _line(steps: str, east: int, north: int) -> Line:
    points = []
    for step in steps.split(" "):
        right, _, up = step.partition(",")
        east, north = east + int(right), north + int(up)
        points.append((east / UNITS, north / UNITS))
    return tuple(points)
