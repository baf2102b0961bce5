from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from relay.errors import Refused, ToolFailed
from relay.media import pictures
from relay.media.pictures import decode, kind
from relay.media.toolbox import Done, Limits, Toolbox

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


class Decoder:
    """In the place of a toolbox: writes so many bytes of pixels, and says this."""

    def __init__(self, said: object, size: int) -> None:
        self.said, self.size = said, size
        self.asked: dict[str, Any] = {}

    def python(self, module: str, job: str) -> list[str]:
        self.asked = json.loads(job)
        return [module]

    def run(self, argv: list[str], *, folder: Path, reads: list[Path], limits: Any) -> Done:
        assert argv == ["relay.media.children.picture"]
        assert [str(path) for path in reads] == [self.asked["path"]]
        assert limits == Limits(memory_mb=4096, cpu_seconds=60, wall_seconds=180, file_mb=96, open_files=64)
        (folder / self.asked["target"]).write_bytes(bytes(self.size))
        if isinstance(self.said, Exception):
            raise self.said
        return Done(self.said if isinstance(self.said, str) else json.dumps(self.said), "", 0, 0.0)


TOLD = {"width": 60, "height": 40, "inner_width": 6, "inner_height": 4}


def looked(
    folder: Path, said: object, size: int = 72, *, longest: int = 6, head: bytes = b"\xff\xd8\xff"
) -> pictures.Seen:
    path = folder / "Ладога.jpg"
    path.write_bytes(head)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    try:
        return pictures.decode(Decoder(said, size), path, work, longest=longest)  # type: ignore[arg-type]
    finally:
        assert list(work.iterdir()) == []


def test_pixels_come_in_the_shape_that_was_told(tmp_path: Path) -> None:
    decoder = Decoder(TOLD, 72)
    found = looked(tmp_path, TOLD)
    assert (found.width, found.height, found.pixels.shape) == (60, 40, (4, 6, 3))
    found = pictures.decode(decoder, tmp_path / "Ладога.jpg", tmp_path / "work")  # type: ignore[arg-type]
    assert (found.width, found.height, found.pixels.shape) == (60, 40, (4, 6, 3))
    assert decoder.asked == {
        "path": str(tmp_path / "Ладога.jpg"), "format": "JPEG", "most": 250_000_000, "longest": 4096, "alpha": False,
        "target": "pixels.rgb",
    }  # fmt: skip
    square = looked(tmp_path, TOLD | {"inner_width": 6, "inner_height": 6}, 108)
    assert square.pixels.shape == (6, 6, 3)
    assert looked(tmp_path, TOLD | {"inner_width": 1, "inner_height": 1}, 3).pixels.shape == (1, 1, 3)


@pytest.mark.parametrize(
    ("said", "size"),
    [
        (TOLD, 71),
        (TOLD, 73),
        (TOLD | {"inner_width": 7}, 84),
        (TOLD | {"inner_height": 7, "inner_width": 4}, 84),
        (TOLD | {"inner_width": 0}, 0),
        (TOLD | {"inner_height": 0}, 0),
        (TOLD | {"inner_width": -6, "inner_height": -4}, 72),
    ],
)
def test_a_child_is_not_believed_about_more_than_it_was_asked_for(tmp_path: Path, said: object, size: int) -> None:
    with pytest.raises(Refused, match=r"Ладога\.jpg is not a picture"):
        looked(tmp_path, said, size)


@pytest.mark.parametrize("said", [{"error": "broken"}, "no json", ""])
def test_a_damaged_picture_is_refused(tmp_path: Path, said: object) -> None:
    path = tmp_path / "Ладога.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    (tmp_path / "work").mkdir()
    for answer in (said, ToolFailed("killed")):
        with pytest.raises(Refused, match="is not a picture") as refused:
            pictures.decode(Decoder(answer, 0), path, tmp_path / "work")  # type: ignore[arg-type]
        assert refused.value.hint == "Give a JPEG, PNG, WebP or TIFF."


def test_another_file_is_never_given_to_a_decoder(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is not a picture"):
        looked(tmp_path, AssertionError("asked"), head=b"GIF89a")
