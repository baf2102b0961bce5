"""Organizers and partners: who stands where on which page, and whose emblem is seen on which ground."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from relay.almanac.cards.kinds import thanks
from relay.almanac.cards.kinds.thanks import (
    PLATES,
    Backer,
    EmblemPicture,
    ThanksSection,
    emblem_size,
    is_solid,
    plates_of,
    seen,
    thanks_cards,
)
from relay.almanac.cards.page import CardPage
from relay.almanac.cards.themes import theme
from relay.almanac.formats import House

DARK, RED, WHITE = (12, 16, 24), (170, 30, 30), (255, 255, 255)


def emblem(colour: tuple[int, int, int], wide: int = 100, high: int = 100, *, solid: bool = False) -> EmblemPicture:
    pixels = np.zeros((high, wide, 4), np.uint8)
    inner = pixels if solid else pixels[high // 8 : -high // 8, wide // 8 : -wide // 8]
    inner[...] = (*colour, 255)
    return EmblemPicture(f"{colour}{wide}x{high}{solid}", wide, high, lambda: pixels)


def page(name: str = "night", width: int = 1920, height: int = 1080) -> CardPage:
    return CardPage(House(width=width, height=height), theme(name), "ru")


def backers(count: int, *, signed: bool = True) -> tuple[Backer, ...]:
    return tuple(Backer(f"Музей {number}", emblem(RED) if signed else None) for number in range(count))


def told(sections: list[ThanksSection], on: CardPage) -> list[list[tuple[str, list[int]]]]:
    """Pages as headings with the number of backers in each of their rows."""
    return [
        [(part.role, [len(row.cells) for row in part.rows]) for part in card.parts]
        for card in thanks_cards(sections, on)
    ]


def test_rows_are_even_and_nobody_is_left_out():
    names = [ThanksSection("Организаторы", backers(count)) for count in (1,)]
    assert told(names, page()) == [[("Организаторы", [1])]]
    assert told([ThanksSection("Партнёры", backers(6))], page()) == [[("Партнёры", [3, 3])]]
    assert told([ThanksSection("Партнёры", backers(5))], page()) == [[("Партнёры", [3, 2])]]
    assert told([ThanksSection("Партнёры", backers(3))], page(width=1080, height=1920)) == [[("Партнёры", [2, 1])]]
    many = thanks_cards([ThanksSection("Партнёры", backers(40))], page())
    assert sum(card.people for card in many) == 40
    assert {part.role for card in many for part in card.parts} == {"Партнёры"}, "each page says whose names these are"


def test_sections_share_a_page_as_long_as_there_is_room():
    plain = [ThanksSection("Организаторы", backers(2)), ThanksSection("Партнёры", backers(4, signed=False))]
    assert told(plain, page()) == [[("Организаторы", [2]), ("Партнёры", [4])]]
    signed = [ThanksSection("Организаторы", backers(2)), ThanksSection("При поддержке", backers(6))]
    assert told(signed, page()) == [[("Организаторы", [2])], [("При поддержке", [3, 3])]]
    assert told([], page()) == []


def test_emblems_are_of_one_area_whatever_their_shape():
    sizes = [emblem_size(emblem(RED, *shape), page(), 1000) for shape in ((100, 100), (200, 100), (100, 120))]
    areas = [across * up for across, up in sizes]
    assert max(areas) / min(areas) < 1.15
    wide = emblem_size(emblem(RED, 1000, 100), page(), 1000)
    assert wide == (430, 43), "as wide as may be"
    assert emblem_size(emblem(RED, 1000, 100), page(), 200)[0] == 200, "but within its place"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "colours", "plated"),
    [
        ("night", [WHITE], []),
        ("night", [DARK, RED], [PLATES[0], PLATES[0]]),
        ("night", [DARK, WHITE], [PLATES[0]]),
        ("paper", [DARK, RED], []),
        ("paper", [WHITE], [PLATES[1]]),
        ("ice", [WHITE, RED], [PLATES[1], PLATES[1]]),
        ("ice", [WHITE, DARK], [PLATES[1]]),
    ],
)
def test_an_emblem_that_the_ground_would_swallow_gets_a_plate(name, colours, plated):
    found = plates_of(page(name), [Backer("", emblem(colour)) for colour in colours])
    assert list(found.values()) == plated


@pytest.mark.slow
@pytest.mark.parametrize("name", ["night", "paper", "granite", "ice"])
@pytest.mark.parametrize("colour", [DARK, RED, WHITE, (20, 70, 140), (10, 92, 54), (240, 210, 120), (128, 128, 128)])
def test_every_emblem_is_seen_on_every_theme(name, colour):
    sign = emblem(colour)
    plate = plates_of(page(name), [Backer("", sign)]).get(sign.sha256)
    grounds = [plate] if plate else [page(name).theme.colours.ground, page(name).theme.colours.glow]
    assert min(seen(sign.pixels(), ground) for ground in grounds) >= thanks.LEAST_SEEN


def test_twin_without_plates_dark_emblems_are_lost_at_night():
    assert seen(emblem(DARK).pixels(), theme("night").colours.ground) < thanks.LEAST_SEEN


def test_a_picture_that_brings_its_own_ground_needs_none():
    solid = emblem(DARK, solid=True)
    assert is_solid(solid.pixels())
    assert plates_of(page(), [Backer("", solid)]) == {}


def test_a_drawing_is_named_by_all_that_is_seen():
    def texts(*sections: ThanksSection) -> object:
        return thanks_cards(sections, page())[0].on(page()).texts

    one = texts(ThanksSection("Партнёры", (Backer("Музей", emblem(RED)),)))
    assert one != texts(ThanksSection("Партнёры", (Backer("Музей", emblem(DARK)),)))
    assert one != texts(ThanksSection("Партнёры", (Backer("Архив", emblem(RED)),)))
    assert one != texts(ThanksSection("Организаторы", (Backer("Музей", emblem(RED)),)))
    assert one == texts(ThanksSection("Партнёры", (Backer("Музей", emblem(RED)),)))


@pytest.mark.media
@pytest.mark.parametrize("name", ["night", "paper", "granite"])
def test_emblems_are_painted_in_order_and_in_their_colours(name: str, tmp_path: Path):
    """Left to right and top to bottom, as they were put in order."""
    from PIL import Image

    from relay.almanac.cards.renderer import CardRenderer

    colours = [(200, 40, 40), (40, 160, 60), (30, 90, 200)]
    backed = tuple(Backer(f"Музей {n}", emblem(colour, solid=True)) for n, colour in enumerate(colours))
    renderer = CardRenderer(tmp_path, House(width=960, height=540), "ru", theme(name))
    (made,) = renderer.thanks([ThanksSection("Партнёры", backed)])
    with Image.open(made.picture.path) as image:
        pixels = np.asarray(image.convert("RGBA")).astype(int)
    middles = []
    for colour in colours:
        near = (np.abs(pixels[..., :3] - colour).max(axis=2) < 12) & (pixels[..., 3] > 200)
        ys, xs = np.nonzero(near)
        assert len(ys) > 3000, (name, colour)
        middles.append((float(xs.mean()), float(ys.mean())))
    assert [x for x, _ in middles] == sorted(x for x, _ in middles)
    assert max(y for _, y in middles) - min(y for _, y in middles) < 3, "in one row"
