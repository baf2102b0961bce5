from __future__ import annotations

import pytest

from relay.almanac.captions.doubts import doubtful, doubts, shown, speed
from relay.almanac.film.cues import Cue


def told(*cues: Cue, seconds: float = 20.0) -> list[tuple[int, str]]:
    return [(doubt.cue, doubt.fault.value) for doubt in doubts(cues, seconds)]


@pytest.mark.parametrize(
    ("cue", "faults"),
    [
        (Cue(0, 2, "Лёд трещал."), []),
        (Cue(0, 1, "Лёд."), []),
        (Cue(0.1, 1.1, "Лёд."), []),  # a second, whatever its halves are rounded to
        (Cue(0, 0.99, "Лёд."), ["short"]),
        (Cue(0, 2, "а" * 34), []),
        (Cue(0, 2, "а" * 35), ["fast"]),
        (Cue(0, 2, ""), ["empty"]),
        (Cue(0, 0.5, " "), ["empty"]),  # how short it is matters when there is something to read
        (Cue(0, 9, "а" * 42 + "\n" + "б" * 42), []),
        (Cue(0, 9, "а" * 43), ["long"]),
        (Cue(0, 9, "а\nб\nв"), ["long"]),
        (Cue(18, 20.1, "Лёд."), []),
        (Cue(18, 20.11, "Лёд."), ["outside"]),
    ],
)
def test_what_is_doubtful_in_a_caption_is_told(cue: Cue, faults: list[str]) -> None:
    assert told(cue) == [(0, fault) for fault in faults]


def test_a_caption_that_begins_too_early_is_told_of_and_not_the_one_before() -> None:
    assert told(Cue(0, 2, "Лёд."), Cue(1.9, 4, "Снег.")) == [(1, "overlaps")]
    assert told(Cue(0, 2, "Лёд."), Cue(2, 4, "Снег.")) == []


def test_doubtful_captions_are_counted_once_each() -> None:
    assert doubtful([Cue(0, 2, "Лёд."), Cue(1, 1.5, "Очень длинный снег лежал."), Cue(30, 31, "Да.")], 20) == 2


def test_speed_counts_spaces_and_no_ends_of_lines() -> None:
    assert speed(Cue(0, 2, "Мы шли\nпо льду")) == 13 / 2


def test_a_film_shows_neither_two_at_a_time_nor_what_is_not_written() -> None:
    assert shown([Cue(0, 3, "а"), Cue(2, 4, "б"), Cue(4, 5, "")]) == [Cue(0, 2, "а"), Cue(2, 4, "б")]
    assert shown([Cue(0, 3, "а"), Cue(0.5, 4, "б")]) == [Cue(0, 4, "– а\n– б")]
