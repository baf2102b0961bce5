from __future__ import annotations

import pytest

from relay.media.filters import resampling


def test_gaps_are_filled_from_the_files_beginning_on() -> None:
    assert resampling.in_time(44_100) == "aresample=44100:async=1:min_hard_comp=0.01:first_pts=0"


@pytest.mark.parametrize(
    ("container", "heads", "seconds"),
    [
        ("mpegts", (2.5, 1.75), 0.25),
        ("mpeg", (None, 2.0), 0.5),
        ("ogg", (1.5,), 0.0),
        ("ogg", (1.0, 3.0), 0.0),  # never a step back
        ("mpegts", (1.5000004,), 0.0),
        ("mpegts", (1.50001,), 0.00001),
        ("mpegts", (None,), 0.0),
        ("mpegts", (), 0.0),
        ("mov", (2.5,), 0.0),
        ("matroska", (2.5, None), 0.0),
    ],
)
def test_clocks_that_may_jump_begin_with_the_first_track_that_is_read(
    container: str, heads: tuple[float | None, ...], seconds: float
) -> None:
    assert resampling.waits(container, 1.5, heads) == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize(
    ("seconds", "seek", "words"),
    [
        (0.25, 0, ["-itsoffset", "0.250000"]),
        (0.0, 0, []),
        (2.5, 2, ["-itsoffset", "0.500000"]),
        (2.0, 2, []),
        (1.0, 2, []),
    ],
)
def test_what_would_be_early_is_moved_unless_reading_begins_behind_it(
    seconds: float, seek: int, words: list[str]
) -> None:
    assert resampling.waiting(seconds, seek=seek) == words
    if not seek:
        assert resampling.waiting(seconds) == words
