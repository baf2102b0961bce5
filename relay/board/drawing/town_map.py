"""Towns as circles, over coasts, lakes and rivers. Pure but for the outline, which is read once.

An even map: both sides are in degrees, those to the east shrunk by the cosine of the middle, right for a region.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, cos, floor, hypot, radians, sqrt

from relay.board.drawing import svg
from relay.board.map import outline
from relay.board.map.outline import Line, MapShape

SMALLEST = 1.2
"""Degrees from south to north that a map shows at the least: one town alone has its surroundings."""
ROUND = 0.18
"""So much of the span is shown beyond the outermost towns."""
LEAST_DOT, MOST_DOT = 4.0, 20.0
USUAL_WIDTH = 760
"""Of a picture whose largest circle is as large as that."""
LETTER = 6.6
MOST_NAMES, LONGEST_NAME = 40, 24
STEPS = (0.25, 0.5, 1, 2, 5, 10, 20, 30)
FAR = 6.0
"""A town lies far away where it is so many times further from the middle than the town in the middle of all."""
NEAR = 2.0
"""Degrees within which nothing is far."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class MapTown:
    name: str
    east: float
    north: float
    clips: int


@dataclass(frozen=True, slots=True)
class MapFrame:
    """Degrees, and the picture's own width and height."""

    west: float
    south: float
    east: float
    north: float
    width: float
    height: float

    def at(self, east: float, north: float) -> tuple[float, float]:
        x = (east - self.west) / (self.east - self.west) * self.width
        return x, (self.north - north) / (self.north - self.south) * self.height


@dataclass(frozen=True, slots=True)
class MapWords:
    title: str
    description: str


def near_and_far(towns: Sequence[MapTown]) -> tuple[list[MapTown], list[MapTown]]:
    """Those of the region, and the few so far away that the region would be a dot beside them."""
    if len(towns) < 3:
        return list(towns), []
    middle = _median([town.east for town in towns]), _median([town.north for town in towns])
    away = [_apart(town, middle) for town in towns]
    limit = max(NEAR, FAR * _median(away))
    pairs = list(zip(towns, away, strict=True))
    return [town for town, far in pairs if far <= limit], [town for town, far in pairs if far > limit]


def town_map(name: str, towns: Sequence[MapTown], words: MapWords, *, width: int = 760, tallest: int = 520) -> str:
    """Of these towns, all of them; empty where there is none. Towns without an approved clip are rings."""
    if not towns:
        return ""
    frame = framed(towns, width, tallest)
    parts = [
        svg.tag("rect", x=0, y=0, width=frame.width, height=frame.height, class_="water"),
        *_ground(frame),
        *_degrees(frame),
        *_dots(frame, towns),
    ]
    return svg.picture(name, frame.width, frame.height, words.title, words.description, parts, "map")


def framed(towns: Sequence[MapTown], width: int, tallest: int) -> MapFrame:
    """Around all towns, in the shape of the picture."""
    west, east = min(town.east for town in towns), max(town.east for town in towns)
    south, north = min(town.north for town in towns), max(town.north for town in towns)
    shrunk = max(0.1, cos(radians((south + north) / 2)))
    tall = max(SMALLEST, (north - south) * (1 + 2 * ROUND))
    wide = max(SMALLEST, (east - west) * shrunk * (1 + 2 * ROUND))
    shape = min(max(tall / wide, 0.45), tallest / width)
    tall, wide = max(tall, wide * shape), max(wide, tall / shape)
    half_east, half_north = wide / shrunk / 2, tall / 2
    middle = (west + east) / 2, (south + north) / 2
    return MapFrame(
        middle[0] - half_east,
        middle[1] - half_north,
        middle[0] + half_east,
        middle[1] + half_north,
        width,
        width * shape,
    )


def _ground(frame: MapFrame) -> Iterator[str]:
    shapes = list(outline.within(frame.west, frame.south, frame.east, frame.north))
    for kind in ("land", "river", "lake", "coast"):
        found = [path for shape in shapes if shape.kind == kind if (path := _path(frame, shape))]
        if found:
            yield svg.tag("path", d="".join(found), class_=kind)


def _path(frame: MapFrame, shape: MapShape) -> str:
    """Empty for what lies outside."""
    closed = "Z" if shape.kind in ("land", "lake") else ""
    lines = [_thinned(frame, line) for line in shape.lines]
    if not any(_is_seen(frame, line) for line in lines):
        return ""
    return "".join("M" + "L".join(f"{svg.number(x)},{svg.number(y)}" for x, y in line) + closed for line in lines)


def _thinned(frame: MapFrame, line: Line) -> list[tuple[float, float]]:
    """Without points that lie on the one before, as the picture has it."""
    points = [frame.at(*point) for point in line]
    kept = points[:1]
    for point in points[1:-1]:
        if hypot(point[0] - kept[-1][0], point[1] - kept[-1][1]) >= 1:
            kept.append(point)
    return kept + points[1:][-1:]


def _is_seen(frame: MapFrame, line: Sequence[tuple[float, float]]) -> bool:
    xs, ys = [point[0] for point in line], [point[1] for point in line]
    return max(xs) >= 0 and min(xs) <= frame.width and max(ys) >= 0 and min(ys) <= frame.height


def _degrees(frame: MapFrame) -> Iterator[str]:
    """A grid, with its degrees at the side."""
    step = next((step for step in STEPS if (frame.north - frame.south) / step <= 5), STEPS[-1])
    for north in _steps(frame.south, frame.north, step):
        y = frame.at(0, north)[1]
        yield svg.tag("line", x1=0, y1=y, x2=frame.width, y2=y, class_="degree")
        yield svg.words(_degree(north, "N", "S"), 4, y - 3, class_="degrees")
    for east in _steps(frame.west, frame.east, step * 2):
        x = frame.at(east, 0)[0]
        yield svg.tag("line", x1=x, y1=0, x2=x, y2=frame.height, class_="degree")
        yield svg.words(_degree(east, "E", "W"), x + 3, frame.height - 4, class_="degrees")


def _steps(low: float, high: float, step: float) -> Iterable[float]:
    return (number * step for number in range(ceil(low / step), floor(high / step) + 1))


def _degree(value: float, positive: str, negative: str) -> str:
    return f"{abs(value):g}° {positive if value >= 0 else negative}"


def _dots(frame: MapFrame, towns: Sequence[MapTown]) -> Iterator[str]:
    """The largest first, so that none hides another; then names, where there is room for them."""
    most = max(1, *(town.clips for town in towns))
    dots = [_dot(frame, town, most) for town in sorted(towns, key=lambda town: (-town.clips, town.name))]
    for dot in dots:
        yield svg.tag("circle", cx=dot.x, cy=dot.y, r=dot.size, class_="town" if dot.town.clips else "town empty")
    taken = [dot.box for dot in dots]
    for dot in dots[:MOST_NAMES]:
        told = dot.town.name if len(dot.town.name) <= LONGEST_NAME else f"{dot.town.name[: LONGEST_NAME - 1]}…"
        if (box := _free(frame, dot, len(told) * LETTER, taken)) is not None:
            taken.append(box)
            yield svg.words(told, box[0], box[3] - 3, class_="name")


@dataclass(frozen=True, slots=True)
class MapDot:
    town: MapTown
    x: float
    y: float
    size: float

    @property
    def box(self) -> Box:
        return self.x - self.size, self.y - self.size, self.x + self.size, self.y + self.size


def _dot(frame: MapFrame, town: MapTown, most: int) -> MapDot:
    """Its area is as large as its number."""
    largest = MOST_DOT * min(1.0, max(0.6, frame.width / USUAL_WIDTH))
    size = LEAST_DOT + (largest - LEAST_DOT) * sqrt(town.clips / most)
    return MapDot(town, *frame.at(town.east, town.north), size)


def _free(frame: MapFrame, dot: MapDot, long: float, taken: Sequence[Box]) -> Box | None:
    """On the right, on the left, below or above, whichever is free; None where none is."""
    right, left = dot.x + dot.size + 4, dot.x - dot.size - 4 - long
    under, over = dot.y + dot.size + 13, dot.y - dot.size - 5
    for x, base in ((right, dot.y + 4), (left, dot.y + 4), (dot.x - long / 2, under), (dot.x - long / 2, over)):
        box = x, base - 11, x + long, base + 3
        is_inside = x >= 0 and box[2] <= frame.width and box[1] >= 0 and box[3] <= frame.height
        if is_inside and not any(_touch(box, other) for other in taken if other != dot.box):
            return box
    return None


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _apart(town: MapTown, middle: tuple[float, float]) -> float:
    return hypot((town.east - middle[0]) * cos(radians(middle[1])), town.north - middle[1])


def _median(numbers: Sequence[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]
