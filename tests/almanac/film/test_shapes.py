"""Any phone's video: right, not merely decodable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from relay.almanac.cards.people import Person
from relay.almanac.film.cut import Subclip, Words, draw_up
from relay.almanac.film.encoder import make_film
from relay.almanac.film.ffmpeg import fitted
from relay.almanac.formats import House
from tests.almanac.filming import SMALL, X264, Camera

pytestmark = pytest.mark.media
BARE: House = replace(SMALL, title_seconds=0, end_seconds=0, fade=0)
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:crf=8", "-tag:v", "hvc1")


def landscape(width: int, height: int) -> Any:
    """Bright above, dark on the right, a bar in one corner: no turn or mirror image of it looks the same."""
    luma = np.full((height, width), 150, np.uint8)
    luma[: height // 4] = 220
    luma[:, width * 3 // 4 :] = 60
    luma[height * 3 // 4 :, : width // 4] = 30
    chroma = np.full((height // 2, width), 128, np.uint8)
    return lambda _number: np.concatenate([luma, chroma])


def filmed(camera: Camera, path: Path, tmp_path: Path) -> tuple[Subclip, NDArray[np.uint8]]:
    """One clip without a name, as the film shows it."""
    take = Subclip(camera.footage(path), path, Person(""))
    cut = draw_up([take], Words(), BARE, tmp_path / "cards", credits=False)
    film = make_film(cut, toolbox=camera.toolbox, cache=tmp_path / "shots", target=tmp_path / "film.mp4")
    return take, camera.looks_at(film.path)


def as_a_player_shows_it(camera: Camera, path: Path, size: tuple[int, int], filters: str = "null") -> NDArray[np.uint8]:
    """The tenth frame, turned by ffmpeg itself."""
    target = camera.folder / "player.gray"
    words = f"{filters},scale={size[0]}:{size[1]}:out_range=tv,format=yuv420p,extractplanes=y"
    argv = [camera.toolbox.ffmpeg, "-v", "error", "-i", str(path), "-vf", f"select='eq(n,10)',{words}"]
    camera.toolbox.run([*argv, "-frames:v", "1", "-f", "rawvideo", "-y", str(target)], folder=camera.folder)
    return np.fromfile(target, np.uint8).reshape(size[1], size[0])


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_turned_and_mirrored_files_stand_as_they_were_filmed(
    camera: Camera, tmp_path: Path, degrees: int, *, mirrored: bool
) -> None:
    plain = camera.films("turn", frames=20, size=(320, 180), picture=landscape(320, 180), sound=0)
    path = camera.turns(plain, degrees, mirrored=mirrored)
    take, seen = filmed(camera, path, tmp_path)
    width, height = fitted(take.footage, BARE)
    x, y = (320 - width) // 2, (180 - height) // 2
    shown = seen[10, y : y + height, x : x + width]
    assert np.abs(shown.astype(int) - as_a_player_shows_it(camera, path, (width, height))).mean() < 4


@pytest.mark.parametrize("size", [(180, 320), (200, 200), (162, 94), (640, 200)])
def test_odd_shapes_stand_whole_on_a_blurred_ground(camera: Camera, tmp_path: Path, size: tuple[int, int]) -> None:
    path = camera.films(f"odd{size[0]}", frames=20, size=size, picture=landscape(*size), sound=0)
    take, seen = filmed(camera, path, tmp_path)
    width, height = fitted(take.footage, BARE)
    x, y = (320 - width) // 2, (180 - height) // 2
    shown = seen[10, y : y + height, x : x + width]
    assert np.abs(shown.astype(int) - as_a_player_shows_it(camera, path, (width, height))).mean() < 4
    around = [seen[10, :, : x - 4], seen[10, : y - 4]]
    assert all(side.mean() > 25 for side in around if side.size > 1000)


def test_a_picture_that_changes_its_size_midway_fills_the_frame_all_the_time(camera: Camera, tmp_path: Path) -> None:
    vp8 = ("-c:v", "libvpx", "-deadline", "realtime", "-crf", "10", "-b:v", "1M")
    parts = [
        camera.films(f"part{width}", frames=15, size=(width, height), picture=landscape(width, height), sound=0,
                     encode=vp8, suffix=".webm")
        for width, height in ((320, 180), (160, 90))
    ]  # fmt: skip
    (camera.folder / "parts.txt").write_text("".join(f"file '{part.name}'\n" for part in parts))
    path = camera.folder / "changes.mkv"
    words = ["-f", "concat", "-i", "parts.txt", "-c", "copy", "-y", path.name]
    camera.toolbox.run([camera.toolbox.ffmpeg, "-v", "error", *words], folder=camera.folder)
    _take, seen = filmed(camera, path, tmp_path)
    assert len(seen) == 30
    for frame in (5, 25):
        assert abs(int(seen[frame][10, 10]) - 220) < 12
        assert abs(int(seen[frame][170, 310]) - 60) < 12


def test_pixels_that_are_not_square_are_stretched(camera: Camera, tmp_path: Path) -> None:
    path = camera.films("sar", frames=20, size=(240, 180), picture=landscape(240, 180), filters="setsar=4/3", sound=0)
    take, seen = filmed(camera, path, tmp_path)
    assert fitted(take.footage, BARE) == (320, 180)
    assert np.abs(seen[10].astype(int) - landscape(320, 180)(0)[:180]).mean() < 4


def test_full_range_keeps_its_brightness(camera: Camera, tmp_path: Path) -> None:
    full = ("-c:v", "libx264", "-pix_fmt", "yuvj420p", "-crf", "8", "-color_range", "pc")
    path = camera.films("full", frames=20, encode=full, filters="scale=in_range=pc:out_range=pc", seed=0, sound=0)
    _, seen = filmed(camera, path, tmp_path)
    stored = 32 + (10 * 37) % 180
    assert seen[10].mean() == pytest.approx(16 + stored * 219 / 255, abs=2)


def halves(left: tuple[int, int, int], right: tuple[int, int, int], width: int, height: int) -> Any:
    """Two colours (Y, U, V) beside each other."""
    planes = [np.full((height, width), left[0], np.uint8)]
    planes += [np.full((height // 2, width // 2), left[n], np.uint8) for n in (1, 2)]
    for plane, value in zip(planes, right, strict=True):
        plane[:, plane.shape[1] // 2 :] = value
    chroma = np.concatenate([plane.ravel() for plane in planes[1:]]).reshape(height // 2, width)
    return lambda _number: np.concatenate([planes[0], chroma])


def colours_in(camera: Camera, film: Path) -> NDArray[np.float64]:
    """R'G'B' (0 to 1) of a small film's sixth frame, by the numbers of BT.709. Shape (180, 320, 3)."""
    target = camera.folder / "colours.yuv"
    argv = [camera.toolbox.ffmpeg, "-v", "error", "-i", str(film), "-vf", "select='eq(n,5)'", "-frames:v", "1"]
    argv += ["-pix_fmt", "yuv444p", "-f", "rawvideo", "-y", str(target)]
    camera.toolbox.run(argv, folder=camera.folder, reads=[film])
    return rgb(np.fromfile(target, np.uint8).reshape(3, 180, 320), 0.2126, 0.0722)


def rgb(code: Any, red: float, blue: float) -> NDArray[np.float64]:
    """R'G'B' of eight-bit Y'CbCr of limited range (three numbers or planes, R'G'B' comes last in the shape).

    `red`, `blue`: what they weigh in its luma.
    """
    luma, cb, cr = np.asarray(code, np.float64)
    y = (luma - 16) / 219
    r, b = y + 2 * (1 - red) * (cr - 128) / 224, y + 2 * (1 - blue) * (cb - 128) / 224
    return np.stack([r, (y - red * r - blue * b) / (1 - red - blue), b], axis=-1)


FROM_2020 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
"""ITU-R BT.2407, section 2.2: linear colours of BT.2020 as those of BT.709."""
ORANGE, WHITE_HLG, WHITE_PQ = (120, 100, 160), (180, 128, 128), (143, 128, 128)
"""Eight-bit Y'CbCr. The whites are those of ITU-R BT.2408: 203 cd/m², 75 % of HLG and 58 % of PQ."""


def bt2100(transfer: str) -> list[str]:
    """Encoder words for an HDR picture as a phone writes it."""
    tags = f":colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    encode = [*X265[:4], "-x265-params", X265[5] + tags, "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1"]
    return [*encode, "-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc"]


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
def test_hdr_becomes_neither_grey_nor_glaring(camera: Camera, tmp_path: Path, transfer: str) -> None:
    path = camera.films("hdr", frames=12, picture=landscape(320, 180), encode=bt2100(transfer), sound=0)
    take, seen = filmed(camera, path, tmp_path)
    assert take.footage.hdr in ("hlg", "pq")
    bright, middle, dark = seen[5, 20, 100], seen[5, 90, 100], seen[5, 160, 40]
    assert int(bright) > int(middle) > int(dark)
    assert int(bright) - int(dark) > 90


@pytest.mark.parametrize(("transfer", "white"), [("arib-std-b67", WHITE_HLG), ("smpte2084", WHITE_PQ)])
def test_hdr_is_as_bright_as_hlg_on_an_ordinary_set(
    camera: Camera, tmp_path: Path, transfer: str, white: tuple[int, int, int]
) -> None:
    picture = halves(white, ORANGE, 320, 180)
    path = camera.films("hdr", frames=12, picture=picture, encode=bt2100(transfer), sound=0)
    take, _ = filmed(camera, path, tmp_path)
    assert take.footage.hdr in ("hlg", "pq")
    shown = colours_in(camera, tmp_path / "film.mp4")
    assert shown[80:88, 60:68].mean(axis=(0, 1)) == pytest.approx(np.full(3, 0.75), abs=0.015)
    if take.footage.hdr == "hlg":
        linear = FROM_2020 @ rgb(ORANGE, 0.2627, 0.0593) ** 2.4
        wanted = np.clip(linear, 0, 1) ** (1 / 2.4)
        assert shown[80:88, 240:248].mean(axis=(0, 1)) == pytest.approx(wanted, abs=0.015)


def test_interlaced_video_is_made_whole(camera: Camera, tmp_path: Path) -> None:
    encode = (*X264[:2], "-flags", "+ilme+ildct", "-x264-params", "tff=1", "-crf", "8", "-pix_fmt", "yuv420p")
    path = camera.films(
        "fields", frames=20, picture=landscape(320, 180), encode=encode, filters="setfield=tff", sound=0
    )
    take, seen = filmed(camera, path, tmp_path)
    assert take.footage.interlaced
    assert np.abs(seen[10].astype(int) - landscape(320, 180)(0)[:180]).mean() < 4


def test_uneven_timing_keeps_its_time(camera: Camera, tmp_path: Path) -> None:
    """Frames come at 0, 1, 2 … 9 and then only every fifth; the film shows each as long as it stood."""
    uneven = "select='lt(n,10)+not(mod(n,5))'"
    encode = (*X264, "-fps_mode", "vfr", "-bf", "0")
    path = camera.films("uneven", frames=61, filters=uneven, encode=encode, seed=7, sound=0)
    take, seen = filmed(camera, path, tmp_path)
    assert take.footage.uneven
    greys = seen[:, 20:80, 40:280].mean(axis=(1, 2))
    shown = [32 + (at * 37 + 7 * 53) % 180 for at in (0, 5, 9, 10, 15, 20)]
    assert [round(float(greys[at])) for at in (0, 5, 9, 12, 17, 22)] == pytest.approx(shown, abs=2)


def test_sound_that_is_shorter_or_later_than_the_picture(camera: Camera, tmp_path: Path) -> None:
    path = camera.films("short", frames=75, sound=1.0)
    _, seen = filmed(camera, path, tmp_path)
    heard = np.abs(camera.hears(tmp_path / "film.mp4")).max(axis=1)
    assert len(seen) == 75
    assert len(heard) / 1920 == pytest.approx(75, abs=1)
    assert heard[24_000] > 0
    assert heard[: 48_000 * 1].max() > 0.01 > heard[48_000 * 2 :].max()


@pytest.mark.parametrize(
    ("suffix", "encode", "audio"),
    [
        (".webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"), ("-c:a", "libopus")),
        (".avi", ("-c:v", "mpeg4", "-q:v", "2"), ("-c:a", "libmp3lame")),
        (".mkv", X265, ("-c:a", "flac")),
    ],
)
def test_other_containers(
    camera: Camera, tmp_path: Path, suffix: str, encode: tuple[str, ...], audio: tuple[str, ...]
) -> None:
    path = camera.films("other", frames=50, suffix=suffix, encode=encode, audio=audio, picture=landscape(320, 180))
    take, seen = filmed(camera, path, tmp_path)
    assert len(seen) == take.footage.frames(BARE)
    assert len(seen) in (49, 50, 51)
    assert np.abs(seen[10].astype(int) - landscape(320, 180)(0)[:180]).mean() < 5
