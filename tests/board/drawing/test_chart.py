from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from relay.board.days import ChartColumn
from relay.board.drawing.chart import ChartWords, chart, nice_step

FIRST = date(2023, 1, 11)


def columns(*counts: tuple[int, int, int]) -> list[ChartColumn]:
    return [ChartColumn(FIRST + timedelta(days=n), FIRST + timedelta(days=n), *each) for n, each in enumerate(counts)]


def drawn(shown: list[ChartColumn], width: int = 760) -> ET.Element:
    words = ChartWords("By day", "Told", [f"{column.first:%d} Jan" for column in shown])
    return ET.fromstring(chart("c", shown, words, width=width))


def bars(root: ET.Element) -> list[tuple[str, float]]:
    return [
        (bar.get("class", "").split()[1], float(bar.get("height", "")))
        for bar in root.iter()
        if "bar " in bar.get("class", "")
    ]


def test_a_bar_is_as_high_as_its_number():
    heights = dict(bars(drawn(columns((10, 5, 1)))))
    assert heights["found"] == pytest.approx(2 * heights["fetched"], abs=0.2)
    assert heights["found"] == pytest.approx(10 * heights["approved"], abs=1)


def test_nothing_has_no_bar_and_no_day_no_label():
    assert bars(drawn(columns((0, 0, 0)))) == []
    empty = drawn([])
    assert [text.text for text in empty.iter("{*}text")] == ["0", "1"] or len(list(empty.iter())) > 3


@pytest.mark.parametrize("width", [340, 680, 760])
@pytest.mark.parametrize("number", [1, 2, 13, 31])
def test_all_of_it_lies_in_the_picture_and_labels_do_not_touch(number, width):
    root = drawn(columns(*[(n + 1, n, n // 2) for n in range(number)]), width)
    for bar in (each for each in root.iter() if "bar " in each.get("class", "")):
        assert 0 <= float(bar.get("x", "")) <= float(bar.get("x", "")) + float(bar.get("width", "")) <= width
    spots = [(float(t.get("x", "")), t.get("text-anchor")) for t in root.iter() if t.get("class") == "day"]
    assert spots
    middles = [x if anchor == "middle" else x - 20 for x, anchor in spots]
    assert all(later - earlier >= 42 for earlier, later in pairwise(middles))


@pytest.mark.parametrize(
    ("most", "step"), [(0, 1), (1, 1), (5, 1), (6, 2), (10, 2), (11, 5), (26, 10), (501, 200), (10**6, 200_000)]
)
def test_lines_stand_at_round_numbers_and_are_few(most, step):
    assert nice_step(most) == step
