"""A painter who notes what each card was to say, and draws nothing: what stands in a film is seen without moviepy."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import ClassVar

from relay.almanac.cards.kinds.chapter import ChapterCard
from relay.almanac.cards.kinds.ending import EndingCard
from relay.almanac.cards.kinds.picture import LegendCard, PictureStill
from relay.almanac.cards.kinds.quote import QuoteCard
from relay.almanac.cards.kinds.title import TitleCard
from relay.almanac.cards.page import Drawable
from relay.almanac.cards.people import Cast, Person
from relay.almanac.cards.places import MouthsSeen
from relay.almanac.cards.renderer import CardImage, CreditsPage
from relay.almanac.cards.themes import Theme, theme
from relay.almanac.formats import House

WORDS = {"people": "В фильме участвовали", "nobody": "участник"}
NAMES: dict[type, str] = {
    TitleCard: "title",
    ChapterCard: "chapter",
    QuoteCard: "quote",
    PictureStill: "scene",
    LegendCard: "legend",
    EndingCard: "ending",
}


class Painter:
    """In the place of a CardRenderer. `said[sha256]`: what a picture was to show. A page of credits has 20 people."""

    said: ClassVar[dict[str, tuple[object, ...]]] = {}

    def __init__(self, folder: Path, house: House, language: str = "ru", look: Theme | None = None) -> None:
        self.folder, self.house, self.language, self.look = folder, house, language, look or theme()
        self.words = WORDS

    @property
    def ground(self) -> CardImage:
        return self._picture("ground", self.look.name)

    def draw(self, card: Drawable) -> CardImage:
        words = [getattr(card, part.name) for part in fields(card)]  # type: ignore[arg-type] # each is a dataclass
        return self._picture(NAMES[type(card)], *(word for word in words if not callable(word)))

    def strip(self, person: Person, looks: Sequence[MouthsSeen] = ()) -> CardImage | None:
        seen = [len(looks)] if looks else []
        return self._picture("strip", person.name, person.town, *seen) if person.name or person.town else None

    def caption(self, text: str, over: CardImage | None = None) -> CardImage | None:
        return self._picture("caption", text, over is not None) if text else None

    def credits(self, cast: Cast) -> list[CreditsPage]:
        people = [*cast.people, *cast.others]
        pages = [people[at : at + 20] for at in range(0, len(people), 20)]
        return [CreditsPage(self._picture("page", *page), len(page)) for page in pages]

    def _picture(self, *said: object) -> CardImage:
        sha256 = hashlib.sha256(repr(said).encode()).hexdigest()
        self.said[sha256] = said
        return CardImage(self.folder / f"{sha256}.png", sha256, 60, 800)
