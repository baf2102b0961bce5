"""What single shots and sounds look and sound like: fades, dips, names that come and go, cuts into a clip's sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from relay.almanac.film.ffmpeg import Composition, Overlay, ShotPart, Still, fade_argv, sound_argv, take_argv
from relay.almanac.film.timeline import Span
from tests.almanac.filming import SMALL, Camera
from tests.almanac.signals import FLASHES, Recipe, beginnings, film

pytestmark = pytest.mark.media

HOUSE = replace(SMALL, crf=8)
WHITE = "f" * 64


def picture(folder: Path, size: tuple[int, int], colour: Sequence[int]) -> str:
    path = folder / "picture.png"
    Image.new("RGBA", size, tuple(colour)).save(path)
    return str(path)


def shot(
    camera: Camera, look: Composition, part: ShotPart, *, source: str = "", pictures: dict[str, str]
) -> NDArray[np.uint8]:
    argv = take_argv(camera.toolbox.ffmpeg, look, [part], HOUSE, source=source, pictures=pictures)
    reads = [Path(path) for path in (source, *pictures.values()) if path]
    camera.toolbox.run(argv, folder=camera.folder, reads=reads)
    return camera.looks_at(camera.folder / part.file)


def test_a_card_comes_out_of_black_and_sinks_into_it(camera: Camera, tmp_path: Path) -> None:
    look = Composition(Still(WHITE), 50, from_black=10, to_black=12)
    pictures = {WHITE: picture(tmp_path, (320, 180), (255, 255, 255, 255))}
    light = shot(camera, look, ShotPart(Span(0, 50)), pictures=pictures).mean(axis=(1, 2))
    assert light[0] < 30
    assert np.all(np.diff(light[:10]) > 0)
    assert np.all(light[11:38] > 225)
    assert np.all(np.diff(light[38:50]) < 0)
    assert light[49] < 40
    end = shot(camera, look, ShotPart(Span(30, 50)), pictures=pictures).mean(axis=(1, 2))
    assert end == pytest.approx(light[30:], abs=2)


def test_a_name_comes_stays_and_goes(camera: Camera, tmp_path: Path) -> None:
    clip = camera.films("for-a-name", frames=60, sound=0, picture=lambda _: np.full((270, 320), 100, np.uint8))
    layer = Overlay(WHITE, 20, 100, Span(10, 40), 8, 8)
    look, pictures = Composition(camera.footage(clip), 60, 0, layer), {WHITE: picture(tmp_path, (100, 40), (255,) * 4)}
    seen = shot(camera, look, ShotPart(Span(0, 60)), source=str(clip), pictures=pictures)
    strip = seen[:, 105:135, 30:110].mean(axis=(1, 2))
    around = seen[:, :90].mean(axis=(1, 2))
    assert np.ptp(around) < 4
    assert strip[[0, 9, 41, 59]] == pytest.approx(around[[0, 9, 41, 59]], abs=4)
    assert np.all(np.diff(strip[11:18]) > 5)
    assert np.all(strip[19:31] > 220)
    assert np.all(np.diff(strip[33:40]) < -5)
    rest = shot(camera, look, ShotPart(Span(30, 60)), source=str(clip), pictures=pictures)
    assert rest[:, 105:135, 30:110].mean(axis=(1, 2)) == pytest.approx(strip[30:], abs=4)


@pytest.mark.parametrize(("dip", "middle"), [("", 125.5), ("0xffffff", 235), ("0x000000", 16)])
def test_a_dissolve_goes_by_way_of_its_dip(camera: Camera, tmp_path: Path, dip: str, middle: float) -> None:
    for name, luma in (("left", 60), ("right", 191)):
        frame = bytes([luma]) * (320 * 180) + bytes([128]) * (320 * 180 // 2)
        (tmp_path / name).write_bytes(frame * 12)
    left, right, target = str(tmp_path / "left"), str(tmp_path / "right"), str(tmp_path / "fade.mp4")
    argv = fade_argv(camera.toolbox.ffmpeg, left, right, 12, HOUSE, target, dip)
    camera.toolbox.run(argv, folder=tmp_path)
    light = camera.looks_at(tmp_path / "fade.mp4").mean(axis=(1, 2))
    assert len(light) == 12
    assert light[0] == pytest.approx(60, abs=12)
    assert light[5:7].mean() == pytest.approx(middle, abs=40 if dip else 15)
    assert light[11] == pytest.approx(191, abs=40)
    if dip:
        assert abs(light[6] - middle) < 12


@pytest.mark.parametrize("first", [0, 20, 60])
def test_a_clips_sound_is_that_of_its_span(camera: Camera, tmp_path: Path, first: int) -> None:
    """Read from its beginning, and from a second well before the span."""
    path = film(camera.toolbox, tmp_path, Recipe())
    source, span, target = camera.footage(path), Span(first, 95), tmp_path / "sound.f32"
    argv = sound_argv(camera.toolbox.ffmpeg, source, span, HOUSE, path=str(path), target=str(target))
    camera.toolbox.run(argv, folder=tmp_path, reads=[path])
    samples = np.fromfile(target, np.float32).reshape(-1, 2)
    assert len(samples) == span.frames * HOUSE.samples
    wanted = [time - first / 25 for time in FLASHES if time > first / 25]
    assert beginnings(samples[:, 0]) == pytest.approx(wanted, abs=0.005)
