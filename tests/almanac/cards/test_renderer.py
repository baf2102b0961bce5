from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from relay.almanac.cards import renderer, typefaces
from relay.almanac.cards.links import ascii_address
from relay.almanac.cards.renderer import Block, CardImage, CardRenderer, Cast, Person, TextBlock
from relay.almanac.cards.themes import theme, themes
from relay.almanac.cards.typography import clusters, readable, text_width
from relay.almanac.cards.words import quoted
from relay.almanac.formats import House
from tests.almanac.cards.test_links import ADDRESSES, PLAIN

HOUSE = House()


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


media = pytest.mark.media
"""These draw with moviepy."""


@media
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


@media
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


@media
def test_a_name_without_letters_has_no_strip(tmp_path: Path) -> None:
    drawn = CardRenderer(tmp_path, HOUSE)
    assert drawn.strip(Person("😀", "")) is None
    assert drawn.strip(Person("😀", "Мга")) is not None


@pytest.fixture
def no_han(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without fonts for Chinese."""
    monkeypatch.setattr(renderer, "missing", lambda name: tuple(sign for sign in name if "\u4e00" <= sign <= "\u9fff"))
    monkeypatch.setattr(renderer, "readable", lambda name: re.sub("[\u4e00-\u9fff]", "", readable(name)).strip())


@media
def test_who_has_a_name_that_no_font_can_draw_stands_among_the_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_han: None
) -> None:
    pages = seen_pages(monkeypatch)
    people = [
        Person("Анна", "Мга"),
        Person("李雷", "Луга"),
        Person("韩梅", "Луга"),
        Person("Вэй 李雷"),
        Person("", "Луга"),
    ]
    told = CardRenderer(tmp_path, HOUSE).credits(Cast(people, [Person("李雷", "Луга"), Person("王芳")]))
    assert [(heading, [(" ".join(b.name), " ".join(b.town)) for c in page for b in c]) for heading, page in pages] == [
        ("В фильме участвовали", [("Анна", "Мга"), ("Участник", "Луга"), ("Участник", "Луга"), ("Вэй", "")]),
        ("Свои видео прислали также", [("Участник", "")]),
        ("И те, чьи имена нам неизвестны", [("Луга", "1 участник")]),
    ]
    assert [page.people for page in told] == [4, 1, 1]


@media
def test_a_name_that_no_font_can_draw_keeps_its_strip(tmp_path: Path, no_han: None) -> None:
    drawn = CardRenderer(tmp_path, HOUSE)
    assert drawn.strip(Person("李雷", "Луга")) == drawn.strip(Person("Участник", "Луга"))
    assert drawn.strip(Person("Вэй 李雷")) == drawn.strip(Person("Вэй"))


@media
@pytest.mark.parametrize(
    ("name", "look"),
    [("გიორგი", "night"), ("Արմեն", "paper"), ("דוד", "granite"), ("محمد", "ice"), ("मोहन", "night"),
     ("Ӄэргынто Ԯа", "granite"), ("Та̄рыг ма̄", "paper"), ("Ῥᾴδιος", "ice")],
)  # fmt: skip
def test_a_name_in_letters_that_the_theme_lacks_is_on_the_strip_and_in_the_credits(
    tmp_path: Path, name: str, look: str
) -> None:
    """Taking away one letter changes the picture: every letter is there."""
    letters = clusters(name)
    drawn = CardRenderer(tmp_path, House(width=640, height=360), "ru", theme(look))
    whole = drawn.strip(Person(name, "Мга"))
    assert whole is not None
    for place, letter in enumerate(letters):
        if letter != " ":
            less = drawn.strip(Person("".join(letters[:place] + letters[place + 1 :]), "Мга"))
            assert less is not None
            assert less.sha256 != whole.sha256
    (page,) = drawn.credits(Cast([Person(name, "Мга")]))
    (other,) = drawn.credits(Cast([Person("".join(letters[1:]), "Мга")]))
    assert page.picture.sha256 != other.picture.sha256


@pytest.mark.parametrize("house", [HOUSE, House(width=1080, height=1920), House(width=640, height=360)])
def test_the_longest_name_stands_whole_in_the_credits(tmp_path: Path, house: House) -> None:
    name = " ".join(["Константин"] * 18)
    for look in themes():
        _, (block,) = CardRenderer(tmp_path, house, "ru", look)._blocks([(name, "")])
        assert " ".join(block.name) == name


def test_lines_that_run_to_the_left_begin_below_each_other(tmp_path: Path) -> None:
    row = TextBlock(("محمد علي محمود", "علي"), "Roboto 400", 40.0)
    wide = [text_width(line, row.face, row.size) for line in row.lines]
    assert renderer._indents(row) == [0.0, wide[0] - wide[1]]
    assert renderer._indents(TextBlock(("Анна Щёголева", "Анна"), "Roboto 400", 40.0)) == [0.0, 0.0]


def seen_pages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Sequence[Sequence[Block]]]]:
    """The credits' pages, as they are given to be drawn."""
    pages: list[tuple[str, Sequence[Sequence[Block]]]] = []
    monkeypatch.setattr(
        CardRenderer, "_page", lambda self, heading, columns, size, gap: pages.append((heading, columns)) or []
    )
    return pages


def names(page: Sequence[Sequence[Block]]) -> list[str]:
    return [" ".join(block.name) for column in page for block in column]


@media
def test_everybody_is_in_the_credits_once_and_pages_are_even(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = seen_pages(monkeypatch)
    people = [Person(f"Житель {number}", "Мга") for number in range(50)]
    told = CardRenderer(tmp_path, HOUSE).credits(
        Cast([*people, people[0], Person("😀", "Луга")], [people[1], Person("Вера")])
    )
    assert [page.people for page in told] == [17, 16, 17, 1, 1]
    assert [name for _, page in pages[:3] for name in names(page)] == [f"Житель {number}" for number in range(50)]
    assert [(heading, names(page)) for heading, page in pages[3:]] == [
        ("Свои видео прислали также", ["Вера"]),
        ("И те, чьи имена нам неизвестны", ["Луга"]),
    ]
    assert {len(column) for _, page in pages[:3] for column in page} == {5, 6}


@media
def test_no_name_in_the_credits_is_cut_and_all_are_of_one_size(tmp_path: Path) -> None:
    long = ["Константинопольская-Преображенская Анастасия", "Магомед-Расул Абдулмуслимов", "Ян Цой"]
    for size in ((1920, 1080), (1080, 1920), (1080, 1080), (640, 360)):
        drawn = CardRenderer(tmp_path, House(width=size[0], height=size[1]))
        for look in themes():
            drawn.theme = look
            height, blocks = drawn._blocks([(name, "пос. Новоивановское") for name in long])
            assert ["".join(block.name).replace(" ", "") for block in blocks] == [
                name.replace(" ", "") for name in long
            ]
            wide = max(text_width(line, block.strong, height) for block in blocks for line in block.name)
            assert wide <= drawn._column_width


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 участник"), (2, "2 участника"), (5, "5 участников"), (11, "11 участников"), (21, "21 участник")],
)
def test_those_without_a_name_are_counted_by_town(tmp_path: Path, count: int, said: str) -> None:
    drawn = CardRenderer(tmp_path, HOUSE)
    assert drawn._counted(["Мга"] * count) == [("Мга", said)]
    assert drawn._counted([""] * count) == [(said, "")]


def as_a_phone_sees_it(drawn: CardRenderer, card: CardImage, *, smaller: float = 2) -> NDArray[np.uint8]:
    with Image.open(drawn.ground.path) as ground, Image.open(card.path) as layer:
        frame = ground.convert("RGBA")
        frame.alpha_composite(layer.convert("RGBA"), (card.x, card.y))
    seen = round(drawn.house.width / smaller), round(drawn.house.height / smaller)
    return np.asarray(frame.convert("RGB").resize(seen))


@media
@pytest.mark.parametrize("look", [look.name for look in themes()])
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1080, 1080)])
def test_the_code_on_a_quote_leads_to_its_link(tmp_path: Path, look: str, size: tuple[int, int]) -> None:
    zxing = pytest.importorskip("zxingcpp")
    drawn = CardRenderer(tmp_path, House(width=size[0], height=size[1]), "ru", theme(look))
    card = drawn.quote("Лёд трещал под колёсами, но мы ехали. " * 4, "Ольга Берггольц", PLAIN)
    assert [found.text for found in zxing.read_barcodes(as_a_phone_sees_it(drawn, card))] == [PLAIN]


@media
@pytest.mark.parametrize("link", [link for link, coded, _ in ADDRESSES if link != coded])
def test_every_reader_opens_the_code_of_an_address_with_cyrillic(tmp_path: Path, link: str) -> None:
    zxing, cv2 = pytest.importorskip("zxingcpp"), pytest.importorskip("cv2")
    drawn = CardRenderer(tmp_path, HOUSE)
    card = drawn.quote("Лёд трещал под колёсами, но мы ехали.", "Ольга Берггольц", link)
    found = zxing.read_barcodes(as_a_phone_sees_it(drawn, card))
    assert [one.text for one in found] == [ascii_address(link)]
    assert cv2.QRCodeDetector().detectAndDecode(as_a_phone_sees_it(drawn, card, smaller=1.5))[0] == ascii_address(link)


@media
def test_twin_a_code_of_cyrillic_letters_is_read_as_something_else(tmp_path: Path) -> None:
    import segno

    cv2 = pytest.importorskip("cv2")
    link = "https://vk.com/прорыв80"
    matrix = np.array([list(row) for row in segno.make(link, error="m", micro=False).matrix], np.bool_)
    pixels = np.where(np.kron(np.pad(matrix, 4), np.ones((8, 8), np.bool_)), 0, 255).astype(np.uint8)
    assert cv2.QRCodeDetector().detectAndDecode(pixels)[0] != link


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("Мы ехали.", "ru", "«Мы ехали»."),
        ("Мы ехали…", "ru", "«Мы ехали…»"),
        ("Мы ехали!", "ru", "«Мы ехали!»"),
        ("«Мы ехали»", "ru", "«Мы ехали»"),
        ("— Мы ехали.", "ru", "— Мы ехали."),
        ("We drove.", "en", "“We drove.”"),
    ],
)
def test_a_quote_stands_in_its_language_s_marks(text: str, language: str, said: str) -> None:
    assert quoted(text, language) == said


@media
def test_a_caption_stands_above_the_name_and_never_wider_than_the_frame(tmp_path: Path) -> None:
    for size in ((1920, 1080), (1080, 1920), (320, 180)):
        drawn = CardRenderer(tmp_path, House(width=size[0], height=size[1]))
        strip = drawn.strip(Person("Анна Щёголева", "Шлиссельбург"))
        assert strip is not None
        text = "Ш" * 42 + "\n" + "Щ" * 42
        for over in (strip, None):
            caption = drawn.caption(text, over)
            assert caption is not None
            width, height = size_of(caption.path)
            assert caption.x >= 0
            assert caption.x + width <= size[0]
            assert caption.y + height <= (strip.y if over else size[1])
    assert drawn.caption("😀\n \u202e") is None


@media
def test_each_theme_draws_its_own(tmp_path: Path) -> None:
    pictures = [CardRenderer(tmp_path, HOUSE, "ru", look).title("Прорыв") for look in themes()]
    assert len({picture.sha256 for picture in pictures}) == len(themes())


@media
def test_a_card_is_drawn_once(tmp_path: Path) -> None:
    first = CardRenderer(tmp_path, HOUSE).title("Прорыв", "1943", "#proryv80")
    stamp = first.path.stat().st_mtime_ns
    os.utime(first.path, ns=(stamp, stamp))
    assert CardRenderer(tmp_path, HOUSE).title("Прорыв", "1943", "#proryv80") == first
    assert first.path.stat().st_mtime_ns == stamp
    assert CardRenderer(tmp_path, HOUSE).title("Прорыв!", "1943", "#proryv80").sha256 != first.sha256


@media
@pytest.mark.parametrize("size", [(1920, 1080), (320, 180), (1080, 1920), (1080, 1080)])
def test_every_card_fits_every_frame(tmp_path: Path, size: tuple[int, int]) -> None:
    house = House(width=size[0], height=size[1])
    drawn = CardRenderer(tmp_path, house, "en")
    strip = drawn.strip(Person("Константин Константинопольский", "Мга"))
    assert strip is not None
    people = [Person(f"Константин Константинопольский {number}", "Санкт-Петербург") for number in range(24)]
    for picture in (
        drawn.title("Голоса памяти жителей области", "январь", "#proryv80"),
        strip,
        *(page.picture for page in drawn.credits(Cast(people, [Person("", "Мга")]))),
        drawn.chapter("Дорога жизни, воспоминания шофёров и регулировщиц", "Зима 1941–1942 годов", "Глава 2"),
        drawn.quote("Лёд трещал под колёсами, но мы ехали. " * 12, "Ольга Берггольц", "https://www.prlib.ru/c/17"),
        drawn.legend("Полуторка на льду", "ЦГАКФФД СПб", shape=(1600, 900)),
        drawn.legend("Регулировщица на ледовой трассе", "ЦГАКФФД СПб", shape=(700, 1000)),
        drawn.ending("#proryv80", "11–18 января 2023", "Г. Свиридов — «Время, вперёд!»"),
    ):
        width, height = size_of(picture.path)
        assert picture.x >= 0
        assert picture.y >= 0
        assert picture.x + width <= house.width
        assert picture.y + height <= house.height
    assert size_of(drawn.ground.path) == size


@media
def test_a_card_is_drawn_anew_when_a_font_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = CardRenderer(tmp_path, HOUSE).title("Прорыв")
    monkeypatch.setattr(typefaces, "_versions", lambda: ("fontpkg-roboto 99",))
    assert CardRenderer(tmp_path, HOUSE).title("Прорыв").path != before.path
