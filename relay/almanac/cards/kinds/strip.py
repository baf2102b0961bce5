"""The strip with a participant's name and town over the clip, as a rule at the lower left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from relay.almanac.cards import backgrounds, pieces
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.page import CardPage, Drawing
from relay.almanac.cards.people import Person, shown_name
from relay.almanac.cards.pieces import Layer
from relay.almanac.cards.places import USUAL, Box, MouthsSeen, StripPlace, choose
from relay.almanac.cards.themes import Colour
from relay.almanac.cards.typography import readable, text_width

NAME_SIZES, TOWN_SIZES, LINES, NARROW_LINES = (50, 46, 42, 38, 34, 30), (32, 28, 25), 2, 3
SMALLER = 3
"""Steps of those that a strip beside a face goes down at once, where letters as large as usual would cover it."""
MEASURE, UPRIGHT_MEASURE = 980, 0.68
"""Of a line: units, and on an upright film a share of the width. The strip leaves the face in the middle free."""
MARGIN, UPRIGHT_MARGIN = 88, 0.06
"""Left of the strip: units, and a share of the width."""
HEAD = 0.075
"""Share of the height above a strip at the upper edge: EBU R 95's safe 5 %, and a little."""
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
class StripText:
    """What stands on a strip, broken into lines."""

    names: list[StripLine]
    towns: list[StripLine]

    @property
    def rows(self) -> list[StripLine]:
        return [*self.names, *self.towns]


@dataclass(frozen=True, slots=True)
class NameStrip:
    """`name` and `town` as they are shown, and where on the frame."""

    name: str
    town: str
    place: StripPlace = USUAL

    def on(self, page: CardPage) -> Drawing:
        place = self.place
        where = [] if place == USUAL else [place.upper, place.right, place.measure, place.small]
        return Drawing("strip", [self.name, self.town, *where], lambda: _layer(page, self))

    def box(self, page: CardPage) -> Box | None:
        """What it covers of the frame; None where name or town would be cut."""
        text = _text(page, self)
        if not (_whole(self.name, text.names) and _whole(self.town, text.towns)):
            return None
        width, height = (_block_size if page.theme.strip == "block" else _plate_size)(page, text)
        return Box(*_corner(page, self.place, width, height), width, height)

    def clear_of(self, looks: Sequence[MouthsSeen], page: CardPage) -> NameStrip:
        """The same where it covers no mouth, if there is such a place."""
        return replace(self, place=choose(looks, lambda place: replace(self, place=place).box(page)))


def name_strip(person: Person, page: CardPage) -> NameStrip | None:
    """None where there is neither a name nor a town to show; a town alone stands in the name's place.

    Where the text is from stands behind the town, if all of it has room.
    """
    name, town = shown_name(person.name, page.words), readable(person.town)
    if not name and not town:
        return None
    plain = NameStrip(name, town) if name else NameStrip(town, "")
    if not person.origin:
        return plain
    more = replace(plain, town=", ".join(part for part in (plain.town, readable(person.origin)) if part))
    return more if more.box(page) is not None else plain


def _layer(page: CardPage, strip: NameStrip) -> Layer:
    text = _text(page, strip)
    pixels = (_block if page.theme.strip == "block" else _plate)(page, text)
    return pixels, *_corner(page, strip.place, pixels.shape[1], pixels.shape[0])


def _corner(page: CardPage, place: StripPlace, width: int, height: int) -> tuple[int, int]:
    house = page.house
    margin = round(house.width * UPRIGHT_MARGIN if page.upright else page.units(MARGIN))
    x = max(0, house.width - margin - width) if place.right else margin
    return x, round(house.height * HEAD) if place.upper else house.height - height - round(page.foot)


def _text(page: CardPage, strip: NameStrip) -> StripText:
    name, town, place = strip.name, strip.town, strip.place
    fonts = page.fonts(name, town)
    inner = (page.house.width * UPRIGHT_MEASURE if page.upright else page.units(MEASURE)) * place.measure
    light = fonts.light if page.theme.strip == "solid" else fonts.text
    lines = LINES if place.measure == USUAL.measure else NARROW_LINES
    names = _lines(page, name, fonts.strong, NAME_SIZES[SMALLER * place.small :], inner, lines)
    return StripText(names, _lines(page, town, light, TOWN_SIZES[place.small :], inner, lines) if town else [])


def _lines(page: CardPage, text: str, face: str, sizes: Sequence[int], wide: float, most: int) -> list[StripLine]:
    size, lines = page.fitting(text, face, sizes, wide, most)
    return [StripLine(line, face, size) for line in lines]


def _whole(text: str, lines: list[StripLine]) -> bool:
    return text.count("…") == sum(line.text.count("…") for line in lines)


def _plate_size(page: CardPage, text: StripText) -> tuple[int, int]:
    """Width and height of the plate."""
    pad, bar = page.units(PLATE_PAD), _bar(page)
    free = page.units(RUN_OUT) if page.theme.strip == "fading" else pad * PLATE_PADS
    width = pieces.even(bar + pad + max(row.width for row in text.rows) + free)
    return width, pieces.even(sum(row.height for row in text.rows) + PLATE_PADS_HIGH * pad)


def _bar(page: CardPage) -> int:
    return max(LEAST_BAR, round(page.units(BAR)))


def _plate(page: CardPage, text: StripText) -> Pixels:
    """Name and town on one plate with a bar of the accent; it runs out to the right, or is shut."""
    colours, fading = page.theme.colours, page.theme.strip == "fading"
    pad, bar = page.units(PLATE_PAD), _bar(page)
    width, height = _plate_size(page, text)
    ground = backgrounds.plate(width, height, colours.plate, page.theme.opacity, bar=bar, accent=colours.accent)
    made = [pieces.still(backgrounds.faded(ground, page.units(FADE)) if fading else ground, 0, 0)]
    y = PLATE_PAD_ABOVE * pad
    for number, row in enumerate(text.rows):
        colour = colours.plate_ink if number < len(text.names) else colours.plate_soft
        made.append(pieces.text(row.text, row.face, row.size, colour, bar + pad, y + row.size * (LEADING / 2)))
        y += row.height
    return pieces.compose(made, width, height)


@dataclass(frozen=True, slots=True)
class StripPart:
    """A plate of a block: `edge` is free above and below its lines; `width`, `height` in pixels."""

    rows: list[StripLine]
    ground: Colour
    written: Colour
    opacity: float
    edge: float
    width: int
    height: int


def _parts(page: CardPage, text: StripText) -> list[StripPart]:
    """The name on a dark plate, the town on one of the accent below it."""
    colours, pad = page.theme.colours, page.units(BLOCK_PAD)
    kinds = [(text.names, colours.plate, colours.plate_ink, page.theme.opacity, NAME_EDGE)]
    if text.towns:
        kinds.append((text.towns, colours.accent, colours.plate_soft, 1.0, TOWN_EDGE))
    made = []
    for rows, ground, written, opacity, edge_pads in kinds:
        width, edge = pieces.even(2 * pad + max(row.width for row in rows)), pad * edge_pads
        height = pieces.even(sum(row.height for row in rows) + 2 * edge)
        made.append(StripPart(rows, ground, written, opacity, edge, width, height))
    return made


def _block_size(page: CardPage, text: StripText) -> tuple[int, int]:
    parts = _parts(page, text)
    return max(part.width for part in parts), sum(part.height for part in parts)


def _block(page: CardPage, text: StripText) -> Pixels:
    pad, made, y = page.units(BLOCK_PAD), list[Any](), 0
    for part in _parts(page, text):
        plate = backgrounds.plate(part.width, part.height, part.ground, part.opacity)
        made.append(pieces.still(plate, 0, y))
        at = y + part.edge
        for row in part.rows:
            made.append(pieces.text(row.text, row.face, row.size, part.written, pad, at + row.size * (LEADING / 2)))
            at += row.height
        y += part.height
    return pieces.compose(made, *_block_size(page, text))
