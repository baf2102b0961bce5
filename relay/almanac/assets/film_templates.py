"""Templates of films, as data (`templates/*.toml`): rules that choose the clips, a look, and the first cards.

`asks` names rules that only the person who makes the film can say. Words of cards are message ids, so a card speaks the
language of the film; `{district}` in them is what the rule says.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from relay.almanac.plan import rules
from relay.errors import Refused
from relay.language.catalogue import in_each_language

STYLE = frozenset({"theme", "shape", "under", "names", "children", "credits", "framing", "transition"})
FIRST, LAST = "first", "last"


@dataclass(frozen=True, slots=True)
class TemplateCard:
    """`at`: `first` before the first clip, `last` behind the last. A quote or picture card takes the campaign's first
    one, and is left out where there is none."""

    kind: str
    at: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FilmTemplate:
    """`title`, `about`: by language. `style`: as styles.Change has it, and `shape`."""

    name: str
    order: int
    title: Mapping[str, str]
    about: Mapping[str, str]
    asks: tuple[str, ...]
    rules: Mapping[str, str]
    style: Mapping[str, str]
    cards: Sequence[TemplateCard]


@cache
def templates() -> tuple[FilmTemplate, ...]:
    """All there are, in the order in which they are shown."""
    folder = files("relay.almanac.assets") / "templates"
    read = [
        read_template(entry.name.removesuffix(".toml"), tomllib.loads(entry.read_text("utf-8")))
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    ]
    return tuple(sorted(read, key=lambda found: found.order))


def template(name: str) -> FilmTemplate:
    """Raises Refused."""
    known = {found.name: found for found in templates()}
    if name not in known:
        raise Refused("There is no template {name}.", hint="Templates: {known}.", name=name, known=", ".join(known))
    return known[name]


def read_template(name: str, values: Mapping[str, Any]) -> FilmTemplate:
    """A template out of its file's values. Raises KeyError, ValueError, Refused for a file that is not right."""
    style = dict(values.get("style", {}))
    if unknown := set(style) - STYLE:
        raise ValueError(f"{name}: no such style: {', '.join(sorted(unknown))}")
    rules.read(values.get("rules", {}))
    return FilmTemplate(
        name=name,
        order=values["order"],
        title=in_each_language(values["title"]),
        about=in_each_language(values["about"]),
        asks=tuple(values.get("asks", ())),
        rules=dict(values.get("rules", {})),
        style=style,
        cards=tuple(_card(dict(entry)) for entry in values.get("cards", ())),
    )


def _card(entry: dict[str, str]) -> TemplateCard:
    kind, at = entry.pop("kind"), entry.pop("at")
    if at not in (FIRST, LAST):
        raise ValueError(f"{at!r} is none of {FIRST}, {LAST}")
    return TemplateCard(kind, at, entry)
