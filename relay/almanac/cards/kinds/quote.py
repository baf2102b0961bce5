"""A quote's card: the text with its author, and its link as a line and as a QR code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from relay.almanac.cards import backgrounds, pieces
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.between import Between, CardDesign, PlacedCard, TakesFrom
from relay.almanac.cards.links import address_lines, ascii_address, plain_address
from relay.almanac.cards.page import CardPage, Drawing, TextBlock, centred
from relay.almanac.cards.typography import bound, fit_lines, readable, shortened, wrap
from relay.almanac.cards.words import quoted
from relay.almanac.formats import House
from relay.language.catalogue import N_

LETTERS_A_SECOND = 14
"""How fast a quote is read, by people who don't read fast."""
FINDING_SECONDS = 1.5
"""Until a reader's eye is at the first word."""

SIZES = (66, 60, 54, 48, 43, 38, 34, 30, 27)
LEADING = 1.34
"""Height of a quote's line, in sizes: more than a heading's, for it is read on for several lines."""
FEW_LINES = 2
"""A text of no more lines is short enough for the largest size, and is not made smaller to fill a box."""
MEASURE, MEASURE_BESIDE = 1420, 1120
"""Units of a line of the text alone, and of one that has the code beside it."""
HEIGHT, HEIGHT_TALL, HEIGHT_UPRIGHT = 0.62, 0.46, 0.38
"""Share of the film's height that the text may take: alone or beside the code; over it on a tall, an upright film."""
AUTHOR, GAP_ORNAMENT, GAP_AUTHOR = 36, 40, 24

CODE_GAP = 110
"""Units between the text and the code beside it."""
CODE_MIDDLE = 0.47
"""Share of the height of the middle of a code beside the text: higher than the text's, for its address hangs below."""
TEXT_OVER_CODE, TEXT_OVER_CODE_TALL = 0.325, 0.38
CODE_BELOW, CODE_BELOW_TALL = 0.775, 0.72
"""Shares of the height of the middles of the text and of the code below it, on an upright and on a tall film."""

MODULE = 7.0
"""Units of the width of a QR code's module at which a phone reads it from the seats of a hall."""
LEAST_MODULE = 2
"""Pixels: less is lost in the encoder's blocks."""
QUIET = 3
"""Modules of the code's light margin. ISO/IEC 18004 asks for four; readers do with three (tests try two of them)."""
CODE_SIDE, MOST_SIDE, MOST_SIDE_UPRIGHT = 260.0, 400, 320
"""Units of the code's side: at least, and at most."""

ADDRESS, ADDRESS_LINES, ADDRESS_LEADING = 24, 3, 1.25
ADDRESS_FIRST = 1.4
"""Where the middle of the first line of the address is below the code, in sizes."""
ADDRESS_MEASURE, ADDRESS_MEASURE_UPRIGHT = 330, 1000
"""Units of a line of the address: beside a text it goes with the code, below it, it has the page."""


@dataclass(frozen=True, slots=True)
class QuoteCard:
    text: str
    author: str = ""
    link: str = ""

    def on(self, page: CardPage) -> Drawing:
        text, author = readable(self.text), readable(self.author)
        return Drawing("quote", [text, author, self.link], lambda: page.cropped(_pieces(page, text, author, self.link)))


def _pieces(page: CardPage, text: str, author: str, link: str) -> list[Any]:
    """The text to the left, the code to the right of it; on an upright film one below the other."""
    code = link_code(page, link) if link else None
    if code is None:
        rows = _rows(page, text, author, page.measure(MEASURE), HEIGHT)
        return page.stack(rows, page.middle)
    if page.upright:
        return _with_code_below(page, text, author, code, link)
    return _with_code_beside(page, text, author, code, link)


def _with_code_beside(page: CardPage, text: str, author: str, code: Pixels, link: str) -> list[Any]:
    wide, side, width = page.measure(MEASURE_BESIDE), code.shape[1], page.house.width
    left = (width - wide - page.units(CODE_GAP) - side) / 2
    right = left + wide + page.units(CODE_GAP)
    if page.flush_left:
        left = page.left
        right = width - left - side
    words = page.stack(_rows(page, text, author, wide, HEIGHT), page.middle, flush_left=True, left=left, wide=wide)
    return [*words, *_link(page, code, link, right + side / 2, page.house.height * CODE_MIDDLE)]


def _with_code_below(page: CardPage, text: str, author: str, code: Pixels, link: str) -> list[Any]:
    height = page.house.height
    rows = _rows(page, text, author, page.measure(MEASURE), HEIGHT_TALL if page.tall else HEIGHT_UPRIGHT)
    words = page.stack(rows, height * (TEXT_OVER_CODE_TALL if page.tall else TEXT_OVER_CODE))
    middle = page.left + code.shape[1] / 2 if page.flush_left else page.house.width / 2
    return [*words, *_link(page, code, link, middle, height * (CODE_BELOW_TALL if page.tall else CODE_BELOW))]


def _rows(page: CardPage, text: str, author: str, wide: float, share: float) -> list[TextBlock]:
    fonts, colours = page.fonts(text, author), page.theme.colours
    size, lines = paragraph(
        page, quoted(text, page.language), fonts.text, SIZES, wide=wide, high=page.house.height * share
    )
    rows = [TextBlock(tuple(lines), fonts.text, size, colours.ink, LEADING)]
    if author:
        rows += [
            page.gap(GAP_ORNAMENT),
            page.ornament(),
            page.gap(GAP_AUTHOR),
            page.line(author, fonts.strong, AUTHOR, colours.accent, wide),
        ]
    return rows


def paragraph(
    page: CardPage, text: str, face: str, sizes: Sequence[float], *, wide: float, high: float
) -> tuple[float, list[str]]:
    """The largest size in which a text fits into a box of so many pixels; at the least its end is left out."""
    for wanted in sizes:
        size = wanted * page.scale
        lines = wrap(bound(text), face, size, wide)
        if len(lines) * size * LEADING <= high and (len(lines) > FEW_LINES or wanted == sizes[0]):
            break
    else:
        return fit_lines(bound(text), face, sizes[-1:], wide, int(high / (size * LEADING)), page.scale)
    return fit_lines(bound(text), face, [wanted], wide, len(lines), page.scale)


def link_code(page: CardPage, link: str) -> Pixels:
    """The link as a QR code, on a light plate: readers expect dark on light. A longer link makes a larger code."""
    import segno

    code = segno.make(ascii_address(link), error="m", micro=False, encoding="utf-8")
    matrix = np.array([list(row) for row in code.matrix], np.bool_)
    modules = len(matrix) + 2 * QUIET
    side = min(max(CODE_SIDE, MODULE * modules), MOST_SIDE_UPRIGHT if page.upright else MOST_SIDE)
    pixel = max(LEAST_MODULE, round(page.units(side) / modules))
    light, dark = sorted((page.theme.colours.plate, page.theme.colours.plate_ink), key=sum, reverse=True)
    return backgrounds.modules(matrix, pixel, QUIET, dark, light)


def _link(page: CardPage, code: Pixels, link: str, x: float, y: float) -> list[Any]:
    """The code, its middle at x, y, and the address under it."""
    top, corner = round(y - code.shape[0] / 2), x - code.shape[1] / 2
    shown = readable(plain_address(link)).rstrip("/").removeprefix("www.")
    size, face = page.units(ADDRESS), page.fonts(shown).light
    if page.upright:
        wide = page.measure(ADDRESS_MEASURE_UPRIGHT)
    else:
        wide = max(page.units(ADDRESS_MEASURE), float(code.shape[1]))
    made = [pieces.still(code, round(corner), top)]
    for number, line in enumerate(address_lines(shown, face, size, wide)[:ADDRESS_LINES]):
        under = top + code.shape[0] + size * (ADDRESS_FIRST + ADDRESS_LEADING * number)
        fitting = shortened(line, face, size, wide)
        left = corner if page.upright and page.flush_left else centred(fitting, face, size, x)
        made.append(pieces.text(fitting, face, size, page.theme.colours.soft, left, under))
    return made


def _place(card: Between, house: House) -> PlacedCard:
    words, text = card.words, card.words.get("text", "")
    seconds = max(house.title_seconds, FINDING_SECONDS + len(text) / LETTERS_A_SECOND)
    return PlacedCard(QuoteCard(text, words.get("author", ""), words.get("link", "")), seconds)


DESIGN = CardDesign(
    name="quote",
    words=("text", "author", "link"),
    needs="text",
    refusal=N_("A quote card needs a text, or the number of a quote."),
    place=_place,
    takes_from=TakesFrom.quotes,
)
