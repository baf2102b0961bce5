from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from relay.almanac.cards.themes import DEFAULT, Colour, Theme, colour, read_theme, theme, themes
from relay.errors import Refused


def luminance(colour: Colour) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", themes(), ids=lambda look: look.name)
def test_every_word_can_be_read_on_its_ground(look: Theme) -> None:
    colours = look.colours
    town_ground = colours.accent if look.strip == "block" else colours.plate
    for ink, ground in (
        (colours.ink, colours.ground),
        (colours.ink, colours.glow),
        (colours.soft, colours.ground),
        (colours.soft, colours.glow),
        (colours.accent, colours.ground),
        (colours.plate_ink, colours.plate),
        (colours.plate_soft, town_ground),
    ):
        assert contrast(ink, ground) >= 4.5


def test_there_are_several_and_the_default_comes_first() -> None:
    names = [look.name for look in themes()]
    assert names[0] == DEFAULT == theme().name
    assert len(names) >= 3
    assert len({look.digest for look in themes()}) == len(names)
    assert all(look.title.keys() >= {"ru", "en"} and look.about.keys() >= {"ru", "en"} for look in themes())


def test_a_theme_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused) as refused:
        theme("gold")
    assert refused.value.line == "There is no theme gold. Themes: night, paper, granite, ice."


def values() -> dict[str, Any]:
    return tomllib.loads((files("relay.almanac.cards") / "themes" / "night.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("colours", "ink", "white"),
        ("colours", "ink", "#12345"),
        ("colours", "ink", "#1234567"),
        ("colours", "ink", "1234567"),
        ("colours", "ink", "#12345g"),
        ("manner", "frame", "triple"),
        ("manner", "ornament", "star"),
        ("transitions", "chapters", "wipe"),
        ("transitions", "dip", "black"),
        ("manner", "align", "right"),
        ("manner", "strip", "round"),
        ("transitions", "clips", "wipe"),
    ],
)
def test_a_slip_in_a_theme_s_file_is_told(part: str, name: str, value: str) -> None:
    wrong = values()
    wrong[part][name] = value
    with pytest.raises(ValueError):
        read_theme("wrong", wrong)


@pytest.mark.slow
def test_what_can_be_seen_is_part_of_a_card_s_name_and_what_it_is_called_is_not() -> None:
    same, other = values(), values()
    same["title"] = "Midnight"
    other["colours"]["ink"] = "#ffffff"
    night = read_theme("night", values()).digest
    assert read_theme("night", same).digest == night
    assert read_theme("night", other).digest != night
    assert colour("#0a1b2c") == (10, 27, 44)
    assert len(night) == 16
    for part, name, value in (
        ("manner", "align", "left"), ("manner", "frame", "none"), ("manner", "opacity", 0.123),
        ("transitions", "dip", "#123456"), ("transitions", "dip_seconds", 9), ("fonts", "text", "Roboto 300"),
    ):  # fmt: skip
        changed = values()
        changed[part][name] = value
        assert read_theme("night", changed).digest != night, name
    for name, value in (("order", 99), ("about", "x")):
        assert read_theme("night", {**values(), name: value}).digest == night
    assert read_theme("day", values()).digest != night


def test_a_theme_is_what_its_file_says() -> None:
    given = values()
    given["transitions"] |= {"dip": "#0a00ff", "clips": "cut", "chapters": "dip", "dip_seconds": 2}
    given["manner"] |= {"align": "left", "frame": "single", "ornament": "bar", "strip": "block", "opacity": 1}
    found = read_theme("night", {**given, "order": 7})
    assert (found.name, found.order, found.title["en"], found.about["en"]) == (
        "night",
        7,
        given["title"],
        given["about"],
    )
    assert (found.align, found.frame, found.ornament, found.strip) == ("left", "single", "bar", "block")
    assert (found.opacity, found.grain, found.leading) == (1.0, given["manner"]["grain"], given["manner"]["leading"])
    assert (found.clips, found.chapters, found.dip, found.dip_seconds) == ("cut", "dip", (10, 0, 255), 2.0)
    assert found.dip_colour == "0x0a00ff"
    assert found.colours.ink == colour(given["colours"]["ink"])
    assert theme("").name == theme("night").name == "night"
    assert [look.order for look in themes()] == sorted(look.order for look in themes())


@pytest.mark.parametrize("text", ["0a1b2c", "#0a1b2", "#0a1b2c3d", "#0a 1b2c", "x0a1b2c", "", "#gg1b2c"])
def test_what_is_no_colour_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        colour(text)
