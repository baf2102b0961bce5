from __future__ import annotations

import pytest

from relay.almanac.cards.colouring import FOR_TEXT, contrast, mixed, recoloured
from relay.almanac.cards.themes import theme, themes
from relay.errors import Refused

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def test_contrast_is_that_of_wcag():
    assert contrast(WHITE, BLACK) == pytest.approx(21)
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast((118, 118, 118), WHITE) == pytest.approx(4.54, abs=0.01)
    assert mixed(BLACK, WHITE, 0.5) == (128, 128, 128)


def test_without_anything_of_its_own_a_film_has_its_theme():
    assert [recoloured(one) for one in themes()] == list(themes())


@pytest.mark.parametrize("ground", ["#ffffff", "#000000", "#5b0f16", "#f3e9d2"])
def test_letters_can_be_read_on_a_ground_of_its_own(ground):
    accent = "#8f2b1f" if ground in ("#ffffff", "#f3e9d2") else "#f2c96b"
    for one in themes():
        colours = recoloured(one, ground=ground, accent=accent).colours
        for ink in (colours.ink, colours.soft):
            assert min(contrast(ink, colours.ground), contrast(ink, colours.glow)) >= FOR_TEXT, (one.name, ink)
        assert (colours.plate, colours.plate_ink) == (one.colours.plate, one.colours.plate_ink)


def test_letters_come_from_another_theme():
    mixed_one = recoloured(theme("night"), letters="paper")
    assert mixed_one.fonts == theme("paper").fonts
    assert mixed_one.digest != theme("night").digest


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ground": "#808080"}, "Nothing could be read well on this ground."),
        ({"accent": "#0a1120"}, "This accent could hardly be told from the ground."),
        ({"letters": "none"}, "There is no theme none."),
    ],
)
def test_what_could_not_be_read_is_refused(given, said):
    with pytest.raises(Refused) as refused:
        recoloured(theme("night"), **given)
    assert refused.value.line.startswith(said)
