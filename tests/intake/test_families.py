from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from relay.intake.families import BYTES, Likeness, alike, prints, same_recording

Frames = NDArray[np.float64]


def recording(seed: int, count: int = 12) -> Frames:
    """Rectangles over rectangles, which have the spectrum of a photograph; one of them moves a little."""
    dice = np.random.default_rng(seed)
    still = np.full((64, 64), 128.0)
    for _ in range(60):
        left, top = dice.integers(-16, 64, 2)
        wide, high = dice.integers(4, 40, 2)
        still[max(0, top) : top + high, max(0, left) : left + wide] = dice.integers(0, 256)
    frames = np.repeat(still[None], count, axis=0)
    for number in range(count):
        frames[number, 20 + number % 6 : 30 + number % 6, 24:36] = 200
    return frames


def printed(frames: Frames) -> bytes:
    return prints(frames.astype(np.uint8).tobytes())


def test_a_print_is_32_bytes_for_each_frame() -> None:
    assert len(printed(recording(1, count=5))) == 5 * BYTES
    assert prints(b"") == b""
    assert prints(bytes(64 * 64 - 1)) == b""


def test_the_same_recording_is_certain() -> None:
    assert same_recording(printed(recording(1)), printed(recording(1))) == "certain"


@pytest.mark.slow
def test_other_recordings_are_told_apart() -> None:
    rows = [printed(recording(seed)) for seed in range(12)]

    assert [(a, b) for a in range(12) for b in range(a) if same_recording(rows[a], rows[b])] == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda f: f[:, :, ::-1], id="mirrored"),
        pytest.param(lambda f: f[:, ::-1], id="upside down"),
        pytest.param(lambda f: np.rot90(f, axes=(1, 2)), id="turned left"),
        pytest.param(lambda f: np.rot90(f, 3, axes=(1, 2)), id="turned right"),
        pytest.param(lambda f: np.rot90(f, axes=(1, 2))[:, :, ::-1], id="turned and mirrored"),
        pytest.param(lambda f: f * 0.7 + 20, id="darker"),
        pytest.param(lambda f: f[3:], id="cut at the start"),
        pytest.param(lambda f: f[:7], id="cut at the end"),
        pytest.param(lambda f: np.clip(f + np.random.default_rng(0).normal(0, 8, f.shape), 0, 255), id="noise"),
    ],
)
def test_a_copy_is_recognised(change: object) -> None:
    original = recording(3)

    assert same_recording(printed(original), printed(change(original))) == "certain"  # type: ignore[operator]


def test_a_logo_in_the_corner_makes_it_possible_at_least() -> None:
    original, marked = recording(4), recording(4).copy()
    marked[:, 2:12, 46:62] = 255

    assert same_recording(printed(original), printed(marked)) is not None


def test_flat_frames_prove_nothing() -> None:
    black = prints(bytes(64 * 64 * 20))

    assert not any(black)
    assert alike(black, black) == 0.0
    assert same_recording(black, black) is None
    assert same_recording(black, printed(recording(1))) is None


def test_a_few_frames_are_possible_never_certain() -> None:
    assert same_recording(printed(recording(5, count=3)), printed(recording(5, count=3))) == "possible"


def test_it_does_not_matter_which_comes_first() -> None:
    long, short = printed(recording(6, 20)), printed(recording(6, 5))

    assert alike(long, short) == alike(short, long) == 1.0


def test_nothing_is_like_nothing() -> None:
    assert alike(b"", b"") == 0.0
    assert same_recording(b"", printed(recording(1))) is None


def test_a_print_tells_which_of_the_lowest_frequencies_are_above_the_median() -> None:
    """Rows are frequencies from top to bottom, 1 to 16, and in each those from left to right (DCT-II)."""
    signs = np.random.default_rng(7).permutation([1, -1] * 128).reshape(16, 16)
    wave = np.cos(np.pi * np.outer(np.arange(1, 17), 2 * np.arange(64) + 1) / 128)
    picture = 128 + 2.5 * wave.T @ signs @ wave
    assert 0 < picture.min() < picture.max() < 255
    assert printed(picture[None]) == np.packbits(signs > 0).tobytes()


@pytest.mark.parametrize(("spread", "flat"), [(5, True), (6, False)])
def test_a_frame_of_one_gray_has_no_print(spread: int, *, flat: bool) -> None:
    frame = np.full((64, 64), 128 - spread)
    frame[:, 32:] = 128 + spread
    assert (printed(frame[None]) == bytes(32)) is flat


ROW = np.random.default_rng(1).bytes(32 * 10)
FAR = 128


def like(*distances: int) -> bytes:
    """Prints of which each differs by so many bits from the one of ROW at its place."""
    rows = np.unpackbits(np.frombuffer(ROW, np.uint8).reshape(-1, 32), axis=1)[: len(distances)].copy()
    for row, distance in zip(rows, distances, strict=True):
        row[:distance] ^= 1
    return np.packbits(rows, axis=1).tobytes()


@pytest.mark.parametrize(
    ("distances", "likeness"),
    [
        ((31, 31, FAR, FAR), "certain"),
        ((31, 32, FAR, FAR), "possible"),
        ((31, 32, 60, FAR), "possible"),
        ((0, 0, 0), "possible"),
        ((0, 0, 0, 0), "certain"),
        ((32, 32, 32, 32), "possible"),
        ((60, 60, 60, *[FAR] * 7), "possible"),
        ((60, 60, 61, *[FAR] * 7), None),
        ((60, 60, *[FAR] * 8), None),
        ((0, 0, 0, 0, 31, *[FAR] * 5), "certain"),
        ((0, 0, 0, 0, 32, *[FAR] * 5), "possible"),
    ],
)
def test_how_many_frames_have_to_be_how_near(distances: tuple[int, ...], likeness: Likeness | None) -> None:
    assert same_recording(like(*distances), ROW) == likeness
    assert same_recording(ROW, like(*distances)) == likeness


def test_the_share_is_that_of_the_frames_of_which_there_are_fewer() -> None:
    some = like(60, 10, 61, FAR)
    assert alike(some, ROW) == alike(ROW, some) == 0.5
    assert alike(some, ROW, near=61) == 0.75
    assert alike(some, ROW, near=9) == 0.0
    assert alike(some + b"cut off", ROW + bytes(64)) == 0.5
