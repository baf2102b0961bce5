"""Draws Relay's rooms and what they import, floor by floor, out of the code itself: docs/architecture.svg.

Floors are those of the import contract in pyproject.toml. An arrow is left out where it leads through another room
anyway. `--check` writes nothing and exits with 1 where the drawing is not what the code is.
"""

from __future__ import annotations

import argparse
import ast
import sys
import textwrap
import tomllib
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import grimp

HOME = Path(__file__).resolve().parent.parent
DRAWING = HOME / "docs" / "architecture.svg"

WIDTH = 1240  # of the drawing, in pixels
MARGIN = 20
BOX = 62  # height of a room
LOW = 32  # of one that has a floor to itself
HEIGHTS = {"relay.almanac": 182}
WIDTHS = {"relay.almanac": 3.0}  # beside others of its floor
GAP = 34  # between floors, where the arrows run
SPACE = 16  # between rooms of a floor
LETTER = 6.4  # width of a letter of the small text, on the average
STYLE = """
  text { font-family: system-ui, "Noto Sans", sans-serif; fill: #1d2733 }
  .room { fill: #f6f2ea; stroke: #8a7a5c } .inner { fill: #fffdf8; stroke: #b9ab8c }
  .name { font-size: 15px; font-weight: 600 } .what { font-size: 11px; fill: #4d5a68 }
  .arrow { fill: none; stroke: #5b7a99; stroke-opacity: .55 } marker path { fill: #5b7a99 }
  .paper { fill: #ffffff }
"""


@dataclass
class Room:
    """A package or a module, and where it stands in the drawing (pixels from the left upper corner)."""

    module: str
    modules: int
    purpose: str
    imports: set[str] = field(default_factory=set)
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = BOX

    @property
    def name(self) -> str:
        return self.module.rpartition(".")[2] + ("/" if self.modules > 1 else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where the drawing is old")
    made = drawn()
    if not parser.parse_args().check:
        DRAWING.write_text(made, "utf-8")
    elif not DRAWING.exists() or DRAWING.read_text("utf-8") != made:
        sys.exit(f"{DRAWING.relative_to(HOME)} is not what the code is. Draw it anew: scripts/drawing")


def drawn() -> str:
    """The whole drawing as SVG."""
    graph = grimp.build_graph("relay", cache_dir=None)
    rooms, shapes, y = {}, [], float(MARGIN)
    for floor in _floors("relay"):
        row = [_room(graph, f"relay.{name}") for name in floor]
        _stand(row, y)
        for room in row:
            shapes += _box(room, "room")
            rooms[room.module] = room
            if room.module == "relay.almanac":
                shapes += _inside(graph, room)
        y += max(room.height for room in row) + GAP
    _connect(graph, rooms)
    lines = [_arrow(room, other) for room in rooms.values() for other in _nearest(room, rooms)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y - GAP + MARGIN:.0f}" role="img">'
    title = "<title>Relay's rooms, floor by floor: each imports only what lies below it</title>"
    tip = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>'
    )
    paper = '<rect class="paper" width="100%" height="100%"/>'
    return "\n".join([head, title, f"<style>{STYLE}</style>", tip, paper, *lines, *shapes, "</svg>", ""])


def _floors(container: str) -> list[list[str]]:
    """Names of the rooms of each floor, from the top one down, as the contract has them."""
    settings = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    contract = next(each for each in settings if each.get("containers") == [container])
    floors = [[name.strip() for name in layer.split("|")] for layer in contract["layers"]]
    return [[name for name in floor if name != "__main__"] for floor in floors if floor != ["__main__"]]


def _room(graph: grimp.ImportGraph, module: str) -> Room:
    return Room(module, 1 + len(graph.find_descendants(module)), _purpose(module))


def _purpose(module: str) -> str:
    """The first sentence of a module's docstring."""
    path = HOME / Path(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split()).partition(". ")[0].rstrip(".")


def _stand(row: list[Room], y: float) -> None:
    """Rooms of a floor share its width; one with rooms inside is wider and higher."""
    weights = [WIDTHS.get(room.module, 1.0) for room in row]
    whole = WIDTH - 2 * MARGIN - SPACE * (len(row) - 1)
    x = float(MARGIN)
    for room, weight in zip(row, weights, strict=True):
        room.x, room.y, room.width = x, y, whole * weight / sum(weights)
        room.height = HEIGHTS.get(room.module, LOW if len(row) == 1 else BOX)
        x += room.width + SPACE


def _inside(graph: grimp.ImportGraph, house: Room) -> list[str]:
    rooms = [_room(graph, f"{house.module}.{name}") for floor in _floors(house.module) for name in floor]
    half = (len(rooms) + 1) // 2
    width, height = (house.width - 20 - 8 * (half - 1)) / half, (house.height - BOX * 0.85 - 16) / 2
    for number, room in enumerate(rooms):
        column, line = number % half, number // half
        room.x, room.y = house.x + 10 + column * (width + 8), house.y + BOX * 0.85 + line * (height + 8)
        room.width, room.height = width, height
    return [shape for room in rooms for shape in _box(room, "inner")]


def _box(room: Room, kind: str) -> list[str]:
    lines = textwrap.wrap(room.purpose, max(12, int((room.width - 16) / LETTER)), max_lines=2, placeholder=" …")
    beside = room.height == LOW
    return [
        f'<rect class="{kind}" x="{room.x:.0f}" y="{room.y:.0f}" width="{room.width:.0f}" '
        f'height="{room.height:.0f}" rx="7"/>',
        f'<text class="name" x="{room.x + 10:.0f}" y="{room.y + 20:.0f}">{escape(room.name)}</text>',
        *(
            f'<text class="what" x="{room.x + (110 if beside else 10):.0f}" '
            f'y="{room.y + (20 if beside else 36 + 14 * number):.0f}">{escape(line)}</text>'
            for number, line in enumerate(lines)
        ),
    ]


def _connect(graph: grimp.ImportGraph, rooms: dict[str, Room]) -> None:
    for name, room in rooms.items():
        for module in {name} | graph.find_descendants(name):
            for imported in graph.find_modules_directly_imported_by(module):
                other = ".".join(imported.split(".")[:2])
                if other != name and other in rooms:
                    room.imports.add(other)


def _nearest(room: Room, rooms: dict[str, Room]) -> list[Room]:
    """What a room imports and none of the others that it imports does."""
    through = {far for near in room.imports for far in _below(near, rooms)}
    return [rooms[name] for name in sorted(room.imports - through)]


def _below(name: str, rooms: dict[str, Room]) -> set[str]:
    found: set[str] = set()
    left = set(rooms[name].imports)
    while left:
        other = left.pop()
        found.add(other)
        left |= rooms[other].imports - found
    return found


def _arrow(room: Room, other: Room) -> str:
    start, end = (room.x + room.width / 2, room.y + room.height), (other.x + other.width / 2, other.y)
    if room.y == other.y:
        start, end = (room.x + room.width, room.y + room.height / 2), (other.x, other.y + other.height / 2)
    bend = (end[1] - start[1]) / 2
    points = [start, (start[0], start[1] + bend), (end[0], end[1] - bend), end]
    words = [f"{x:.0f} {y:.0f}" for x, y in points]
    return f'<path class="arrow" marker-end="url(#tip)" d="M{words[0]} C{", ".join(words[1:])}"/>'


if __name__ == "__main__":
    main()
