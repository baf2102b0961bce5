"""Pages of those behind a film: organizers and partners under their headings, with their emblems.

An emblem is as large as its neighbours, by its area, so that a wide one does not look smaller than a round one. One
that the ground would swallow lies on a plate, and where that does for all, the others of its section do too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from relay.almanac.cards import backgrounds, pieces
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.colouring import contrast
from relay.almanac.cards.page import CardPage, Drawing, TextBlock
from relay.almanac.cards.themes import Colour
from relay.almanac.cards.typography import readable

ROOM = 0.8
"""Share of the height for all that stands on a page."""
MOST_IN_A_ROW, UPRIGHT_IN_A_ROW = 4, 2
ROW_MEASURE, UPRIGHT_ROW_MEASURE = 1640, 0.88
"""Of a row: units, and on an upright film a share of the width."""
WIDEST_CELL = 560
"""Units: two partners don't stand at the far ends of the page."""
AREA, HIGHEST, WIDEST, ALONE = 46_000, 240, 430, 1.25
"""Of an emblem: square units, and the units that it never exceeds; larger where a section has but one."""
HEADING, NAME_SIZES, PLAIN_SIZES = 40, (34, 31, 28, 25), (46, 42, 38, 34, 30)
"""Units of a heading, of a name under an emblem, and of one without."""
NAME_LINES, LEADING = 3, 1.24
GAP_HEADING, GAP_NAME, GAP_ROW, GAP_SECTION = 30, 20, 34, 62
CELL_GAP = 48
PLATE_PAD, PLATE_RADIUS = 20, 12
PLATES = ((248, 246, 241), (18, 23, 32))
"""Light, where that does: emblems are mostly drawn for paper."""
ENOUGH, LEAST_SEEN = 4.5, 2.4
"""Contrast (WCAG 2) that counts as well seen, and the mean of an emblem below which it gets a plate."""
SAMPLES, STEP = 4000, 8
"""So many of its pixels are asked, in steps of their colour."""
SOLID = 250
"""Alpha from which a pixel covers what is under it."""
OF_SOLID, HALF_SEEN = 0.98, 127
"""Share of such pixels in a picture that brings its own ground along; alpha from which a pixel counts as seen."""


@dataclass(frozen=True, slots=True)
class EmblemPicture:
    """An emblem, width and height in pixels. `pixels` decodes it, to RGBA."""

    sha256: str
    width: int
    height: int
    pixels: Callable[[], Pixels]


@dataclass(frozen=True, slots=True)
class Backer:
    name: str
    emblem: EmblemPicture | None = None


@dataclass(frozen=True, slots=True)
class ThanksSection:
    """A heading, such as “Organizers”, and who stands under it."""

    role: str
    backers: tuple[Backer, ...]


@dataclass(frozen=True, slots=True)
class BackerCell:
    """A place in a row: the emblem's size in pixels (0 for none), and the lines of the name."""

    backer: Backer
    wide: float
    high: float
    name: TextBlock


@dataclass(frozen=True, slots=True)
class BackerRow:
    cells: tuple[BackerCell, ...]

    @property
    def emblems(self) -> float:
        """Height of the highest emblem."""
        return max(cell.high for cell in self.cells)

    @property
    def names(self) -> float:
        return max(cell.name.height for cell in self.cells)


@dataclass(frozen=True, slots=True)
class ThanksPart:
    """What of a section stands on a page."""

    role: str
    rows: tuple[BackerRow, ...]

    @property
    def backers(self) -> list[Backer]:
        return [cell.backer for row in self.rows for cell in row.cells]


@dataclass(frozen=True, slots=True)
class ThanksCard:
    parts: tuple[ThanksPart, ...]

    @property
    def people(self) -> int:
        return sum(len(part.backers) for part in self.parts)

    def on(self, page: CardPage) -> Drawing:
        texts = [
            [
                readable(part.role),
                [[readable(one.name), one.emblem.sha256 if one.emblem else "", round(cell.wide)] for cell in row.cells
                 for one in (cell.backer,)],
            ]
            for part in self.parts
            for row in part.rows
        ]  # fmt: skip
        return Drawing("thanks", texts, lambda: page.cropped(_pieces(page, self.parts)))


def thanks_cards(sections: Sequence[ThanksSection], page: CardPage) -> list[ThanksCard]:
    """Pages of all sections in their order; one that is too long for a page goes on, under its heading."""
    room = page.house.height * ROOM
    pages: list[list[ThanksPart]] = [[]]
    for section in sections:
        rows = tuple(_rows(section, page))
        whole = ThanksPart(section.role, rows)
        if pages[-1] and _height([*pages[-1], whole], page) > room >= _height([whole], page):
            pages.append([])
        for row in rows:
            if pages[-1] and pages[-1][-1].role == section.role:
                grown = [*pages[-1][:-1], ThanksPart(section.role, (*pages[-1][-1].rows, row))]
            else:
                grown = [*pages[-1], ThanksPart(section.role, (row,))]
            if pages[-1] and _height(grown, page) > room:
                pages.append([ThanksPart(section.role, (row,))])
            else:
                pages[-1] = grown
    return [ThanksCard(tuple(parts)) for parts in pages if parts]


def _rows(section: ThanksSection, page: CardPage) -> list[BackerRow]:
    most = UPRIGHT_IN_A_ROW if page.upright else MOST_IN_A_ROW
    count = -(-len(section.backers) // most)
    per_row = -(-len(section.backers) // max(1, count))  # even rows: 3 and 3, not 4 and 2
    larger = ALONE if len(section.backers) == 1 else 1.0
    wide = cell_width(page, per_row) - page.units(CELL_GAP)
    cells = [_cell(backer, page, wide, larger) for backer in section.backers]
    return [BackerRow(tuple(cells[at : at + per_row])) for at in range(0, len(cells), per_row)]


def cell_width(page: CardPage, count: int) -> float:
    room = page.house.width * UPRIGHT_ROW_MEASURE if page.upright else page.units(ROW_MEASURE)
    return room if count == 1 else min(room / count, page.units(WIDEST_CELL))


def _cell(backer: Backer, page: CardPage, wide: float, larger: float) -> BackerCell:
    fonts, colours = page.fonts(backer.name), page.theme.colours
    sizes = PLAIN_SIZES if backer.emblem is None else NAME_SIZES
    text = readable(backer.name)
    name = page.block(text, fonts.strong, sizes, colours.ink, wide=wide, lines=NAME_LINES, leading=LEADING)
    if backer.emblem is None:
        return BackerCell(backer, 0, 0, name)
    across, up = emblem_size(backer.emblem, page, wide - 2 * page.units(PLATE_PAD), larger)
    return BackerCell(backer, across, up, name if text else TextBlock())


def emblem_size(emblem: EmblemPicture, page: CardPage, wide: float, larger: float = 1.0) -> tuple[float, float]:
    """Pixels across and up: of the area that all emblems have, within their bounds."""
    shape = emblem.width / emblem.height
    high = min(math.sqrt(AREA / shape) * larger, HIGHEST * larger, WIDEST * larger / shape)
    high = min(page.units(high), wide / shape)
    return high * shape, high


def _height(parts: Sequence[ThanksPart], page: CardPage) -> float:
    return sum(_part_height(part, page) for part in parts) + page.units(GAP_SECTION) * (len(parts) - 1)


def _part_height(part: ThanksPart, page: CardPage) -> float:
    rows = sum(_row_height(row, page) for row in part.rows) + page.units(GAP_ROW) * (len(part.rows) - 1)
    return page.units(HEADING * LEADING + GAP_HEADING) * bool(part.role) + rows


def _row_height(row: BackerRow, page: CardPage) -> float:
    if not row.emblems:
        return row.names
    return row.emblems + 2 * page.units(PLATE_PAD) + (page.units(GAP_NAME) + row.names if row.names else 0)


def _pieces(page: CardPage, parts: Sequence[ThanksPart]) -> list[Any]:
    made: list[Any] = []
    y = page.middle - _height(parts, page) / 2
    for part in parts:
        if part.role:
            made += _heading(page, part.role, y)
            y += page.units(HEADING * LEADING + GAP_HEADING)
        plates = plates_of(page, part.backers)
        for row in part.rows:
            made += _row(page, row, plates, y)
            y += _row_height(row, page) + page.units(GAP_ROW)
        y += page.units(GAP_SECTION) - page.units(GAP_ROW)
    return made


def _heading(page: CardPage, role: str, y: float) -> list[Any]:
    fonts, colours = page.fonts(role), page.theme.colours
    face = fonts.display if page.flush_left else fonts.light
    line = page.line(readable(role), face, HEADING, colours.accent)
    return page.stack([line], y + line.height / 2)


def _row(page: CardPage, row: BackerRow, plates: dict[str, Colour], y: float) -> list[Any]:
    width = cell_width(page, len(row.cells))
    start = page.left if page.flush_left else page.house.width / 2 - len(row.cells) * width / 2
    pad, made = page.units(PLATE_PAD), []
    names_at = y + (row.emblems + 2 * pad + page.units(GAP_NAME) if row.emblems else 0)
    for number, cell in enumerate(row.cells):
        left = start + number * width
        if cell.backer.emblem is not None:
            plate = plates.get(cell.backer.emblem.sha256)
            middle = y + pad + row.emblems / 2
            made += _emblem(page, cell, plate, left, middle, width)
        top = names_at if cell.backer.emblem is not None or not row.emblems else y + pad + row.emblems / 2
        middle = top + (cell.name.height / 2 if cell.backer.emblem is not None or not row.emblems else 0)
        made += page.stack([cell.name], middle, left=left, wide=width)
    return made


def _emblem(
    page: CardPage, cell: BackerCell, plate: Colour | None, left: float, middle: float, width: float
) -> list[Any]:
    assert cell.backer.emblem is not None
    across, up, pad = round(cell.wide), round(cell.high), page.units(PLATE_PAD)
    inset = pad if plate is not None else 0
    x = left + inset if page.flush_left else left + (width - across) / 2
    drawn = _resized(cell.backer.emblem.pixels(), max(2, across), max(2, up))
    made = []
    if plate is not None:
        ground = backgrounds.plate(pieces.even(across + 2 * pad), pieces.even(up + 2 * pad), plate, 1.0)
        ground = backgrounds.rounded(ground, page.units(PLATE_RADIUS))
        made.append(pieces.still(ground, round(x - pad), round(middle - up / 2 - pad)))
    return [*made, pieces.still(drawn, round(x), round(middle - up / 2))]


def plates_of(page: CardPage, backers: Sequence[Backer]) -> dict[str, Colour]:
    """Emblem → the colour of its plate; empty where all of them can be seen on the theme's ground.

    One colour for all where that can be; else those that need one have it.
    """
    emblems = {one.emblem.sha256: one.emblem.pixels() for one in backers if one.emblem is not None}
    clear = {sha256: pixels for sha256, pixels in emblems.items() if not is_solid(pixels)}
    colours = page.theme.colours
    lost = [one for one, pixels in clear.items() if not _is_seen(pixels, colours.ground, colours.glow)]
    if not lost:
        return {}
    for plate in PLATES:
        if all(_is_seen(pixels, plate) for pixels in clear.values()):
            return dict.fromkeys(clear, plate)
    return {one: max(PLATES, key=partial(seen, clear[one])) for one in lost}


def _is_seen(pixels: Pixels, *grounds: Colour) -> bool:
    return all(seen(pixels, ground) >= LEAST_SEEN for ground in grounds)


def is_solid(pixels: Pixels) -> bool:
    """Whether an emblem brings its own ground along."""
    return bool((pixels[..., 3] >= SOLID).mean() > OF_SOLID)


def seen(pixels: Pixels, ground: Colour) -> float:
    """How well an emblem can be told from the ground: the mean contrast of its pixels, 1 to ENOUGH."""
    visible = pixels[pixels[..., 3] > HALF_SEEN][:, :3]
    if not len(visible):
        return 0.0
    few = visible[:: max(1, len(visible) // SAMPLES)] // STEP * STEP + STEP // 2
    found, counts = np.unique(few, axis=0, return_counts=True)
    told = (min(ENOUGH, contrast((red, green, blue), ground)) for red, green, blue in found.tolist())
    return float(sum(one * count for one, count in zip(told, counts.tolist(), strict=True)) / counts.sum())


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    """Colours weighed by their alpha, so that no dark seam comes in from under what is transparent."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels)).convert("RGBa")
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS).convert("RGBA"))
