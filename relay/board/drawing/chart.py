"""The curve of a campaign as bars: found, fetched, approved. Pure.

The three differ in brightness and in their frame, so that they are told apart in print and by whoever sees no colours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from relay.board.days import ChartColumn
from relay.board.drawing import svg

SERIES = ("found", "fetched", "approved")
TOP, BOTTOM, LEFT, RIGHT = 14, 30, 40, 6
LETTER = 7.0
"""Of a label, as wide as a digit may be."""
STEPS = (1, 2, 5)
MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class ChartWords:
    """What is said in and of a chart. `labels`: of each column, below it."""

    title: str
    description: str
    labels: Sequence[str]


def chart(name: str, columns: Sequence[ChartColumn], words: ChartWords, *, width: int = 760, height: int = 260) -> str:
    """`columns` may be empty: then there are only the lines."""
    scale = Scale.of(columns, width, height)
    parts = [*_lines(scale), *_bars(scale, columns), *_labels(scale, words.labels)]
    return svg.picture(name, width, height, words.title, words.description, parts, "chart")


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a number stands on the picture; `step`: from line to line."""

    top: int
    step: int
    columns: int
    width: int
    height: int

    @classmethod
    def of(cls, columns: Sequence[ChartColumn], width: int, height: int) -> Scale:
        most = max((getattr(column, name) for column in columns for name in SERIES), default=0)
        step = nice_step(most)
        return cls(max(step, math.ceil(most / step) * step), step, len(columns), width, height)

    def y(self, count: int) -> float:
        room = self.height - TOP - BOTTOM
        return TOP + room * (1 - count / self.top)

    def x(self, column: float) -> float:
        """The left side of a column."""
        return LEFT + self.each * column

    @property
    def each(self) -> float:
        return (self.width - LEFT - RIGHT) / max(1, self.columns)


def nice_step(most: int) -> int:
    """1, 2, 5, 10, 20 … so that few lines reach the largest number."""
    power = 1
    while True:
        for step in STEPS:
            if math.ceil(most / (step * power)) <= MOST_LINES:
                return step * power
        power *= 10


def _lines(scale: Scale) -> Iterator[str]:
    for count in range(0, scale.top + 1, scale.step):
        y = scale.y(count)
        kind = "floor" if count == 0 else "line"
        yield svg.tag("line", x1=LEFT, y1=y, x2=scale.width - RIGHT, y2=y, class_=kind)
        yield svg.words(str(count), LEFT - 6, y + 4, class_="count", text_anchor="end")


def _bars(scale: Scale, columns: Sequence[ChartColumn]) -> Iterator[str]:
    gap = min(10.0, scale.each * 0.2)
    wide = min(24.0, (scale.each - gap) / len(SERIES))
    for number, column in enumerate(columns):
        middle = scale.x(number) + scale.each / 2
        for place, name in enumerate(SERIES):
            count, left = getattr(column, name), middle + (place - len(SERIES) / 2) * wide
            if count:
                y = scale.y(count)
                yield svg.tag("rect", x=left, y=y, width=wide, height=scale.y(0) - y, class_=f"bar {name}")


def _labels(scale: Scale, labels: Sequence[str]) -> Iterator[str]:
    """As many as there is room for, the first one always."""
    room = max((len(label) for label in labels), default=1) * LETTER + 8
    every = max(1, math.ceil(room / scale.each))
    y = scale.height - BOTTOM + 18
    for number in range(0, len(labels), every):
        x = scale.x(number) + scale.each / 2
        anchor, half = "middle", room / 2
        if x + half > scale.width:
            anchor, x = "end", scale.width - 2.0
        yield svg.words(labels[number], x, y, class_="day", text_anchor=anchor)
