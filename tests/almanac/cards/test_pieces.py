from __future__ import annotations

from pathlib import Path

import numpy as np

from relay.almanac.cards import pieces
from relay.almanac.cards.renderer import CardRenderer
from relay.almanac.formats import House
from tests.almanac.cards.sketching import Clip


def test_pieces_lie_one_over_another_and_what_is_outside_is_cut_off() -> None:
    def piece(at: tuple[int, int], *colour: int) -> Clip:
        return Clip(np.full((2, 2, 4), colour, np.uint8)).with_position(at)

    pixels = pieces.compose(
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
    pixels, x, y = drawn.page.cropped([Clip(dot).with_position((11, 21))])
    assert (pixels.shape, x, y) == ((6, 8, 4), 10, 20)
    assert np.argwhere(pixels[..., 3]).min(axis=0).tolist() == [1, 1]
    assert np.argwhere(pixels[..., 3]).max(axis=0).tolist() == [5, 6]
    pixels, x, y = drawn.page.cropped([Clip(dot).with_position((10, 20))])
    assert (pixels.shape, x, y) == ((6, 6, 4), 10, 20)
    nothing, x, y = drawn.page.cropped([])
    assert (nothing.tolist(), x, y) == (np.zeros((2, 2, 4)).tolist(), 0, 0)
