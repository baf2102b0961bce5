"""What stands where on a card, in pixels of the film, without moviepy.

Read: colour by its name in the theme, then width x height + from the left + from the top, as X11 writes a geometry.
A card is drawn once and kept under a name that goes by `renderer.CARDS`: whoever moves something raises that number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from relay.almanac.cards import pieces
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.people import Person
from relay.almanac.cards.renderer import CardImage, CardRenderer, CreditsPage
from relay.almanac.cards.themes import theme
from relay.almanac.formats import House


class Clip:
    """A still, as moviepy has it."""

    def __init__(self, pixels: Pixels) -> None:
        self.pixels, self.at = pixels, (0, 0)
        self.mask = SimpleNamespace(get_frame=lambda _at: pixels[..., 3] / 255)

    def with_position(self, at: tuple[int, int]) -> Clip:
        self.at = at
        return self

    def pos(self, _at: float) -> tuple[int, int]:
        return self.at

    def get_frame(self, _at: float) -> Pixels:
        return self.pixels[..., :3]


class Sketches:
    """Cards that are laid out and not painted: what was to be put together is noted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.noted, self.pieces = folder, list[list[str]](), list[Clip]()
        monkeypatch.setattr(pieces, "compose", self._notes)

    def of(self, shape: str) -> CardRenderer:
        """`shape`: theme, width x height, and a language other than Russian."""
        look, size, *language = shape.split()
        width, height = map(int, size.split("x"))
        self.colours = {colour: name for name, colour in asdict(theme(look).colours).items()}
        return CardRenderer(self.folder, House(width=width, height=height), *(language or ["ru"]), look=theme(look))

    def laid(self, shape: str, draw: Callable[[CardRenderer], object]) -> list[str]:
        self.noted.clear()
        made = draw(self.of(shape))
        assert self.noted, "it was drawn before"
        where = [f"at+{made.x}+{made.y}"] if isinstance(made, CardImage) and made.x + made.y else []
        people = (
            [f"people:{page.people}" for page in made if isinstance(page, CreditsPage)]
            if isinstance(made, list)
            else []
        )
        return [*(word for page in self.noted for word in page), *where, *people]

    def _notes(self, pieces: Sequence[Clip], width: int, height: int) -> Pixels:
        self.pieces = list(pieces)
        self.noted.append([f"{width}x{height}", *map(self._told, pieces)])
        return np.full((2, 2, 4), 255, np.uint8)

    def _told(self, piece: Clip) -> str:
        high, wide = piece.pixels.shape[:2]
        edges = {tuple(piece.pixels[high // 2, x, :3].tolist()) for x in (0, -1)}
        seen = "/".join(sorted(self.colours.get(one, "#{:02x}{:02x}{:02x}".format(*one)) for one in edges))
        return f"{seen}:{wide}x{high}+{piece.at[0]}+{piece.at[1]}"


Drawn = tuple[Callable[[CardRenderer], object], Mapping[str, str]]
"""What is drawn, and how it is laid out in which shape."""


def check(sketches: Sketches, *drawn: Drawn) -> None:
    for draw, expected in drawn:
        assert {shape: sketches.laid(shape, draw) for shape in expected} == {
            shape: words.split() for shape, words in expected.items()
        }


WE_DROVE = "Лёд трещал под колёсами, но мы ехали. "
LINK = "https://www.prlib.ru/collections/17"
LONG_LINK = "https://www.prlib.ru/collections/zhizn-v-osazhdennom-leningrade/dokumenty/listovki-1943"
PEOPLE = [Person(f"Константин Константинопольский {n}", "Санкт-Петербург") for n in range(9)]


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size
