from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from relay.almanac.cards import backgrounds, typefaces
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.kinds.chapter import ChapterCard
from relay.almanac.cards.kinds.ending import EndingCard
from relay.almanac.cards.kinds.picture import LegendCard, PictureStill
from relay.almanac.cards.kinds.quote import QuoteCard
from relay.almanac.cards.kinds.title import TitleCard
from relay.almanac.cards.people import Cast, Person
from relay.almanac.cards.renderer import CardImage, CardRenderer
from relay.almanac.cards.themes import theme, themes
from relay.almanac.formats import House
from tests.almanac.cards.sketching import LINK, Sketches, size_of

HOUSE = House()


def test_a_kept_card_goes_by_everything_that_stands_on_it(sketches: Sketches) -> None:
    drawn, paper = sketches.of("night 640x360"), sketches.of("paper 640x360")
    made = [
        drawn.draw(TitleCard("Прорыв")),
        drawn.draw(TitleCard("Прорыв", "1943")),
        drawn.draw(TitleCard("Прорыв", "", "1943")),
        drawn.draw(ChapterCard("Прорыв")),
        drawn.draw(QuoteCard("Прорыв")),
        drawn.draw(QuoteCard("Прорыв", "1943")),
        drawn.draw(QuoteCard("Прорыв", "", LINK)),
        drawn.draw(QuoteCard("Прорыв", "1943", LINK)),
        drawn.draw(LegendCard("Прорыв", "", shape=(1600, 900))),
        drawn.draw(LegendCard("Прорыв", "1943", shape=(1600, 900))),
        drawn.draw(LegendCard("Прорыв", "1943", shape=(500, 900))),
        drawn.draw(LegendCard("Прорыв", "1943", shape=(2000, 400))),
        drawn.strip(Person("Прорыв")),
        drawn.strip(Person("Прорыв", "1943")),
        drawn.caption("Прорыв"),
        drawn.caption("Прорыв", over=CardImage(Path(), "", 60, 800)),
        drawn.caption("Прорыв", over=CardImage(Path(), "", 60, 801)),
        drawn.draw(EndingCard("Прорыв")),
        drawn.draw(EndingCard("Прорыв", "1943")),
        drawn.draw(EndingCard("Прорыв", "", "1943")),
        drawn.draw(PictureStill("a" * 64, (4, 4), lambda: np.zeros((4, 4, 3), np.uint8))),
        drawn.draw(PictureStill("b" * 64, (4, 4), lambda: np.zeros((4, 4, 3), np.uint8))),
        paper.draw(TitleCard("Прорыв")),
        sketches.of("night 640x358").draw(TitleCard("Прорыв")),
        sketches.of("night 638x360").draw(TitleCard("Прорыв")),
    ]
    assert len({picture.path for picture in made if picture}) == len(made)
    assert drawn.strip(Person("", "Прорыв")) == drawn.strip(Person("Прорыв"))
    assert drawn.draw(LegendCard("Прорыв", "1943", shape=(800, 450))).path == made[9].path
    assert drawn.strip(Person("", " ")) is None
    assert drawn.strip(Person("😀", "")) is None
    assert drawn.caption("😀\n \u202e") is None
    assert drawn.caption("Прорыв\n\n") == made[14]


def test_plates_and_shadows_are_as_dark_as_the_theme_has_them(sketches: Sketches) -> None:
    anna = Person("Анна", "Мга")
    cases: list[tuple[str, Callable[[CardRenderer], object], list[tuple[int, float]]]] = [
        ("night 1920x1080", lambda card: card.strip(anna), [(255, 167.2), (255, 108.0), (255, 84.4)]),
        ("paper 1080x1080", lambda card: card.strip(anna), [(255, 242.4), (255, 80.7), (255, 76.5)]),
        ("granite 1920x1080", lambda card: card.strip(anna), [(230, 230.0), (255, 98.6), (255, 255.0), (255, 81.4)]),
        ("night 1920x1080", lambda card: card.caption("Мы ехали."), [(173, 172.6), (255, 88.3)]),
        (
            "night 1920x1080",
            lambda card: card.draw(LegendCard("Полуторка", "ЦГАКФФД", shape=(1600, 900))),
            [(198, 99.0), (255, 85.7), (255, 48.5)],
        ),
        (
            "paper 1920x1080",
            lambda card: card.draw(TitleCard("Прорыв", "1943")),
            [(217, 217.0), (255, 63.1), (255, 71.0)],
        ),
    ]
    for shape, draw, expected in cases:
        sketches.laid(shape, draw)
        plates = [clip.pixels[..., 3] for clip in sketches.pieces]
        assert [(int(plate.max()), round(float(plate.mean()), 1)) for plate in plates] == expected


def test_a_card_is_drawn_once_and_whole_with_its_note(tmp_path: Path) -> None:
    drawn = CardRenderer(tmp_path / "cards", House(width=64, height=64))
    decoded = []

    def photo() -> Pixels:
        decoded.append(1)
        return np.full((64, 64, 3), 200, np.uint8)

    picture = drawn.draw(PictureStill("a" * 64, (64, 64), photo))
    with Image.open(picture.path) as image:
        assert (image.format, image.size, image.getpixel((9, 9))) == ("PNG", (64, 64), (200, 200, 200))
    note = picture.path.with_suffix(".json")
    assert picture == CardImage(picture.path, sha256(picture.path.read_bytes()).hexdigest())
    assert json.loads(note.read_text()) == {"sha256": picture.sha256, "x": 0, "y": 0}
    assert sorted(picture.path.parent.iterdir()) == sorted([picture.path, note])
    assert drawn.draw(PictureStill("a" * 64, (64, 64), photo)) == picture
    assert len(decoded) == 1
    note.unlink()
    assert drawn.draw(PictureStill("a" * 64, (64, 64), photo)) == picture
    picture.path.unlink()
    assert drawn.draw(PictureStill("a" * 64, (64, 64), photo)) == picture
    assert len(decoded) == 3


def test_the_ground_is_a_still_of_the_film_s_size(tmp_path: Path) -> None:
    drawn = CardRenderer(tmp_path, House(width=192, height=108))
    with Image.open(drawn.ground.path) as image:
        assert np.array_equal(np.asarray(image), backgrounds.ground(theme(), drawn.page.house, 0.1))
    assert (drawn.ground.x, drawn.ground.y) == (0, 0)
    assert drawn.ground == CardRenderer(tmp_path, drawn.page.house).ground


@pytest.mark.media
def test_each_theme_draws_its_own(tmp_path: Path) -> None:
    pictures = [CardRenderer(tmp_path, HOUSE, "ru", look).draw(TitleCard("Прорыв")) for look in themes()]
    assert len({picture.sha256 for picture in pictures}) == len(themes())


@pytest.mark.media
@pytest.mark.parametrize("torn", [".json", ".png"])
def test_a_card_that_a_power_cut_has_torn_is_drawn_again(tmp_path: Path, torn: str) -> None:
    made = CardRenderer(tmp_path, HOUSE).draw(ChapterCard("Кировск"))
    before = made.path.read_bytes()
    made.path.with_suffix(torn).write_bytes(b"")
    again = CardRenderer(tmp_path, HOUSE).draw(ChapterCard("Кировск"))
    assert (again, again.path.read_bytes()) == (made, before)


@pytest.mark.slow
def test_a_card_is_drawn_once(tmp_path: Path) -> None:
    first = CardRenderer(tmp_path, HOUSE).draw(TitleCard("Прорыв", "1943", "#proryv80"))
    stamp = first.path.stat().st_mtime_ns
    os.utime(first.path, ns=(stamp, stamp))
    assert CardRenderer(tmp_path, HOUSE).draw(TitleCard("Прорыв", "1943", "#proryv80")) == first
    assert first.path.stat().st_mtime_ns == stamp
    assert CardRenderer(tmp_path, HOUSE).draw(TitleCard("Прорыв!", "1943", "#proryv80")).sha256 != first.sha256


@pytest.mark.media
@pytest.mark.parametrize("size", [(1920, 1080), (320, 180), (1080, 1920), (1080, 1080)])
def test_every_card_fits_every_frame(tmp_path: Path, size: tuple[int, int]) -> None:
    house = House(width=size[0], height=size[1])
    drawn = CardRenderer(tmp_path, house, "en")
    strip = drawn.strip(Person("Константин Константинопольский", "Мга"))
    assert strip is not None
    people = [Person(f"Константин Константинопольский {number}", "Санкт-Петербург") for number in range(24)]
    for picture in (
        drawn.draw(TitleCard("Голоса памяти жителей области", "январь", "#proryv80")),
        strip,
        *(page.picture for page in drawn.credits(Cast(people, [Person("", "Мга")]))),
        drawn.draw(ChapterCard("Дорога жизни, воспоминания шофёров и регулировщиц", "Зима 1941–1942 годов", "Глава 2")),
        drawn.draw(
            QuoteCard("Лёд трещал под колёсами, но мы ехали. " * 12, "Ольга Берггольц", "https://www.prlib.ru/c/17")
        ),
        drawn.draw(LegendCard("Полуторка на льду", "ЦГАКФФД СПб", shape=(1600, 900))),
        drawn.draw(LegendCard("Регулировщица на ледовой трассе", "ЦГАКФФД СПб", shape=(700, 1000))),
        drawn.draw(EndingCard("#proryv80", "11–18 января 2023", "Г. Свиридов — «Время, вперёд!»")),
    ):
        width, height = size_of(picture.path)
        assert picture.x >= 0
        assert picture.y >= 0
        assert picture.x + width <= house.width
        assert picture.y + height <= house.height
    assert size_of(drawn.ground.path) == size


@pytest.mark.media
def test_a_card_is_drawn_anew_when_a_font_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = CardRenderer(tmp_path, HOUSE).draw(TitleCard("Прорыв"))
    monkeypatch.setattr(typefaces, "package_versions", lambda: ("fontpkg-roboto 99",))
    assert CardRenderer(tmp_path, HOUSE).draw(TitleCard("Прорыв")).path != before.path


@pytest.mark.slow
def test_two_threads_draw_the_same_card_at_once(tmp_path: Path) -> None:
    """A preview is made while the page asks what it costs: both want every card."""
    together = threading.Barrier(2)

    def drawn(number: int) -> CardImage:
        together.wait()
        return CardRenderer(tmp_path / str(number // 2), House(width=320, height=180)).draw(TitleCard("Прорыв"))

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(drawn, range(40)))
    assert len({card.sha256 for card in made}) == 1
    assert list(tmp_path.rglob("*.part")) == []
