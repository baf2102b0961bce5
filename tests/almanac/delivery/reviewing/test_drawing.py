from __future__ import annotations

import json

import pytest

from relay.almanac.delivery.reviewing import drawing
from relay.almanac.delivery.reviewing.drawing import LONGEST, MOST_POINTS, MOST_STROKES, Stroke, Tool
from relay.errors import Refused

PEN = {"tool": "pen", "points": [[0, 0], [0.5, 1]]}


def test_strokes_come_back_as_they_were_drawn() -> None:
    sent = json.dumps([PEN, {"tool": "arrow", "points": [[0.123456, 0.2], [0.3, 0.4]]}])
    read = drawing.read(sent)
    assert read == [
        Stroke(Tool.pen, ((0.0, 0.0), (0.5, 1.0))),
        Stroke(Tool.arrow, ((0.1235, 0.2), (0.3, 0.4))),
    ]
    assert drawing.strokes(drawing.stored(read)) == read


@pytest.mark.parametrize("nothing", ["", "  ", "[]"])
def test_nothing_is_no_drawing(nothing: str) -> None:
    assert drawing.read(nothing) == []


@pytest.mark.parametrize(
    "sent",
    [
        "x",
        "{}",
        "null",
        "[1]",
        '[{"tool": "pen"}]',
        '[{"tool": "brush", "points": [[0, 0]]}]',
        '[{"tool": "pen", "points": []}]',
        '[{"tool": "pen", "points": [[0]]}]',
        '[{"tool": "pen", "points": [[0, 1.01]]}]',
        '[{"tool": "pen", "points": [[-0.01, 1]]}]',
        '[{"tool": "pen", "points": [[NaN, 1]]}]',
        '[{"tool": "pen", "points": [[true, 1]]}]',
        '[{"tool": "pen", "points": [["0", "1"]]}]',
        '[{"tool": "arrow", "points": [[0, 0]]}]',
        '[{"tool": "rectangle", "points": [[0, 0], [1, 1], [0, 1]]}]',
        "[" * 20_000,
    ],
)
def test_what_is_no_drawing_is_refused(sent: str) -> None:
    with pytest.raises(Refused, match="no drawing"):
        drawing.read(sent)


def test_a_drawing_has_its_bounds() -> None:
    def point(times: int) -> dict[str, object]:
        return {"tool": "pen", "points": [[0.5, 0.5]] * times}

    assert len(drawing.read(json.dumps([point(1)] * MOST_STROKES))) == MOST_STROKES
    assert len(drawing.read(json.dumps([point(MOST_POINTS)]))[0].points) == MOST_POINTS
    for too_much in ([point(1)] * (MOST_STROKES + 1), [point(MOST_POINTS + 1)]):
        with pytest.raises(Refused, match="too much"):
            drawing.read(json.dumps(too_much))
    with pytest.raises(Refused, match="too much"):
        drawing.read(f"[{' ' * LONGEST}]")


@pytest.mark.parametrize(
    ("stroke", "path"),
    [
        (Stroke(Tool.pen, ((0.0, 0.0), (0.5, 1.0))), "M0.0 0.0L800.0 900.0"),
        (Stroke(Tool.pen, ((0.5, 0.5),)), "M800.0 450.0L800.0 450.0"),
        (Stroke(Tool.rectangle, ((0.25, 0.5), (0.5, 1.0))), "M400.0 450.0L800.0 450.0L800.0 900.0L400.0 900.0Z"),
    ],
)
def test_strokes_are_paths(stroke: Stroke, path: str) -> None:
    assert drawing.path(stroke) == path


def test_an_arrow_has_its_head_where_it_points() -> None:
    shaft, *barbs = drawing.path(Stroke(Tool.arrow, ((0.0, 0.5), (0.5, 0.5)))).split("M")[1:]
    assert shaft == "0.0 450.0L800.0 450.0"
    assert [one.split("L")[1] for one in barbs] == ["800.0 450.0"] * 2
    assert {float(one.split()[0]) < 800 for one in barbs} == {True}
