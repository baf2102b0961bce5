from __future__ import annotations

import pytest

from relay.board.map import places
from relay.board.map.places import TownSpot


@pytest.mark.parametrize(
    "name",
    [
        "Волхов",
        "волхов",
        "г. Волхов",
        "г.Волхов",
        "город Волхов",
        "Volkhov",
        "Волхов, Ленинградская область",
        " Волхов ",
    ],
)
def test_a_town_is_found_however_people_write_it(name):
    near = [spot for spot in places.spots(name) if abs(spot.east - 32.3) < 0.3 and abs(spot.north - 59.9) < 0.3]
    assert near


@pytest.mark.parametrize("name", ["", " ", "г.", "Нетакогогорода", "Волхо", "Волховв", "\t", "волхов\t32.33"])
def test_what_is_no_town_is_not_found(name):
    assert places.spots(name) == []


def test_short_names_and_yo():
    assert places.spots("СПб") == places.spots("Санкт-Петербург") != []
    assert places.spots("пикалево") == places.spots("Пикалёво") != []


def test_a_name_of_several_places_is_the_one_beside_the_others():
    kirovsk = places.located(["Кировск", "Мга", "Тосно", "Волхов"])["Кировск"]
    assert kirovsk.north < 61
    polar = places.located(["Кировск", "Апатиты", "Мончегорск"])["Кировск"]
    assert polar.north > 66


def test_twin_alone_it_is_the_largest():
    largest = max(places.spots("Кировск"), key=lambda spot: spot.population)
    assert places.located(["Кировск"]) == {"Кировск": largest}


def test_the_way_over_the_date_line_is_the_short_one():
    assert places.distance(TownSpot(179, 0, 0), TownSpot(-179, 0, 0)) == pytest.approx(2)
