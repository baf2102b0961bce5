"""Pages of the credits: a heading and even columns of names, all in one size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from relay.almanac.cards.page import CardPage, Drawing, TextBlock
from relay.almanac.cards.people import Cast, CreditsSection, sections
from relay.almanac.cards.typography import bound, directed, fit_lines, shortened, text_width, wrap

MOST_COLUMNS, COLUMN_MEASURE = 3, 560
"""Columns of a page, at most, and the units of width that each one takes at least."""
COLUMNS_MEASURE, UPRIGHT_COLUMNS_MEASURE = 1640, 0.86
"""Of all columns together: units, and on an upright film a share of the width."""
COLUMN_GAP, ROW_GAP = 44, 22
"""Units between columns, and between people."""
ROOM, UPRIGHT_ROOM = 0.62, 0.66
"""Share of the height for the columns of a page."""
FEW_PEOPLE = 4
"""So many stand in one column: two or three columns of one name each look like a table with holes."""
FEW_MEASURE = 1200
"""Units of the width of a single column whose names are centred."""

SIZES = (40, 38, 36, 34, 32, 30, 28)
"""Units of a name; the largest is taken in which nobody needs more than NAME_LINES."""
NAME_LINES, MOST_LINES, TOWN_LINES = 2, 10, 2
"""Of a name as a rule, and at most: a name of 200 letters, the most that are taken, is not cut. Of a town."""
NAME_LEADING, TOWN_LEADING = 1.2, 1.25
SMALL = 0.72
"""A town beside its name, in sizes."""
HEADING, LEFT_HEADING = 46, 52
"""Units of its letters: one that is set flush left is in the titles' face, and larger."""
GAP_HEADING, GAP_ORNAMENT = 20, 52


@dataclass(frozen=True, slots=True)
class NameBlock:
    """A participant in the credits: lines of the name and of the town, the pixels that they take, their faces."""

    name: tuple[str, ...]
    town: tuple[str, ...]
    height: float
    strong: str
    light: str


@dataclass(frozen=True, slots=True)
class CreditsCard:
    """A page: `columns` of people whose names are `size` pixels high."""

    heading: str
    columns: Sequence[Sequence[NameBlock]]
    size: float

    @property
    def people(self) -> int:
        return sum(len(column) for column in self.columns)

    def on(self, page: CardPage) -> Drawing:
        texts = [self.heading, self.size, [[(block.name, block.town) for block in column] for column in self.columns]]
        return Drawing("credits", texts, lambda: page.cropped(_pieces(page, self)))


def credits_cards(cast: Cast, page: CardPage) -> list[CreditsCard]:
    return [card for section in sections(cast, page.language) for card in _cards(section, page)]


def _cards(section: CreditsSection, page: CardPage) -> list[CreditsCard]:
    """Even pages: the columns are as low as they can be with the pages that are needed."""
    most = columns_of(page)
    size, blocks = name_blocks(section.lines, page)
    room = page.house.height * (UPRIGHT_ROOM if page.upright else ROOM)
    gap = page.units(ROW_GAP)
    count = -(-len(filled_columns(blocks, room, gap)) // most)
    few = count == 1 and len(blocks) <= FEW_PEOPLE
    columns = [blocks] if few else even_columns(blocks, room, gap, count * most)
    spread = [columns[len(columns) * n // count : len(columns) * (n + 1) // count] for n in range(count)]
    return [CreditsCard(section.heading, part, size) for part in spread]


def columns_of(page: CardPage) -> int:
    return min(MOST_COLUMNS, max(1, int(page.house.width / page.scale // COLUMN_MEASURE)))


def column_width(page: CardPage) -> float:
    room = page.house.width * UPRIGHT_COLUMNS_MEASURE if page.upright else page.units(COLUMNS_MEASURE)
    return room / columns_of(page)


def name_blocks(people: Sequence[tuple[str, str]], page: CardPage) -> tuple[float, list[NameBlock]]:
    """The size of all names, in pixels, and everybody's lines; `people`: names and towns."""
    wide = column_width(page) - page.units(COLUMN_GAP)
    faces = [page.fonts(name).strong for name, _ in people]
    for wanted in SIZES:
        size = wanted * page.scale
        broken = [wrap(name, face, size, wide) for (name, _), face in zip(people, faces, strict=True)]
        if all(_fits(lines, face, size, wide) for lines, face in zip(broken, faces, strict=True)):
            break
    made = []
    for (name, town), lines, face in zip(people, broken, faces, strict=True):
        names = directed(name, [shortened(line, face, size, wide) for line in lines[:MOST_LINES]])
        light, small = page.fonts(town).light, size * SMALL
        towns = fit_lines(bound(town), light, [small / page.scale], wide, TOWN_LINES, page.scale)[1] if town else ()
        height = len(names) * size * NAME_LEADING + len(towns) * small * TOWN_LEADING
        made.append(NameBlock(tuple(names), tuple(towns), height, face, light))
    return size, made


def _fits(lines: Sequence[str], face: str, size: float, wide: float) -> bool:
    return len(lines) <= NAME_LINES and all(text_width(line, face, size) <= wide for line in lines)


def column_height(column: Sequence[NameBlock], gap: float) -> float:
    return sum(block.height for block in column) + gap * (len(column) - 1)


def filled_columns(blocks: Sequence[NameBlock], room: float, gap: float) -> list[list[NameBlock]]:
    """Columns that are each filled up to `room`; a block that is higher has one of its own."""
    columns: list[list[NameBlock]] = [[]]
    for block in blocks:
        if columns[-1] and column_height([*columns[-1], block], gap) > room:
            columns.append([])
        columns[-1].append(block)
    return columns


def even_columns(blocks: Sequence[NameBlock], room: float, gap: float, count: int) -> list[list[NameBlock]]:
    """At most `count` columns of about the same height, none higher than `room`."""
    whole = sum(block.height + gap for block in blocks)
    columns: list[list[NameBlock]] = [[] for _ in range(count)]
    so_far = 0.0
    for block in blocks:
        middle = so_far + (block.height + gap) / 2
        columns[min(count - 1, int(middle / whole * count))].append(block)
        so_far += block.height + gap
    even = [column for column in columns if column]
    fits = all(column_height(column, gap) <= room for column in even)
    return even if fits else filled_columns(blocks, room, gap)


def _pieces(page: CardPage, card: CreditsCard) -> list[Any]:
    colours, left, gap, size = page.theme.colours, page.flush_left, page.units(ROW_GAP), card.size
    head = [*_heading(page, card.heading), page.gap(GAP_ORNAMENT)]
    head_height = sum(row.height for row in head)
    high = max(column_height(column, gap) for column in card.columns)
    top = (page.house.height - (head_height + high)) / 2
    made = page.stack(head, top + head_height / 2)
    top += head_height
    width = column_width(page) if len(card.columns) > 1 or left else page.measure(FEW_MEASURE)
    start = page.left if left else page.house.width / 2 - len(card.columns) * width / 2
    for number, column in enumerate(card.columns):
        y = top
        for block in column:
            rows = [TextBlock(block.name, block.strong, size, colours.ink, NAME_LEADING)]
            if block.town:
                rows.append(TextBlock(block.town, block.light, size * SMALL, colours.soft, TOWN_LEADING))
            made += page.stack(rows, y + block.height / 2, left=start + number * width, wide=width)
            y += block.height + gap
    return made


def _heading(page: CardPage, heading: str) -> list[TextBlock]:
    fonts, colours = page.theme.fonts, page.theme.colours
    if page.flush_left:
        line = page.line(heading, fonts.display, LEFT_HEADING, colours.ink)
    else:
        line = page.line(heading, fonts.light, HEADING, colours.accent)
    return [line, page.gap(GAP_HEADING), page.ornament()]
