"""The closing card: the hashtag, the dates, the music, and what the film was made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from relay.almanac.cards.page import CardPage, Drawing, TextBlock
from relay.almanac.cards.typography import readable

HASHTAG, DATES, MADE = 76, 40, 26
"""Units of their letters; what the film was made with stands back."""
MUSIC_SIZES, MUSIC_LINES, MUSIC_MEASURE = (30, 28, 26), 3, 1300
"""A licence may ask for long credits: three lines of 1300 units hold some 280 letters."""
GAP, GAP_MUSIC = 30, 46
ABOVE_FOOT = 1.02
"""Where the middle of the last line is, in heights of the foot that stays free: just above it."""


@dataclass(frozen=True, slots=True)
class EndingCard:
    hashtag: str
    dates: str = ""
    music: str = ""

    def on(self, page: CardPage) -> Drawing:
        texts = [readable(self.hashtag), readable(self.dates), page.words["made"]]
        named = [f"{page.words['music']}: {readable(self.music)}"] if readable(self.music) else []
        return Drawing("ending", [*texts, *named], lambda: page.cropped(_pieces(page, *texts, *named)))


def _pieces(page: CardPage, hashtag: str, dates: str, made: str, music: str = "") -> list[Any]:
    fonts, colours = page.fonts(hashtag, dates, music), page.theme.colours
    rows = [page.line(hashtag, fonts.display, HASHTAG, colours.ink), page.gap(GAP)] if hashtag else []
    rows.append(page.ornament())
    if dates:
        rows += [page.gap(GAP), page.line(dates, fonts.light, DATES, colours.soft)]
    if music:
        wide = page.measure(MUSIC_MEASURE)
        rows += [
            page.gap(GAP_MUSIC),
            page.block(music, fonts.light, MUSIC_SIZES, colours.soft, wide=wide, lines=MUSIC_LINES),
        ]
    foot = TextBlock((made,), fonts.light, page.units(MADE), colours.accent)
    return [*page.stack(rows, page.middle), *page.stack([foot], page.house.height - page.foot * ABOVE_FOOT)]
