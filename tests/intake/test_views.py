from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from relay.intake import views
from relay.intake.families import BYTES
from tests.intake.test_families import recording


def frames(seed: int, count: int = 6) -> NDArray[np.uint8]:
    return recording(seed, count).astype(np.uint8)


def bits_between(one: bytes, other: bytes) -> int:
    """Of frames at the same places, the most bits that differ."""
    differing = np.bitwise_count(views.as_rows(one) ^ views.as_rows(other)).sum(axis=1)
    return int(differing.max())


@pytest.mark.slow
def test_a_border_that_never_changes_is_cut_away() -> None:
    picture, framed = frames(1), np.zeros((6, 64, 64), np.uint8)
    framed[:, 16:48] = picture.reshape(6, 32, 2, 64).mean(axis=2).astype(np.uint8)
    assert views.border(framed) == (0.0, 0.25, 1.0, 0.75)
    found, whole = views.of(framed.tobytes(), 100, 100), views.of(picture.tobytes(), 100, 50)["whole"]
    assert bits_between(found["bare"], whole) <= 31
    assert bits_between(found["whole"], whole) > 60


def test_twin_what_changes_is_no_border() -> None:
    moving = frames(2)
    moving[3, :16] = 255
    assert views.border(moving) == (0.0, 0.0, 1.0, 1.0)
    assert "bare" not in views.of(moving.tobytes(), 100, 100)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((100, 100), {"whole", "inner", "band", "low band"}),
        ((1920, 1080), {"whole", "inner", "square", "band", "low band"}),
        ((1080, 1920), {"whole", "inner", "square", "band", "low band"}),
        ((0, 0), {"whole", "inner"}),
    ],
)
def test_which_views_there_are_depends_on_the_shape(size: tuple[int, int], expected: set[str]) -> None:
    assert set(views.of(frames(3).tobytes(), *size)) == expected


@pytest.mark.slow
def test_the_middle_of_a_wide_picture_is_what_a_square_copy_shows() -> None:
    wide = frames(4)
    middle = views.cut(wide, ((1 - 9 / 16) / 2, 0.0, (1 + 9 / 16) / 2, 1.0))
    assert bits_between(views.of(wide.tobytes(), 1600, 900)["square"], views.of(middle.tobytes(), 9, 9)["whole"]) == 0


def test_views_are_kept_and_read_again_and_unknown_ones_left_out() -> None:
    made = views.of(frames(5).tobytes(), 160, 90)
    assert len(made["whole"]) == 6 * BYTES
    stored = views.packed(made)
    assert views.unpacked(stored) == made
    assert views.unpacked(bytes([99]) + (2).to_bytes(4, "big") + b"xx" + stored) == made
    assert views.unpacked(b"") == {}


def test_no_frames_have_no_views_worth_anything() -> None:
    assert set(views.of(b"", 10, 10).values()) == {b""}
    assert views.border(np.zeros((0, 64, 64), np.uint8)) == (0.0, 0.0, 1.0, 1.0)
