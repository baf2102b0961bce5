"""Emblems: what is taken, and how they come onto a card. Real pictures, decoded in a child."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from relay.almanac.assets import emblems
from relay.context import Relay
from relay.errors import NotFound, Refused
from tests.almanac.assets.film import has_film
from tests.almanac.assets.given import left

pytestmark = pytest.mark.slow
SLUG = "proryv80"
STAR = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100">{}</svg>'


def shield(path: Path, size: tuple[int, int] = (300, 400), box: tuple[int, ...] = (50, 100, 249, 299)) -> Path:
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle(box, fill=(170, 30, 30, 255))
    image.save(path)
    return path


def test_an_emblem_is_taken_without_its_transparent_margin_and_given_back_when_it_comes_again(
    relay: Relay, tmp_path: Path
):
    has_film(relay)
    file = shield(tmp_path / "герб.png")
    row = emblems.add(relay, SLUG, file, title=" Герб  района ", person="boris")
    assert (row.title, row.width, row.height) == ("Герб района", 200, 200)
    assert emblems.add(relay, SLUG, file, person="olga").id == row.id
    assert [(one.id, one.title, one.person) for one in emblems.listing(relay, SLUG)] == [(1, "Герб района", "boris")]
    picture = emblems.picture(relay, row)
    assert picture.pixels().shape == (200, 200, 4)
    assert picture.pixels()[100, 100].tolist() == [170, 30, 30, 255]
    assert left(relay) == []


def test_a_drawing_is_painted_large_whatever_its_own_size(relay: Relay, tmp_path: Path):
    has_film(relay)
    file = tmp_path / "star.svg"
    file.write_text(STAR.format('<circle cx="100" cy="50" r="50" fill="#0a5c36"/>'), "utf-8")
    row = emblems.add(relay, SLUG, file, person="boris")
    assert abs(row.width - 512) <= 2
    assert abs(row.height - 512) <= 2
    pixels = emblems.picture(relay, row).pixels()
    assert pixels[256, 256].tolist() == [10, 92, 54, 255]
    assert pixels[2, 2, 3] == 0, "what is not drawn stays transparent"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("text.svg", STAR.format("<text>Музей</text>"), "The drawing text.svg has words in it, for which a"),
        ("entity.svg", '<!DOCTYPE svg [<!ENTITY a "b">]>' + STAR.format(""), "The drawing entity.svg can't be"),
        ("empty.svg", STAR.format(""), "empty.svg is wholly transparent: nothing would be seen of it."),
        ("broken.svg", "<svg", "broken.svg is not a picture that Relay can read."),
        ("page.png", "<html></html>", "page.png is not a picture that Relay can read."),
    ],
)
def test_what_is_no_emblem_is_refused_with_a_sentence_and_leaves_nothing(
    relay: Relay, tmp_path: Path, name: str, content: str, said: str
):
    has_film(relay)
    file = tmp_path / "given"
    file.write_text(content, "utf-8")
    with pytest.raises(Refused) as refused:
        emblems.add(relay, SLUG, file, person="boris", called=name)
    assert refused.value.line.startswith(said)
    assert (left(relay), list(relay.media.list()), emblems.listing(relay, SLUG)) == ([], [], [])


def test_a_line_is_no_emblem(relay: Relay, tmp_path: Path):
    has_film(relay)
    file = shield(tmp_path / "line.png", (1300, 60), (0, 0, 1299, 49))
    with pytest.raises(Refused, match=r"^line\.png is too long and narrow for an emblem\."):
        emblems.add(relay, SLUG, file, person="boris")


def test_a_drawing_reads_no_other_file(relay: Relay, tmp_path: Path):
    has_film(relay)
    other = shield(tmp_path / "other.png", (100, 100), (0, 0, 99, 99))
    file = tmp_path / "link.svg"
    file.write_text(
        STAR.format(
            f'<image href="file://{other}" width="200" height="100"/><image href="{other}" width="200" height="100"/>'
        ),
        "utf-8",
    )
    with pytest.raises(Refused):
        emblems.add(relay, SLUG, file, person="boris")


def test_an_emblem_of_another_campaign_is_not_there(relay: Relay):
    has_film(relay)
    with relay.reading() as session, pytest.raises(NotFound):
        emblems.find(session, 1, 5)


def test_nothing_but_margin_leaves_nothing():
    assert emblems.trimmed(np.zeros((4, 5, 4), np.uint8)).size == 0
