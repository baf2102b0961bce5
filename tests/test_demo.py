from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from relay import demo
from relay.demo import camera, scenes, voices
from relay.demo.camera import Sprite, Take
from relay.demo.canvas import Canvas, mirrored, smooth
from relay.demo.cast import CAST, ECHOES, Resident
from relay.media.toolbox import Toolbox

BROKEN, COPY, COPIED = "14-drozdov.mp4", "13-belov.mp4", "02-belova.mp4"
GROMOV = next(one for one in CAST if one.file == "08-gromov.mp4")
WHOLE = [one.file for one in [*CAST, *ECHOES] if one.file != BROKEN]


@pytest.fixture(scope="module")
def toolbox() -> Toolbox:
    return Toolbox()


@pytest.fixture(scope="module")
def clips(toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of them, made once."""
    folder = tmp_path_factory.mktemp("residents")
    demo.make_clips(toolbox, folder)
    return folder


def probed(toolbox: Toolbox, path: Path) -> str:
    """What `ffmpeg -i` says about a file."""
    return toolbox.run([toolbox.ffmpeg, "-hide_banner", "-i", path.name], folder=path.parent, check=False).stderr


def strictly_decoded(toolbox: Toolbox, path: Path) -> tuple[int, str]:
    strict = ["-v", "error", "-xerror", "-err_detect", "explode"]
    done = toolbox.run([toolbox.ffmpeg, *strict, "-i", path.name, "-f", "null", "-"], folder=path.parent, check=False)
    return done.returncode, done.stderr.strip()


def seconds_of(probe: str) -> float:
    hours, minutes, seconds = re.search(r"Duration: (\d+):(\d+):([\d.]+)", probe).groups()  # type: ignore[union-attr]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


# What can be said without making a film


def test_everybody_has_a_name_a_town_and_words() -> None:
    for one in [*CAST, *ECHOES]:
        said = demo.caption(one)
        assert set(said) == {"name", "town", "district", "age", "title", "text", "as"}
        assert all(said.values()), one.file
        assert said["as"] in ("video", "clip")


def test_file_names_are_all_different_and_say_nothing_foreign() -> None:
    names = [one.file for one in [*CAST, *ECHOES]]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"\d\d-[a-z]+\.(mp4|webm)", name) for name in names)


def test_upright_clips_are_posted_as_clips() -> None:
    for one in CAST:
        width, height = one.shape.shown
        assert (one.post == "clip") == (height > width), one.file


def test_the_captions_carry_no_hashtag() -> None:
    assert not any("#" in one.text + one.title for one in [*CAST, *ECHOES])


def test_a_curve_passes_through_its_points() -> None:
    points = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
    assert set(points) <= set(smooth(points))


def test_a_mirrored_half_is_even() -> None:
    whole = mirrored([(0, -1), (2, 0), (0, 1)])
    assert whole == [(0, -1), (2, 0), (0, 1), (-2, 0)]


def test_what_lies_off_the_sheet_is_left_out() -> None:
    canvas = Canvas(20, 20, 1, fine=1)
    canvas.oval(0, 0, 10, 10, "#ff0000", alpha=0.5)
    canvas.oval(100, 100, 10, 10, "#ff0000", alpha=0.5)
    assert canvas.picture().getpixel((2, 2)) == (255, 0, 0, 128)
    assert canvas.picture().getpixel((18, 18)) == (0, 0, 0, 0)


def test_a_blurred_white_flake_has_no_dark_edge() -> None:
    canvas = Canvas(40, 40, 1, fine=1)
    canvas.oval(20, 20, 8, 8, "#ffffff")
    shades = {pixel[:3] for _, pixel in canvas.picture(blur=3).getcolors(4096) if pixel[3] > 8}  # type: ignore[union-attr, index]
    assert min(min(shade) for shade in shades) > 240


@pytest.mark.slow
@pytest.mark.parametrize("place", list(scenes.PLACES))
def test_a_place_is_the_same_every_time_in_any_shape(place: scenes.Place) -> None:
    for width, height in ((160, 90), (90, 160)):
        first, second = (scenes.scene(place, width, height, "seed") for _ in range(2))
        assert first.back.size == (width, height)
        assert first.back.tobytes() == second.back.tobytes()


@pytest.mark.slow
def test_a_window_lets_the_snow_be_seen() -> None:
    front = scenes.scene("kitchen", 160, 90, "seed").front
    assert front is not None
    assert front.getpixel((40, 30))[3] == 0  # type: ignore[index]
    assert front.getpixel((150, 80))[3] == 255  # type: ignore[index]


@pytest.mark.slow
def test_the_air_ends_as_it_began() -> None:
    tile = scenes.air("snow", 64, 48, "seed")
    assert tile.crop((0, 0, 64, 48)).tobytes() == tile.crop((0, 48, 64, 96)).tobytes()
    assert tile.getbbox() is not None


def test_a_mouth_moves_with_the_voice_and_rests_in_silence() -> None:
    import numpy as np

    rate = voices.SAMPLE_RATE
    words = np.concatenate([np.zeros(rate), 0.5 * np.sin(np.arange(rate) / 10), np.zeros(rate)])
    moves = voices.mouths(words, 75, 25)
    assert set(moves[:24]) == {0}
    assert set(moves[27:48]) == {3}
    assert set(moves[52:]) == {0}
    assert voices.mouths(np.zeros(0), 10, 25) == [0] * 10


@pytest.mark.slow
def test_everybody_hums_another_tune_and_the_same_one_every_time() -> None:
    tunes = {one.file: voices.hum(one).tobytes() for one in CAST}
    assert len(set(tunes.values())) == len(CAST)
    assert tunes[GROMOV.file] == voices.hum(GROMOV).tobytes()
    for one in CAST:
        assert voices.SHORTEST <= voices.frames_for(voices.hum(one), 25) / 25 <= voices.LONGEST


def test_a_voice_that_would_clip_is_rounded_off() -> None:
    import numpy as np

    loud = voices.levelled(np.array([0.1, -0.1, 0.001]), -30.0, -9.0)
    assert np.abs(loud).max() < 1
    assert loud[2] == pytest.approx(0.001 * 10 ** (21 / 20))


def test_the_camera_moves_only_in_a_hand() -> None:
    assert "perspective" in " ".join(camera.argv("ffmpeg", _take(sway=0.004), frozenset()))
    assert "perspective" not in " ".join(camera.argv("ffmpeg", _take(sway=0.0), frozenset()))


def test_without_its_encoder_a_clip_is_h264() -> None:
    karpov = next(one for one in CAST if one.shape.codec == "hevc10")
    assert "libx265" in camera.argv("ffmpeg", _take(karpov), {"libx265"})
    assert "libx264" in camera.argv("ffmpeg", _take(karpov), frozenset())


def _take(one: Resident = GROMOV, *, sway: float = 0.0) -> Take:
    layer = Sprite("layer", 640, 360)
    return Take(one.shape, 48, layer, layer, layer, layer, None, 0.1, sway, 1.0, "sound.wav", "clip.mp4")


# The clips


@pytest.mark.media
def test_every_file_is_there_with_its_caption(clips: Path) -> None:
    captions = json.loads((clips / "captions.json").read_text("utf-8"))
    assert {path.name for path in clips.iterdir()} == {*captions, "captions.json"}
    assert set(captions) == {one.file for one in [*CAST, *ECHOES]}


SHAPES = {
    "01-sokolova.mp4": (r"h264.*1920x1080.*25 fps", r"aac.*48000 Hz, stereo"),
    "02-belova.mp4": (r"h264.*1280x720.*30 fps", r"aac"),
    "03-kim.mp4": (r"h264.*1080x1920.*25 fps", r"aac"),
    "04-orlov.mp4": (r"h264.*1280x720.*25 fps", r"rotation of -90\.00 degrees"),
    "05-yurieva.mp4": (r"h264.*1080x1080.*25 fps", r"aac"),
    "06-galiev.mp4": (r"h264.*480x848.*30 fps", r"aac.*16000 Hz, mono"),
    "07-lebedev.mp4": (r"h264.*1280x720.*60 fps", r"aac"),
    "08-gromov.mp4": (r"h264.*640x360.*12 fps", r"aac.*44100 Hz, mono"),
    "09-smirnova.webm": (r"vp9.*960x540.*25 fps", r"opus.*48000 Hz"),
    "10-karpov.mp4": (r"(hevc \(Main 10\).*yuv420p10le|h264).*1280x720.*25 fps", r"aac"),
    "11-lanskaya.mp4": (r"h264.*640x480.*25 fps", r"aac.*mono"),
    "12-mohova.mp4": (r"h264.*854x480.*24 fps", r"Video"),
}


@pytest.mark.media
@pytest.mark.parametrize("name", SHAPES)
def test_a_clip_has_the_promised_shape(toolbox: Toolbox, clips: Path, name: str) -> None:
    said = probed(toolbox, clips / name)
    for pattern in SHAPES[name]:
        assert re.search(pattern, said), said
    assert 3.95 <= seconds_of(said) <= 7.1


@pytest.mark.media
@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_clip_passes_a_strict_decode(toolbox: Toolbox, clips: Path, name: str) -> None:
    assert strictly_decoded(toolbox, clips / name) == (0, "")


@pytest.mark.media
def test_the_broken_clip_fails_a_strict_decode(toolbox: Toolbox, clips: Path) -> None:
    code, said = strictly_decoded(toolbox, clips / BROKEN)
    assert code != 0
    assert "moov atom not found" in said


@pytest.mark.media
def test_the_copy_is_the_same_bytes_and_nothing_else_is(clips: Path) -> None:
    assert (clips / COPY).read_bytes() == (clips / COPIED).read_bytes()
    assert len({path.read_bytes() for path in clips.iterdir()}) == len(CAST) + len(ECHOES)


@pytest.mark.media
def test_only_the_silent_clip_has_no_sound(toolbox: Toolbox, clips: Path) -> None:
    silent = {name for name in WHOLE if "Audio:" not in probed(toolbox, clips / name)}
    assert silent == {one.file for one in CAST if one.shape.silent}


@pytest.mark.media
def test_a_clip_is_as_loud_as_it_was_told_to_be(toolbox: Toolbox, clips: Path) -> None:
    for one in CAST:
        if not one.shape.silent:
            # Rounding off what clips takes some of the loudest one's loudness.
            assert voices.loudness(toolbox, clips / one.file) == pytest.approx(one.shape.loudness, abs=3.0), one.file


@pytest.mark.media
def test_speech_is_heard_where_the_package_is(toolbox: Toolbox, tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader")
    spoken = voices.voices(toolbox, CAST, tmp_path)
    for one in CAST:
        assert 2.5 < len(spoken[one.file]) / voices.SAMPLE_RATE < voices.LONGEST - voices.LEAD, one.file
        assert voices.loudness(toolbox, tmp_path / f"{one.file}.wav") > -50


@pytest.mark.media
def test_without_speech_the_same_clip_is_made_with_a_hum(toolbox: Toolbox, tmp_path: Path) -> None:
    made = [demo.make_clips(toolbox, tmp_path / turn, residents=[GROMOV], echoes=[], speak=False) for turn in "ab"]
    assert made[0][0].read_bytes() == made[1][0].read_bytes()
    assert voices.loudness(toolbox, made[0][0]) == pytest.approx(GROMOV.shape.loudness, abs=1.5)


@pytest.mark.media
def test_progress_ends_at_one_and_the_workshop_is_cleared(toolbox: Toolbox, tmp_path: Path) -> None:
    told: list[float] = []
    demo.make_clips(toolbox, tmp_path, residents=[GROMOV], echoes=[], on_progress=told.append)
    assert told == [1.0]
    assert sorted(path.name for path in tmp_path.iterdir()) == [GROMOV.file, "captions.json"]
