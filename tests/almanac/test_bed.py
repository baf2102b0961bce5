from __future__ import annotations

import numpy as np
import pytest

from relay.almanac import bed
from relay.almanac.bed import DUCKED, HOPS, OPEN, Samples, activity, adding, curve, looped, speaking
from relay.almanac.timeline import House, Span

HOUSE = House()


def voices(*parts: tuple[float, float]) -> list[bytes]:
    """Ten seconds of silence with a voice at the film's loudness from … to … seconds, in blocks of uneven length."""
    samples = np.zeros((10 * 48000, 2), np.float32)
    for first, last in parts:
        at = np.arange(int(first * 48000), int(last * 48000))
        samples[at] = (0.2 * np.sin(at / 20))[:, None]
    return [samples[at : at + 7000].tobytes() for at in range(0, len(samples), 7000)]


def decibels(gains: Samples, seconds: float) -> float:
    return float(20 * np.log10(gains[int(seconds * HOPS)] + 1e-9) - HOUSE.loudness)


def test_voices_are_found_where_they_are() -> None:
    levels = activity(voices((3, 5)), HOUSE)
    assert len(levels) == 10 * HOPS
    down = np.nonzero(speaking(levels, HOUSE))[0] / HOPS
    assert down[0] == pytest.approx(3 - bed.LOOK_AHEAD, abs=0.05)
    assert down[-1] == pytest.approx(5 + bed.HANG, abs=0.05)


def test_the_bed_is_down_before_a_voice_begins_and_up_again_after_it() -> None:
    gains = curve(activity(voices((3, 5)), HOUSE), HOUSE)
    assert decibels(gains, 1) == pytest.approx(OPEN, abs=0.1)
    assert decibels(gains, 3.0) == pytest.approx(DUCKED, abs=1.0)
    assert decibels(gains, 5.2) == pytest.approx(DUCKED, abs=0.1)
    assert decibels(gains, 9) == pytest.approx(OPEN, abs=0.1)


def test_it_does_not_pump_in_a_pause() -> None:
    gains = curve(activity(voices((2, 3), (3.6, 5)), HOUSE), HOUSE)
    assert max(decibels(gains, at) for at in np.arange(2.2, 5.5, 0.1)) < DUCKED + 1


def test_under_cards_only_it_is_silent_elsewhere() -> None:
    gains = curve(activity(voices(), HOUSE), HOUSE, [Span(0, 75), Span(200, 250)])
    assert decibels(gains, 2) == pytest.approx(OPEN, abs=0.1)
    assert gains[int(5.5 * HOPS)] == 0
    assert decibels(gains, 9.9) == pytest.approx(OPEN, abs=0.1)


def test_a_short_piece_goes_over_into_its_own_beginning_without_a_gap() -> None:
    music = np.ones((10 * 48000, 2), np.float32)
    seam, around = 96000, 10 * 48000 - 96000
    heard = looped(music, np.arange(0, 25 * 48000), around, seam)
    assert heard.min() >= 1.0 - 1e-6
    assert heard.max() <= 2**0.5 + 1e-6


def test_blocks_make_the_same_sound_as_the_whole() -> None:
    """And nothing is heard before the film begins to fade in or after it has faded out."""
    music = np.random.default_rng(1).standard_normal((5 * 48000, 2)).astype(np.float32) * 0.1
    gains, frames = curve(activity(voices((3, 5)), HOUSE), HOUSE), 250
    add = adding(music, -20.0, gains, frames, HOUSE, 0.0)
    whole = np.zeros((10 * 48000, 2), np.float32)
    add(whole, 0)
    parts = []
    for begin in range(0, len(whole), 33333):
        block = np.zeros((min(33333, len(whole) - begin), 2), np.float32)
        add(block, begin)
        parts.append(block)
    assert np.array_equal(np.concatenate(parts), whole)
    assert abs(whole[:10]).max() < 1e-4
    assert abs(whole[-10:]).max() < 1e-4


def test_silent_music_adds_nothing() -> None:
    out = np.zeros((1000, 2), np.float32)
    adding(np.zeros((48000, 2), np.float32), None, np.ones(500, np.float32), 250, HOUSE, 0.0)(out, 0)
    assert not out.any()
