from __future__ import annotations

import pytest

from relay.almanac.delivery.exports.naming import film_name, numbered


@pytest.mark.parametrize(
    ("title", "name", "called"),
    [
        ("Голоса Прорыва", "film", "Голоса Прорыва - film"),
        ("Film", "film", "Film"),
        ("", "film", "film"),
        ("../../etc", "x/y", "etc - x y"),
        ("«»", "…", "film"),
        ("CON", "con", "CON film"),
        ("й", "й", "й"),
    ],
)
def test_a_film_s_files_are_called_by_its_title_on_any_system(title: str, name: str, called: str) -> None:
    assert film_name(title, name) == called


def test_the_size_stands_behind_the_name() -> None:
    assert film_name("Голоса", "film", size="1080p") == "Голоса - film 1080p"


def test_a_name_is_short_enough_for_any_disk() -> None:
    assert len(f"{film_name('Ж' * 300, '語' * 300)} mlt.zip.part".encode()) < 255


def test_files_stand_in_the_film_s_order() -> None:
    assert [numbered(3, "Анна, Мга"), numbered(12, "")] == ["003 Анна, Мга", "012"]
