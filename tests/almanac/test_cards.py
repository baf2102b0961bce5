from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from relay.almanac import cards
from relay.almanac.cards import Cards, Person, fit_lines, readable, text_width, wrap
from relay.almanac.timeline import House

HOUSE = House()


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ("Анна Щёголева", "Анна Щёголева"),
        ("  Анна \n\t Щёголева ", "Анна Щёголева"),
        ("Анна 😀 Щёголева", "Анна Щёголева"),
        ("Нина\u202e Ярцева\u200b", "Нина Ярцева"),
        ("и\u0306од", "йод"),
        ("Ґудзь Їжак Ў № ₽ «ёлки» — 80", "Ґудзь Їжак Ў № ₽ «ёлки» — 80"),
        ("李雷", ""),
        ("محمد", ""),
        ("\x00\x1b[31m", "[31m"),
        ("", ""),
    ],
)
def test_what_the_font_can_draw_is_kept(given: str, drawn: str) -> None:
    assert readable(given) == drawn


def test_long_titles_are_broken_evenly_and_shrunk() -> None:
    title = "Голоса памяти: жители области читают воспоминания о прорыве блокады Ленинграда"
    size, lines = fit_lines(title, "Roboto-Medium", (104, 92, 80, 70), 1480, 3, 1.0)
    assert " ".join(lines) == title
    assert len(lines) == 3
    assert all(text_width(line, "Roboto-Medium", size) <= 1480 for line in lines)
    assert min(len(line) for line in lines) > 15


def test_what_fits_nowhere_is_cut_with_an_ellipsis() -> None:
    size, lines = fit_lines("Ы" * 400, "Roboto-Medium", (50, 30), 500, 2, 1.0)
    assert size == 30
    assert lines[0].endswith("…")
    assert all(text_width(line, "Roboto-Medium", size) <= 500 for line in lines)


def test_a_long_word_has_a_line_of_its_own() -> None:
    assert wrap("а длинноеслово б", "Roboto-Regular", 20, 40) == ["а", "длинноеслово", "б"]


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


media = pytest.mark.media
"""These draw with moviepy."""


@media
def test_a_strip_lies_inside_the_frame_whatever_the_name(tmp_path: Path) -> None:
    drawn = Cards(tmp_path, HOUSE)
    for name in ("Ян", "Константин Константинович Константинопольский-Задунайский", "Ы" * 200):
        strip = drawn.strip(Person(name, "деревня Большие Гнилуши, Кировский район"))
        assert strip is not None
        width, height = size_of(strip.path)
        assert strip.x >= 60
        assert strip.y >= HOUSE.height * 0.6
        assert strip.x + width <= HOUSE.width * 0.75
        assert strip.y + height <= HOUSE.height * 0.95


@media
def test_letters_are_not_cut_off(tmp_path: Path) -> None:
    """Moviepy by itself makes the box of «оно» as low as its letters, and loses their feet: «у» must go below «о»."""

    def feet(text: str) -> int:
        clip = cards._text_clip(text, "Roboto-Medium", 60, (255, 255, 255))
        return int(np.nonzero(clip.mask.get_frame(0).any(axis=1))[0][-1])

    assert feet("оно") < feet("уру")
    heights = [cards._text_clip(text, "Roboto-Medium", 60, (255, 255, 255)).size[1] for text in ("оно", "Ёру")]
    assert heights[0] == heights[1]


@media
def test_a_name_without_letters_that_can_be_drawn_has_no_strip(tmp_path: Path) -> None:
    drawn = Cards(tmp_path, HOUSE)
    assert drawn.strip(Person("😀", "")) is None
    assert drawn.strip(Person("😀", "Мга")) is not None


@media
def test_everybody_is_in_the_credits_once_and_pages_are_even(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[list[tuple[str, str]]] = []
    monkeypatch.setattr(Cards, "_page", lambda self, people: pages.append(list(people)) or [])
    people = [Person(f"Житель {number}", "Мга") for number in range(50)]
    Cards(tmp_path, HOUSE).credits([*people, people[0], Person("😀", "Луга")])
    assert [len(page) for page in pages] == [17, 17, 17]
    assert [name for page in pages for name, _ in page] == [f"Житель {number}" for number in range(50)] + ["Участник"]


@media
def test_a_card_is_drawn_once(tmp_path: Path) -> None:
    first = Cards(tmp_path, HOUSE).title("Прорыв", "1943", "#proryv80")
    stamp = first.path.stat().st_mtime_ns
    os.utime(first.path, ns=(stamp, stamp))
    assert Cards(tmp_path, HOUSE).title("Прорыв", "1943", "#proryv80") == first
    assert first.path.stat().st_mtime_ns == stamp
    assert Cards(tmp_path, HOUSE).title("Прорыв!", "1943", "#proryv80").sha256 != first.sha256


@media
@pytest.mark.parametrize("size", [(1920, 1080), (320, 180), (1080, 1920), (1080, 1080)])
def test_every_card_fits_every_frame(tmp_path: Path, size: tuple[int, int]) -> None:
    house = House(width=size[0], height=size[1])
    drawn = Cards(tmp_path, house, "en")
    strip = drawn.strip(Person("Константин Константинопольский", "Мга"))
    assert strip is not None
    people = [Person(f"Константин Константинопольский {number}", "Санкт-Петербург") for number in range(24)]
    for picture in (
        drawn.title("Голоса памяти жителей области", "январь", "#proryv80"),
        strip,
        *drawn.credits(people),
        drawn.ending("#proryv80", "11–18 января 2023"),
    ):
        width, height = size_of(picture.path)
        assert picture.x >= 0
        assert picture.y >= 0
        assert picture.x + width <= house.width
        assert picture.y + height <= house.height
    assert size_of(drawn.ground.path) == size
