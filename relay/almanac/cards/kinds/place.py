"""Where and when: a card with a date, a place below it, and a line of what was there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from relay.almanac.cards.between import Between, CardDesign, PlacedCard
from relay.almanac.cards.page import CardPage, Drawing
from relay.almanac.cards.typography import readable
from relay.almanac.formats import House
from relay.language.catalogue import N_

DATE_SIZES, DATE_LINES = (46, 42, 38), 2
SIZES, LINES, UPRIGHT_LINES, MEASURE = (96, 86, 76, 66, 56, 48), 2, 4, 1400
"""Of the place, in units: it is what the eye finds first; the date leads to it."""
GAP_DATE, GAP = 26, 34
"""Units between date and place, and between place, ornament and text."""
TEXT_SIZES, TEXT_LINES, UPRIGHT_TEXT_LINES, TEXT_MEASURE, TEXT_LEADING = (36, 32, 29), 3, 6, 1100, 1.36


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """`date`: when, as people write it; `text`: a sentence about it."""

    place: str
    date: str = ""
    text: str = ""

    def on(self, page: CardPage) -> Drawing:
        texts = [readable(part) for part in (self.date, self.place, self.text)]
        return Drawing("place", texts, lambda: page.cropped(_pieces(page, *texts)))


def _pieces(page: CardPage, date: str, place: str, text: str) -> list[Any]:
    fonts, colours = page.fonts(date, place, text), page.theme.colours
    rows = []
    if date:
        dated = page.block(date, fonts.text, DATE_SIZES, colours.accent, wide=page.measure(MEASURE), lines=DATE_LINES)
        rows += [dated, page.gap(GAP_DATE)]
    lines = UPRIGHT_LINES if page.upright else LINES
    wide, leading = page.measure(MEASURE), page.theme.leading
    rows += [
        page.block(place, fonts.display, SIZES, colours.ink, wide=wide, lines=lines, leading=leading),
        page.gap(GAP),
        page.ornament(),
    ]
    if text:
        lines = UPRIGHT_TEXT_LINES if page.upright else TEXT_LINES
        wide = page.measure(TEXT_MEASURE)
        told = page.block(text, fonts.light, TEXT_SIZES, colours.soft, wide=wide, lines=lines, leading=TEXT_LEADING)
        rows += [page.gap(GAP), told]
    return page.stack(rows, page.middle)


def _place(card: Between, house: House) -> PlacedCard:
    words = card.words
    return PlacedCard(
        PlaceCard(words.get("place", ""), words.get("date", ""), words.get("text", "")), house.title_seconds
    )


DESIGN = CardDesign(
    name="place",
    words=("date", "place", "text"),
    needs="place",
    refusal=N_("A card with a place needs the place."),
    place=_place,
)
