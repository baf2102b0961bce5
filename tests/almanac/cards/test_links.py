from __future__ import annotations

import pytest

from relay.almanac.cards.links import address_lines, ascii_address, plain_address
from relay.almanac.cards.typography import text_width

PLAIN = "https://www.prlib.ru/collections/proryv-blokady/17?from=film"
ADDRESSES = [
    (PLAIN, PLAIN, "www.prlib.ru/collections/proryv-blokady/17?from=film"),
    (
        "https://ru.wikipedia.org/wiki/Берггольц,_Ольга",
        "https://ru.wikipedia.org/wiki/%D0%91%D0%B5%D1%80%D0%B3%D0%B3%D0%BE%D0%BB%D1%8C%D1%86,_%D0%9E%D0%BB%D1%8C%D0%B3%D0%B0",
        "ru.wikipedia.org/wiki/Берггольц,_Ольга",
    ),
    (
        "https://ru.wikipedia.org/wiki/%D0%91%D0%BE%D0%B9",
        "https://ru.wikipedia.org/wiki/%D0%91%D0%BE%D0%B9",
        "ru.wikipedia.org/wiki/Бой",
    ),
    (
        "https://память.рф/ё?год=1943#лёд",
        "https://xn--80ayho4cq.xn--p1ai/%D1%91?%D0%B3%D0%BE%D0%B4=1943#%D0%BB%D1%91%D0%B4",
        "память.рф/ё?год=1943#лёд",
    ),
    ("https://xn--80ayho4cq.xn--p1ai/a%20b", "https://xn--80ayho4cq.xn--p1ai/a%20b", "память.рф/a b"),
    ("https://vk.com/прорыв80", "https://vk.com/%D0%BF%D1%80%D0%BE%D1%80%D1%8B%D0%B280", "vk.com/прорыв80"),
    ("https://a.example/%FF?q=50%", "https://a.example/%FF?q=50%", "a.example/%FF?q=50%"),
    ("vk.com/лёд", "vk.com/%D0%BB%D1%91%D0%B4", "vk.com/лёд"),
]  # fmt: skip


@pytest.mark.parametrize(("link", "coded", "shown"), ADDRESSES)
def test_an_address_is_plain_for_people_and_ascii_for_the_code(link: str, coded: str, shown: str) -> None:
    assert ascii_address(link) == coded
    assert ascii_address(coded) == coded
    assert plain_address(link) == shown
    assert (ascii_address(f" {link}\n"), plain_address(f"\t{link} ")) == (coded, shown)


def test_what_is_no_address_is_encoded_all_the_same() -> None:
    assert ascii_address("https://[лёд/а б") == "https://[%D0%BB%D1%91%D0%B4/%D0%B0%20%D0%B1"
    assert plain_address("https://[лёд/а") == "[лёд/а"


def test_only_the_host_itself_is_put_into_letters() -> None:
    assert plain_address("https://xn--80ayho4cq.xn--p1ai/xn--80ayho4cq.xn--p1ai") == "память.рф/xn--80ayho4cq.xn--p1ai"
    assert ascii_address(" https://[а ") == "https://[%D0%B0"
    assert plain_address(" https://[а ") == "[а"


def test_an_address_ends_its_lines_at_strokes_and_dashes() -> None:
    width = text_width("www.prlib.ru/collections/", "Roboto 300", 24.0) + 1
    lines = address_lines("www.prlib.ru/collections/proryv-blokady/17", "Roboto 300", 24.0, width)
    assert lines == ["www.prlib.ru/collections/", "proryv-blokady/17"]
    face = ("Roboto 300", 24.0)
    assert address_lines("a-b-c/d", *face, text_width("a-b-", *face)) == ["a-b-", "c/d"], "what just fits stands there"
    assert address_lines("aaaa-bbbb-cccc", *face, 5) == ["aaaa-", "bbbb-", "cccc"]
    assert address_lines("", *face, 5) == [""]
