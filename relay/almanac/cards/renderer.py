"""Title, chapters, quotes, pictures, name strips, captions and credits as pictures. Moviepy composes them; nothing else
in Relay imports it.

A card is a *ground* (a still of the film's size) and a *layer* of text over it; ffmpeg lets the layer come and go,
so no frame of the film is ever drawn by moviepy (measured: 90 ms a full frame, against 3 ms for a strip).

Sizes are given for a picture of 1920×1080 and scaled to the film's; an upright or square film is set like a page of
1200 units' width. How it looks is the theme's; names are data. What no font can draw of them is left out and told
beforehand (undrawn.py); a name of which nothing is left keeps its place as “a participant”.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from relay.almanac.cards import backgrounds
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.links import address_lines, ascii_address, plain_address
from relay.almanac.cards.themes import Colour, Fonts, Theme, theme
from relay.almanac.cards.typefaces import capital_height, stamp
from relay.almanac.cards.typography import (
    bound,
    covering,
    directed,
    fit_lines,
    has_letters,
    ink,
    missing,
    readable,
    runs_to_the_left,
    shortened,
    text_width,
    wrap,
)
from relay.almanac.cards.words import card_words, counted, quoted
from relay.almanac.formats import House

CARDS = 3
"""Part of every card's name; raise it when the design changes."""

MOST_COLUMNS, MOST_LINES = 3, 10
"""Of a page of the credits, and of a name on it: a name of 200 letters, the most that are taken, is not cut."""
LINE = 1.25
"""Height of a line of running text, in sizes."""
SMALL = 0.72
"""A town beside its name, in sizes."""
CODE_MODULE = 7.0
"""Width of a QR code's module at which a phone reads it from the seats of a hall."""
CAPTION_FACE = "Roboto 500"
CAPTION_INK, CAPTION_PLATE = (255, 255, 255), (8, 10, 14)


@dataclass(frozen=True, slots=True)
class CardImage:
    """A PNG on disk: its content's sha256, and where it lies in the frame."""

    path: Path
    sha256: str
    x: int = 0
    y: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    town: str = ""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is thanked at the end: those in the film, those who took part besides."""

    people: Sequence[Person]
    others: Sequence[Person] = ()


@dataclass(frozen=True, slots=True)
class CreditsPage:
    """A page of the credits, and how many people stand on it."""

    picture: CardImage
    people: int


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


class CardRenderer:
    """Draws into `folder`, once for each text; what is there already is not drawn again."""

    def __init__(self, folder: Path, house: House, language: str = "ru", look: Theme | None = None) -> None:
        self.folder, self.house, self.theme = folder, house, look or theme()
        self.language, self.words = language, card_words(language)
        self.upright = house.width < 1.5 * house.height
        self._scale = min(house.width / (1200 if self.upright else 1920), house.height / 1080)

    @cached_property
    def ground(self) -> CardImage:
        return self._kept("ground", [], lambda: (backgrounds.ground(self.theme, self.house, self._scale), 0, 0))

    def title(self, title: str, subtitle: str = "", above: str = "") -> CardImage:
        """`above`: a short line over the title (the hashtag); `subtitle`: one below it (dates, places)."""
        texts = [readable(text) for text in (above, title, subtitle)]
        return self._kept("title", texts, lambda: self._cropped(self._title(*texts)))

    def chapter(self, title: str, text: str = "", above: str = "") -> CardImage:
        """`text`: a sentence or two under the title."""
        texts = [readable(part) for part in (above, title, text)]
        return self._kept("chapter", texts, lambda: self._cropped(self._chapter(*texts)))

    def quote(self, text: str, author: str = "", link: str = "") -> CardImage:
        """The text with its author; `link` as a line and as a QR code."""
        text, author = readable(text), readable(author)
        return self._kept("quote", [text, author, link], lambda: self._cropped(self._quote(text, author, link)))

    def scene(self, sha256: str, shape: tuple[int, int], photo: Callable[[], Pixels]) -> CardImage:
        """An archive picture of `shape` (width, height) as a still of the film's size. `photo` decodes it, to RGB."""
        return self._kept("scene", [sha256, shape], lambda: (backgrounds.scene(photo(), self.theme, self.house), 0, 0))

    def legend(self, title: str, source: str, *, shape: tuple[int, int]) -> CardImage:
        """What an archive picture of `shape` (width, height) shows and where it is from, at the lower edge."""
        title, source = readable(title), readable(source)
        if backgrounds.fills(shape, self.house):
            return self._kept("legend", [title, source], lambda: self._cropped(self._legend(title, source)))
        edge = backgrounds.lower_edge(shape, self.house)
        return self._kept("label", [title, source, edge], lambda: self._cropped(self._label(title, source, edge)))

    def strip(self, person: Person) -> CardImage | None:
        """The name over a clip; None where there is neither a name nor a town to show."""
        name, town = self._shown(person.name), readable(person.town)
        if not name and not town:
            return None
        name, town = (name, town) if name else (town, "")
        return self._kept("strip", [name, town], lambda: self._strip(name, town))

    def caption(self, text: str, over: CardImage | None = None) -> CardImage | None:
        """One caption, at the lower edge or above the name strip `over`. None for a text without letters."""
        lines = [line for line in (readable(part) for part in text.split("\n")) if line]
        if not lines:
            return None
        floor = self.house.height - round(self._foot * 0.62) if over is None else over.y - round(self._u(22))
        return self._kept("caption", [lines, floor], lambda: self._caption(lines, floor))

    def credits(self, cast: Cast) -> list[CreditsPage]:
        """Pages with everybody, each person once, in the order given; those without a name come last, by town."""
        named = self._named(cast.people)
        more = self._named(cast.others)
        unknown = [readable(p.town) for p in (*cast.people, *cast.others) if not self._shown(p.name)]
        sections = [
            ("people", list(named.values())),
            ("others", [person for key, person in more.items() if key not in named]),
            ("unknown", self._counted(unknown)),
        ]
        return [page for heading, people in sections if people for page in self._pages(self.words[heading], people)]

    def ending(self, hashtag: str, dates: str = "", music: str = "") -> CardImage:
        texts = [readable(hashtag), readable(dates), self.words["made"]]
        named = [f"{self.words['music']}: {readable(music)}"] if readable(music) else []
        return self._kept("ending", [*texts, *named], lambda: self._cropped(self._ending(*texts, *named)))

    def _named(self, people: Sequence[Person]) -> dict[tuple[str, str], tuple[str, str]]:
        """Everybody with a name, once, as it is drawn: by the name as it is written, for two may be drawn alike."""
        return {
            (readable(person.name) + "".join(missing(person.name)), readable(person.town)): (
                shown,
                readable(person.town),
            )
            for person in people
            if (shown := self._shown(person.name))
        }

    def _shown(self, name: str) -> str:
        """What stands for a name: what of it can be drawn, “a participant” where nothing can, nothing for no name."""
        drawn = readable(name)
        return self.words["nobody"] if missing(name) and not has_letters(drawn) else drawn

    # --- how each is drawn ---

    def _title(self, above: str, title: str, subtitle: str) -> list[Any]:
        fonts, colours = self._fonts(above, title, subtitle), self.theme.colours
        left = self.theme.align == "left"
        sizes = (120, 104, 92, 80, 70, 60, 50) if left else (104, 92, 80, 70, 60, 50)
        size, lines = fit_lines(
            bound(title), fonts.display, sizes, self._wide(1480), 5 if self.upright else 3, self._scale
        )
        rows = [TextBlock(tuple(lines), fonts.display, size, colours.ink, self.theme.leading)]
        if left:
            rows = [*rows, self._gap(40), self._ornament_row()]
        elif above or subtitle:
            rows = [self._ornament_row(), self._gap(36), *rows]
        if above:
            rows = [self._fitted(above, fonts.text, 36, colours.accent), self._gap(24), *rows]
        if subtitle:
            rows = [*rows, self._gap(32), self._fitted(subtitle, fonts.light, 40, colours.soft)]
        return self._stack(rows, self.house.height * 0.485)

    def _chapter(self, above: str, title: str, text: str) -> list[Any]:
        fonts, colours = self._fonts(above, title, text), self.theme.colours
        size, lines = fit_lines(
            bound(title), fonts.display, (88, 78, 68, 58, 50), self._wide(1360), 4 if self.upright else 3, self._scale
        )
        rows = [
            TextBlock(tuple(lines), fonts.display, size, colours.ink, self.theme.leading),
            self._gap(34),
            self._ornament_row(),
        ]
        if above:
            rows = [self._fitted(above, fonts.text, 32, colours.accent), self._gap(22), *rows]
        if text:
            small, more = fit_lines(
                bound(text), fonts.light, (38, 34, 30), self._wide(1100), 7 if self.upright else 4, self._scale
            )
            rows += [self._gap(34), TextBlock(tuple(more), fonts.light, small, colours.soft, 1.36)]
        return self._stack(rows, self.house.height * 0.485)

    def _quote(self, text: str, author: str, link: str) -> list[Any]:
        """The text to the left, the code to the right of it; on an upright film one below the other."""
        fonts, colours = self._fonts(text, author), self.theme.colours
        code = self._code(link) if link else None
        beside = code is not None and not self.upright
        wide = self._wide(1120 if beside else 1420)
        high = self.house.height * (0.62 if code is None or beside else 0.46 if self._tall else 0.38)
        size, lines = self._paragraph(
            quoted(text, self.language), fonts.text, (66, 60, 54, 48, 43, 38, 34, 30, 27), wide, high
        )
        rows = [TextBlock(tuple(lines), fonts.text, size, colours.ink, 1.34)]
        if author:
            rows += [
                self._gap(40),
                self._ornament_row(),
                self._gap(24),
                self._fitted(author, fonts.strong, 36, colours.accent, wide),
            ]
        if code is None:
            return self._stack(rows, self.house.height * 0.485)
        if beside:
            left = (self.house.width - wide - self._u(110) - code.shape[1]) / 2
            if self.theme.align == "left":
                left = self._left
            right = (
                self.house.width - left - code.shape[1] if self.theme.align == "left" else left + wide + self._u(110)
            )
            pieces = self._stack(rows, self.house.height * 0.485, align="left", left=left, wide=wide)
            return [*pieces, *self._link(code, link, right + code.shape[1] / 2, self.house.height * 0.47)]
        pieces = self._stack(rows, self.house.height * (0.38 if self._tall else 0.325))
        middle = self._left + code.shape[1] / 2 if self.theme.align == "left" else self.house.width / 2
        return [*pieces, *self._link(code, link, middle, self.house.height * (0.72 if self._tall else 0.775))]

    def _paragraph(
        self, text: str, face: str, sizes: Sequence[float], wide: float, high: float
    ) -> tuple[float, list[str]]:
        """The largest size in which a text fits into a box; at the least its end is left out."""
        for wanted in sizes:
            size = wanted * self._scale
            lines = wrap(bound(text), face, size, wide)
            if len(lines) * size * 1.34 <= high and (len(lines) > 2 or wanted == sizes[0]):
                break
        else:
            return fit_lines(bound(text), face, sizes[-1:], wide, int(high / (size * 1.34)), self._scale)
        return fit_lines(bound(text), face, [wanted], wide, len(lines), self._scale)

    def _code(self, link: str) -> Pixels:
        """The link as a QR code, on a light plate: readers expect dark on light. A longer link makes a larger code."""
        import segno

        code = segno.make(ascii_address(link), error="m", micro=False, encoding="utf-8")
        matrix = np.array([list(row) for row in code.matrix], np.bool_)
        modules = len(matrix) + 6
        side = min(max(260.0, CODE_MODULE * modules), 320 if self.upright else 400)
        pixel = max(2, round(self._u(side) / modules))
        light, dark = sorted((self.theme.colours.plate, self.theme.colours.plate_ink), key=sum, reverse=True)
        return backgrounds.modules(matrix, pixel, 3, dark, light)

    def _link(self, code: Pixels, link: str, x: float, y: float) -> list[Any]:
        """The code, its middle at x, y, and the address under it."""
        top = round(y - code.shape[0] / 2)
        shown = readable(plain_address(link)).rstrip("/").removeprefix("www.")
        size, face = self._u(24), self._fonts(shown).light
        wide = self._wide(1000) if self.upright else max(self._u(330), float(code.shape[1]))
        lines = address_lines(shown, face, size, wide)[:3]
        pieces = [_still(code, round(x - code.shape[1] / 2), top)]
        for number, line in enumerate(lines):
            under = top + code.shape[0] + size * (1.4 + 1.25 * number)
            fitting = shortened(line, face, size, wide)
            flush = x - code.shape[1] / 2 if self.upright and self.theme.align == "left" else 0.0
            pieces.append(
                self._line(fitting, face, size, self.theme.colours.soft, y=under, x=None if flush else x, left=flush)
            )
        return pieces

    def _label(self, title: str, source: str, edge: int) -> list[Any]:
        """Under a picture that lies on the theme's ground and ends at `edge`, as in an exhibition."""
        fonts, colours, wide = self._fonts(title, source), self.theme.colours, self._wide(1300)
        rows: list[TextBlock] = []
        if title:
            size, lines = fit_lines(bound(title), fonts.strong, (38, 34, 30), wide, 2, self._scale)
            rows.append(TextBlock(tuple(lines), fonts.strong, size, colours.ink))
        if source:
            size, lines = fit_lines(bound(source), fonts.light, (27, 25), wide, 3, self._scale)
            rows += [*([self._gap(6)] if rows else []), TextBlock(tuple(lines), fonts.light, size, colours.soft)]
        middle = edge + self._u(58) + sum(row.height for row in rows) / 2
        return self._stack(rows, middle, align="centre", left=0.0)

    def _legend(self, title: str, source: str) -> list[Any]:
        """White on a shadow in every theme: it lies on a photograph."""
        fonts = self._fonts(title, source)
        wide = self.house.width - 2 * self._left
        rows: list[TextBlock] = []
        if title:
            size, lines = fit_lines(bound(title), fonts.strong, (42, 38, 34, 30), wide, 3, self._scale)
            rows.append(TextBlock(tuple(lines), fonts.strong, size, CAPTION_INK))
        if source:
            size, lines = fit_lines(bound(source), fonts.light, (28, 26, 24), wide, 4, self._scale)
            rows += [*([self._gap(8)] if rows else []), TextBlock(tuple(lines), fonts.light, size, (226, 228, 232))]
        height = sum(row.height for row in rows)
        foot = self._foot * 0.75
        shade = backgrounds.scrim(self.house.width, _even(height + foot + self._u(240)), (0, 0, 0), 0.78)
        middle = self.house.height - foot - height / 2
        words = self._stack(rows, middle, align="left", left=self._left, wide=wide)
        return [_still(shade, 0, self.house.height - shade.shape[0]), *words]

    def _pages(self, heading: str, people: Sequence[tuple[str, str]]) -> list[CreditsPage]:
        """Even pages: the columns are as low as they can be with the pages that are needed."""
        most = self._columns
        size, blocks = self._blocks(people)
        room = self.house.height * (0.66 if self.upright else 0.62)
        gap = self._u(22)
        pages = -(-len(_filled_columns(blocks, room, gap)) // most)
        few = pages == 1 and len(people) <= 4
        columns = [blocks] if few else _even_columns(blocks, room, gap, pages * most)
        spread = [columns[len(columns) * n // pages : len(columns) * (n + 1) // pages] for n in range(pages)]
        return [
            CreditsPage(
                self._kept(
                    "credits",
                    [heading, size, [[(b.name, b.town) for b in column] for column in page]],
                    lambda page=page: self._cropped(self._page(heading, page, size, gap)),
                ),
                sum(len(column) for column in page),
            )
            for page in spread
        ]

    @property
    def _columns(self) -> int:
        return min(MOST_COLUMNS, max(1, int(self.house.width / self._scale // 560)))

    def _blocks(self, people: Sequence[tuple[str, str]]) -> tuple[float, list[Block]]:
        """Everybody's lines, all in one size: the largest in which nobody takes more than two lines for the name."""
        faces = [self._fonts(name) for name, _ in people]
        wide = self._column_width - self._u(44)
        for wanted in (40, 38, 36, 34, 32, 30, 28):
            size = wanted * self._scale
            names = [wrap(name, own.strong, size, wide) for (name, _), own in zip(people, faces, strict=True)]
            if all(
                len(lines) <= 2 and all(text_width(x, own.strong, size) <= wide for x in lines)
                for lines, own in zip(names, faces, strict=True)
            ):
                break
        small = size * SMALL
        made = []
        for (whole, town), lines, own in zip(people, names, faces, strict=True):
            name = [shortened(line, own.strong, size, wide) for line in lines[:MOST_LINES]]
            light = self._fonts(town).light
            towns = fit_lines(bound(town), light, [small / self._scale], wide, 2, self._scale)[1] if town else ()
            height = len(name) * size * 1.2 + len(towns) * small * 1.25
            made.append(Block(tuple(directed(whole, name)), tuple(towns), height, own.strong, light))
        return size, made

    @property
    def _column_width(self) -> float:
        room = self.house.width * 0.86 if self.upright else self._u(1640)
        return room / self._columns

    def _page(self, heading: str, columns: Sequence[Sequence[Block]], size: float, gap: float) -> list[Any]:
        fonts, colours, left = self.theme.fonts, self.theme.colours, self.theme.align == "left"
        small = size * SMALL
        high = max(_height(column, gap) for column in columns)
        head = [
            self._fitted(
                heading,
                fonts.display if left else fonts.light,
                52 if left else 46,
                colours.accent if not left else colours.ink,
            )
        ]
        head += [self._gap(20), self._ornament_row(), self._gap(52)]
        whole = sum(row.height for row in head) + high
        top = (self.house.height - whole) / 2
        pieces = self._stack(head, top + sum(row.height for row in head) / 2)
        top += sum(row.height for row in head)
        width = self._column_width if len(columns) > 1 or left else self._wide(1200)
        start = self._left if left else self.house.width / 2 - len(columns) * width / 2
        for number, column in enumerate(columns):
            y = top
            for block in column:
                rows = [TextBlock(block.name, block.strong, size, colours.ink, 1.2)]
                rows += [TextBlock(block.town, block.light, small, colours.soft)] if block.town else []
                pieces += self._stack(rows, y + block.height / 2, left=start + number * width, wide=width)
                y += block.height + gap
        return pieces

    def _counted(self, towns: Sequence[str]) -> list[tuple[str, str]]:
        """Participants without names, as lines: how many from where."""
        counts: dict[str, int] = {}
        for town in towns:
            counts[town] = counts.get(town, 0) + 1
        told = {town: counted(count, self.language) for town, count in sorted(counts.items())}
        return [(town, many) for town, many in told.items() if town] + ([(told[""], "")] if "" in told else [])

    def _ending(self, hashtag: str, dates: str, made: str, music: str = "") -> list[Any]:
        fonts, colours = self._fonts(hashtag, dates, music), self.theme.colours
        rows = [self._fitted(hashtag, fonts.display, 76, colours.ink), self._gap(30)] if hashtag else []
        rows.append(self._ornament_row())
        if dates:
            rows += [self._gap(30), self._fitted(dates, fonts.light, 40, colours.soft)]
        if music:
            size, lines = fit_lines(bound(music), fonts.light, (30, 28, 26), self._wide(1300), 3, self._scale)
            rows += [self._gap(46), TextBlock(tuple(lines), fonts.light, size, colours.soft)]
        foot = TextBlock((made,), fonts.light, self._u(26), colours.accent)
        return [
            *self._stack(rows, self.house.height * 0.485),
            *self._stack([foot], self.house.height - self._foot * 1.02),
        ]

    def _strip(self, name: str, town: str) -> tuple[Pixels, int, int]:
        fonts = self._fonts(name, town)
        inner = self.house.width * 0.68 if self.upright else self._u(980)
        name_size, names = fit_lines(bound(name), fonts.strong, (50, 46, 42, 38, 34, 30), inner, 2, self._scale)
        town_face = fonts.light if self.theme.strip == "solid" else fonts.text
        town_size, towns = fit_lines(bound(town), town_face, (32, 28, 25), inner, 2, self._scale) if town else (0, [])
        rows = [(line, fonts.strong, name_size) for line in names], [(line, town_face, town_size) for line in towns]
        draw = self._strip_block if self.theme.strip == "block" else self._strip_plate
        pixels = draw(*rows)
        return pixels, round(self._left_strip), self.house.height - pixels.shape[0] - round(self._foot)

    def _strip_plate(self, names: list[tuple[str, str, float]], towns: list[tuple[str, str, float]]) -> Pixels:
        """Name and town on one plate with a bar of the accent; it runs out to the right, or is shut."""
        colours, fading = self.theme.colours, self.theme.strip == "fading"
        pad, bar = self._u(34), max(2, round(self._u(7)))
        rows = [*names, *towns]
        widest = max(text_width(line, face, size) for line, face, size in rows)
        width = _even(bar + pad + widest + (self._u(120) if fading else pad * 1.15))
        height = _even(sum(size * 1.26 for _, _, size in rows) + 1.3 * pad)
        ground = backgrounds.plate(width, height, colours.plate, self.theme.opacity, bar=bar, accent=colours.accent)
        pieces = [_still(backgrounds.faded(ground, self._u(110)) if fading else ground, 0, 0)]
        y = 0.65 * pad
        for number, (line, face, size) in enumerate(rows):
            colour = colours.plate_ink if number < len(names) else colours.plate_soft
            pieces.append(_text(line, face, size, colour, bar + pad, y + size * 0.63))
            y += size * 1.26
        return compose(pieces, width, height)

    def _strip_block(self, names: list[tuple[str, str, float]], towns: list[tuple[str, str, float]]) -> Pixels:
        """The name on a dark plate, the town on one of the accent below it."""
        colours, pad = self.theme.colours, self._u(28)
        parts = [(names, colours.plate, colours.plate_ink, self.theme.opacity)]
        if towns:
            parts.append((towns, colours.accent, colours.plate_soft, 1.0))
        pieces, y, width = [], 0.0, 0.0
        for rows, ground, written, opacity in parts:
            wide = _even(2 * pad + max(text_width(line, face, size) for line, face, size in rows))
            edge = pad * (0.62 if rows is names else 0.36)
            high = _even(sum(size * 1.26 for _, _, size in rows) + 2 * edge)
            pieces.append(_still(backgrounds.plate(wide, high, ground, opacity), 0, round(y)))
            at = y + edge
            for line, face, size in rows:
                pieces.append(_text(line, face, size, written, pad, at + size * 0.63))
                at += size * 1.26
            y, width = y + high, max(width, wide)
        return compose(pieces, _even(width), _even(y))

    def _caption(self, lines: Sequence[str], floor: int) -> tuple[Pixels, int, int]:
        """White on a dark plate in every theme: it has to be read over snow and over night."""
        face = covering(" ".join(lines), CAPTION_FACE)
        inner = self.house.width * 0.84
        size, fitted = next(
            (
                (wanted * self._scale, list(lines))
                for wanted in (46, 43, 40, 37, 34, 31)
                if all(text_width(line, face, wanted * self._scale) <= inner for line in lines)
            ),
            (0.0, []),
        )
        if not fitted:
            size, fitted = fit_lines(" ".join(lines), face, (37, 34, 31, 28), inner, 3, self._scale)
        pad = size * 0.42
        width = _even(max(text_width(line, face, size) for line in fitted) + 2 * pad * 1.3)
        height = _even(len(fitted) * size * 1.28 + 1.3 * pad)
        pieces = [_still(backgrounds.rounded(backgrounds.plate(width, height, CAPTION_PLATE, 0.68), size * 0.18), 0, 0)]
        for number, line in enumerate(fitted):
            left = (width - text_width(line, face, size)) / 2
            pieces.append(_text(line, face, size, CAPTION_INK, left, 0.65 * pad + size * 1.28 * (number + 0.5)))
        x, y = (self.house.width - width) // 2, floor - height
        return compose(pieces, width, height), max(0, x), max(0, y)

    # --- small strokes ---

    def _fonts(self, *texts: str) -> Fonts:
        """The theme's faces, or their companions where they lack letters of the texts, which so stay of one face."""
        whole, fonts = " ".join(texts), self.theme.fonts
        return Fonts(*(covering(whole, face) for face in (fonts.display, fonts.strong, fonts.text, fonts.light)))

    def _u(self, length: float) -> float:
        return length * self._scale

    def _wide(self, length: float) -> float:
        """A length that follows the film's width, for upright films too."""
        return min(self._u(length), self.house.width * 0.84)

    @property
    def _tall(self) -> bool:
        return self.house.height > 1.5 * self.house.width

    @property
    def _left(self) -> float:
        """The margin of what is set flush left."""
        return self.house.width * 0.08 if self.upright else self._u(140)

    @property
    def _left_strip(self) -> float:
        return self.house.width * 0.06 if self.upright else self._u(88)

    @property
    def _foot(self) -> float:
        """What stays free at the lower edge; on an upright film a phone lays its buttons there."""
        return self.house.height * (0.16 if self._tall else 0.089)

    def _gap(self, length: float) -> TextBlock:
        return TextBlock(size=self._u(length))

    def _ornament_row(self) -> TextBlock:
        return TextBlock(size=self._u({"lozenge": 18, "rule": 4, "bar": 10}[self.theme.ornament]), ornament=True)

    def _fitted(self, text: str, face: str, size: float, colour: Colour, wide: float | None = None) -> TextBlock:
        """One line, smaller where it is long, in two where it is longer still."""
        sizes = [size, size * 0.85, size * 0.72]
        fitting, lines = fit_lines(
            bound(text), face, sizes, wide or self._wide(1480), 2 if wide or self.upright else 1, self._scale
        )
        return TextBlock(tuple(lines), face, fitting, colour)

    def _stack(
        self,
        rows: Sequence[TextBlock],
        middle: float,
        *,
        align: str = "",
        left: float | None = None,
        wide: float | None = None,
    ) -> list[Any]:
        """Rows one below another, their middle at `middle`, in a column that begins at `left`."""
        align = align or self.theme.align
        start = (self._left if align == "left" else 0.0) if left is None else left
        width = (self.house.width - 2 * start) if wide is None else wide
        y, pieces = middle - sum(row.height for row in rows) / 2, []
        for row in rows:
            if row.ornament:
                drawn = self._ornament(beginning=align == "left")
                x = start if align == "left" else start + (width - drawn.shape[1]) / 2
                pieces.append(_still(drawn, round(x), round(y + (row.height - drawn.shape[0]) / 2)))
            for number, (line, indent) in enumerate(zip(row.lines, _indents(row), strict=True)):
                at = y + row.size * row.leading * (number + 0.5)
                x = None if align == "left" else start + width / 2
                pieces.append(self._line(line, row.face, row.size, row.colour, y=at, x=x, left=start + indent))
            y += row.height
        return pieces

    def _line(
        self, text: str, face: str, size: float, colour: Colour, *, y: float, x: float | None, left: float = 0.0
    ) -> Any:
        """One line whose capitals are centred on `y`: around `x`, or from `left` on."""
        return _text(text, face, size, colour, left if x is None else x - text_width(text, face, size) / 2, y)

    def _ornament(self, *, beginning: bool) -> Pixels:
        """`beginning`: for words that are set flush left."""
        accent = self.theme.colours.accent
        if self.theme.ornament == "lozenge" and not beginning:
            return backgrounds.lozenge(_even(self._u(520)), max(8, _even(self._u(18))), accent)
        if self.theme.ornament == "bar":
            return backgrounds.plate(_even(self._u(110)), max(2, _even(self._u(10))), accent, 1.0)
        return backgrounds.plate(_even(self._u(150)), max(1, round(self._u(3))), accent, 0.85)

    def _cropped(self, pieces: list[Any]) -> tuple[Pixels, int, int]:
        """Composes a full frame of pieces and keeps the part that has something in it, with even edges."""
        pixels = compose(pieces, self.house.width, self.house.height)
        ys, xs = np.nonzero(pixels[..., 3].any(axis=1))[0], np.nonzero(pixels[..., 3].any(axis=0))[0]
        if not len(ys):
            return pixels[:2, :2], 0, 0
        x, y = int(xs[0]) // 2 * 2, int(ys[0]) // 2 * 2
        return pixels[y : _even(ys[-1] + 1), x : _even(xs[-1] + 1)], x, y

    def _kept(self, kind: str, texts: Any, draw: Any) -> CardImage:
        words = json.dumps(texts, ensure_ascii=False)
        shape = [CARDS, kind, self.theme.digest, self.house.width, self.house.height, texts, stamp(words)]
        key = hashlib.sha256(json.dumps(shape, ensure_ascii=False).encode()).hexdigest()
        path, note = self.folder / f"{key}.png", self.folder / f"{key}.json"
        if not (path.exists() and note.exists()):
            self.folder.mkdir(parents=True, exist_ok=True)
            pixels, x, y = draw()
            _save(path, note, pixels, x, y)
        facts = json.loads(note.read_text())
        return CardImage(path, facts["sha256"], facts["x"], facts["y"])


# --- columns of names ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """A participant in the credits: lines of the name and of the town, the pixels that they take, their faces."""

    name: tuple[str, ...]
    town: tuple[str, ...]
    height: float
    strong: str
    light: str


def _indents(row: TextBlock) -> list[float]:
    """Of lines that are set flush: those that run to the left begin below each other on the right."""
    wide = [text_width(line, row.face, row.size) for line in row.lines]
    return [max(wide) - width if runs_to_the_left(line) else 0.0 for line, width in zip(row.lines, wide, strict=True)]


def _height(column: Sequence[Block], gap: float) -> float:
    return sum(block.height for block in column) + gap * (len(column) - 1)


def _filled_columns(blocks: Sequence[Block], room: float, gap: float) -> list[list[Block]]:
    columns: list[list[Block]] = [[]]
    for block in blocks:
        if columns[-1] and _height([*columns[-1], block], gap) > room:
            columns.append([])
        columns[-1].append(block)
    return columns


def _even_columns(blocks: Sequence[Block], room: float, gap: float, count: int) -> list[list[Block]]:
    """At most `count` columns of about the same height, none higher than `room`."""
    whole = sum(block.height + gap for block in blocks)
    columns: list[list[Block]] = [[] for _ in range(count)]
    so_far = 0.0
    for block in blocks:
        middle = so_far + (block.height + gap) / 2
        columns[min(count - 1, int(middle / whole * count))].append(block)
        so_far += block.height + gap
    even = [column for column in columns if column]
    fits = all(_height(column, gap) <= room for column in even)
    return even if fits else _filled_columns(blocks, room, gap)


# --- pieces ---------------------------------------------------------------------------------------------------------


def _text(text: str, face: str, size: float, colour: Colour, left: float, middle: float) -> Any:
    """A line that begins at `left`, its capitals centred on `middle`."""
    drawn, baseline = ink(text, face, size), middle + capital_height(face, size) / 2
    pixels = np.empty((*drawn.alpha.shape, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = colour, drawn.alpha
    return _still(pixels, round(left) + drawn.left, round(baseline) + drawn.top)


def _still(pixels: Pixels, x: int, y: int) -> Any:
    from moviepy import ImageClip

    return ImageClip(pixels).with_position((x, y))


def compose(pieces: Sequence[Any], width: int, height: int) -> Pixels:
    """Moviepy clips with their positions, one over another on nothing, as RGBA.

    Moviepy's own composition works on whole frames for every piece (30 ms each at 1920×1080) and loses what lies
    under the transparent margin of a later text; a page of credits has fifty pieces.
    """
    canvas = np.zeros((height, width, 4), np.float32)
    for piece in pieces:
        x, y = piece.pos(0)
        colours, alpha = piece.get_frame(0), piece.mask.get_frame(0)
        top, left = max(0, y), max(0, x)
        under = canvas[top : max(0, y + alpha.shape[0]), left : max(0, x + alpha.shape[1])]
        rows, columns = under.shape[:2]
        over = alpha[top - y : top - y + rows, left - x : left - x + columns, None].astype(np.float32)
        paint = colours[top - y : top - y + rows, left - x : left - x + columns, :3].astype(np.float32)
        under[..., :3] = paint * over + under[..., :3] * (1 - over)
        under[..., 3:] = over + under[..., 3:] * (1 - over)
    alpha = canvas[..., 3:]
    colours = canvas[..., :3] / np.maximum(alpha, 1 / 255)
    rgba = np.concatenate([colours, alpha * 255], axis=2) + np.float32(0.5)
    return np.asarray(np.clip(rgba, 0, 255), np.uint8)


def _even(number: float) -> int:
    return max(2, int(np.ceil(number / 2)) * 2)


def _save(path: Path, note: Path, pixels: Pixels, x: int, y: int) -> None:
    """The note comes last: a card with a note is whole."""
    from PIL import Image

    part = path.with_name(f"{path.stem}.{os.getpid()}.part")
    Image.fromarray(np.ascontiguousarray(pixels)).save(part, format="PNG", compress_level=1)
    sha256 = hashlib.sha256(part.read_bytes()).hexdigest()
    part.replace(path)
    half = note.with_name(f"{note.stem}.{os.getpid()}.note")
    half.write_text(json.dumps({"sha256": sha256, "x": x, "y": y}))
    half.replace(note)
