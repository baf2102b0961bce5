from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from relay.almanac.cards.kinds.quote import QuoteCard, link_code, paragraph
from relay.almanac.cards.links import ascii_address
from relay.almanac.cards.renderer import CardImage, CardRenderer
from relay.almanac.cards.themes import theme, themes
from relay.almanac.formats import House
from tests.almanac.cards.sketching import LINK, LONG_LINK, WE_DROVE, Sketches, check
from tests.almanac.cards.test_links import ADDRESSES, PLAIN

HOUSE = House()


@pytest.mark.slow
def test_a_quote_has_its_author_below_and_its_code_beside_or_below(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.draw(QuoteCard(WE_DROVE * 3, "Ольга Берггольц")),
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
            lambda card: card.draw(QuoteCard(WE_DROVE)),
            {
                "night 1920x1080": "1920x1080 plate_ink:1309x62+305+499",
            },
        ),
        (
            lambda card: card.draw(QuoteCard(WE_DROVE * 3, "Ольга Берггольц", LINK)),
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
            lambda card: card.draw(QuoteCard(WE_DROVE * 9, "", LONG_LINK)),
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
            lambda card: card.draw(QuoteCard(WE_DROVE * 40)),
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


def test_a_text_too_long_for_its_box_is_set_smaller_and_then_cut(sketches: Sketches) -> None:
    drawn = sketches.of("night 1920x1080")
    face = drawn.page.theme.fonts.text
    text = "Лёд трещал под колёсами, но мы ехали."
    assert paragraph(drawn.page, text, face, (60, 30), wide=2000, high=81) == (60, [text])
    one_line_of_the_smaller = paragraph(drawn.page, text, face, (60, 30), wide=700, high=81)
    assert one_line_of_the_smaller == (30, [text])
    two, three = ["Лёд трещал под колёсами,", "но мы ехали."], ["Лёд трещал", "под колёсами,", "но мы ехали."]
    cut = ["Лёд трещал под колёсами, но мы…"]
    made = {
        high: paragraph(drawn.page, text, face, (60, 50, 30), wide=500, high=high)
        for high in (242, 241, 201, 200, 81, 80)
    }
    assert made == {242: (60, three), 241: (50, three), 201: (50, three), 200: (30, two), 81: (30, two), 80: (30, cut)}


@pytest.mark.slow
def test_a_code_is_dark_on_light_and_larger_for_a_longer_link(sketches: Sketches) -> None:
    import segno

    for shape, link, pixel in (("night 1920x1080", LINK, 7), ("paper 1080x1080", LONG_LINK, 6)):
        drawn = sketches.of(shape)
        code = link_code(drawn.page, link)
        matrix = np.array([list(row) for row in segno.make(link, error="m", micro=False, encoding="utf-8").matrix])
        assert code.shape == ((len(matrix) + 6) * pixel, (len(matrix) + 6) * pixel, 4)
        light, dark = (
            max(code[..., :3].reshape(-1, 3).tolist(), key=sum),
            min(code[..., :3].reshape(-1, 3).tolist(), key=sum),
        )
        assert {tuple(light), tuple(dark)} == {drawn.page.theme.colours.plate, drawn.page.theme.colours.plate_ink}
        assert code[0, 0, :3].tolist() == light
        assert np.array_equal(
            code[pixel * 3 : -pixel * 3 : pixel, pixel * 3 : -pixel * 3 : pixel, 0] == dark[0], matrix
        )


def as_a_phone_sees_it(drawn: CardRenderer, card: CardImage, *, smaller: float = 2) -> NDArray[np.uint8]:
    with Image.open(drawn.ground.path) as ground, Image.open(card.path) as layer:
        frame = ground.convert("RGBA")
        frame.alpha_composite(layer.convert("RGBA"), (card.x, card.y))
    seen = round(drawn.page.house.width / smaller), round(drawn.page.house.height / smaller)
    return np.asarray(frame.convert("RGB").resize(seen))


@pytest.mark.media
@pytest.mark.parametrize("look", [look.name for look in themes()])
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1080, 1080)])
def test_the_code_on_a_quote_leads_to_its_link(tmp_path: Path, look: str, size: tuple[int, int]) -> None:
    zxing = pytest.importorskip("zxingcpp")
    drawn = CardRenderer(tmp_path, House(width=size[0], height=size[1]), "ru", theme(look))
    card = drawn.draw(QuoteCard("Лёд трещал под колёсами, но мы ехали. " * 4, "Ольга Берггольц", PLAIN))
    assert [found.text for found in zxing.read_barcodes(as_a_phone_sees_it(drawn, card))] == [PLAIN]


@pytest.mark.media
@pytest.mark.parametrize("link", [link for link, coded, _ in ADDRESSES if link != coded])
def test_every_reader_opens_the_code_of_an_address_with_cyrillic(tmp_path: Path, link: str) -> None:
    zxing, cv2 = pytest.importorskip("zxingcpp"), pytest.importorskip("cv2")
    drawn = CardRenderer(tmp_path, HOUSE)
    card = drawn.draw(QuoteCard("Лёд трещал под колёсами, но мы ехали.", "Ольга Берггольц", link))
    found = zxing.read_barcodes(as_a_phone_sees_it(drawn, card))
    assert [one.text for one in found] == [ascii_address(link)]
    assert cv2.QRCodeDetector().detectAndDecode(as_a_phone_sees_it(drawn, card, smaller=1.5))[0] == ascii_address(link)


@pytest.mark.media
def test_twin_a_code_of_cyrillic_letters_is_read_as_something_else(tmp_path: Path) -> None:
    import segno

    cv2 = pytest.importorskip("cv2")
    link = "https://vk.com/прорыв80"
    matrix = np.array([list(row) for row in segno.make(link, error="m", micro=False).matrix], np.bool_)
    pixels = np.where(np.kron(np.pad(matrix, 4), np.ones((8, 8), np.bool_)), 0, 255).astype(np.uint8)
    assert cv2.QRCodeDetector().detectAndDecode(pixels)[0] != link
