"""The looks that a film can have, as they are listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relay.almanac.cards import themes


@dataclass(frozen=True, slots=True)
class ThemeView:
    """`title` and `about`: by language. `clips`, `chapters`: the ways into them."""

    name: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    clips: str
    chapters: str


def listing() -> list[ThemeView]:
    return [ThemeView(one.name, one.title, one.about, one.clips, one.chapters) for one in themes.themes()]
