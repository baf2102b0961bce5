"""A painter who notes what each card was to say, and draws nothing: what stands in a film is seen without moviepy."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.renderer import CardImage, Cast, CreditsPage, Person
from relay.almanac.cards.themes import Theme, theme
from relay.almanac.formats import House

WORDS = {"people": "В фильме участвовали", "nobody": "участник"}


class Painter:
    """In the place of cards.Cards. `said[sha256]`: what a picture was to show. A page of the credits has 20 people."""

    said: ClassVar[dict[str, tuple[object, ...]]] = {}

    def __init__(self, folder: Path, house: House, language: str = "ru", look: Theme | None = None) -> None:
        self.folder, self.house, self.language, self.look = folder, house, language, look or theme()
        self.words = WORDS

    @property
    def ground(self) -> CardImage:
        return self._picture("ground", self.look.name)

    def title(self, title: str, subtitle: str = "", above: str = "") -> CardImage:
        return self._picture("title", title, subtitle, above)

    def chapter(self, title: str, text: str = "", above: str = "") -> CardImage:
        return self._picture("chapter", title, text, above)

    def quote(self, text: str, author: str = "", link: str = "") -> CardImage:
        return self._picture("quote", text, author, link)

    def scene(self, sha256: str, shape: tuple[int, int], photo: Callable[[], Pixels]) -> CardImage:
        return self._picture("scene", sha256, shape)

    def legend(self, title: str, source: str, *, shape: tuple[int, int]) -> CardImage:
        return self._picture("legend", title, source, shape)

    def strip(self, person: Person) -> CardImage | None:
        return self._picture("strip", person.name, person.town) if person.name or person.town else None

    def caption(self, text: str, over: CardImage | None = None) -> CardImage | None:
        return self._picture("caption", text, over is not None) if text else None

    def credits(self, cast: Cast) -> list[CreditsPage]:
        people = [*cast.people, *cast.others]
        pages = [people[at : at + 20] for at in range(0, len(people), 20)]
        return [CreditsPage(self._picture("page", *page), len(page)) for page in pages]

    def ending(self, hashtag: str, dates: str = "", music: str = "") -> CardImage:
        return self._picture("ending", hashtag, dates, music)

    def _picture(self, *said: object) -> CardImage:
        sha256 = hashlib.sha256(repr(said).encode()).hexdigest()
        self.said[sha256] = said
        return CardImage(self.folder / f"{sha256}.png", sha256, 60, 800)
