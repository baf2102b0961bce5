"""Pages of the credits: a heading and even columns of names, all in one size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from relay.almanac.cards.pacing import LYING, UPRIGHT, Density, stands_long_enough
from relay.almanac.cards.page import CardPage, Drawing, TextBlock
from relay.almanac.cards.people import Cast, CreditsSection, sections
from relay.almanac.cards.themes import Colour
from relay.almanac.cards.typography import balanced, bound, directed, text_width, whole_lines, wrap

COLUMNS_MEASURE, UPRIGHT_COLUMNS_MEASURE = 1640, 0.86
"""Of all columns together: units, and on an upright film a share of the width."""
COLUMN_GAP = 44
"""Units between columns."""
FEW_PEOPLE = 4
"""So many stand in one column: two or three columns of one name each look like a table with holes."""
FEW_MEASURE = 1200
"""Units of the width of a single column whose names are centred."""

NAME_LINES, TOWN_LINES = 2, 2
"""Of a name and of a town as a rule: the largest size is taken in which no name needs more. None is ever cut."""
NAME_LEADING, TOWN_LEADING = 1.2, 1.25
SMALL = 0.8
"""A town beside its name, in sizes; never below its density's least."""
TOWN_INK = 0.45
"""How much of a name's colour is in that of its town, which else would be dim in letters of that size."""
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
    """A page: `columns` of people whose names are `size` pixels high, and their towns `small`."""

    heading: str
    columns: Sequence[Sequence[NameBlock]]
    size: float
    small: float
    close: Density

    @property
    def people(self) -> int:
        return sum(len(column) for column in self.columns)

    def on(self, page: CardPage) -> Drawing:
        columns = [[(block.name, block.town) for block in column] for column in self.columns]
        texts = [self.heading, self.size, self.small, self.close.gap, columns]
        return Drawing("credits", texts, lambda: page.cropped(_pieces(page, self)))


def credits_cards(cast: Cast, page: CardPage) -> list[CreditsCard]:
    """Roomy pages, and where there are so many people that each would stand too shortly, fuller ones."""
    found = sections(cast, page.language)
    people = sum(len(section.lines) for section in found)
    for close in densities(page):
        cards = [card for section in found for card in _cards(section, page, close)]
        if stands_long_enough(len(cards), people, page.house.page_seconds):
            break
    return cards


def densities(page: CardPage) -> tuple[Density, ...]:
    return UPRIGHT if page.upright else LYING


def _cards(section: CreditsSection, page: CardPage, close: Density) -> list[CreditsCard]:
    """Even pages: the columns are as low as they can be with the pages that are needed."""
    most = columns_of(page, close)
    size, blocks = name_blocks(section.lines, page, close)
    room = page.house.height * close.room
    gap = page.units(close.gap)
    count = -(-len(filled_columns(blocks, room, gap)) // most)
    few = count == 1 and len(blocks) <= FEW_PEOPLE and column_height(blocks, gap) <= room
    columns = [blocks] if few else even_columns(blocks, room, gap, count * most)
    spread = [columns[len(columns) * n // count : len(columns) * (n + 1) // count] for n in range(count)]
    return [CreditsCard(section.heading, part, size, town_size(size, page, close), close) for part in spread]


def columns_of(page: CardPage, close: Density) -> int:
    return min(close.most, max(1, int(page.house.width / page.scale // close.measure)))


def column_width(page: CardPage, close: Density) -> float:
    room = page.house.width * UPRIGHT_COLUMNS_MEASURE if page.upright else page.units(COLUMNS_MEASURE)
    return room / columns_of(page, close)


def town_size(size: float, page: CardPage, close: Density) -> float:
    """Pixels, beside names of `size` pixels."""
    return max(size * SMALL, page.units(close.town))


def name_blocks(people: Sequence[tuple[str, str]], page: CardPage, close: Density) -> tuple[float, list[NameBlock]]:
    """The size of all names, in pixels, and everybody's lines; `people`: names and towns."""
    wide = column_width(page, close) - page.units(COLUMN_GAP)
    faces = [page.fonts(name).strong for name, _ in people]
    for wanted in close.sizes:
        size = wanted * page.scale
        broken = [wrap(name, face, size, wide) for (name, _), face in zip(people, faces, strict=True)]
        if all(_fits(lines, face, size, wide) for lines, face in zip(broken, faces, strict=True)):
            break
    made, small = [], town_size(size, page, close)
    for (name, town), lines, face in zip(people, broken, faces, strict=True):
        names = directed(name, whole_lines(lines, face, size, wide))
        light = page.fonts(town).text
        towns = _town_lines(town, light, small, wide) if town else ()
        height = len(names) * size * NAME_LEADING + len(towns) * small * TOWN_LEADING
        made.append(NameBlock(tuple(names), tuple(towns), height, face, light))
    return size, made


def _town_lines(town: str, face: str, size: float, wide: float) -> list[str]:
    lines = wrap(bound(town), face, size, wide)
    if len(lines) > TOWN_LINES or not all(text_width(line, face, size) <= wide for line in lines):
        return directed(town, whole_lines(lines, face, size, wide))
    return directed(town, balanced(lines, face, size, wide))


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
    colours, left, gap, size = page.theme.colours, page.flush_left, page.units(card.close.gap), card.size
    town_ink = mixed(colours.soft, colours.ink, TOWN_INK)
    head = [*_heading(page, card.heading), page.gap(GAP_ORNAMENT)]
    head_height = sum(row.height for row in head)
    high = max(column_height(column, gap) for column in card.columns)
    top = (page.house.height - (head_height + high)) / 2
    made = page.stack(head, top + head_height / 2)
    top += head_height
    width = column_width(page, card.close) if len(card.columns) > 1 or left else page.measure(FEW_MEASURE)
    start = page.left if left else page.house.width / 2 - len(card.columns) * width / 2
    for number, column in enumerate(card.columns):
        y = top
        for block in column:
            rows = [TextBlock(block.name, block.strong, size, colours.ink, NAME_LEADING)]
            if block.town:
                rows.append(TextBlock(block.town, block.light, card.small, town_ink, TOWN_LEADING))
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


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other one."""
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
