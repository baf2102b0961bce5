from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from relay.almanac import bed
from relay.almanac.bed import DUCKED, HOPS, OPEN, Music, Samples, activity, adding, curve, looped, speaking
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


@pytest.mark.slow
def test_a_short_piece_goes_over_into_its_own_beginning_without_a_gap() -> None:
    music = np.ones((10 * 48000, 2), np.float32)
    seam, around = 96000, 10 * 48000 - 96000
    heard = looped(music, np.arange(0, 25 * 48000), around, seam)
    assert heard.min() >= 1.0 - 1e-6
    assert heard.max() <= 2**0.5 + 1e-6


@pytest.mark.slow
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


def test_what_shapes_the_sound_is_in_its_key_and_what_is_only_said_is_not() -> None:
    piece = Music("ab", "flac", "Время", "Г. Свиридов", "film", "Договор")
    assert piece.words() == [bed.BED, "ab", "flac", "film"]
    assert replace(piece, title="x", author="x", cleared="x").words() == piece.words()
    others = [replace(piece, sha256="cd"), replace(piece, container="mp3"), replace(piece, under="cards")]
    assert all(other.words() != piece.words() for other in others)


def test_the_ways_down_and_up_take_their_time() -> None:
    """From open to ducked in DOWN seconds, and up again in UP, both straight in decibels."""
    levels = np.full(10 * HOPS, -120.0, np.float32)
    levels[3 * HOPS : 5 * HOPS] = HOUSE.loudness
    steps = np.diff(20 * np.log10(curve(levels, HOUSE)))
    assert steps.min() == pytest.approx((DUCKED - OPEN) / (bed.DOWN * HOPS), rel=0.01)
    assert steps.max() == pytest.approx((OPEN - DUCKED) / (bed.UP * HOPS), rel=0.01)


def test_out_of_silence_and_into_it_the_way_is_three_times_as_fast_and_begins_where_it_is_heard() -> None:
    levels = np.full(10 * HOPS, -120.0, np.float32)
    gains = curve(levels, HOUSE, [Span(100, 150)])
    heard = np.nonzero(gains)[0] / HOPS
    assert heard[0] == pytest.approx(4, abs=0.05)
    assert 6 < heard[-1] < 6.5
    loud = 20 * np.log10(gains[gains > 0])
    assert np.diff(loud).max() == pytest.approx(3 * (OPEN - DUCKED) / (bed.UP * HOPS), rel=0.01)
    assert loud[0] >= HOUSE.loudness + bed.BARELY


@pytest.mark.parametrize(("loudness", "extra", "level"), [(0.0, 0.0, 1.0), (-20.0, 0.0, 10.0), (-20.0, -20.0, 1.0)])
def test_every_piece_comes_to_the_same_loudness(loudness: float, extra: float, level: float) -> None:
    music, out = np.full((10 * 48000, 2), 0.01, np.float32), np.zeros((480, 2), np.float32)
    adding(music, loudness, np.ones(10 * HOPS, np.float32), 250, HOUSE, extra)(out, 5 * 48000)
    assert out == pytest.approx(0.01 * level, rel=1e-3)


def test_the_piece_ends_go_over_only_from_its_second_run_on() -> None:
    music = np.arange(100, dtype=np.float32).repeat(2).reshape(-1, 2)
    heard = looped(music, np.arange(0, 100), 80, 20)[:, 0]
    assert np.array_equal(heard[:80], np.arange(80))
    share = (np.arange(20) + 0.5) / 20 * np.pi / 2
    assert heard[80:] == pytest.approx(np.arange(20) * np.sin(share) + np.arange(80, 100) * np.cos(share), rel=1e-4)


def test_silent_music_adds_nothing() -> None:
    out = np.zeros((1000, 2), np.float32)
    adding(np.zeros((48000, 2), np.float32), None, np.ones(500, np.float32), 250, HOUSE, 0.0)(out, 0)
    assert not out.any()
