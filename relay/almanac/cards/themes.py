"""Themes: how the cards of a film look, as data (`themes/*.toml`). A theme is letters, colours and manners; what stands
where is drawn by `kinds` for all of them.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from relay.errors import Refused
from relay.language.catalogue import in_each_language

DEFAULT = "night"
Colour = tuple[int, int, int]


class Transition(StrEnum):
    """How one thing in a film goes over into the next."""

    dissolve = "dissolve"
    cut = "cut"
    dip = "dip"


@dataclass(frozen=True, slots=True)
class Fonts:
    """Faces (see typefaces.py): of titles, of names, of running text, and of what stands back."""

    display: str
    strong: str
    text: str
    light: str


@dataclass(frozen=True, slots=True)
class Colours:
    """`glow`: the ground's middle. `plate`, `plate_ink`, `plate_soft`: of the strip with a name over a clip."""

    ground: Colour
    glow: Colour
    ink: Colour
    soft: Colour
    accent: Colour
    plate: Colour
    plate_ink: Colour
    plate_soft: Colour


@dataclass(frozen=True, slots=True)
class Theme:
    """`title`, `about`: by language. `align`: `centre` or `left`. `frame`: `double`, `single` or `none`.

    `ornament`: `lozenge`, `rule`, `bar`. `strip`: `fading`, `solid` or `block`; `opacity` of it, 0 to 1.
    `grain`: of the ground, in steps of 255. `leading`: of titles, in sizes. `clips`, `chapters`: how clips go over into
    each other, and into and out of chapter cards; `dip`: the colour of a dip, `dip_seconds` long.
    """

    name: str
    order: int
    title: dict[str, str]
    about: dict[str, str]
    fonts: Fonts
    colours: Colours
    align: str
    frame: str
    ornament: str
    strip: str
    opacity: float
    grain: float
    leading: float
    clips: Transition
    chapters: Transition
    dip: Colour
    dip_seconds: float

    @property
    def digest(self) -> str:
        """Part of the name of every card in this theme: it changes with what can be seen."""
        seen = {name: value for name, value in asdict(self).items() if name not in ("title", "about", "order")}
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def dip_colour(self) -> str:
        """As ffmpeg writes colours."""
        return "0x{:02x}{:02x}{:02x}".format(*self.dip)


@cache
def theme(name: str = "") -> Theme:
    """Raises Refused for a theme that is not there."""
    known = {found.name: found for found in themes()}
    found = known.get(name or DEFAULT)
    if found is None:
        raise Refused("There is no theme {name}.", hint="Themes: {themes}.", name=name, themes=", ".join(known))
    return found


@cache
def themes() -> tuple[Theme, ...]:
    """All there are, the default first."""
    folder = files("relay.almanac.cards") / "themes"
    read = [
        read_theme(entry.name.removesuffix(".toml"), tomllib.loads(entry.read_text("utf-8")))
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    ]
    return tuple(sorted(read, key=lambda found: found.order))


def read_theme(name: str, values: dict[str, Any]) -> Theme:
    """A theme out of its file's values. Raises KeyError, TypeError or ValueError for a file that is not right."""
    manner, transitions = values["manner"], values["transitions"]
    return Theme(
        name=name,
        order=values["order"],
        title=in_each_language(values["title"]),
        about=in_each_language(values["about"]),
        fonts=Fonts(**values["fonts"]),
        colours=Colours(**{part: colour(text) for part, text in values["colours"].items()}),
        align=one_of(manner["align"], "centre", "left"),
        frame=one_of(manner["frame"], "double", "single", "none"),
        ornament=one_of(manner["ornament"], "lozenge", "rule", "bar"),
        strip=one_of(manner["strip"], "fading", "solid", "block"),
        opacity=float(manner["opacity"]),
        grain=float(manner["grain"]),
        leading=float(manner["leading"]),
        clips=Transition(transitions["clips"]),
        chapters=Transition(transitions["chapters"]),
        dip=colour(transitions["dip"]),
        dip_seconds=float(transitions["dip_seconds"]),
    )


def colour(text: str) -> Colour:
    """`#0a1b2c`. Raises ValueError."""
    if len(text) != len("#rrggbb") or text[0] != "#":
        raise ValueError(f"{text!r} is not a colour")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def hexadecimal(text: str) -> str:
    """A colour as people write it, `#0A1B2C` or `0a1b2c`, as it is kept. Raises Refused."""
    written = "#" + text.strip().lower().removeprefix("#")
    try:
        colour(written)
    except ValueError as error:
        raise Refused("{text} is no colour.", hint="Write it like #d6b270.", text=text) from error
    return written


def one_of(value: str, *allowed: str) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return value
