"""A caption: white on a dark plate in every theme, for it has to be read over snow and over night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relay.almanac.cards import backgrounds, pieces
from relay.almanac.cards.page import CardPage, Drawing
from relay.almanac.cards.pieces import Layer
from relay.almanac.cards.typography import covering, fit_lines, readable, text_width

FACE = "Roboto 500"
INK, PLATE, OPACITY = (255, 255, 255), (8, 10, 14), 0.68
SIZES = (46, 43, 40, 37, 34, 31)
"""Units in which the lines are tried as they are given."""
BROKEN_SIZES, BROKEN_LINES = (37, 34, 31, 28), 3
"""Those in which they are broken anew, where they are too long for all of the others."""
MOST_WIDTH = 0.84
"""Share of the film's width."""
LEADING = 1.28
PAD, PADS_WIDE, PADS_HIGH, PAD_ABOVE = 0.42, 1.3, 1.3, 0.65
"""The pad in sizes; on each side of the lines, above and below them together, and above them, in pads."""
CORNER = 0.18
"""Radius of the plate's corners, in sizes."""

ABOVE_STRIP = 22
"""Units between the caption and the name strip under it."""
ABOVE_EDGE = 0.62
"""Of the foot that stays free, where no strip is: captions may come lower than names, as subtitles do everywhere."""


@dataclass(frozen=True, slots=True)
class CaptionCard:
    """`lines` as they are broken, the plate's lower edge at `floor` (pixels from the top)."""

    lines: tuple[str, ...]
    floor: int

    def on(self, page: CardPage) -> Drawing:
        return Drawing("caption", [self.lines, self.floor], lambda: _layer(page, self.lines, self.floor))


def caption_card(text: str, strip_top: int | None, page: CardPage) -> CaptionCard | None:
    """At the lower edge, or above a name strip whose upper edge is given. None for a text without letters."""
    lines = tuple(line for line in (readable(part) for part in text.split("\n")) if line)
    if not lines:
        return None
    if strip_top is None:
        return CaptionCard(lines, page.house.height - round(page.foot * ABOVE_EDGE))
    return CaptionCard(lines, strip_top - round(page.units(ABOVE_STRIP)))


def _layer(page: CardPage, lines: Sequence[str], floor: int) -> Layer:
    face = covering(" ".join(lines), FACE)
    size, fitted = _fitted(page, lines, face)
    pad = size * PAD
    width = pieces.even(max(text_width(line, face, size) for line in fitted) + 2 * pad * PADS_WIDE)
    height = pieces.even(len(fitted) * size * LEADING + PADS_HIGH * pad)
    plate = backgrounds.rounded(backgrounds.plate(width, height, PLATE, OPACITY), size * CORNER)
    made = [pieces.still(plate, 0, 0)]
    for number, line in enumerate(fitted):
        left = (width - text_width(line, face, size)) / 2
        made.append(pieces.text(line, face, size, INK, left, PAD_ABOVE * pad + size * LEADING * (number + 0.5)))
    x, y = (page.house.width - width) // 2, floor - height
    return pieces.compose(made, width, height), max(0, x), max(0, y)


def _fitted(page: CardPage, lines: Sequence[str], face: str) -> tuple[float, list[str]]:
    """The largest size in which the lines are narrow enough; broken anew where none is."""
    inner = page.house.width * MOST_WIDTH
    for wanted in SIZES:
        size = wanted * page.scale
        if all(text_width(line, face, size) <= inner for line in lines):
            return size, list(lines)
    return fit_lines(" ".join(lines), face, BROKEN_SIZES, inner, BROKEN_LINES, page.scale)
