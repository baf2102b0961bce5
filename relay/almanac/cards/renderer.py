"""Draws cards, and keeps them.

A card is a *ground* (a still of the film's size) and a *layer* of text over it; ffmpeg lets the layer come and go,
so no frame of the film is ever drawn by moviepy (measured: 90 ms a full frame, against 3 ms for a strip).

What stands on each kind of card, and where, is in the module of its name; how it looks is the theme's; names are data.
What no font can draw of them is left out and told beforehand (delivery/missing_glyphs.py); a name of which nothing is
left keeps its place as “a participant”.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from relay.almanac.cards import backgrounds
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.kinds.caption import caption_card
from relay.almanac.cards.kinds.credits import credits_cards
from relay.almanac.cards.kinds.strip import name_strip
from relay.almanac.cards.kinds.thanks import ThanksSection, thanks_cards
from relay.almanac.cards.page import CardPage, Drawable, Drawing
from relay.almanac.cards.people import Cast, Person
from relay.almanac.cards.places import MouthsSeen
from relay.almanac.cards.themes import Theme, theme
from relay.almanac.cards.typefaces import stamp
from relay.almanac.formats import House
from relay.media.files import file_sha256, part_of

CARDS = 4
"""Part of every card's name; raise it when the design changes."""


@dataclass(frozen=True, slots=True)
class CardImage:
    """A PNG on disk: its content's sha256, and where it lies in the frame."""

    path: Path
    sha256: str
    x: int = 0
    y: int = 0


@dataclass(frozen=True, slots=True)
class CreditsPage:
    """A page of the credits, and how many people stand on it."""

    picture: CardImage
    people: int


class CardRenderer:
    """Draws into `folder`, once for each text; what is there already is not drawn again."""

    def __init__(self, folder: Path, house: House, language: str = "ru", look: Theme | None = None) -> None:
        self.folder, self.page = folder, CardPage(house, look or theme(), language)

    @property
    def words(self) -> dict[str, str]:
        """What the film says of itself, in its language."""
        return self.page.words

    @cached_property
    def ground(self) -> CardImage:
        page = self.page
        return self._kept(Drawing("ground", [], lambda: (backgrounds.ground(page.theme, page.house, page.scale), 0, 0)))

    def draw(self, card: Drawable) -> CardImage:
        """Its layer of text, or its still."""
        return self._kept(card.on(self.page))

    def strip(self, person: Person, looks: Sequence[MouthsSeen] = ()) -> CardImage | None:
        """The name over a clip, clear of the mouths seen there; None where there is neither a name nor a town."""
        card = name_strip(person, self.page)
        return None if card is None else self.draw(card.clear_of(looks, self.page))

    def caption(self, text: str, over: CardImage | None = None) -> CardImage | None:
        """One caption, at the lower edge or above the name strip `over`. None for a text without letters."""
        card = caption_card(text, None if over is None else over.y, self.page)
        return None if card is None else self.draw(card)

    def credits(self, cast: Cast) -> list[CreditsPage]:
        """Pages with everybody, each person once, in the order given; those without a name come last, by town."""
        return [CreditsPage(self.draw(card), card.people) for card in credits_cards(cast, self.page)]

    def thanks(self, sections: Sequence[ThanksSection]) -> list[CreditsPage]:
        """Pages of those behind the film, in the order given."""
        return [CreditsPage(self.draw(card), card.people) for card in thanks_cards(sections, self.page)]

    def key(self, drawing: Drawing) -> str:
        """The name under which it is kept: it changes with everything that shapes it."""
        words, theme, house = json.dumps(drawing.texts, ensure_ascii=False), self.page.theme, self.page.house
        shape = [CARDS, drawing.kind, theme.digest, house.width, house.height, drawing.texts, stamp(words)]
        return hashlib.sha256(json.dumps(shape, ensure_ascii=False).encode()).hexdigest()

    def _kept(self, drawing: Drawing) -> CardImage:
        key = self.key(drawing)
        path, note = self.folder / f"{key}.png", self.folder / f"{key}.json"
        kept = _whole(path, note)
        if kept is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            pixels, x, y = drawing.paint()
            kept = _save(path, note, pixels, x, y)
        return kept


class CardSketcher(CardRenderer):
    """Notes what a film shows, and draws it only when asked: its pictures are named by `key`, and lie at 0, 0."""

    def __init__(self, folder: Path, house: House, language: str = "ru", look: Theme | None = None) -> None:
        super().__init__(folder, house, language, look)
        self.drawings: dict[str, Drawing] = {}

    def drawn(self, key: str) -> CardImage:
        """As the film shows it, from now on kept for the render too. Raises KeyError for what is not in the film."""
        return super()._kept(self.drawings[key])

    def caption(self, text: str, over: CardImage | None = None) -> CardImage | None:
        return super().caption(text, None if over is None else self.drawn(over.sha256))

    def _kept(self, drawing: Drawing) -> CardImage:
        key = self.key(drawing)
        self.drawings[key] = drawing
        return CardImage(self.folder / f"{key}.png", key)


def _whole(path: Path, note: Path) -> CardImage | None:
    """The card that is kept. Nothing waits for the disk when one is, so after a power cut it may be empty or torn: then
    it is drawn again.
    """
    try:
        facts = json.loads(note.read_text())
        is_whole = file_sha256(path) == facts["sha256"]
    except (OSError, ValueError):
        return None
    return CardImage(path, facts["sha256"], facts["x"], facts["y"]) if is_whole else None


def _save(path: Path, note: Path, pixels: Pixels, x: int, y: int) -> CardImage:
    """The note comes last: a card with a note is whole, as long as the machine runs."""
    from PIL import Image

    part = part_of(path)
    Image.fromarray(np.ascontiguousarray(pixels)).save(part, format="PNG", compress_level=1)
    sha256 = file_sha256(part)
    part.replace(path)
    half = part_of(note)
    half.write_text(json.dumps({"sha256": sha256, "x": x, "y": y}))
    half.replace(note)
    return CardImage(path, sha256, x, y)
