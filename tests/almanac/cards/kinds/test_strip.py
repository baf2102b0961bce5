from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from relay.almanac.cards.kinds.strip import name_strip
from relay.almanac.cards.page import CardPage
from relay.almanac.cards.people import Person
from relay.almanac.cards.places import PLACES, Box, MouthsSeen, touched
from relay.almanac.cards.renderer import CardRenderer
from relay.almanac.cards.themes import Theme, theme, themes
from relay.almanac.formats import House
from tests.almanac.cards.sketching import Sketches, check, size_of

HOUSE = House()


def test_where_the_text_is_from_stands_behind_the_town_where_all_of_it_has_room(tmp_path: Path) -> None:
    page = CardRenderer(tmp_path, HOUSE, "ru", theme("night")).page
    told = name_strip(Person("Анна", "Мга", "из семейного архива: бабушка"), page)
    assert told is not None
    assert (told.name, told.town) == ("Анна", "Мга, из семейного архива: бабушка")
    assert name_strip(Person("Анна", "Мга", "из семейного архива " * 20), page) == name_strip(
        Person("Анна", "Мга"), page
    )
    assert name_strip(Person("", "", "из семейного архива"), page) is None


def test_a_strip_has_the_name_above_the_town(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.strip(Person("Анна Щёголева", "Шлиссельбург")),
            {
                "night 1920x1080": """
                    528x148 accent/plate:528x148+0+0 plate_ink:364x46+41+34 plate_soft:216x32+43+92 at+88+982
                """,
                "paper 1920x1080": """
                    446x148 accent/plate:446x148+0+0 plate_ink:365x46+41+34 plate_soft:227x33+42+91 at+88+982
                """,
                "granite 1920x1080": """
                    442x160 plate_soft:442x98+0+0 plate_ink:381x43+29+30 accent:284x62+0+98 plate_soft:225x32+30+116
                    at+88+982
                """,
                "night 1080x1920": """
                    474x134 accent/plate:474x134+0+0 plate_ink:328x41+37+31 plate_soft:194x29+39+83 at+65+1611
                """,
                "granite 1080x1080": """
                    398x144 plate_soft:398x88+0+0 plate_ink:344x39+25+27 accent:256x56+0+88 plate_soft:202x29+27+104
                    at+65+982
                """,
                "paper 1620x1080": """
                    380x126 accent/plate:380x126+0+0 plate_ink:311x39+35+28 plate_soft:197x28+35+77 at+74+982
                """,
                "paper 1618x1080": """
                    446x148 accent/plate:446x148+0+0 plate_ink:365x46+41+34 plate_soft:227x33+42+91 at+97+982
                """,
                "paper 720x1080": """
                    282x90 accent/plate:282x90+0+0 plate_ink:233x28+24+20 plate_soft:145x20+24+55 at+43+982
                """,
                "paper 720x1082": """
                    282x90 accent/plate:282x90+0+0 plate_ink:233x28+24+20 plate_soft:145x20+24+55 at+43+907
                """,
            },
        ),
        (
            lambda card: card.strip(Person("Анна Щёголева")),
            {
                "night 1920x1080": "528x108 accent/plate:528x108+0+0 plate_ink:364x46+41+34 at+88+982",
                "granite 1920x1080": "442x98 plate_soft:442x98+0+0 plate_ink:381x43+29+30 at+88+982",
            },
        ),
        (
            lambda card: card.strip(
                Person(
                    "Константин Константинович Константинопольский-Задунайский",
                    "деревня Большие Гнилуши, Кировский район",
                )
            ),
            {
                "paper 1920x1080": """
                    956x212 accent/plate:956x212+0+0 plate_ink:699x36+42+35 plate_ink:873x50+42+96
                    plate_soft:722x32+41+155 at+88+982
                """,
                "granite 1080x1920": """
                    740x184 plate_soft:740x128+0+0 plate_ink:539x29+27+25 plate_ink:685x39+27+72 accent:678x56+0+128
                    plate_soft:625x29+25+144 at+65+1611
                """,
            },
        ),
    )


@pytest.mark.media
def test_a_strip_lies_inside_the_frame_whatever_the_name(tmp_path: Path) -> None:
    drawn = CardRenderer(tmp_path, HOUSE)
    for name in ("Ян", "Константин Константинович Константинопольский-Задунайский", "Ы" * 200):
        strip = drawn.strip(Person(name, "деревня Большие Гнилуши, Кировский район"))
        assert strip is not None
        width, height = size_of(strip.path)
        assert strip.x >= 60
        assert strip.y >= HOUSE.height * 0.6
        assert strip.x + width <= HOUSE.width * 0.75
        assert strip.y + height <= HOUSE.height * 0.95


@pytest.mark.media
@pytest.mark.parametrize("name", ["Ёру Щуку", "Ậ Ế Ỗ ỵ ḡ", "محمد گژ", "पूर्णिमा र्ट्ये", "ปู่กี่"])
def test_letters_are_not_cut_off(tmp_path: Path, name: str) -> None:
    """All that is above and below a line stays on the strip, in every theme: a row of the plate is free around it."""
    for look in themes():
        strip = CardRenderer(tmp_path, HOUSE, "ru", look).strip(Person(name))
        assert strip is not None
        with Image.open(strip.path) as image:
            pixels = np.asarray(image.convert("RGBA")).astype(int)
        middle = pixels[:, 30 : 30 + 40]
        assert (abs(middle[[0, -1]] - middle[0, 0]).sum(axis=2) == 0).all()


@pytest.mark.media
def test_a_name_without_letters_has_no_strip(tmp_path: Path) -> None:
    drawn = CardRenderer(tmp_path, HOUSE)
    assert drawn.strip(Person("😀", "")) is None
    assert drawn.strip(Person("😀", "Мга")) is not None


@pytest.mark.media
def test_a_name_that_no_font_can_draw_keeps_its_strip(tmp_path: Path, no_han: None) -> None:
    drawn = CardRenderer(tmp_path, HOUSE)
    assert drawn.strip(Person("李雷", "Луга")) == drawn.strip(Person("Участник", "Луга"))
    assert drawn.strip(Person("Вэй 李雷")) == drawn.strip(Person("Вэй"))


MOUTH_BELOW = [MouthsSeen((Box(700, 880, 500, 200),), ())]
"""A large face in the middle whose mouth is where long names stand."""


@pytest.mark.parametrize("look", themes(), ids=lambda look: look.name)
@pytest.mark.parametrize("shape", [(1920, 1080), (1080, 1920), (1080, 1080)])
@pytest.mark.parametrize("name", ["Ян", "Елена Морозова", "Константин Константинович Константинопольский-Задунайский"])
def test_wherever_a_strip_stands_it_is_inside_safe_edges_and_as_large_as_was_said(
    look: Theme, shape: tuple[int, int], name: str
) -> None:
    page = CardPage(House(width=shape[0], height=shape[1]), look, "ru")
    strip = name_strip(Person(name, "деревня Большие Гнилуши, Кировский район"), page)
    assert strip is not None
    for place in PLACES:
        box = replace(strip, place=place).box(page)
        if box is None:
            assert place.measure < 1, "only between narrow edges would a name be cut"
            continue
        assert box.x >= 0.04 * shape[0]
        assert box.x + box.width <= 0.96 * shape[0]
        assert box.y >= 0.05 * shape[1]
        assert box.y + box.height <= 0.95 * shape[1]
        assert (box.y < shape[1] / 2) is place.upper


@pytest.mark.media
@pytest.mark.parametrize("look", themes(), ids=lambda look: look.name)
def test_a_strip_covers_what_its_box_says(tmp_path: Path, look: Theme) -> None:
    drawn = CardRenderer(tmp_path, House(width=640, height=360), "ru", look)
    strip = name_strip(Person("Елена Морозова", "Лодейное Поле"), drawn.page)
    assert strip is not None
    for place in PLACES:
        placed = replace(strip, place=place)
        made, box = drawn.draw(placed), placed.box(drawn.page)
        assert box == Box(made.x, made.y, *size_of(made.path))


def test_a_long_name_gives_way_to_a_mouth_and_without_one_stays_where_it_was(sketches: Sketches) -> None:
    page = sketches.of("night 1920x1080").page
    strip = name_strip(Person("Константин Константинович Константинопольский", "Санкт-Петербург"), page)
    assert strip is not None
    assert strip.clear_of([], page) == strip
    usual, moved = strip.box(page), strip.clear_of(MOUTH_BELOW, page).box(page)
    assert usual is not None
    assert moved is not None
    assert touched([look.mouths for look in MOUTH_BELOW], usual) == 1
    assert touched([look.mouths for look in MOUTH_BELOW], moved) == 0


@pytest.mark.slow
def test_a_name_that_would_be_cut_does_not_stand_there() -> None:
    page = CardPage(HOUSE, theme(), "ru")
    strip = name_strip(Person("Ы" * 60, "Мга"), page)
    assert strip is not None
    assert strip.box(page) is None
    assert strip.clear_of(MOUTH_BELOW, page) == strip
