"""An archive picture as a card: its still, and what it shows and where it is from at the lower edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from relay.almanac.cards import backgrounds, pieces
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.between import Between, CardDesign, PlacedCard, TakesFrom
from relay.almanac.cards.page import CardPage, Drawing, TextBlock
from relay.almanac.cards.themes import Colour, Fonts
from relay.almanac.cards.typography import readable
from relay.almanac.formats import House
from relay.language.catalogue import N_

SECONDS = 7.0
"""How long a picture stands: to look over it, and to read where it is from."""

MEASURE = 1300
"""Units of a line under a picture that lies on the ground."""
BELOW_PICTURE = 58
"""Units from such a picture's lower edge, with its mat and shadow, to its label."""


@dataclass(frozen=True, slots=True)
class LegendLines:
    """Sizes in units and most lines of the title and of the source, and the units between them."""

    title: tuple[int, ...]
    title_lines: int
    source: tuple[int, ...]
    source_lines: int
    gap: int


LABEL = LegendLines((38, 34, 30), 2, (27, 25), 3, 6)
OVER_PHOTO = LegendLines((42, 38, 34, 30), 3, (28, 26, 24), 4, 8)
"""Larger than on the ground: a photograph is unquiet."""
TITLE_INK, SOURCE_INK = (255, 255, 255), (226, 228, 232)
LEGEND_FOOT = 0.75
"""What stays free below a legend, in heights of the foot: it is no line that a player's bar may not cover."""
SHADE, SHADE_RISE = (0, 0, 0), 240
"""The shadow under a legend, and the units by which it begins above it."""
SHADE_OPACITY = 0.78
"""At its foot, where white letters so have a contrast of 11:1 even to snow; WCAG 1.4.6 asks for 7:1."""


@dataclass(frozen=True, slots=True)
class PictureStill:
    """An archive picture of `shape` (width, height) as a still of the film's size. `photo` decodes it, to RGB."""

    sha256: str
    shape: tuple[int, int]
    photo: Callable[[], Pixels]

    def on(self, page: CardPage) -> Drawing:
        return Drawing(
            "scene", [self.sha256, self.shape], lambda: (backgrounds.scene(self.photo(), page.theme, page.house), 0, 0)
        )


@dataclass(frozen=True, slots=True)
class LegendCard:
    """What an archive picture of `shape` (width, height) shows and where it is from, at the lower edge."""

    title: str
    source: str
    shape: tuple[int, int]

    def on(self, page: CardPage) -> Drawing:
        title, source = readable(self.title), readable(self.source)
        if backgrounds.fills(self.shape, page.house):
            return Drawing("legend", [title, source], lambda: page.cropped(_over_photo(page, title, source)))
        edge = backgrounds.lower_edge(self.shape, page.house)
        return Drawing("label", [title, source, edge], lambda: page.cropped(_below(page, title, source, edge)))


def _below(page: CardPage, title: str, source: str, edge: int) -> list[Any]:
    """Under a picture that lies on the theme's ground and ends at `edge`, as in an exhibition."""
    colours = page.theme.colours
    rows = _rows(page, title, source, LABEL, (colours.ink, colours.soft), page.measure(MEASURE))
    middle = edge + page.units(BELOW_PICTURE) + sum(row.height for row in rows) / 2
    return page.stack(rows, middle, flush_left=False, left=0.0)


def _over_photo(page: CardPage, title: str, source: str) -> list[Any]:
    """White on a shadow in every theme: it lies on a photograph."""
    house, wide = page.house, page.house.width - 2 * page.left
    rows = _rows(page, title, source, OVER_PHOTO, (TITLE_INK, SOURCE_INK), wide)
    height, foot = sum(row.height for row in rows), page.foot * LEGEND_FOOT
    dark = pieces.even(height + foot + page.units(SHADE_RISE))
    shade = backgrounds.scrim(house.width, dark, SHADE, SHADE_OPACITY)
    words = page.stack(rows, house.height - foot - height / 2, flush_left=True, left=page.left, wide=wide)
    return [pieces.still(shade, 0, house.height - shade.shape[0]), *words]


def _rows(
    page: CardPage, title: str, source: str, sizes: LegendLines, inks: tuple[Colour, Colour], wide: float
) -> list[TextBlock]:
    fonts: Fonts = page.fonts(title, source)
    rows: list[TextBlock] = []
    if title:
        rows.append(page.block(title, fonts.strong, sizes.title, inks[0], wide=wide, lines=sizes.title_lines))
    if source:
        rows += [page.gap(sizes.gap)] if rows else []
        rows.append(page.block(source, fonts.light, sizes.source, inks[1], wide=wide, lines=sizes.source_lines))
    return rows


def _place(card: Between, _house: House) -> PlacedCard | None:
    """None for a picture that is not there any more."""
    photo = card.photo
    if photo is None:
        return None
    title, source = card.words.get("title", ""), card.words.get("source", "")
    legend = LegendCard(title, source, photo.shape) if title or source else None
    return PlacedCard(legend, SECONDS, photo, PictureStill(photo.sha256, photo.shape, photo.pixels))


DESIGN = CardDesign(
    name="picture",
    words=("title", "source"),
    needs="source",
    refusal=N_("A picture card needs the number of a picture."),
    place=_place,
    takes_from=TakesFrom.pictures,
)
