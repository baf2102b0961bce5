from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from relay.errors import Refused, ToolFailed
from relay.media import pictures
from relay.media.pictures import decode, kind
from relay.media.toolbox import Toolbox

media = pytest.mark.media


@pytest.fixture(scope="module")
def toolbox() -> Toolbox:
    return Toolbox()


def picture(path: Path, size: tuple[int, int] = (60, 40), **words: object) -> Path:
    """Red on its left half, blue on its right."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[:, : size[0] // 2, 0] = pixels[:, size[0] // 2 :, 2] = 255
    Image.fromarray(pixels).save(path, **words)  # type: ignore[arg-type]
    return path


def bomb(path: Path, side: int = 60_000) -> Path:
    """A PNG of some hundred bytes that claims to hold 3.6 billion pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"RIFF1234WEBPVP8 ", "WEBP"),
        (b"RIFF1234WAVEfmt ", ""),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"%!PS-Adobe-3.0 EPSF", ""),
        (b"GIF89a", ""),
        (b"<svg xmlns=", ""),
        (b"", ""),
    ],
)
def test_a_picture_is_what_its_bytes_say(head: bytes, name: str) -> None:
    assert kind(head) == name


@media
@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
def test_pictures_of_all_kinds_come_back_as_pixels(tmp_path: Path, toolbox: Toolbox, ending: str) -> None:
    seen = decode(toolbox, picture(tmp_path / f"a.{ending}"), tmp_path)
    assert (seen.width, seen.height, seen.pixels.shape) == (60, 40, (40, 60, 3))
    assert seen.pixels[20, 5, 0] > 200
    assert seen.pixels[20, 5, 2] < 60
    assert not (tmp_path / "pixels.rgb").exists()


@media
def test_a_picture_is_turned_as_the_camera_said(tmp_path: Path, toolbox: Toolbox) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    seen = decode(toolbox, picture(tmp_path / "a.jpg", exif=exif), tmp_path)
    assert (seen.width, seen.height, seen.pixels.shape) == (40, 60, (60, 40, 3))
    assert seen.pixels[5, 20, 0] > 200
    assert seen.pixels[55, 20, 2] > 200


@media
def test_a_large_picture_is_handed_out_smaller_with_its_true_size(tmp_path: Path, toolbox: Toolbox) -> None:
    seen = decode(toolbox, picture(tmp_path / "a.jpg", (3000, 1000)), tmp_path, longest=300)
    assert (seen.width, seen.height, seen.pixels.shape) == (3000, 1000, (100, 300, 3))


@media
def test_glass_is_laid_on_white_and_deep_grey_is_kept(tmp_path: Path, toolbox: Toolbox) -> None:
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(tmp_path / "glass.png")
    assert decode(toolbox, tmp_path / "glass.png", tmp_path).pixels.min() == 255
    Image.fromarray(np.full((20, 20), 40_000, np.uint16)).save(tmp_path / "scan.tif")
    assert decode(toolbox, tmp_path / "scan.tif", tmp_path).pixels[10, 10].tolist() == [156, 156, 156]


@media
def test_what_is_no_picture_is_refused_by_its_name(tmp_path: Path, toolbox: Toolbox) -> None:
    half = picture(tmp_path / "half.jpg", (600, 400))
    half.write_bytes(half.read_bytes()[:1500])
    postscript = tmp_path / "ps.jpg"
    postscript.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n")
    lying = tmp_path / "lying.png"
    lying.write_bytes(b"\x89PNG\r\n\x1a\n" + postscript.read_bytes())
    for path in (half, postscript, lying, bomb(tmp_path / "bomb.png")):
        with pytest.raises(Refused, match=f"^{path.name} is not a picture"):
            decode(toolbox, path, tmp_path)


@media
def test_without_the_bound_a_bomb_is_unpacked(
    tmp_path: Path, toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the child's own bound is off, and a picture larger than allowed comes through."""
    path = picture(tmp_path / "a.png", (400, 400))
    monkeypatch.setattr(pictures, "MOST_PIXELS", 100_000)
    with pytest.raises(Refused):
        decode(toolbox, path, tmp_path)
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1_000_000)
    assert decode(toolbox, path, tmp_path).width == 400


@media
def test_without_the_list_of_formats_any_of_pillow_s_readers_is_open(tmp_path: Path) -> None:
    """The twin: a format that nobody asked for is opened when the format is not forced."""
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "PPM")
    with Image.open(io.BytesIO(data.getvalue())) as opened:
        assert opened.format == "PPM"
    with pytest.raises(OSError):
        Image.open(io.BytesIO(data.getvalue()), formats=["JPEG"])


@media
def test_the_child_can_read_nothing_but_the_picture(tmp_path: Path, toolbox: Toolbox) -> None:
    if toolbox.walls == "limits":
        pytest.skip("no walls around children here")
    own, secret = tmp_path / "own", tmp_path / "secret.png"
    own.mkdir()
    picture(secret)
    job = {"path": str(secret), "format": "PNG", "most": 1 << 20, "longest": 64, "target": "x.rgb"}
    argv = toolbox.python("relay.media.children.picture", json.dumps(job))
    assert "error" in json.loads(toolbox.run(argv, folder=own).stdout)
    assert "width" in json.loads(toolbox.run(argv, folder=own, reads=[secret]).stdout)
    with pytest.raises(ToolFailed):
        toolbox.run(toolbox.python("relay.media.children.picture", "{"), folder=own)
