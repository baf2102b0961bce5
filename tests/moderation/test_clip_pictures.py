from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from relay.errors import NotFound
from relay.media.toolbox import Toolbox
from relay.moderation import clip_pictures, clip_reviews

pytestmark = pytest.mark.media


@pytest.fixture(scope="module")
def toolbox() -> Toolbox:
    return Toolbox()


@pytest.fixture(scope="module")
def made(toolbox, tmp_path_factory) -> Path:
    """A copy as the desk keeps it: two seconds black, then two white on the left; and a tone in the second half."""
    folder = tmp_path_factory.mktemp("copy")
    graph = (
        "color=black:s=320x180:r=25:d=2[a];color=black:s=320x180:r=25:d=2,drawbox=0:0:160:180:white:fill[b];"
        "[a][b]concat=n=2:v=1:a=0[v];aevalsrc='if(gt(t,2),sin(2000*t),0)':d=4[s]"
    )
    words = ["-filter_complex", graph, "-map", "[v]", "-map", "[s]", "-pix_fmt", "yuv420p", "-y", "copy.mp4"]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *words], folder=folder)
    toolbox.run([toolbox.ffmpeg, "-v", "error", "-i", "copy.mp4", "-frames:v", "1", "p.jpg"], folder=folder, reads=[])
    return folder


@pytest.fixture
def clip(relay, town, made, tmp_path) -> int:
    files = []
    for name in ("copy.mp4", "p.jpg"):
        (tmp_path / name).write_bytes((made / name).read_bytes())
        files.append(tmp_path / name)
    return town.has_clip(proxy=files[0], poster=files[1], duration=4.0, size=(320, 180))


def looks(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("L"), float)


def test_the_poster_is_the_picture_that_was_chosen_and_stands_as_it_was_turned(relay, town, clip):
    sha256 = town.sha256(clip)
    assert clip_pictures.poster(relay, sha256) is None
    clip_reviews.trim(relay, clip, {"poster_at": "3"}, person="Анна")
    picture = looks(clip_pictures.poster(relay, sha256))
    assert picture.shape == (180, 320)
    assert picture[:, :140].mean() > 200
    assert picture[:, 180:].mean() < 40
    clip_reviews.trim(relay, clip, {"turn": "90"}, person="Анна")
    turned = looks(clip_pictures.poster(relay, sha256))
    assert turned.shape == (320, 180)
    assert turned[:140].mean() > 200
    clip_reviews.trim(relay, clip, {"poster_at": ""}, person="Анна")
    assert looks(clip_pictures.poster(relay, sha256)).shape == (320, 180)
    clip_reviews.undo(relay, clip, person="Анна")
    clip_reviews.undo(relay, clip, person="Анна")
    assert looks(clip_pictures.poster(relay, sha256)).shape == (180, 320)


def test_the_last_moment_still_has_a_picture(relay, town, clip):
    clip_reviews.trim(relay, clip, {"poster_at": "4"}, person="Анна")
    assert looks(clip_pictures.poster(relay, town.sha256(clip))).shape == (180, 320)


def test_a_picture_is_made_once(relay, town, clip):
    clip_reviews.trim(relay, clip, {"poster_at": "3"}, person="Анна")
    path = clip_pictures.poster(relay, town.sha256(clip))
    path.write_bytes(b"kept")
    assert clip_pictures.poster(relay, town.sha256(clip)).read_bytes() == b"kept"


def test_the_waveform_is_high_where_it_is_loud(relay, town, clip):
    waves = np.asarray(Image.open(clip_pictures.waveform(relay, town.sha256(clip))).convert("RGBA"), float)[..., 3]
    assert waves.shape == (48, 240)
    assert (waves[:, :110] > 0).mean() < 0.1 < (waves[:, 130:] > 0).mean()


def test_a_copy_that_cannot_be_read_has_no_waveform(relay, town, tmp_path):
    broken = tmp_path / "broken"
    broken.write_bytes(b"no video")
    with pytest.raises(NotFound):
        clip_pictures.waveform(relay, town.sha256(town.has_clip(proxy=broken)))


def test_a_mute_clip_and_one_that_is_not_there_have_no_waveform(relay, town):
    mute = town.has_clip(flags=("no_sound",))
    for sha256 in (town.sha256(mute), "0" * 64):
        with pytest.raises(NotFound):
            clip_pictures.waveform(relay, sha256)
