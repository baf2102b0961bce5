"""The child that listens: where it cuts, and what it tells. tests/media/hearing/test_listening.py lets it work."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.media.children import hearing

A_SECOND = hearing.RATE / hearing.WINDOW
CHANCES = st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0]), max_size=4000)


def chances(*parts: tuple[float, float]) -> list[float]:
    """So likely for so many seconds, one after the other."""
    return [chance for chance, seconds in parts for _ in range(round(seconds * A_SECOND))]


def length(told: list[float]) -> float:
    return len(told) / A_SECOND


def test_somebody_speaks_from_the_upper_threshold_until_the_lower_one() -> None:
    told = chances((0.05, 1), (0.9, 1), (0.4, 1), (0.2, 1))
    ((start, end),) = hearing.spans(told, length(told))
    assert (start, end) == (pytest.approx(1, abs=0.04), pytest.approx(3, abs=0.04))


def test_it_began_when_it_became_likely_and_not_long_before() -> None:
    told = chances((0.05, 1), (0.2, 0.2), (0.9, 1), (0.05, 1), (0.2, 0.7), (0.9, 1))
    first, second = hearing.spans(told, length(told))
    assert first == (pytest.approx(1, abs=0.04), pytest.approx(2.2, abs=0.04))
    assert second[0] == pytest.approx(3.9 - hearing.EARLIEST, abs=0.04)


def test_a_pause_in_which_a_voice_is_not_unlikely_stays_a_pause() -> None:
    told = chances((0.9, 1), (0.2, 0.2), (0.9, 1))
    first, second = hearing.spans(told, length(told))
    assert hearing.SHORTEST_PAUSE - 0.001 <= second[0] - first[1] < 0.2


def test_a_short_noise_is_nobody_and_a_short_pause_does_not_part() -> None:
    told = chances((0.05, 1), (0.9, 0.1), (0.05, 1), (0.9, 1), (0.05, 0.07), (0.9, 1), (0.0, 1))
    ((start, end),) = hearing.spans(told, length(told))
    assert (start, end) == (pytest.approx(2.1, abs=0.05), pytest.approx(4.15, abs=0.05))


@given(CHANCES)
def test_voices_lie_in_the_clip_one_behind_the_other(told: list[float]) -> None:
    voice = hearing.spans(told, length(told))
    assert all(0 <= start < end <= length(told) + 0.001 for start, end in voice)
    assert all(before[1] < after[0] for before, after in pairwise(voice))


@given(CHANCES)
def test_pieces_hold_every_voice_once_and_fit_into_a_window(told: list[float]) -> None:
    voice = hearing.spans(told, length(told))
    pieces = hearing.pieces(voice, told, length(told))
    assert all(end - start <= hearing.LONGEST + 2 * hearing.AIR + 0.001 for start, end in pieces)
    assert all(before[1] <= after[0] + 0.001 for before, after in pairwise(pieces))
    spoken = sum(end - start for start, end in voice)
    held = sum(max(0.0, min(end, last) - max(start, first)) for start, end in voice for first, last in pieces)
    assert held == pytest.approx(spoken, abs=0.01 + 0.002 * len(pieces))


def test_who_never_pauses_is_cut_where_a_voice_is_least_likely() -> None:
    told = chances((0.9, 22), (0.6, 0.2), (0.9, 40))
    pieces = hearing.pieces(hearing.spans(told, length(told)), told, length(told))
    assert pieces[0][1] == pytest.approx(22.1, abs=0.2)
    assert len(pieces) == 3


def test_the_first_and_the_last_moment_that_is_no_silence() -> None:
    sound = np.zeros(5 * hearing.RATE, np.int16)
    assert hearing._loud(sound) is None
    sound[2 * hearing.RATE : 3 * hearing.RATE] = 1000
    assert hearing._loud(sound) == (2.0, 3.0)
    assert hearing._loud(np.zeros(10, np.int16)) is None
