from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from relay.board.drawing import town_map
from relay.board.drawing.town_map import MapTown, MapWords

WORDS = MapWords("Map", "Towns")
LUGA, VOLKHOV = MapTown("Луга", 29.85, 58.74, 9), MapTown("Волхов", 32.33, 59.92, 1)


def drawn(*towns: MapTown, width: int = 760) -> ET.Element:
    return ET.fromstring(town_map.town_map("m", towns, WORDS, width=width))


def circles(root: ET.Element) -> list[ET.Element]:
    return [each for each in root.iter() if each.tag.endswith("circle")]


@pytest.mark.slow
def test_north_is_up_east_is_right_and_more_clips_are_larger():
    luga, volkhov = circles(drawn(LUGA, VOLKHOV))
    assert float(luga.get("cx", "")) < float(volkhov.get("cx", ""))
    assert float(luga.get("cy", "")) > float(volkhov.get("cy", ""))
    assert float(luga.get("r", "")) > float(volkhov.get("r", ""))


def test_a_town_without_an_approved_clip_is_a_ring():
    (ring,) = circles(drawn(MapTown("Мга", 31.06, 59.75, 0)))
    assert ring.get("class") == "town empty"


def test_where_no_town_is_there_is_no_map():
    assert town_map.town_map("m", [], WORDS) == ""


@pytest.mark.parametrize("width", [340, 420, 760])
def test_names_and_circles_lie_in_the_picture_and_no_name_touches_another(width):
    near = [MapTown(f"Длинное Название {n}", 30 + n * 0.05, 59.5 + (n % 5) * 0.04, n) for n in range(30)]
    root = drawn(*near, width=width)
    names = [each for each in root.iter() if each.get("class") == "name"]
    boxes = [(float(n.get("x", "")), float(n.get("y", "")), len(n.text or "") * town_map.LETTER) for n in names]
    assert names
    assert all(x >= 0 and x + long <= width for x, _, long in boxes)
    for number, (x, y, long) in enumerate(boxes):
        assert not [1 for a, b, other in boxes[:number] if x < a + other and a < x + long and abs(y - b) < 14]
    assert len(circles(root)) == 30


@pytest.mark.parametrize(
    "towns",
    [
        (LUGA,),
        (LUGA, VOLKHOV),
        pytest.param((MapTown("a", -179, 70, 1), MapTown("b", 179, -55, 1)), marks=pytest.mark.slow),
        (MapTown("p", 10, 89, 1),),
    ],
)
def test_maps_have_a_shape_that_fits_a_page(towns):
    root = drawn(*towns)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    assert 0.4 <= height / width <= 0.7


def test_one_town_alone_has_its_surroundings():
    frame = town_map.framed([LUGA], 760, 520)
    assert frame.north - frame.south >= town_map.SMALLEST * 0.4
    assert any("land" in each.get("class", "") for each in drawn(LUGA).iter())


def test_a_town_at_the_other_end_of_the_country_is_told_apart():
    towns = [LUGA, VOLKHOV, MapTown("Мга", 31.06, 59.75, 1), MapTown("Тосно", 30.88, 59.54, 1)]
    far = MapTown("Владивосток", 131.9, 43.1, 1)
    assert town_map.near_and_far([*towns, far]) == (towns, [far])
    assert town_map.near_and_far([LUGA, far]) == ([LUGA, far], [])


def test_a_long_name_is_shortened():
    (name,) = [each.text for each in drawn(MapTown("Я" * 90, 30, 60, 1)).iter() if each.get("class") == "name"]
    assert name == "Я" * 23 + "…"
