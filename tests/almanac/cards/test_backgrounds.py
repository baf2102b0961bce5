from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from relay.almanac.cards import backgrounds
from relay.almanac.cards.themes import theme
from relay.almanac.formats import House

HOUSE = House(width=320, height=180)
PLAIN = replace(theme(), grain=0.0)
DARK, LIGHT = PLAIN.colours.ground, PLAIN.colours.glow


def near(pixel: np.ndarray, colour: tuple[int, int, int], by: int = 3) -> bool:
    return bool((np.abs(pixel[:3].astype(int) - np.array(colour)) <= by).all())


def test_a_ground_is_lightest_a_little_above_its_middle_and_dark_at_its_corners() -> None:
    pixels = backgrounds.bare(PLAIN, HOUSE)
    assert pixels.shape == (180, 320, 3)
    assert all(near(pixels[y, x], DARK) for y in (0, 179) for x in (0, 319))
    assert near(pixels[79, 160], LIGHT)
    bright = pixels.astype(int).sum(axis=2)
    assert abs(int(np.argmax(bright.max(axis=1))) - 79) <= 2
    assert abs(int(np.argmax(bright.max(axis=0))) - 160) <= 2
    assert (np.diff(bright[79, 160:]) <= 0).all()


def test_the_grain_is_the_same_every_time() -> None:
    assert np.array_equal(backgrounds.bare(theme(), HOUSE), backgrounds.bare(theme(), HOUSE))
    assert not np.array_equal(backgrounds.bare(theme(), HOUSE), backgrounds.bare(PLAIN, HOUSE))


@pytest.mark.parametrize(("frame", "lines"), [("none", []), ("single", [29]), ("double", [27, 33])])
def test_a_frame_is_hairlines_all_around(frame: str, lines: list[int]) -> None:
    look = replace(PLAIN, frame=frame)
    drawn = backgrounds.ground(look, HOUSE, 0.5).astype(int) - backgrounds.bare(look, HOUSE)
    changed = np.abs(drawn).sum(axis=2) > 0
    assert np.flatnonzero(changed[90, :160]).tolist() == lines
    assert np.flatnonzero(changed[90, 160:]).tolist() == [159 - line for line in reversed(lines)]
    assert np.flatnonzero(changed[:90, 160]).tolist() == lines
    assert np.flatnonzero(changed[90:, 160]).tolist() == [89 - line for line in reversed(lines)]


def test_a_plate_with_its_bar() -> None:
    pixels = backgrounds.plate(10, 4, (1, 2, 3), 0.5, bar=2, accent=(9, 8, 7))
    assert pixels.shape == (4, 10, 4)
    assert pixels[0, 1].tolist() == [9, 8, 7, 255]
    assert pixels[3, 2].tolist() == [1, 2, 3, 128]
    assert backgrounds.plate(3, 2, (1, 2, 3), 1.0)[0, 0].tolist() == [1, 2, 3, 255]


def test_a_plate_runs_out_on_the_right() -> None:
    alpha = backgrounds.faded(backgrounds.plate(100, 2, (0, 0, 0), 1.0), 40)[0, :, 3].astype(int)
    assert (alpha[:60] == 255).all()
    assert (np.diff(alpha[60:]) < 0).all()
    assert 100 < alpha[80] < 155
    assert alpha[-1] < 15


def test_corners_are_round_and_sides_are_not() -> None:
    alpha = backgrounds.rounded(backgrounds.plate(40, 30, (0, 0, 0), 1.0), 8)[..., 3]
    assert [int(alpha[y, x]) for y in (0, -1) for x in (0, -1)] == [0, 0, 0, 0]
    assert (alpha[8:-8] == 255).all()
    assert (alpha[:, 8:-8] == 255).all()
    assert np.array_equal(alpha, alpha[::-1])
    assert np.array_equal(alpha, alpha[:, ::-1])


def test_a_lozenge_between_two_hairlines() -> None:
    pixels = backgrounds.lozenge(101, 11, (5, 6, 7))
    alpha = pixels[..., 3].astype(int)
    assert pixels[0, 0, :3].tolist() == [5, 6, 7]
    assert alpha[5, 50] == 255
    assert alpha[5, 40] == 0, "a gap beside the lozenge"
    assert alpha[5, 30] > alpha[5, 10] > 0
    assert alpha[2, 30] == 0
    assert np.array_equal(alpha, alpha[:, ::-1])
    assert np.array_equal(alpha, alpha[::-1])


def test_words_over_a_picture_stand_on_darkness_that_grows_downwards() -> None:
    alpha = backgrounds.scrim(3, 101, (0, 0, 0), 0.6)[:, 0, 3].astype(int)
    assert (alpha[0], alpha[50], alpha[100]) == (0, 76, 153)
    assert (np.diff(alpha) >= 0).all()


def test_a_code_has_its_modules_and_a_quiet_border() -> None:
    pixels = backgrounds.modules(np.array([[True, False]]), 3, 2, (0, 0, 0), (255, 255, 255))
    assert pixels.shape == (15, 18, 4)
    dark = pixels[..., 0] == 0
    assert np.argwhere(dark).min(axis=0).tolist() == [6, 6]
    assert np.argwhere(dark).max(axis=0).tolist() == [8, 8]
    assert (pixels[..., 3] == 255).all()


@pytest.mark.parametrize(
    ("shape", "fills"), [((320, 180), True), ((640, 360), True), ((240, 180), True), ((200, 180), False),
                         ((90, 180), False), ((460, 180), False), ((450, 180), True)]
)  # fmt: skip
def test_a_picture_fills_the_frame_where_little_is_lost(shape: tuple[int, int], *, fills: bool) -> None:
    assert backgrounds.fills(shape, HOUSE) is fills


@pytest.mark.parametrize(
    ("shape", "fitted", "edge"),
    [((100, 300), (43, 128), 141), ((300, 100), (269, 90), 122), ((10, 10), (128, 128), 141)],
)  # fmt: skip
def test_another_lies_within_the_ground_above_its_legend(
    shape: tuple[int, int], fitted: tuple[int, int], edge: int
) -> None:
    assert backgrounds.fitted(shape, HOUSE) == fitted
    assert backgrounds.lower_edge(shape, HOUSE) == edge


def test_an_upright_picture_lies_on_its_mat_in_the_middle() -> None:
    photo = np.full((300, 100, 3), 200, np.uint8)
    photo[:, :, 0] = 90
    pixels = backgrounds.scene(photo, PLAIN, HOUSE)
    assert pixels.shape == (180, 320, 3)
    inside = (np.abs(pixels.astype(int) - [90, 200, 200]) <= 1).all(axis=2)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (13, 140, 138, 180)
    mat = (pixels == backgrounds.MAT).all(axis=2)
    assert mat[12, 160]
    assert mat[141, 160]
    assert mat[80, 137]
    assert mat[80, 181]
    assert not mat[10, 160]


def test_of_a_picture_that_fills_the_frame_rather_the_upper_part_is_seen() -> None:
    photo = np.zeros((240, 320, 3), np.uint8)
    photo[:24] = 255
    photo[24:204] = 100
    pixels = backgrounds.scene(photo, PLAIN, HOUSE)
    assert pixels.shape == (180, 320, 3)
    assert (pixels[2:-2] == 100).all()
