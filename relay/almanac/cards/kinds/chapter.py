"""A chapter's card: its title, a short line over it, a sentence or two below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from relay.almanac.cards.between import Between, CardDesign, PlacedCard
from relay.almanac.cards.page import CardPage, Drawing
from relay.almanac.cards.typography import readable
from relay.almanac.formats import House
from relay.language.catalogue import N_

SIZES, LINES, UPRIGHT_LINES, MEASURE = (88, 78, 68, 58, 50), 3, 4, 1360
"""Of the title, in units: a step below those of the film's."""
ABOVE, GAP_ABOVE = 32, 22
GAP = 34
"""Units between title, ornament and text."""
TEXT_SIZES, TEXT_LINES, UPRIGHT_TEXT_LINES, TEXT_MEASURE = (38, 34, 30), 4, 7, 1100
"""A line of 1100 units has some 60 letters, which is as many as the eye finds its way back from."""
TEXT_LEADING = 1.36


@dataclass(frozen=True, slots=True)
class ChapterCard:
    """`text`: a sentence or two under the title."""

    title: str
    text: str = ""
    above: str = ""

    def on(self, page: CardPage) -> Drawing:
        texts = [readable(part) for part in (self.above, self.title, self.text)]
        return Drawing("chapter", texts, lambda: page.cropped(_pieces(page, *texts)))


def _pieces(page: CardPage, above: str, title: str, text: str) -> list[Any]:
    fonts, colours = page.fonts(above, title, text), page.theme.colours
    rows = [
        page.block(
            title,
            fonts.display,
            SIZES,
            colours.ink,
            wide=page.measure(MEASURE),
            lines=UPRIGHT_LINES if page.upright else LINES,
            leading=page.theme.leading,
        ),
        page.gap(GAP),
        page.ornament(),
    ]
    if above:
        rows = [page.line(above, fonts.text, ABOVE, colours.accent), page.gap(GAP_ABOVE), *rows]
    if text:
        below = page.block(
            text,
            fonts.light,
            TEXT_SIZES,
            colours.soft,
            wide=page.measure(TEXT_MEASURE),
            lines=UPRIGHT_TEXT_LINES if page.upright else TEXT_LINES,
            leading=TEXT_LEADING,
        )
        rows += [page.gap(GAP), below]
    return page.stack(rows, page.middle)


def _place(card: Between, house: House) -> PlacedCard:
    words = card.words
    return PlacedCard(
        ChapterCard(words.get("title", ""), words.get("text", ""), words.get("above", "")), house.title_seconds
    )


DESIGN = CardDesign(
    name="chapter",
    words=("title", "text", "above"),
    needs="title",
    refusal=N_("A chapter card needs a title."),
    place=_place,
    divides=True,
)
