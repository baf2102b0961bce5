"""Strokes drawn over a frame, as numbers that every size of the picture can show. Pure.

A point is (x, y), 0 to 1 from the frame's left and upper edge. What a browser sends is checked here, so that nothing
but such strokes is ever kept or drawn.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from relay.errors import Refused

MOST_STROKES, MOST_POINTS, LONGEST = 24, 240, 60_000
"""Strokes of a drawing, points of a stroke, and letters of the form's field."""
DIGITS = 4
WIDE, HIGH = 1600.0, 900.0
"""Units of the picture that strokes are drawn into: a frame of 16:9, stretched over frames of any shape."""
HEAD, OPENING = 36.0, math.radians(28)
"""An arrow's head: the length of its two lines in such units, and their angle to its shaft."""


class Tool(StrEnum):
    pen = "pen"
    arrow = "arrow"
    rectangle = "rectangle"


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stroke:
    """`points`: a pen's way; of an arrow tail and head, of a rectangle two opposite corners."""

    tool: Tool
    points: tuple[Point, ...]


def read(text: str) -> list[Stroke]:
    """The field of a form: JSON, `[{"tool": "pen", "points": [[0.1, 0.2], …]}, …]`. Empty: nothing. Raises Refused."""
    if not text.strip():
        return []
    if len(text) > LONGEST:
        raise _too_much()
    try:
        found = json.loads(text)
        return strokes(found)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Refused("This is no drawing.", hint="Draw it again.") from error


def strokes(kept: Sequence[Mapping[str, Any]]) -> list[Stroke]:
    """What `stored` was given, or a browser has sent. Raises ValueError, TypeError, KeyError and Refused."""
    if not isinstance(kept, list):
        raise TypeError("a drawing is a list")
    if len(kept) > MOST_STROKES:
        raise _too_much()
    return [_stroke(Tool(one["tool"]), one["points"]) for one in kept]


def stored(drawn: Sequence[Stroke]) -> list[dict[str, Any]]:
    """As a column of JSON keeps it."""
    return [{"tool": one.tool.value, "points": [list(point) for point in one.points]} for one in drawn]


def path(stroke: Stroke) -> str:
    """What an SVG path of WIDE × HIGH is drawn by."""
    points = [(x * WIDE, y * HIGH) for x, y in stroke.points]
    if stroke.tool is Tool.rectangle:
        (left, top), (right, bottom) = points
        return f"{_line([(left, top), (right, top), (right, bottom), (left, bottom)])}Z"
    if stroke.tool is Tool.arrow:
        return _line(points) + "".join(_line([end, points[1]]) for end in _barbs(*points))
    return _line(points if len(points) > 1 else points * 2)


def _barbs(tail: Point, head: Point) -> list[Point]:
    back = math.atan2(tail[1] - head[1], tail[0] - head[0])
    return [(head[0] + HEAD * math.cos(back + turn), head[1] + HEAD * math.sin(back + turn))
            for turn in (-OPENING, OPENING)]  # fmt: skip


def _line(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _stroke(tool: Tool, points: Sequence[Sequence[float]]) -> Stroke:
    if len(points) > MOST_POINTS:
        raise _too_much()
    needed = len(points) > 0 if tool is Tool.pen else len(points) == 2
    if not needed:
        raise ValueError("a stroke of other points than its tool has")
    return Stroke(tool, tuple((_share(x), _share(y)) for x, y in points))


def _share(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("a point outside of the frame")
    return round(float(value), DIGITS)


def _too_much() -> Refused:
    return Refused("There is too much in this drawing.", hint="Draw less, or write a second remark.")
