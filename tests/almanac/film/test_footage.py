from __future__ import annotations

import numpy as np
import pytest

from relay.almanac.film.footage import Footage, footage, turned
from relay.almanac.formats import House

HOUSE = House()


def test_facts_become_footage() -> None:
    technical = {
        "container": "mov", "video_index": 1, "audio_index": 0, "coded_width": 1920, "coded_height": 1080,
        "pix_fmt": "yuvj420p", "matrix": "bt470bg", "range": "", "hdr": "", "rotation": 90, "mirrored": True,
        "interlaced": True, "vfr": True, "video_start": 0.5, "audio_start": 0.1,
    }  # fmt: skip
    seen = footage("c" * 64, width=1080, height=1920, seconds=4.6, has_audio=True, technical=technical)
    assert (seen.video, seen.audio, seen.turn, seen.mirrored) == (1, 0, 90, True)
    assert (seen.full_range, seen.interlaced, seen.uneven) == (True, True, True)
    assert seen.lead == pytest.approx(0.4)
    assert seen.frames(HOUSE) == 125


@pytest.mark.parametrize(
    ("technical", "with_sound", "lead"),
    [
        ({"video_start": 1.5, "start": 0.5}, False, 1.0),
        ({"video_start": 1.5, "start": 0.5, "audio_start": 1.4}, True, 1.0),
        ({"video_start": 0.0, "start": 0.5}, True, 0.0),
        ({"video_start": 1.5, "audio_start": 1.4}, True, 0.1),
        ({"video_start": 1.5, "audio_start": 1.4}, False, 0.0),
    ],
)
def test_a_picture_begins_as_late_as_the_file_says(
    technical: dict[str, object], lead: float, *, with_sound: bool
) -> None:
    technical = {"audio_index": 1, **technical}
    seen = footage("c" * 64, width=640, height=360, seconds=9.0, has_audio=with_sound, technical=technical)
    assert seen.lead == pytest.approx(lead)


@pytest.mark.parametrize(
    ("facts", "uneven"),
    [
        ({"fps": 0.5}, True),
        ({"fps": 25.0}, False),
        ({"vfr": True}, True),
        ({"fps": 30.0, "longest_step": 1.6}, True),
        ({"fps": 30.0, "longest_step": 0.2}, False),
    ],
)
def test_slide_shows_count_as_uneven(facts: dict[str, object], *, uneven: bool) -> None:
    seen = footage("c" * 64, width=640, height=360, seconds=9.0, has_audio=False, technical=facts)
    assert seen.uneven is uneven


@pytest.mark.parametrize("technical", [{}, {"audio_index": None, "rotation": None, "range": None}])
def test_a_row_that_knows_little_is_enough(technical: dict[str, object]) -> None:
    seen = footage("c" * 64, width=640, height=360, seconds=1.0, has_audio=False, technical=technical)
    assert (seen.audio, seen.video, seen.frames(HOUSE)) == (None, 0, 25)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("stored", [0, 90, 180, 270])
def test_a_turn_by_hand_comes_after_the_files_own(stored, mirrored, degrees):
    """The steps that ffmpeg is given (turn, then mirror), on a picture whose corners are numbered."""
    corners = np.array([[1, 2], [3, 4]])

    def shown(source):
        seen = np.rot90(corners, -(source.turn // 90))
        return np.fliplr(seen) if source.mirrored else seen

    source = Footage("x", 640, 360, 1.0, turn=stored, mirrored=mirrored)
    after = turned(source, degrees)
    assert (shown(after) == np.rot90(shown(source), -(degrees // 90))).all()
    assert (after.width, after.height) == ((360, 640) if degrees in (90, 270) else (640, 360))
