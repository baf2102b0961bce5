from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from relay.almanac.cards.kinds.credits import (
    COLUMN_GAP,
    TOWN_INK,
    CreditsCard,
    NameBlock,
    column_height,
    column_width,
    credits_cards,
    densities,
    even_columns,
    filled_columns,
    mixed,
    name_blocks,
)
from relay.almanac.cards.pacing import LYING, page_lengths
from relay.almanac.cards.page import CardPage
from relay.almanac.cards.people import Cast, Person
from relay.almanac.cards.renderer import CardRenderer
from relay.almanac.cards.themes import Colour, Theme, theme, themes
from relay.almanac.cards.typography import clusters, text_width
from relay.almanac.formats import House
from tests.almanac.cards.sketching import PEOPLE, Sketches, check

HOUSE = House()


def test_the_credits_have_a_heading_and_columns_of_one_size(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.credits(Cast([Person("Анна", "Мга"), Person("Вера")])),
            {
                "night 1920x1080": """
                    1920x1080 accent:481x45+720+397 accent:520x18+700+465 plate_ink:92x30+914+544 #d1d8e0:56x24+933+591
                    plate_ink:88x38+916+654 people:2
                """,
                "granite 1920x1080": """
                    1920x1080 plate_ink:587x51+143+401 accent:110x10+140+472 plate_ink:98x30+140+544
                    #ceccc7:56x25+142+590 plate_ink:93x39+142+654 people:2
                """,
                "paper 1080x1920": """
                    1080x1920 accent:440x41+320+839 accent:136x3+472+899 plate_ink:91x26+495+958 #4d4339:55x21+513+1000
                    plate_ink:82x33+500+1058 people:2
                """,
            },
        ),
        (
            lambda card: card.credits(Cast(PEOPLE[:4])),
            {
                "night 1920x1080": """
                    1920x1080 accent:481x45+720+171 accent:520x18+700+239 plate_ink:218x30+851+318
                    plate_ink:452x31+734+365 #d1d8e0:250x32+835+411 plate_ink:218x30+851+476 plate_ink:446x31+734+523
                    #d1d8e0:250x32+835+569 plate_ink:218x30+851+634 plate_ink:452x31+734+681 #d1d8e0:250x32+835+727
                    plate_ink:218x30+851+792 plate_ink:452x31+734+839 #d1d8e0:250x32+835+885 people:4
                """,
            },
        ),
        (
            lambda card: card.credits(Cast(PEOPLE[:5])),
            {
                "night 1920x1080": """
                    1920x1080 accent:481x45+720+329 accent:520x18+700+397 plate_ink:218x30+305+476
                    plate_ink:452x31+188+523 #d1d8e0:250x32+289+569 plate_ink:218x30+305+634 plate_ink:446x31+188+681
                    #d1d8e0:250x32+289+727 plate_ink:218x30+851+476 plate_ink:452x31+734+523 #d1d8e0:250x32+835+569
                    plate_ink:218x30+1398+476 plate_ink:452x31+1281+523 #d1d8e0:250x32+1382+569
                    plate_ink:218x30+1398+634 plate_ink:453x31+1281+681 #d1d8e0:250x32+1382+727 people:5
                """,
                "granite 1080x1920": """
                    1080x1920 plate_ink:528x46+89+712 accent:100x10+86+776 plate_ink:198x26+88+840
                    plate_ink:410x27+88+880 #ceccc7:232x28+86+920 plate_ink:198x26+88+976 plate_ink:401x27+88+1016
                    #ceccc7:232x28+86+1056 plate_ink:198x26+553+840 plate_ink:409x27+553+880 #ceccc7:232x28+551+920
                    plate_ink:198x26+553+976 plate_ink:408x27+553+1016 #ceccc7:232x28+551+1056 plate_ink:198x26+553+1112
                    plate_ink:409x27+553+1152 #ceccc7:232x28+551+1192 people:5
                """,
            },
        ),
        (
            lambda card: card.credits(Cast(PEOPLE[:3], PEOPLE[1:4])),
            {
                "paper 1920x1080 en": """
                    1920x1080 accent:368x36+778+234 accent:150x3+885+303 plate_ink:162x19+879+365
                    plate_ink:271x19+825+396 plate_ink:35x20+942+425 plate_ink:14x19+953+458 #4d4339:209x25+856+487
                    plate_ink:162x19+879+536 plate_ink:271x19+825+567 plate_ink:35x20+942+596 plate_ink:11x17+955+630
                    #4d4339:209x25+856+658 plate_ink:162x19+879+706 plate_ink:271x19+825+738 plate_ink:35x20+942+767
                    plate_ink:13x18+954+800 #4d4339:209x25+856+829 1920x1080 accent:496x47+712+405 accent:150x3+885+474
                    plate_ink:162x19+879+536 plate_ink:271x19+825+567 plate_ink:35x20+942+596 plate_ink:13x19+954+629
                    #4d4339:209x25+856+658 people:3 people:1
                """,
            },
        ),
        (
            lambda card: card.credits(Cast([Person(f"Имя {number}") for number in range(31)])),
            {
                "granite 1920x1080": """
                    1920x1080 plate_ink:587x51+143+316 accent:110x10+140+388 plate_ink:111x31+142+458
                    plate_ink:100x29+142+529 plate_ink:109x30+142+598 plate_ink:108x30+142+669
                    plate_ink:110x29+142+739 plate_ink:109x30+689+459 plate_ink:110x31+689+528
                    plate_ink:107x29+689+599 plate_ink:110x31+689+668 plate_ink:110x31+689+738
                    plate_ink:129x31+1235+458 plate_ink:118x29+1235+529 plate_ink:127x30+1235+598
                    plate_ink:126x30+1235+669 plate_ink:127x29+1235+739 1920x1080 plate_ink:587x51+143+281
                    accent:110x10+140+352 plate_ink:126x30+142+424 plate_ink:128x31+142+493 plate_ink:124x29+142+564
                    plate_ink:127x31+142+633 plate_ink:127x31+142+703 plate_ink:135x31+142+773
                    plate_ink:124x30+689+423 plate_ink:133x30+689+493 plate_ink:132x31+689+563
                    plate_ink:133x30+689+633 plate_ink:133x31+689+703 plate_ink:134x31+1235+423
                    plate_ink:131x30+1235+493 plate_ink:133x31+1235+563 plate_ink:133x31+1235+633
                    plate_ink:134x31+1235+703 people:15 people:16
                """,
                "night 1080x1080": """
                    1080x1080 accent:434x41+323+240 accent:468x18+306+300 plate_ink:99x27+259+373
                    plate_ink:94x26+259+436 plate_ink:99x26+259+499 plate_ink:99x27+259+562 plate_ink:100x26+259+625
                    plate_ink:99x27+259+688 plate_ink:100x27+259+751 plate_ink:99x26+259+814 plate_ink:99x27+723+373
                    plate_ink:99x27+723+436 plate_ink:120x27+713+499 plate_ink:115x26+713+562 plate_ink:120x26+713+625
                    plate_ink:120x27+713+688 plate_ink:120x26+713+751 1080x1080 accent:434x41+323+240
                    accent:468x18+306+300 plate_ink:120x27+248+373 plate_ink:120x27+248+436 plate_ink:120x26+248+499
                    plate_ink:120x27+248+562 plate_ink:120x27+248+625 plate_ink:120x27+248+688
                    plate_ink:115x26+248+751 plate_ink:120x26+248+814 plate_ink:120x27+713+373
                    plate_ink:120x26+713+436 plate_ink:120x27+713+499 plate_ink:120x27+713+562
                    plate_ink:120x26+713+625 plate_ink:120x27+713+688 plate_ink:120x27+713+751
                    plate_ink:120x27+713+814 people:15 people:16
                """,
                "paper 2400x1080": """
                    2400x1080 accent:486x46+957+319 accent:150x3+1125+387 plate_ink:111x28+598+453
                    plate_ink:110x28+598+523 plate_ink:111x28+598+593 plate_ink:111x28+598+663
                    plate_ink:112x28+598+733 plate_ink:111x28+1145+453 plate_ink:111x28+1145+523
                    plate_ink:111x28+1145+593 plate_ink:111x28+1145+663 plate_ink:111x28+1145+733
                    plate_ink:132x28+1681+453 plate_ink:131x28+1681+523 plate_ink:132x28+1681+593
                    plate_ink:132x28+1681+663 plate_ink:132x28+1681+733 2400x1080 accent:486x46+957+284
                    accent:150x3+1125+352 plate_ink:132x28+587+418 plate_ink:132x28+587+488 plate_ink:132x28+587+558
                    plate_ink:132x28+587+628 plate_ink:132x28+587+698 plate_ink:132x28+587+768
                    plate_ink:131x28+1134+418 plate_ink:132x28+1134+488 plate_ink:132x28+1134+558
                    plate_ink:132x28+1134+628 plate_ink:132x28+1134+698 plate_ink:132x28+1681+418
                    plate_ink:132x28+1681+488 plate_ink:132x28+1681+558 plate_ink:132x28+1681+628
                    plate_ink:132x28+1681+698 people:15 people:16
                """,
            },
        ),
    )


def test_columns_are_filled_up_to_their_room_and_then_made_even(sketches: Sketches) -> None:
    def blocks(*heights: float) -> list[NameBlock]:
        return [NameBlock((str(height),), (), height, "", "") for height in heights]

    def heights(columns: Sequence[Sequence[NameBlock]]) -> list[list[float]]:
        return [[block.height for block in column] for column in columns]

    assert column_height(blocks(10, 20, 30), 5) == 70
    assert heights(filled_columns(blocks(10, 20, 30, 70, 80), 65, 5)) == [[10, 20], [30], [70], [80]]
    assert heights(filled_columns(blocks(10, 20, 30, 1), 70, 5)) == [[10, 20, 30], [1]]
    assert heights(even_columns(blocks(10, 10, 10, 10, 10), 65, 5, 3)) == [[10, 10], [10], [10, 10]]
    assert heights(even_columns(blocks(10, 10), 65, 5, 3)) == [[10], [10]]
    assert heights(even_columns(blocks(10, 10, 10, 10), 25, 5, 2)) == [[10, 10], [10, 10]]
    assert heights(even_columns(blocks(30, 10, 30, 10), 50, 5, 2)) == [[30, 10], [30, 10]]
    assert heights(even_columns(blocks(40, 5, 5, 5, 35), 55, 5, 2)) == [[40, 5], [5, 5, 35]]
    too_high = blocks(40, 10, 20, 40)
    assert heights(even_columns(too_high, 55, 5, 2)) == [[40, 10], [20], [40]]


def test_nobody_has_more_than_two_lines_in_the_credits_unless_the_letters_are_the_smallest(sketches: Sketches) -> None:
    drawn = sketches.of("night 1920x1080")
    strong, light = drawn.page.theme.fonts.strong, drawn.page.theme.fonts.text
    high, town = 40 * 1.2, 40 * 0.8 * 1.25
    people = [("Анна", "Мга"), ("Вера", ""), ("Константин Константинов", "Мга")]
    assert name_blocks(people, drawn.page, LYING[0]) == (
        40,
        [
            NameBlock(("Анна",), ("Мга",), high + town, strong, light),
            NameBlock(("Вера",), (), high, strong, light),
            NameBlock(("Константин Константинов",), ("Мга",), high + town, strong, light),
        ],
    )
    sizes = [name_blocks([("Щ" * length, "")], drawn.page, LYING[0])[0] for length in (12, 13, 14, 15, 16, 17, 30)]
    assert sizes == [40, 36, 34, 32, 30, 28, 28]
    name, town = ("Константин " * 40).strip(), ("Санкт-Петербург и Ленинградская область " * 5).strip()
    smallest, (block,) = name_blocks([(name, town)], drawn.page, LYING[0])
    assert smallest == 28
    assert (" ".join(block.name), " ".join(block.town)) == (name, town), "nothing is cut"


def test_the_credits_have_everybody_once_and_those_without_a_name_last(sketches: Sketches) -> None:
    anna, vera, boris = Person("Анна", "Мга"), Person("Вера"), Person("Борис", "Луга")
    nobody = [Person("", "Мга"), Person("😀", "Луга"), Person("", "Мга"), Person("")]
    drawn = sketches.of("night 1920x1080")
    pages = credits_cards(Cast([vera, anna, *nobody[:2], vera], [anna, boris, *nobody[2:]]), drawn.page)
    said = [(page.heading, [(*one.name, *one.town) for column in page.columns for one in column]) for page in pages]
    assert said == [
        ("В фильме участвовали", [("Вера",), ("Анна", "Мга")]),
        ("Свои видео прислали также", [("Борис", "Луга")]),
        ("И те, чьи имена нам неизвестны", [("Луга", "1 участник"), ("Мга", "2 участника"), ("1 участник",)]),
    ]
    assert [page.people for page in pages] == [2, 1, 3]
    assert drawn.credits(Cast([])) == []


@pytest.mark.media
def test_who_has_a_name_that_no_font_can_draw_stands_among_the_named(tmp_path: Path, no_han: None) -> None:
    people = [
        Person("Анна", "Мга"),
        Person("李雷", "Луга"),
        Person("韩梅", "Луга"),
        Person("Вэй 李雷"),
        Person("", "Луга"),
    ]
    cast = Cast(people, [Person("李雷", "Луга"), Person("王芳")])
    pages = credits_cards(cast, CardPage(HOUSE, theme(), "ru"))
    assert [
        (page.heading, [(" ".join(b.name), " ".join(b.town)) for c in page.columns for b in c]) for page in pages
    ] == [
        ("В фильме участвовали", [("Анна", "Мга"), ("Участник", "Луга"), ("Участник", "Луга"), ("Вэй", "")]),
        ("Свои видео прислали также", [("Участник", "")]),
        ("И те, чьи имена нам неизвестны", [("Луга", "1 участник")]),
    ]
    assert [page.people for page in CardRenderer(tmp_path, HOUSE).credits(cast)] == [4, 1, 1]


@pytest.mark.media
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
        page = CardPage(house, look, "ru")
        for close in densities(page):
            _, (block,) = name_blocks([(name, "")], page, close)
            assert " ".join(block.name) == name


def names(page: CreditsCard) -> list[str]:
    return [" ".join(block.name) for column in page.columns for block in column]


@pytest.mark.media
def test_everybody_is_in_the_credits_once_and_pages_are_even(tmp_path: Path) -> None:
    people = [Person(f"Житель {number}", "Мга") for number in range(50)]
    cast = Cast([*people, people[0], Person("😀", "Луга")], [people[1], Person("Вера")])
    assert [page.people for page in CardRenderer(tmp_path, HOUSE).credits(cast)] == [17, 16, 17, 1, 1]
    pages = credits_cards(cast, CardPage(HOUSE, theme(), "ru"))
    assert [name for page in pages[:3] for name in names(page)] == [f"Житель {number}" for number in range(50)]
    assert [(page.heading, names(page)) for page in pages[3:]] == [
        ("Свои видео прислали также", ["Вера"]),
        ("И те, чьи имена нам неизвестны", ["Луга"]),
    ]
    assert {len(column) for page in pages[:3] for column in page.columns} == {5, 6}


@pytest.mark.media
def test_no_name_in_the_credits_is_cut_and_all_are_of_one_size(tmp_path: Path) -> None:
    long = ["Константинопольская-Преображенская Анастасия", "Магомед-Расул Абдулмуслимов", "Ян Цой"]
    for size in ((1920, 1080), (1080, 1920), (1080, 1080), (640, 360)):
        for look in themes():
            page = CardPage(House(width=size[0], height=size[1]), look, "ru")
            height, blocks = name_blocks([(name, "пос. Новоивановское") for name in long], page, densities(page)[0])
            assert ["".join(block.name).replace(" ", "") for block in blocks] == [
                name.replace(" ", "") for name in long
            ]
            wide = max(text_width(line, block.strong, height) for block in blocks for line in block.name)
            assert wide <= column_width(page, densities(page)[0])


def crowd(count: int) -> list[Person]:
    """People with names of many lengths and letters, each once; some from nowhere, one with a word without an end."""
    names = ["Анна Ли", "Константин Константинович Преображенский-Задунайский", "Ґалина Їжак", "Jean-Baptiste Élysée",
             "Ῥᾴδιος", "محمد علي", "Магомед-Расул Абдулмуслимов"]  # fmt: skip
    towns = ["Мга", "", "деревня Большие Гнилуши, Кировский район", "Санкт-Петербург"]
    people = [Person(f"{names[n % len(names)]} {n}", towns[n % len(towns)]) for n in range(count - 1)]
    return [*people, Person("Щ" * 200, "Ы" * 90)]


def said(lines: Sequence[str]) -> str:
    """What stands on lines, however they are broken and directed."""
    return re.sub(r"[\s\u200e\u200f\u00a0]", "", "".join(lines))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(1920, 1080), (1080, 1920), (1080, 1080), (640, 360)])
@pytest.mark.parametrize("count", [3, 300, 3000])
def test_of_three_or_three_thousand_nobody_is_missing_and_nobody_is_cut(shape: tuple[int, int], count: int) -> None:
    people, page = crowd(count), CardPage(House(width=shape[0], height=shape[1]), theme(), "ru")
    cards = credits_cards(Cast(people), page)
    shown = [(said(block.name), said(block.town)) for card in cards for column in card.columns for block in column]
    assert shown == [(said([one.name]), said([one.town])) for one in people]
    close = cards[0].close
    wide, room = column_width(page, close) - page.units(COLUMN_GAP), page.house.height * close.room
    for card in cards:
        assert len(card.columns) <= close.most
        for column in card.columns:
            assert column_height(column, page.units(close.gap)) <= room or len(column) == 1
            for block in column:
                assert all(text_width(line, block.strong, card.size) <= wide for line in block.name)
                assert all(text_width(line, block.light, card.small) <= wide for line in block.town)


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "minutes"), [((1920, 1080), 6), ((1080, 1920), 7), ((1080, 1080), 10)])
def test_three_thousand_pass_in_minutes_and_no_page_too_fast(shape: tuple[int, int], minutes: int) -> None:
    people = [Person(f"Анна Константинова {number}", "Лодейное Поле") for number in range(3000)]
    cards = credits_cards(Cast(people), CardPage(House(width=shape[0], height=shape[1]), theme(), "ru"))
    lengths = page_lengths([card.people for card in cards], 5.0)
    assert sum(lengths) / 60 <= minutes
    assert min(lengths) >= 4.0
    assert max(length / card.people for length, card in zip(lengths, cards, strict=True)) >= 1 / 9


@pytest.mark.parametrize("look", themes(), ids=lambda look: look.name)
def test_towns_stand_out_from_the_ground_in_every_theme(look: Theme) -> None:
    """7: WCAG 2.2's AAA, for they are small; names and headings have more than its 4.5."""
    colours = look.colours
    for ground in (colours.ground, colours.glow):
        assert contrast(mixed(colours.soft, colours.ink, TOWN_INK), ground) >= 7
        assert min(contrast(colours.soft, ground), contrast(colours.ink, ground)) >= 4.5
        assert contrast(colours.accent, ground) >= 4.5


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2.2."""
    dark, light = sorted(sum(w * linear(part / 255) for w, part in zip(WEIGHTS, c, strict=True)) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


WEIGHTS = (0.2126, 0.7152, 0.0722)


def linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
