"""Cards as small pictures: really drawn, and seen to be what they say."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from relay.almanac import formats
from relay.almanac.assets import cards, pictures, styles
from relay.almanac.assets.styles import Change
from relay.almanac.cards.themes import theme, themes
from relay.almanac.stills import card_stills, materials
from relay.almanac.stills.card_stills import CardSample
from relay.context import Relay
from relay.errors import NotFound, Refused
from tests.almanac.assets.film import FILM, has_film

pytestmark = pytest.mark.slow


@pytest.fixture
def film(relay: Relay) -> list[int]:
    return has_film(relay)


@pytest.fixture
def photo(relay: Relay, film: list[int], tmp_path: Path) -> int:
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (1600, 900), (200, 60, 40)).save(path)
    number = pictures.add(relay, "proryv80", path, source="ЦГАКФФД", person="boris").id
    assert number is not None
    return number


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def corner(path: Path) -> list[int]:
    return pixels(path)[3, 3].tolist()


def test_every_card_in_every_theme_is_drawn_on_its_ground(relay: Relay, film: list[int]):
    seen = set()
    for look in themes():
        for what in CardSample:
            still = card_stills.of_theme(relay, *FILM, look.name, what)
            shown = pixels(still)
            assert shown.shape[1] == 640, (look.name, what)
            assert np.abs(shown[3, 3] - look.colours.ground).max() < 30, (look.name, what)
            assert shown.std() > 2, f"{what} of {look.name} is empty"
            seen.add(hashlib.sha256(still.read_bytes()).hexdigest())
    assert len(seen) == len(themes()) * len(CardSample)


def test_a_card_is_seen_as_the_film_has_it_also_while_it_is_written(relay: Relay, film: list[int]):
    words = {"title": "Ладога", "title.fr": "Ladoga"}
    card = cards.add(relay, *FILM, "chapter", words=words, before=film[0], person="b")
    stored = card_stills.of_card(relay, *FILM, card.id, side=360)
    written = card_stills.of_words(relay, *FILM, "chapter", {"title": "Ладога"}, side=360)
    assert stored == written, "the same words are the same picture, drawn once"
    assert card_stills.of_words(relay, *FILM, "chapter", {"title": "Кобона"}, side=360) != written
    styles.change(relay, *FILM, Change(language="fr"), person="b")
    french = card_stills.of_card(relay, *FILM, card.id, side=360)
    assert french == card_stills.of_words(relay, *FILM, "chapter", {"title": "Ladoga"}, side=360)
    assert french != stored
    assert pixels(card_stills.of_words(relay, *FILM, "title", {"title": "Ж" * 300})).shape[:2] == (540, 960)


def test_a_picture_fills_its_card_and_lends_its_words(relay: Relay, film: list[int], photo: int):
    still = card_stills.of_words(relay, *FILM, "picture", {}, picture=photo)
    middle = pixels(still)[200, 480]
    assert np.abs(middle - (200, 60, 40)).max() < 12
    with pytest.raises(NotFound):
        card_stills.of_words(relay, *FILM, "picture", {}, picture=99)


def test_a_film_that_stands_upright_has_upright_stills(relay: Relay, film: list[int]):
    styles.change(relay, *FILM, Change(format=formats.read("9:16")), person="b")
    assert pixels(card_stills.of_theme(relay, *FILM, "night", CardSample.chapter, side=270)).shape[:2] == (480, 270)


def test_colours_and_letters_are_tried_before_they_are_kept(relay: Relay, film: list[int]):
    tried = card_stills.of_theme(
        relay, *FILM, "night", CardSample.chapter, tried={"ground": "#5b0f16", "accent": "#f2c96b"}
    )
    plain = card_stills.of_theme(relay, *FILM, "night", CardSample.chapter)
    assert np.abs(np.array(corner(tried)) - (91, 15, 22)).max() < 12
    assert np.abs(np.array(corner(plain)) - theme("night").colours.ground).max() < 12
    with pytest.raises(Refused):
        card_stills.of_theme(relay, *FILM, "night", CardSample.chapter, tried={"ground": "#808080"})
    assert styles.show(relay, *FILM).ground == ""


def test_what_is_not_there_is_not_drawn(relay: Relay, film: list[int]):
    for deed in (
        lambda: card_stills.of_card(relay, *FILM, 7),
        lambda: card_stills.of_card(relay, "proryv80", "other", 1),
        lambda: card_stills.of_theme(relay, "other", "film", "night", CardSample.chapter),
        lambda: materials.of_picture(relay, "proryv80", 7),
        lambda: materials.of_emblem(relay, "proryv80", 7),
    ):
        with pytest.raises(NotFound):
            deed()
    with pytest.raises(Refused):
        card_stills.of_theme(relay, *FILM, "opera", CardSample.chapter)
    assert not list(relay.folder("stills").iterdir())


def test_a_campaigns_title_shows_how_a_film_of_a_template_would_begin(relay: Relay, film: list[int]):
    assert pixels(card_stills.of_template(relay, "proryv80", "granite", "9:16")).shape[:2] == (480, 270)
