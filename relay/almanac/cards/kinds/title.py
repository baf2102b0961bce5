"""The opening card: the film's title, with a short line over it and one below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from relay.almanac.cards.page import CardPage, Drawing
from relay.almanac.cards.typography import readable

SIZES, LEFT_SIZES = (104, 92, 80, 70, 60, 50), (120, 104, 92, 80, 70, 60, 50)
"""Units; a title that is set flush left stands on an emptier page, and may be larger."""
LINES, UPRIGHT_LINES = 3, 5
MEASURE = 1480
ABOVE, BELOW = 36, 40
"""Units of the letters of the lines over and below the title."""
GAP_ABOVE, GAP_BELOW = 24, 32
ORNAMENT_OVER, ORNAMENT_UNDER = 36, 40
"""Units between the title and the ornament over it, or under it where it is set flush left."""


@dataclass(frozen=True, slots=True)
class TitleCard:
    """`above`: a short line over the title (the hashtag); `subtitle`: one below it (dates, places)."""

    title: str
    subtitle: str = ""
    above: str = ""

    def on(self, page: CardPage) -> Drawing:
        texts = [readable(text) for text in (self.above, self.title, self.subtitle)]
        return Drawing("title", texts, lambda: page.cropped(_pieces(page, *texts)))


def _pieces(page: CardPage, above: str, title: str, subtitle: str) -> list[Any]:
    fonts, colours, left = page.fonts(above, title, subtitle), page.theme.colours, page.flush_left
    rows = [
        page.block(
            title,
            fonts.display,
            LEFT_SIZES if left else SIZES,
            colours.ink,
            wide=page.measure(MEASURE),
            lines=UPRIGHT_LINES if page.upright else LINES,
            leading=page.theme.leading,
        )
    ]
    if left:
        rows = [*rows, page.gap(ORNAMENT_UNDER), page.ornament()]
    elif above or subtitle:
        rows = [page.ornament(), page.gap(ORNAMENT_OVER), *rows]
    if above:
        rows = [page.line(above, fonts.text, ABOVE, colours.accent), page.gap(GAP_ABOVE), *rows]
    if subtitle:
        rows = [*rows, page.gap(GAP_BELOW), page.line(subtitle, fonts.light, BELOW, colours.soft)]
    return page.stack(rows, page.middle)
