"""The strip with a participant's name and town over the clip, at the lower left."""

from __future__ import annotations

from dataclasses import dataclass

from relay.almanac.cards import backgrounds, pieces
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.page import CardPage, Drawing
from relay.almanac.cards.people import Person, shown_name
from relay.almanac.cards.pieces import Layer
from relay.almanac.cards.themes import Colour
from relay.almanac.cards.typography import readable, text_width

NAME_SIZES, TOWN_SIZES, LINES = (50, 46, 42, 38, 34, 30), (32, 28, 25), 2
MEASURE, UPRIGHT_MEASURE = 980, 0.68
"""Of a line: units, and on an upright film a share of the width. The strip leaves the face in the middle free."""
MARGIN, UPRIGHT_MARGIN = 88, 0.06
"""Left of the strip: units, and a share of the width."""
LEADING = 1.26
"""Height of a line, in sizes."""

PLATE_PAD, BAR, LEAST_BAR = 34, 7, 2
"""Units around the lines of a plate, and of its bar, which has at least so many pixels."""
PLATE_PADS, PLATE_PADS_HIGH, PLATE_PAD_ABOVE = 1.15, 1.3, 0.65
"""What is free right of the lines, above and below them together, and above them, in pads."""
RUN_OUT, FADE = 120, 110
"""Units that a fading plate goes on behind its longest line, and over which it runs out."""

BLOCK_PAD, NAME_EDGE, TOWN_EDGE = 28, 0.62, 0.36
"""Units beside the lines of a block; what is free above and below name and town, in pads."""


@dataclass(frozen=True, slots=True)
class StripLine:
    text: str
    face: str
    size: float

    @property
    def width(self) -> float:
        return text_width(self.text, self.face, self.size)

    @property
    def height(self) -> float:
        return self.size * LEADING


@dataclass(frozen=True, slots=True)
class NameStrip:
    """`name` and `town` as they are shown."""

    name: str
    town: str

    def on(self, page: CardPage) -> Drawing:
        return Drawing("strip", [self.name, self.town], lambda: _layer(page, self.name, self.town))


def name_strip(person: Person, page: CardPage) -> NameStrip | None:
    """None where there is neither a name nor a town to show; a town alone stands in the name's place."""
    name, town = shown_name(person.name, page.words), readable(person.town)
    if not name and not town:
        return None
    return NameStrip(name, town) if name else NameStrip(town, "")


def _layer(page: CardPage, name: str, town: str) -> Layer:
    fonts, house = page.fonts(name, town), page.house
    inner = house.width * UPRIGHT_MEASURE if page.upright else page.units(MEASURE)
    light = fonts.light if page.theme.strip == "solid" else fonts.text
    names = _lines(page, name, fonts.strong, NAME_SIZES, inner)
    towns = _lines(page, town, light, TOWN_SIZES, inner) if town else []
    pixels = (_block if page.theme.strip == "block" else _plate)(page, names, towns)
    left = house.width * UPRIGHT_MARGIN if page.upright else page.units(MARGIN)
    return pixels, round(left), house.height - pixels.shape[0] - round(page.foot)


def _lines(page: CardPage, text: str, face: str, sizes: tuple[int, ...], wide: float) -> list[StripLine]:
    size, lines = page.fitting(text, face, sizes, wide, LINES)
    return [StripLine(line, face, size) for line in lines]


def _plate(page: CardPage, names: list[StripLine], towns: list[StripLine]) -> Pixels:
    """Name and town on one plate with a bar of the accent; it runs out to the right, or is shut."""
    colours, fading = page.theme.colours, page.theme.strip == "fading"
    pad, bar = page.units(PLATE_PAD), max(LEAST_BAR, round(page.units(BAR)))
    rows = [*names, *towns]
    widest = max(row.width for row in rows)
    width = pieces.even(bar + pad + widest + (page.units(RUN_OUT) if fading else pad * PLATE_PADS))
    height = pieces.even(sum(row.height for row in rows) + PLATE_PADS_HIGH * pad)
    ground = backgrounds.plate(width, height, colours.plate, page.theme.opacity, bar=bar, accent=colours.accent)
    made = [pieces.still(backgrounds.faded(ground, page.units(FADE)) if fading else ground, 0, 0)]
    y = PLATE_PAD_ABOVE * pad
    for number, row in enumerate(rows):
        colour = colours.plate_ink if number < len(names) else colours.plate_soft
        made.append(pieces.text(row.text, row.face, row.size, colour, bar + pad, y + row.size * (LEADING / 2)))
        y += row.height
    return pieces.compose(made, width, height)


def _block(page: CardPage, names: list[StripLine], towns: list[StripLine]) -> Pixels:
    """The name on a dark plate, the town on one of the accent below it."""
    colours, pad = page.theme.colours, page.units(BLOCK_PAD)
    parts: list[tuple[list[StripLine], Colour, Colour, float, float]] = [
        (names, colours.plate, colours.plate_ink, page.theme.opacity, NAME_EDGE)
    ]
    if towns:
        parts.append((towns, colours.accent, colours.plate_soft, 1.0, TOWN_EDGE))
    made, y, width = [], 0.0, 0.0
    for rows, ground, written, opacity, edge_pads in parts:
        wide, edge = pieces.even(2 * pad + max(row.width for row in rows)), pad * edge_pads
        high = pieces.even(sum(row.height for row in rows) + 2 * edge)
        made.append(pieces.still(backgrounds.plate(wide, high, ground, opacity), 0, round(y)))
        at = y + edge
        for row in rows:
            made.append(pieces.text(row.text, row.face, row.size, written, pad, at + row.size * (LEADING / 2)))
            at += row.height
        y, width = y + high, max(width, wide)
    return pieces.compose(made, pieces.even(width), pieces.even(y))
