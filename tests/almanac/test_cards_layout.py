"""What stands where on a card, in pixels of the film, without moviepy.

Read: colour by its name in the theme, then width x height + from the left + from the top, as X11 writes a geometry.
A card is drawn once and kept under a name that goes by `cards.CARDS`: whoever moves something here raises that number.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from relay.almanac.cards import backgrounds, renderer
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.renderer import Block, CardImage, CardRenderer, Cast, CreditsPage, Person, TextBlock
from relay.almanac.cards.themes import theme
from relay.almanac.cards.words import WORDS, card_words, counted
from relay.almanac.formats import House


class Clip:
    """A still, as moviepy has it."""

    def __init__(self, pixels: Pixels) -> None:
        self.pixels, self.at = pixels, (0, 0)
        self.mask = SimpleNamespace(get_frame=lambda _at: pixels[..., 3] / 255)

    def with_position(self, at: tuple[int, int]) -> Clip:
        self.at = at
        return self

    def pos(self, _at: float) -> tuple[int, int]:
        return self.at

    def get_frame(self, _at: float) -> Pixels:
        return self.pixels[..., :3]


@pytest.fixture(autouse=True)
def _no_moviepy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moviepy", SimpleNamespace(ImageClip=Clip))


class Sketches:
    """Cards that are laid out and not painted: what was to be put together is noted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.noted, self.pieces = folder, list[list[str]](), list[Clip]()
        monkeypatch.setattr(renderer, "compose", self._notes)

    def of(self, shape: str) -> CardRenderer:
        """`shape`: theme, width x height, and a language other than Russian."""
        look, size, *language = shape.split()
        width, height = map(int, size.split("x"))
        self.colours = {colour: name for name, colour in asdict(theme(look).colours).items()}
        return CardRenderer(self.folder, House(width=width, height=height), *(language or ["ru"]), look=theme(look))

    def laid(self, shape: str, draw: Callable[[CardRenderer], object]) -> list[str]:
        self.noted.clear()
        made = draw(self.of(shape))
        assert self.noted, "it was drawn before"
        where = [f"at+{made.x}+{made.y}"] if isinstance(made, CardImage) and made.x + made.y else []
        people = (
            [f"people:{page.people}" for page in made if isinstance(page, CreditsPage)]
            if isinstance(made, list)
            else []
        )
        return [*(word for page in self.noted for word in page), *where, *people]

    def _notes(self, pieces: Sequence[Clip], width: int, height: int) -> Pixels:
        self.pieces = list(pieces)
        self.noted.append([f"{width}x{height}", *map(self._told, pieces)])
        return np.full((2, 2, 4), 255, np.uint8)

    def _told(self, piece: Clip) -> str:
        high, wide = piece.pixels.shape[:2]
        edges = {tuple(piece.pixels[high // 2, x, :3].tolist()) for x in (0, -1)}
        seen = "/".join(sorted(self.colours.get(one, "#{:02x}{:02x}{:02x}".format(*one)) for one in edges))
        return f"{seen}:{wide}x{high}+{piece.at[0]}+{piece.at[1]}"


@pytest.fixture
def sketches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sketches:
    return Sketches(tmp_path, monkeypatch)


Drawn = tuple[Callable[[CardRenderer], object], Mapping[str, str]]
"""What is drawn, and how it is laid out in which shape."""


def check(sketches: Sketches, *drawn: Drawn) -> None:
    for draw, expected in drawn:
        assert {shape: sketches.laid(shape, draw) for shape in expected} == {
            shape: words.split() for shape, words in expected.items()
        }


WE_DROVE = "Лёд трещал под колёсами, но мы ехали. "
LINK = "https://www.prlib.ru/collections/17"
LONG_LINK = "https://www.prlib.ru/collections/zhizn-v-osazhdennom-leningrade/dokumenty/listovki-1943"
PEOPLE = [Person(f"Константин Константинопольский {n}", "Санкт-Петербург") for n in range(9)]


def test_the_title_stands_a_little_above_the_middle_with_what_belongs_to_it(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.title("Голоса памяти", "январь 1943", "#proryv80"),
            {
                "night 1920x1080": """
                    1920x1080 accent:159x34+881+367 accent:520x18+700+427 plate_ink:711x76+605+507 soft:227x38+846+650
                """,
                "granite 1920x1080": """
                    1920x1080 accent:181x36+142+363 plate_ink:871x89+148+449 accent:110x10+140+601 soft:226x40+141+652
                """,
                "paper 1080x1920": """
                    1080x1920 accent:153x30+463+799 accent:136x3+472+852 plate_ink:609x65+236+912
                    plate_soft:201x33+439+1038
                """,
            },
        ),
        (
            lambda card: card.title("Прорыв"),
            {
                "night 1920x1080": "1920x1080 plate_ink:382x96+771+487",
                "granite 1080x1080": "1080x1080 plate_ink:416x104+93+462 accent:100x10+86+598",
            },
        ),
        (
            lambda card: card.title("Прорыв", "январь 1943"),
            {
                "night 1920x1080": """
                    1920x1080 accent:520x18+700+392 plate_ink:382x96+771+473 soft:227x38+846+615
                """,
            },
        ),
        (
            lambda card: card.title("Прорыв", above="#proryv80"),
            {
                "paper 1920x1080": """
                    1920x1080 accent:166x33+876+418 accent:150x3+885+477 plate_ink:359x96+781+543
                """,
            },
        ),
        (
            lambda card: card.title("Голоса памяти жителей Ленинградской области о прорыве блокады в январе"),
            {
                "night 1920x1080": """
                    1920x1080 plate_ink:1160x79+381+357 plate_ink:1174x101+371+482 plate_ink:1434x101+243+609
                """,
                "granite 1080x1920": """
                    1080x1920 plate_ink:680x70+92+661 plate_ink:406x74+86+764 plate_ink:736x95+87+870
                    plate_ink:895x92+89+980 plate_ink:833x92+89+1087 accent:100x10+86+1211
                """,
            },
        ),
    )


def test_a_chapter_has_its_number_above_and_a_sentence_below(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.chapter("Дорога жизни", "Зима 1941–1942 годов", "Глава 2"),
            {
                "night 1920x1080": """
                    1920x1080 accent:109x25+906+378 plate_ink:583x81+667+454 accent:520x18+700+574 soft:401x34+759+637
                """,
                "granite 1080x1920": """
                    1080x1920 accent:98x23+88+806 plate_ink:554x78+88+871 accent:100x10+86+976 soft:350x31+87+1026
                """,
            },
        ),
        (
            lambda card: card.chapter("Дорога жизни"),
            {
                "paper 1920x1080": "1920x1080 plate_ink:560x81+679+475 accent:150x3+885+591",
            },
        ),
        (
            lambda card: card.chapter("Дорога жизни, воспоминания шофёров и регулировщиц", WE_DROVE * 9),
            {
                "night 1920x1080": """
                    1920x1080 plate_ink:1233x81+341+314 plate_ink:1075x85+425+418 accent:520x18+700+541
                    soft:1024x29+447+602 soft:1025x29+447+642 soft:912x29+504+683 soft:1025x29+448+724
                """,
                "paper 1080x1080": """
                    1080x1080 plate_ink:530x73+273+226 plate_ink:888x78+96+314 plate_ink:601x59+240+427
                    accent:136x3+472+517 plate_soft:785x31+147+559 plate_soft:823x31+128+600 plate_soft:804x31+138+642
                    plate_soft:785x31+147+684 plate_soft:823x31+128+725 plate_soft:804x31+138+767
                    plate_soft:601x31+239+808
                """,
            },
        ),
    )


def test_a_quote_has_its_author_below_and_its_code_beside_or_below(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.quote(WE_DROVE * 3, "Ольга Берггольц"),
            {
                "night 1920x1080": """
                    1920x1080 plate_ink:1278x62+320+347 plate_ink:1249x62+334+436 plate_ink:1280x62+318+524
                    accent:520x18+700+633 accent:282x34+819+684
                """,
                "granite 1080x1920": """
                    1080x1920 plate_ink:788x59+90+696 plate_ink:481x52+90+775 plate_ink:633x59+87+855
                    plate_ink:706x59+90+935 plate_ink:810x52+90+1014 accent:100x10+86+1112 accent:272x32+86+1151
                """,
            },
        ),
        (
            lambda card: card.quote(WE_DROVE),
            {
                "night 1920x1080": "1920x1080 plate_ink:1309x62+305+499",
            },
        ),
        (
            lambda card: card.quote(WE_DROVE * 3, "Ольга Берггольц", LINK),
            {
                "night 1920x1080": """
                    1920x1080 plate_ink:1063x62+225+303 plate_ink:1041x62+224+392 plate_ink:783x62+227+480
                    plate_ink:889x59+227+568 accent:150x3+222+685 accent:282x34+223+728 plate_ink:245x245+1452+385
                    soft:230x23+1460+654
                """,
                "granite 1920x1080": """
                    1920x1080 plate_ink:1076x65+145+306 plate_ink:1058x65+142+395 plate_ink:785x65+144+483
                    plate_ink:901x57+144+572 accent:110x10+140+681 accent:302x36+141+724 plate_ink:245x245+1535+385
                    soft:236x24+1540+654
                """,
                "night 1080x1920": """
                    1080x1920 plate_ink:773x56+154+491 plate_ink:484x53+299+571 plate_ink:622x56+229+651
                    plate_ink:705x56+187+730 plate_ink:800x53+140+810 accent:468x18+306+907 accent:254x31+414+953
                    plate_ink:245x245+418+1260 soft:207x22+437+1526
                """,
                "granite 1080x1920": """
                    1080x1920 plate_ink:788x59+90+494 plate_ink:481x52+90+574 plate_ink:633x59+87+653
                    plate_ink:706x59+90+733 plate_ink:810x52+90+813 accent:100x10+86+911 accent:272x32+86+950
                    plate_ink:245x245+86+1260 soft:212x22+87+1527
                """,
                "paper 1080x1080": """
                    1080x1080 plate_ink:750x57+163+119 plate_ink:469x52+306+198 plate_ink:607x57+235+278
                    plate_ink:689x57+196+358 plate_ink:783x53+148+437 accent:136x3+472+535 accent:263x31+409+568
                    plate:245x245+418+714 plate_soft:236x21+422+980
                """,
            },
        ),
        (
            lambda card: card.quote(WE_DROVE * 9, "", LONG_LINK),
            {
                "paper 1920x1080": """
                    1920x1080 plate_ink:1026x52+181+214 plate_ink:1002x52+180+287 plate_ink:1002x52+180+359
                    plate_ink:1002x52+180+432 plate_ink:1002x52+180+504 plate_ink:1002x52+180+576
                    plate_ink:1002x52+180+649 plate_ink:1002x52+180+721 plate_ink:1025x52+180+793
                    plate:329x329+1410+343 plate_soft:326x24+1412+696 plate_soft:305x24+1423+726
                    plate_soft:287x24+1432+756
                """,
                "granite 1080x1080": """
                    1080x1080 plate_ink:874x34+88+201 plate_ink:895x34+88+247 plate_ink:866x34+88+292
                    plate_ink:857x34+86+338 plate_ink:895x34+88+384 plate_ink:866x34+88+430 plate_ink:672x34+86+476
                    plate_ink:282x282+86+696 soft:784x22+87+1000
                """,
            },
        ),
        (
            lambda card: card.quote(WE_DROVE * 40),
            {
                "night 1920x1080": """
                    1920x1080 plate_ink:1391x26+265+260 plate_ink:1361x26+280+296 plate_ink:1391x26+265+332
                    plate_ink:1380x26+270+369 plate_ink:1361x26+280+405 plate_ink:1391x26+265+441
                    plate_ink:1380x26+270+477 plate_ink:1361x26+280+513 plate_ink:1391x26+265+550
                    plate_ink:1380x26+270+586 plate_ink:1361x26+280+622 plate_ink:1391x26+265+658
                    plate_ink:1380x26+270+694 plate_ink:1361x26+280+730 plate_ink:1404x26+258+767
                """,
            },
        ),
    )


def test_what_a_picture_shows_stands_on_its_shadow_or_below_it(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.legend("Полуторка на льду", "ЦГАКФФД СПб", shape=(1600, 900)),
            {
                "night 1920x1080": """
                    1920x1080 #000000:1920x408+0+672 #ffffff:373x39+142+924 #e2e4e8:188x27+142+978
                """,
                "night 1080x1080": "1080x1080 plate_ink:303x33+390+780 soft:163x24+459+824",
            },
        ),
        (
            lambda card: card.legend("Полуторка на льду", "", shape=(1600, 900)),
            {
                "night 1920x1080": "1920x1080 #000000:1920x366+0+714 #ffffff:373x39+142+967",
                "granite 1080x1920": "1080x1920 plate_ink:318x34+382+1142",
            },
        ),
        (
            lambda card: card.legend("", "ЦГАКФФД СПб", shape=(1600, 900)),
            {
                "night 1920x1080": "1920x1080 #000000:1920x348+0+732 #e2e4e8:188x27+142+978",
                "granite 1080x1920": "1080x1920 soft:163x21+459+1139",
            },
        ),
        (
            lambda card: card.legend("Регулировщица", "ЦГАКФФД СПб", shape=(500, 1000)),
            {
                "granite 1920x1080": "1920x1080 plate_ink:295x38+813+915 soft:181x24+870+966",
                "paper 1080x1080": "1080x1080 plate_ink:268x32+407+910 plate_soft:172x24+454+953",
                "night 1080x1920": """
                    1080x1920 #000000:1080x534+0+1386 #ffffff:281x36+88+1614 #e2e4e8:169x25+88+1663
                """,
            },
        ),
    )


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


def test_a_caption_stands_in_the_middle_above_the_edge_or_above_the_name(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.caption("Мы ехали молча.\nЛёд трещал."),
            {
                "night 1920x1080": """
                    426x144 #080a0e:426x144+0+0 #ffffff:369x34+29+25 #ffffff:271x44+76+83 at+747+876
                """,
                "granite 1080x1920": """
                    384x130 #080a0e:384x130+0+0 #ffffff:333x31+25+23 #ffffff:244x40+69+75 at+348+1600
                """,
                "paper 1080x1080": """
                    384x130 #080a0e:384x130+0+0 #ffffff:333x31+25+23 #ffffff:244x40+69+75 at+348+890
                """,
            },
        ),
        (
            lambda card: card.caption("Мы ехали.", over=CardImage(Path(), "", 60, 800)),
            {
                "night 1920x1080": "278x84 #080a0e:278x84+0+0 #ffffff:221x34+29+25 at+821+694",
                "paper 1080x1920": "250x76 #080a0e:250x76+0+0 #ffffff:199x31+25+23 at+415+704",
            },
        ),
        (
            lambda card: card.caption("Колонна машин растянулась по льду на несколько километров."),
            {
                "night 1920x1080": "1448x84 #080a0e:1448x84+0+0 #ffffff:1390x43+29+25 at+236+936",
                "night 1080x1920": "878x52 #080a0e:878x52+0+0 #ffffff:843x26+18+15 at+101+1678",
            },
        ),
        (
            lambda card: card.caption("Ш" * 50),
            {
                "night 1920x1080": "1508x58 #080a0e:1508x58+0+0 #ffffff:1469x23+20+16 at+206+962",
            },
        ),
    )


def test_the_credits_have_a_heading_and_columns_of_one_size(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.credits(Cast([Person("Анна", "Мга"), Person("Вера")])),
            {
                "night 1920x1080": """
                    1920x1080 accent:481x45+720+399 accent:520x18+700+467 plate_ink:92x30+914+546 soft:49x22+936+592
                    plate_ink:88x38+916+652 people:2
                """,
                "granite 1920x1080": """
                    1920x1080 plate_ink:587x51+143+403 accent:110x10+140+474 plate_ink:98x30+140+546
                    soft:50x22+142+592 plate_ink:93x39+142+652 people:2
                """,
                "paper 1080x1920": """
                    1080x1920 accent:440x41+320+840 accent:136x3+472+901 plate_ink:91x26+495+959
                    plate_soft:51x19+514+1001 plate_ink:82x33+500+1056 people:2
                """,
            },
        ),
        (
            lambda card: card.credits(Cast(PEOPLE[:4])),
            {
                "night 1920x1080": """
                    1920x1080 accent:481x45+720+179 accent:520x18+700+247 plate_ink:218x30+851+326
                    plate_ink:452x31+734+373 soft:222x29+849+419 plate_ink:218x30+851+480 plate_ink:446x31+734+527
                    soft:222x29+849+573 plate_ink:218x30+851+634 plate_ink:452x31+734+681 soft:222x29+849+727
                    plate_ink:218x30+851+788 plate_ink:452x31+734+835 soft:222x29+849+881 people:4
                """,
            },
        ),
        (
            lambda card: card.credits(Cast(PEOPLE[:5])),
            {
                "night 1920x1080": """
                    1920x1080 accent:481x45+720+333 accent:520x18+700+401 plate_ink:218x30+305+480
                    plate_ink:452x31+188+527 soft:222x29+303+573 plate_ink:218x30+305+634 plate_ink:446x31+188+681
                    soft:222x29+303+727 plate_ink:218x30+851+480 plate_ink:452x31+734+527 soft:222x29+849+573
                    plate_ink:218x30+1398+480 plate_ink:452x31+1281+527 soft:222x29+1396+573 plate_ink:218x30+1398+634
                    plate_ink:453x31+1281+681 soft:222x29+1396+727 people:5
                """,
                "granite 1080x1920": """
                    1080x1920 plate_ink:528x46+89+717 accent:100x10+86+781 plate_ink:198x26+88+845
                    plate_ink:410x27+88+885 soft:206x25+86+924 plate_ink:198x26+88+978 plate_ink:401x27+88+1018
                    soft:206x25+86+1057 plate_ink:198x26+553+845 plate_ink:409x27+553+885 soft:206x25+551+924
                    plate_ink:198x26+553+978 plate_ink:408x27+553+1018 soft:206x25+551+1057 plate_ink:198x26+553+1110
                    plate_ink:409x27+553+1150 soft:206x25+551+1190 people:5
                """,
            },
        ),
        (
            lambda card: card.credits(Cast(PEOPLE[:3], PEOPLE[1:4])),
            {
                "paper 1920x1080 en": """
                    1920x1080 accent:368x36+778+262 accent:150x3+885+331 plate_ink:231x29+844+396
                    plate_ink:469x31+726+442 plate_soft:245x30+838+488 plate_ink:231x29+844+550
                    plate_ink:468x31+726+596 plate_soft:245x30+838+642 plate_ink:231x29+844+704
                    plate_ink:469x31+726+750 plate_soft:245x30+838+796 1920x1080 accent:496x47+712+416
                    accent:150x3+885+485 plate_ink:231x29+844+550 plate_ink:469x31+726+596 plate_soft:245x30+838+642
                    people:3 people:1
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


def test_the_ending_names_the_hashtag_the_days_and_the_music(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.ending("#proryv80", "11–18 января 2023", "Г. Свиридов"),
            {
                "night 1920x1080": """
                    1920x1080 plate_ink:340x72+790+390 accent:520x18+700+496 soft:350x38+785+554 soft:283x29+819+647
                    accent:315x26+803+971
                """,
                "granite 1920x1080": """
                    1920x1080 plate_ink:403x75+144+393 accent:110x10+140+500 soft:330x40+142+549 soft:288x31+142+642
                    accent:322x27+140+971
                """,
                "paper 1080x1920": """
                    1080x1920 plate_ink:309x62+385+820 accent:136x3+472+912 plate_soft:300x33+390+953
                    plate_soft:279x26+400+1036 accent:308x24+387+1596
                """,
            },
        ),
        (
            lambda card: card.ending(""),
            {
                "night 1920x1080": "1920x1080 accent:520x18+700+515 accent:315x26+803+971",
                "granite 1080x1920": "1080x1920 accent:100x10+86+926 accent:290x24+86+1597",
            },
        ),
        (
            lambda card: card.ending(
                "#proryv80", music="Г. Свиридов — «Время, вперёд!», из сюиты к одноимённому фильму"
            ),
            {
                "night 1080x1080 en": """
                    1080x1080 plate_ink:307x65+386+422 accent:468x18+306+517 soft:478x26+302+582 soft:435x27+323+614
                    accent:167x23+458+972
                """,
            },
        ),
    )


def test_columns_are_filled_up_to_their_room_and_then_made_even(sketches: Sketches) -> None:
    def blocks(*heights: float) -> list[Block]:
        return [Block((str(height),), (), height, "", "") for height in heights]

    def heights(columns: Sequence[Sequence[Block]]) -> list[list[float]]:
        return [[block.height for block in column] for column in columns]

    assert renderer._height(blocks(10, 20, 30), 5) == 70
    assert heights(renderer._filled_columns(blocks(10, 20, 30, 70, 80), 65, 5)) == [[10, 20], [30], [70], [80]]
    assert heights(renderer._filled_columns(blocks(10, 20, 30, 1), 70, 5)) == [[10, 20, 30], [1]]
    assert heights(renderer._even_columns(blocks(10, 10, 10, 10, 10), 65, 5, 3)) == [[10, 10], [10], [10, 10]]
    assert heights(renderer._even_columns(blocks(10, 10), 65, 5, 3)) == [[10], [10]]
    assert heights(renderer._even_columns(blocks(10, 10, 10, 10), 25, 5, 2)) == [[10, 10], [10, 10]]
    assert heights(renderer._even_columns(blocks(30, 10, 30, 10), 50, 5, 2)) == [[30, 10], [30, 10]]
    assert heights(renderer._even_columns(blocks(40, 5, 5, 5, 35), 55, 5, 2)) == [[40, 5], [5, 5, 35]]
    too_high = blocks(40, 10, 20, 40)
    assert heights(renderer._even_columns(too_high, 55, 5, 2)) == [[40, 10], [20], [40]]


def test_nobody_has_more_than_two_lines_in_the_credits_unless_the_letters_are_the_smallest(sketches: Sketches) -> None:
    drawn = sketches.of("night 1920x1080")
    strong, light = drawn.theme.fonts.strong, drawn.theme.fonts.light
    high, town = 40 * 1.2, 40 * 0.72 * 1.25
    assert drawn._blocks([("Анна", "Мга"), ("Вера", ""), ("Константин Константинов", "Мга")]) == (
        40,
        [
            Block(("Анна",), ("Мга",), high + town, strong, light),
            Block(("Вера",), (), high, strong, light),
            Block(("Константин Константинов",), ("Мга",), high + town, strong, light),
        ],
    )
    sizes = [drawn._blocks([("Щ" * length, "")])[0] for length in (12, 13, 14, 15, 16, 17, 30)]
    assert sizes == [40, 36, 34, 32, 30, 28, 28]
    smallest, (block,) = drawn._blocks([("Константин " * 40, "Санкт-Петербург и Ленинградская область " * 5)])
    assert smallest == 28
    assert (len(block.name), len(block.town)) == (10, 2)
    assert block.town[1].endswith("…")


def test_the_credits_have_everybody_once_and_those_without_a_name_last(sketches: Sketches) -> None:
    anna, vera, boris = Person("Анна", "Мга"), Person("Вера"), Person("Борис", "Луга")
    nobody = [Person("", "Мга"), Person("😀", "Луга"), Person("", "Мга"), Person("")]
    pages = []
    drawn = sketches.of("night 1920x1080")
    drawn._page = lambda heading, columns, size, gap: pages.append((heading, columns)) or []  # type: ignore[method-assign]
    told = drawn.credits(Cast([vera, anna, *nobody[:2], vera], [anna, boris, *nobody[2:]]))
    said = [(heading, [(*block.name, *block.town) for column in page for block in column]) for heading, page in pages]
    assert said == [
        ("В фильме участвовали", [("Вера",), ("Анна", "Мга")]),
        ("Свои видео прислали также", [("Борис", "Луга")]),
        ("И те, чьи имена нам неизвестны", [("Луга", "1 участник"), ("Мга", "2 участника"), ("1 участник",)]),
    ]
    assert [page.people for page in told] == [2, 1, 3]
    assert drawn.credits(Cast([])) == []


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [("ru", 0, "0 участников"), ("ru", 4, "4 участника"), ("ru", 12, "12 участников"), ("ru", 13, "13 участников"),
     ("ru", 14, "14 участников"), ("ru", 22, "22 участника"), ("ru", 23, "23 участника"), ("ru", 25, "25 участников"),
     ("ru", 101, "101 участник"), ("ru", 111, "111 участников"), ("ru", 112, "112 участников"),
     ("ru", 114, "114 участников"), ("ru", 122, "122 участника"), ("ru", 3, "3 участника"),
     ("en", 1, "1 participant"), ("en", 2, "2 participants"), ("en", 21, "21 participants"),
     ("eo", 1, "1 participant")],
)  # fmt: skip
def test_people_are_counted_in_the_language_of_the_film(language: str, count: int, said: str) -> None:
    assert counted(count, language) == said


def test_a_film_in_another_language_has_english_words() -> None:
    assert CardRenderer(Path(), House(), "eo").words == CardRenderer(Path(), House(), "en").words == WORDS
    assert CardRenderer(Path(), House()).words == card_words("ru")
    assert CardRenderer(Path(), House()).theme == theme()
    assert card_words("ru").keys() == card_words("en").keys()


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [("  Мы ехали ", "ru", "«Мы ехали»"), ("", "ru", ""), (" ", "en", ""), ("Мы ехали..", "ru", "«Мы ехали..»"),
     ("“We drove”", "en", "“We drove”"), ("„Wir fuhren“", "ru", "„Wir fuhren“"), ('"Ехали"', "ru", '"Ехали"'),
     ("'Ехали'", "ru", "'Ехали'"), ("– Ехали", "ru", "– Ехали"), ("Он сказал: «Едем»", "ru", "«Он сказал: «Едем»»")],
)  # fmt: skip
def test_a_quote_that_brings_its_own_marks_gets_no_others(text: str, language: str, said: str) -> None:
    assert renderer.quoted(text, language) == said


def test_lines_take_their_height_and_a_gap_its_own() -> None:
    assert TextBlock(("one", "two"), "", 20.0).height == 50.0
    assert TextBlock(("one",), "", 20.0, leading=1.5).height == 30.0
    assert TextBlock(size=7.0).height == 7.0


def test_a_text_too_long_for_its_box_is_set_smaller_and_then_cut(sketches: Sketches) -> None:
    drawn = sketches.of("night 1920x1080")
    face = drawn.theme.fonts.text
    text = "Лёд трещал под колёсами, но мы ехали."
    assert drawn._paragraph(text, face, (60, 30), 2000, 81) == (60, [text])
    one_line_of_the_smaller = drawn._paragraph(text, face, (60, 30), 700, 81)
    assert one_line_of_the_smaller == (30, [text])
    two, three = ["Лёд трещал под колёсами,", "но мы ехали."], ["Лёд трещал", "под колёсами,", "но мы ехали."]
    cut = ["Лёд трещал под колёсами, но мы…"]
    made = {high: drawn._paragraph(text, face, (60, 50, 30), 500, high) for high in (242, 241, 201, 200, 81, 80)}
    assert made == {242: (60, three), 241: (50, three), 201: (50, three), 200: (30, two), 81: (30, two), 80: (30, cut)}


@pytest.mark.slow
def test_a_code_is_dark_on_light_and_larger_for_a_longer_link(sketches: Sketches) -> None:
    import segno

    for shape, link, pixel in (("night 1920x1080", LINK, 7), ("paper 1080x1080", LONG_LINK, 6)):
        drawn = sketches.of(shape)
        code = drawn._code(link)
        matrix = np.array([list(row) for row in segno.make(link, error="m", micro=False, encoding="utf-8").matrix])
        assert code.shape == ((len(matrix) + 6) * pixel, (len(matrix) + 6) * pixel, 4)
        light, dark = (
            max(code[..., :3].reshape(-1, 3).tolist(), key=sum),
            min(code[..., :3].reshape(-1, 3).tolist(), key=sum),
        )
        assert {tuple(light), tuple(dark)} == {drawn.theme.colours.plate, drawn.theme.colours.plate_ink}
        assert code[0, 0, :3].tolist() == light
        assert np.array_equal(
            code[pixel * 3 : -pixel * 3 : pixel, pixel * 3 : -pixel * 3 : pixel, 0] == dark[0], matrix
        )


def test_a_kept_card_goes_by_everything_that_stands_on_it(sketches: Sketches) -> None:
    drawn, paper = sketches.of("night 640x360"), sketches.of("paper 640x360")
    made = [
        drawn.title("Прорыв"),
        drawn.title("Прорыв", "1943"),
        drawn.title("Прорыв", "", "1943"),
        drawn.chapter("Прорыв"),
        drawn.quote("Прорыв"),
        drawn.quote("Прорыв", "1943"),
        drawn.quote("Прорыв", "", LINK),
        drawn.quote("Прорыв", "1943", LINK),
        drawn.legend("Прорыв", "", shape=(1600, 900)),
        drawn.legend("Прорыв", "1943", shape=(1600, 900)),
        drawn.legend("Прорыв", "1943", shape=(500, 900)),
        drawn.legend("Прорыв", "1943", shape=(2000, 400)),
        drawn.strip(Person("Прорыв")),
        drawn.strip(Person("Прорыв", "1943")),
        drawn.caption("Прорыв"),
        drawn.caption("Прорыв", over=CardImage(Path(), "", 60, 800)),
        drawn.caption("Прорыв", over=CardImage(Path(), "", 60, 801)),
        drawn.ending("Прорыв"),
        drawn.ending("Прорыв", "1943"),
        drawn.ending("Прорыв", "", "1943"),
        drawn.scene("a" * 64, (4, 4), lambda: np.zeros((4, 4, 3), np.uint8)),
        drawn.scene("b" * 64, (4, 4), lambda: np.zeros((4, 4, 3), np.uint8)),
        paper.title("Прорыв"),
        sketches.of("night 640x358").title("Прорыв"),
        sketches.of("night 638x360").title("Прорыв"),
    ]
    assert len({picture.path for picture in made if picture}) == len(made)
    assert drawn.strip(Person("", "Прорыв")) == drawn.strip(Person("Прорыв"))
    assert drawn.legend("Прорыв", "1943", shape=(800, 450)).path == made[9].path
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
            lambda card: card.legend("Полуторка", "ЦГАКФФД", shape=(1600, 900)),
            [(198, 99.0), (255, 85.7), (255, 48.5)],
        ),
        ("paper 1920x1080", lambda card: card.title("Прорыв", "1943"), [(217, 217.0), (255, 63.1), (255, 71.0)]),
    ]
    for shape, draw, expected in cases:
        sketches.laid(shape, draw)
        plates = [clip.pixels[..., 3] for clip in sketches.pieces]
        assert [(int(plate.max()), round(float(plate.mean()), 1)) for plate in plates] == expected


def test_pieces_lie_one_over_another_and_what_is_outside_is_cut_off() -> None:
    def piece(at: tuple[int, int], *colour: int) -> Clip:
        return Clip(np.full((2, 2, 4), colour, np.uint8)).with_position(at)

    pixels = renderer.compose(
        [
            piece((1, 1), 255, 0, 0, 255),
            piece((2, 0), 0, 255, 0, 128),
            piece((-1, -1), 0, 0, 255, 255),
            piece((3, 2), 9, 8, 7, 255),
            piece((0, 2), 100, 100, 100, 51),
            piece((9, 9), 1, 1, 1, 255),
        ],
        4,
        3,
    )
    none = [0, 0, 0, 0]
    assert pixels.dtype == np.uint8
    assert pixels.tolist() == [
        [[0, 0, 255, 255], none, [0, 255, 0, 128], [0, 255, 0, 128]],
        [none, [255, 0, 0, 255], [127, 128, 0, 255], [0, 255, 0, 128]],
        [[100, 100, 100, 51], [224, 20, 20, 255], [255, 0, 0, 255], [9, 8, 7, 255]],
    ]


def test_a_card_is_cut_to_what_is_on_it_with_even_edges() -> None:
    drawn = CardRenderer(Path(), House(width=64, height=72))
    dot = np.full((5, 6, 4), 255, np.uint8)
    pixels, x, y = drawn._cropped([Clip(dot).with_position((11, 21))])
    assert (pixels.shape, x, y) == ((6, 8, 4), 10, 20)
    assert np.argwhere(pixels[..., 3]).min(axis=0).tolist() == [1, 1]
    assert np.argwhere(pixels[..., 3]).max(axis=0).tolist() == [5, 6]
    pixels, x, y = drawn._cropped([Clip(dot).with_position((10, 20))])
    assert (pixels.shape, x, y) == ((6, 6, 4), 10, 20)
    nothing, x, y = drawn._cropped([])
    assert (nothing.tolist(), x, y) == (np.zeros((2, 2, 4)).tolist(), 0, 0)


def test_a_card_is_drawn_once_and_whole_with_its_note(tmp_path: Path) -> None:
    drawn = CardRenderer(tmp_path / "cards", House(width=64, height=64))
    decoded = []

    def photo() -> Pixels:
        decoded.append(1)
        return np.full((64, 64, 3), 200, np.uint8)

    picture = drawn.scene("a" * 64, (64, 64), photo)
    with Image.open(picture.path) as image:
        assert (image.format, image.size, image.getpixel((9, 9))) == ("PNG", (64, 64), (200, 200, 200))
    note = picture.path.with_suffix(".json")
    assert picture == CardImage(picture.path, sha256(picture.path.read_bytes()).hexdigest())
    assert json.loads(note.read_text()) == {"sha256": picture.sha256, "x": 0, "y": 0}
    assert sorted(picture.path.parent.iterdir()) == sorted([picture.path, note])
    assert drawn.scene("a" * 64, (64, 64), photo) == picture
    assert len(decoded) == 1
    note.unlink()
    assert drawn.scene("a" * 64, (64, 64), photo) == picture
    picture.path.unlink()
    assert drawn.scene("a" * 64, (64, 64), photo) == picture
    assert len(decoded) == 3


def test_the_ground_is_a_still_of_the_film_s_size(tmp_path: Path) -> None:
    drawn = CardRenderer(tmp_path, House(width=192, height=108))
    with Image.open(drawn.ground.path) as image:
        assert np.array_equal(np.asarray(image), backgrounds.ground(theme(), drawn.house, 0.1))
    assert (drawn.ground.x, drawn.ground.y) == (0, 0)
    assert drawn.ground == CardRenderer(tmp_path, drawn.house).ground
