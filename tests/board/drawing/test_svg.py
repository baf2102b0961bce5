from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from relay.board.drawing import svg


def test_words_of_strangers_are_only_words():
    told = svg.picture("p", 10, 10, "<b>&\"'", "]]>", [svg.words("</text><script>", 1, 2)], 'a" onload="x')
    root = ET.fromstring(told)
    assert root.findtext("{*}title") == "<b>&\"'"
    assert root.findtext("{*}text") == "</text><script>"
    assert root.get("onload") is None


def test_a_picture_has_a_name_and_a_description_for_who_cannot_see_it():
    root = ET.fromstring(svg.picture("p", 10, 10, "Name", "What it shows", [], "chart"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg", "else a file of it is no picture"
    assert root.get("role") == "img"
    names = {each.get("id"): each.text for each in root}
    assert [names[each] for each in root.get("aria-labelledby", "").split()] == ["Name", "What it shows"]


@pytest.mark.parametrize(
    ("value", "told"), [(1.0, "1"), (0.4, "0.4"), (1.26, "1.3"), (-0.01, "0"), (1e-9, "0"), (1e6, "1000000")]
)
def test_numbers_are_short(value, told):
    assert svg.number(value) == told
