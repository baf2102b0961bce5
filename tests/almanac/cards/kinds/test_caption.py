from __future__ import annotations

from pathlib import Path

import pytest

from relay.almanac.cards.people import Person
from relay.almanac.cards.renderer import CardImage, CardRenderer
from relay.almanac.formats import House
from tests.almanac.cards.sketching import Sketches, check, size_of


@pytest.mark.slow
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


@pytest.mark.media
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
