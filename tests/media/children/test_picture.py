"""The child that decodes pictures."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from relay.media.children import picture


def seen(path: Path, kind: str = "PNG", *, longest: int = 100) -> tuple[dict[str, Any], np.ndarray]:
    target = path.with_name("pixels.rgb")
    told = picture.decode({"path": str(path), "format": kind, "longest": longest, "target": str(target)})
    pixels = np.fromfile(target, np.uint8).reshape(told["inner_height"], told["inner_width"], 3)
    return told, pixels


def test_a_picture_comes_as_bare_pixels_of_its_size(tmp_path: Path) -> None:
    Image.new("RGB", (60, 40), (255, 0, 0)).save(tmp_path / "a.png")
    told, pixels = seen(tmp_path / "a.png")
    assert told == {"width": 60, "height": 40, "inner_width": 60, "inner_height": 40}
    assert (pixels == [255, 0, 0]).all()


def test_a_large_picture_is_made_smaller_and_tells_its_own_size(tmp_path: Path) -> None:
    Image.new("RGB", (400, 200)).save(tmp_path / "a.png")
    told, _ = seen(tmp_path / "a.png")
    assert told == {"width": 400, "height": 200, "inner_width": 100, "inner_height": 50}


@pytest.mark.parametrize(("turn", "upright"), [(1, False), (3, False), (4, False), (5, True), (6, True), (8, True)])
def test_a_picture_of_a_turned_camera_is_upright(tmp_path: Path, turn: int, *, upright: bool) -> None:
    image = Image.new("RGB", (60, 40))
    exif = image.getexif()
    exif[0x0112] = turn
    image.save(tmp_path / "a.jpg", exif=exif)
    told, _ = seen(tmp_path / "a.jpg", "JPEG")
    assert (told["width"], told["height"]) == ((40, 60) if upright else (60, 40))
    assert (told["inner_width"], told["inner_height"]) == (told["width"], told["height"])


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_lies_on_white(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0)).convert(mode)
    image.save(tmp_path / "a.png", **({"transparency": 0} if mode == "P" else {}))
    assert (seen(tmp_path / "a.png")[1] == 255).all()


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 128 << 8, np.uint16)).save(tmp_path / "a.png")
    assert (seen(tmp_path / "a.png")[1] == 128).all()


def test_colours_of_another_profile_become_ordinary_ones_and_a_broken_profile_is_left(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    for name, given in (("odd", profile.tobytes()), ("broken", b"no profile")):
        Image.new("RGB", (4, 4), (10, 20, 30)).save(tmp_path / f"{name}.png", icc_profile=given)
        assert (seen(tmp_path / f"{name}.png")[1] == [10, 20, 30]).all()


def test_a_file_of_another_format_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    job = {"path": str(tmp_path / "a.png"), "format": "JPEG", "most": 100, "longest": 9, "target": str(tmp_path / "x")}
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    for change in ({}, {"format": "PNG", "path": str(tmp_path / "none")}, {"format": "PNG", "most": 4}):
        monkeypatch.setattr(sys, "argv", ["picture_child", json.dumps(job | change)])
        picture.main()
        assert "error" in json.loads(capsys.readouterr().out)
    monkeypatch.setattr(sys, "argv", ["picture_child", json.dumps(job | {"format": "PNG"})])
    picture.main()
    assert json.loads(capsys.readouterr().out)["inner_width"] == 4
