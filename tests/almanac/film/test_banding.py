"""Grounds of cards, out of the encoder: smooth gradients, in no bands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from relay.almanac.cards import backgrounds
from relay.almanac.cards.themes import Theme, theme, themes
from relay.almanac.film.ffmpeg import STILLS_FINER, Composition, ShotPart, Still, take_argv
from relay.almanac.film.timeline import Span
from relay.almanac.formats import House
from relay.media.toolbox import Toolbox

pytestmark = pytest.mark.media

HOUSE = House(width=960, height=540)
FRAMES, LATE = 25, 24


def luma(folder: Path, pixels: backgrounds.Pixels, house: House = HOUSE) -> tuple[NDArray[np.uint8], int]:
    """Of a frame after the still has risen from black, and the bytes of the shot."""
    toolbox, picture, part = Toolbox(), folder / "ground.png", ShotPart(Span(0, FRAMES))
    Image.fromarray(pixels).save(picture)
    look = Composition(Still("ground"), FRAMES, from_black=10)
    argv = take_argv(toolbox.ffmpeg, look, [part], house, source="", pictures={"ground": str(picture)})
    toolbox.run(argv, folder=folder, reads=[picture])
    shot = folder / part.file
    argv = [toolbox.ffmpeg, "-v", "error", "-i", str(shot), "-vf", f"select=eq(n\\,{LATE})", "-frames:v", "1"]
    toolbox.run([*argv, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-y", "frame.yuv"], folder=folder, reads=[shot])
    raw = np.fromfile(folder / "frame.yuv", np.uint8)[: house.width * house.height]
    return raw.reshape(house.height, house.width), shot.stat().st_size


def flat(frame: NDArray[np.uint8]) -> float:
    """Share of 8×8 blocks that are one flat colour: what bands are made of."""
    high, wide = (side // 8 for side in frame.shape)
    blocks = frame[: high * 8, : wide * 8].reshape(high, 8, wide, 8)
    return float((blocks.max(axis=(1, 3)) == blocks.min(axis=(1, 3))).mean())


def longest_step(frame: NDArray[np.uint8]) -> int:
    """Pixels of the longest run of one level, in a row where the gradient falls."""
    row = frame[frame.shape[0] * 9 // 10].astype(int)
    return int(np.diff(np.flatnonzero(np.r_[True, np.diff(row) != 0, True])).max())


def drift(frame: NDArray[np.uint8], look: Theme) -> float:
    """How far 16×16 blocks are from the gradient as it is meant, in levels: dither shows what lies between two."""
    dark, light = np.array(look.colours.ground, float), np.array(look.colours.glow, float)
    colours = replace(look.colours, ground=(0, 0, 0), glow=(255, 255, 255))
    glow = backgrounds.bare(replace(look, grain=0.0, colours=colours), HOUSE)[..., 0] / 255
    meant = 16 + ((dark + glow[..., None] * (light - dark)) @ (0.2126, 0.7152, 0.0722)) * 219 / 255
    high, wide = (side // 16 for side in frame.shape)
    apart = (frame - meant)[: high * 16, : wide * 16].reshape(high, 16, wide, 16).mean(axis=(1, 3))
    return float(np.sqrt((apart**2).mean()))


@pytest.mark.parametrize("look", themes(), ids=lambda look: look.name)
def test_a_gradient_comes_out_of_the_encoder_without_bands(tmp_path: Path, look: Theme) -> None:
    frame, size = luma(tmp_path, backgrounds.bare(look, HOUSE))
    assert flat(frame) <= 0.01
    assert longest_step(frame) <= 20
    assert drift(frame, look) <= 0.25
    assert size <= 250_000, "a second of it, with the rise from black"


def test_twin_without_dither_the_gradient_has_bands(tmp_path: Path) -> None:
    look = theme("night")
    frame, _ = luma(tmp_path, backgrounds.bare(replace(look, grain=0.0), HOUSE))
    assert flat(frame) >= 0.4
    assert longest_step(frame) >= 60


def test_it_stays_smooth_where_the_film_is_encoded_more_coarsely(tmp_path: Path) -> None:
    """At the rate of clips; white noise of the same deviation leaves a fifth of the ground flat."""
    look, coarse = theme("night"), replace(HOUSE, crf=21 + STILLS_FINER)
    kept, _ = luma(tmp_path, backgrounds.bare(look, HOUSE), coarse)
    swallowed, _ = luma(tmp_path, backgrounds.bare(look, HOUSE, moves=True), coarse)
    assert flat(kept) <= 0.02
    assert flat(swallowed) >= 4 * flat(kept)


def test_the_dither_is_blue_and_the_same_every_time() -> None:
    noise = backgrounds.dither(256, 256)
    assert np.array_equal(noise, backgrounds.dither(256, 256))
    assert abs(float(noise.std()) - 1) < 0.02
    power = np.abs(np.fft.fft2(noise)) ** 2
    low, high = power[1:17, 1:17].mean(), power[112:144, 112:144].mean()
    assert high > 20 * low
