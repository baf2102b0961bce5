"""Cards between the clips of a film: what a kind of them is, and what the film is given of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.page import Drawable
from relay.almanac.formats import House


@dataclass(frozen=True, slots=True)
class Photo:
    """An archive picture, as displayed. `pixels` decodes it (RGB) when its still has to be drawn."""

    sha256: str
    width: int
    height: int
    pixels: Callable[[], Pixels]

    @property
    def shape(self) -> tuple[int, int]:
        return self.width, self.height


@dataclass(frozen=True, slots=True)
class Between:
    """A card between clips. `kind`: see kinds.KINDS; `words`: see models.Card. `seconds` 0: as needed."""

    kind: str
    words: Mapping[str, str]
    seconds: float = 0.0
    photo: Photo | None = None


@dataclass(frozen=True, slots=True)
class PlacedCard:
    """What is to be seen of a card. `text` lies over the theme's ground for `seconds`.

    `photo`: `picture` takes the ground's place, and the camera moves over it.
    """

    text: Drawable | None
    seconds: float
    photo: Photo | None = None
    picture: Drawable | None = None


class TakesFrom(StrEnum):
    """The campaign's collections that a card may take its words from."""

    quotes = "quotes"
    pictures = "pictures"


@dataclass(frozen=True, slots=True)
class CardDesign:
    """A kind of card. `words`: what can stand on it, by name; `needs`: the one that it can't do without.

    `refusal`: said where that one lacks; a message id. `place`: how a film shows it, None where there is nothing to
    show. `takes_from`: rows of the campaign that lend it their words. `divides`: a chapter of the film begins here.
    """

    name: str
    words: tuple[str, ...]
    needs: str
    refusal: str
    place: Callable[[Between, House], PlacedCard | None]
    takes_from: TakesFrom | None = None
    divides: bool = False
