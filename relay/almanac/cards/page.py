"""A page: what the cards of one film have in common, its measures and faces, and how lines are set on it.

Sizes are given in units: pixels of a picture of 1920×1080, scaled to the film's. An upright or square film is set like
a page of 1200 units' width. A *share* is a part of the film's width or height.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from relay.almanac.cards import backgrounds, pieces
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.pieces import Layer
from relay.almanac.cards.themes import Colour, Fonts, Theme
from relay.almanac.cards.typography import bound, covering, fit_lines, runs_to_the_left, text_width
from relay.almanac.cards.words import card_words
from relay.almanac.formats import House

WIDTH, HEIGHT = 1920, 1080
"""Units of a page that lies."""
UPRIGHT_WIDTH = 1200
"""Units across an upright or square page: its letters are larger in the frame, for it is watched on a phone."""
LYING = 1.5
"""Width by height from which a film is set as a page that lies: 16:9 is, 4:3 and all narrower ones are upright."""
TALL = 1.5
"""Height by width above which an upright film fills a phone's screen (9:16), and its player lies over the foot."""

MARGIN, UPRIGHT_MARGIN = 140, 0.08
"""Left of what is set flush left: units of a page that lies, share of the width of an upright one."""
FOOT, TALL_FOOT = 0.089, 0.16
"""Share of the height that stays free at the lower edge: EBU R 95 keeps text out of the outer 5 %, and a player shows
its bar there; on a tall film a phone lays its buttons there."""
OPTICAL_MIDDLE = 0.485
"""Share of the height where a block of words seems to stand in the middle: a little above it."""
MOST_WIDTH = 0.84
"""Share of the width that a line may take, so that margins stay on films too narrow for their measure in units."""
MEASURE = 1480
"""Units of the widest line on a page that lies."""

LINE = 1.25
"""Height of a line of running text, in sizes."""
SMALLER = (1, 0.85, 0.72)
"""Sizes that a line is tried in, by its own; below 0.72 it would be as small as what stands back beside it."""
ORNAMENT_ROW = {"lozenge": 18, "rule": 4, "bar": 10}
"""Units of height that an ornament takes in a stack of lines."""
LOZENGE_WIDTH, LOZENGE_HEIGHT, LEAST_LOZENGE = 520, 18, 8
"""Units of the lozenge with its hairlines, and the pixels below which its edges can't be told any more."""
BAR_WIDTH, BAR_HEIGHT, LEAST_BAR = 110, 10, 2
"""Units of the bar, and the least pixels of its height: chroma has half the film's resolution."""
RULE_WIDTH, RULE_HEIGHT, RULE_OPACITY = 150, 3, 0.85
"""Units of the rule; it is a little lighter than letters of its colour."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A card that is to be drawn. It is kept by `kind` and `texts` (JSON), which with the page name all that shapes it.

    `paint` gives its pixels, RGB or RGBA, and the place of their left upper corner in the frame.
    """

    kind: str
    texts: Any
    paint: Callable[[], Layer]


class Drawable(Protocol):
    """What can be on a card: its words as data, which know how they are set on a page."""

    def on(self, page: CardPage) -> Drawing: ...


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Lines of one kind in a stack; without a `face` it is the ornament, without lines a gap `size` high."""

    lines: tuple[str, ...] = ()
    face: str = ""
    size: float = 0.0
    colour: Colour = (0, 0, 0)
    leading: float = LINE
    ornament: bool = False

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * self.leading if self.lines else self.size


class CardPage:
    """Of a film in this format, theme and language. `scale`: pixels of the film in a unit."""

    def __init__(self, house: House, theme: Theme, language: str) -> None:
        self.house, self.theme = house, theme
        self.language, self.words = language, card_words(language)
        self.upright = house.width < LYING * house.height
        self.tall = house.height > TALL * house.width
        self.flush_left = theme.align == "left"
        self.scale = min(house.width / (UPRIGHT_WIDTH if self.upright else WIDTH), house.height / HEIGHT)

    # --- measures, in pixels ---

    def units(self, length: float) -> float:
        return length * self.scale

    def measure(self, length: float) -> float:
        """Units that follow the film's width, for upright films too."""
        return min(self.units(length), self.house.width * MOST_WIDTH)

    @property
    def left(self) -> float:
        """The margin of what is set flush left."""
        return self.house.width * UPRIGHT_MARGIN if self.upright else self.units(MARGIN)

    @property
    def foot(self) -> float:
        """What stays free at the lower edge."""
        return self.house.height * (TALL_FOOT if self.tall else FOOT)

    @property
    def middle(self) -> float:
        return self.house.height * OPTICAL_MIDDLE

    # --- blocks of a stack ---

    def fonts(self, *texts: str) -> Fonts:
        """The theme's faces, or their companions where they lack letters of the texts, which so stay of one face."""
        whole, fonts = " ".join(texts), self.theme.fonts
        return Fonts(*(covering(whole, face) for face in (fonts.display, fonts.strong, fonts.text, fonts.light)))

    def fitting(
        self, text: str, face: str, sizes: Sequence[float], wide: float, lines: int
    ) -> tuple[float, tuple[str, ...]]:
        """The largest of `sizes`, in units, in which a text takes at most so many lines; the size in pixels."""
        size, broken = fit_lines(bound(text), face, sizes, wide, lines, self.scale)
        return size, tuple(broken)

    def block(
        self,
        text: str,
        face: str,
        sizes: Sequence[float],
        colour: Colour,
        *,
        wide: float,
        lines: int,
        leading: float = LINE,
    ) -> TextBlock:
        size, broken = self.fitting(text, face, sizes, wide, lines)
        return TextBlock(broken, face, size, colour, leading)

    def line(self, text: str, face: str, size: float, colour: Colour, wide: float | None = None) -> TextBlock:
        """One line of `size` units, smaller where it is long, in two where it is longer still."""
        lines = 2 if wide or self.upright else 1
        sizes = [size * smaller for smaller in SMALLER]
        return self.block(text, face, sizes, colour, wide=wide or self.measure(MEASURE), lines=lines)

    def gap(self, length: float) -> TextBlock:
        return TextBlock(size=self.units(length))

    def ornament(self) -> TextBlock:
        return TextBlock(size=self.units(ORNAMENT_ROW[self.theme.ornament]), ornament=True)

    # --- what is drawn of them ---

    def stack(
        self,
        rows: Sequence[TextBlock],
        middle: float,
        *,
        flush_left: bool | None = None,
        left: float | None = None,
        wide: float | None = None,
    ) -> list[Any]:
        """Pieces of rows one below another, their middle at `middle`, in a column that begins at `left`.

        `flush_left`: as the theme has it, unless it is said; else each line is centred in the column.
        """
        flush = self.flush_left if flush_left is None else flush_left
        start = (self.left if flush else 0.0) if left is None else left
        width = (self.house.width - 2 * start) if wide is None else wide
        y, made = middle - sum(row.height for row in rows) / 2, []
        for row in rows:
            if row.ornament:
                drawn = self._ornament(flush_left=flush)
                x = start if flush else start + (width - drawn.shape[1]) / 2
                made.append(pieces.still(drawn, round(x), round(y + (row.height - drawn.shape[0]) / 2)))
            for number, (line, indent) in enumerate(zip(row.lines, indents(row), strict=True)):
                at = y + row.size * row.leading * (number + 0.5)
                x = start + indent if flush else centred(line, row.face, row.size, start + width / 2)
                made.append(pieces.text(line, row.face, row.size, row.colour, x, at))
            y += row.height
        return made

    def cropped(self, made: Sequence[Any]) -> Layer:
        return pieces.cropped(made, self.house)

    def _ornament(self, *, flush_left: bool) -> Pixels:
        """Beside words that are set flush left the lozenge is a rule: it has no middle there."""
        accent, units = self.theme.colours.accent, self.units
        if self.theme.ornament == "lozenge" and not flush_left:
            height = max(LEAST_LOZENGE, pieces.even(units(LOZENGE_HEIGHT)))
            return backgrounds.lozenge(pieces.even(units(LOZENGE_WIDTH)), height, accent)
        if self.theme.ornament == "bar":
            height = max(LEAST_BAR, pieces.even(units(BAR_HEIGHT)))
            return backgrounds.plate(pieces.even(units(BAR_WIDTH)), height, accent, 1.0)
        height = max(1, round(units(RULE_HEIGHT)))
        return backgrounds.plate(pieces.even(units(RULE_WIDTH)), height, accent, RULE_OPACITY)


def centred(text: str, face: str, size: float, x: float) -> float:
    """Where a line begins that is centred on `x`."""
    return x - text_width(text, face, size) / 2


def indents(row: TextBlock) -> list[float]:
    """Of lines that are set flush: those that run to the left begin below each other on the right."""
    wide = [text_width(line, row.face, row.size) for line in row.lines]
    return [max(wide) - width if runs_to_the_left(line) else 0.0 for line, width in zip(row.lines, wide, strict=True)]
