from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from relay.almanac.film.sound import ducking
from relay.almanac.film.sound.ducking import (
    DUCKED,
    HOPS,
    OPEN,
    MusicBed,
    Samples,
    activity,
    adding,
    curve,
    looped,
    speaking,
)
from relay.almanac.film.timeline import Span
from relay.almanac.formats import House

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
    assert down[0] == pytest.approx(3 - ducking.LOOK_AHEAD, abs=0.05)
    assert down[-1] == pytest.approx(5 + ducking.HANG, abs=0.05)


@pytest.mark.slow
def test_the_bed_is_down_before_a_voice_begins_and_up_again_after_it() -> None:
    gains = curve(activity(voices((3, 5)), HOUSE), HOUSE)
    assert decibels(gains, 1) == pytest.approx(OPEN, abs=0.1)
    assert decibels(gains, 3.0) == pytest.approx(DUCKED, abs=1.0)
    assert decibels(gains, 5.2) == pytest.approx(DUCKED, abs=0.1)
    assert decibels(gains, 9) == pytest.approx(OPEN, abs=0.1)


@pytest.mark.slow
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
    piece = MusicBed("ab", "flac", "Время", "Г. Свиридов", "film", "Договор")
    assert piece.words() == [ducking.BED, "ab", "flac", "film"]
    assert replace(piece, title="x", author="x", cleared="x").words() == piece.words()
    others = [replace(piece, sha256="cd"), replace(piece, container="mp3"), replace(piece, under="cards")]
    assert all(other.words() != piece.words() for other in others)


def test_the_ways_down_and_up_take_their_time() -> None:
    """From open to ducked in DOWN seconds, and up again in UP, both straight in decibels."""
    levels = np.full(10 * HOPS, -120.0, np.float32)
    levels[3 * HOPS : 5 * HOPS] = HOUSE.loudness
    steps = np.diff(20 * np.log10(curve(levels, HOUSE)))
    assert steps.min() == pytest.approx((DUCKED - OPEN) / (ducking.DOWN * HOPS), rel=0.01)
    assert steps.max() == pytest.approx((OPEN - DUCKED) / (ducking.UP * HOPS), rel=0.01)


def test_out_of_silence_and_into_it_the_way_is_three_times_as_fast_and_begins_where_it_is_heard() -> None:
    levels = np.full(10 * HOPS, -120.0, np.float32)
    gains = curve(levels, HOUSE, [Span(100, 150)])
    heard = np.nonzero(gains)[0] / HOPS
    assert heard[0] == pytest.approx(4, abs=0.05)
    assert 6 < heard[-1] < 6.5
    loud = 20 * np.log10(gains[gains > 0])
    assert np.diff(loud).max() == pytest.approx(3 * (OPEN - DUCKED) / (ducking.UP * HOPS), rel=0.01)
    assert loud[0] >= HOUSE.loudness + ducking.BARELY


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


COARSE = House(sample_rate=1000)
"""Twenty samples a value of the curve."""


def test_levels_are_those_of_whole_fiftieths_of_a_second_of_both_channels() -> None:
    sound = np.zeros((70, 2), np.float32)
    sound[:20] = 0.1
    sound[20:40, 0] = 0.2
    blocks = [sound[:7].tobytes(), sound[7:45].tobytes(), sound[45:].tobytes()]
    levels = activity(blocks, COARSE)
    assert levels.dtype == np.float32
    assert levels == pytest.approx([-20, 10 * np.log10(0.02), -120], abs=0.01)
    assert len(activity([], COARSE)) == 0


def test_somebody_speaks_from_here_on_up_and_the_bed_stays_down_around_it() -> None:
    levels = np.full(200, -60.0, np.float32)
    levels[100] = -38.0
    assert not speaking(levels, HOUSE).any()
    levels[100] = -37.99
    assert np.flatnonzero(speaking(levels, HOUSE)).tolist() == list(range(82, 146))
    levels[100], levels[0], levels[199] = -60, -20, -20
    assert np.flatnonzero(speaking(levels, HOUSE)).tolist() == [*range(46), *range(181, 200)]


def faders(gains: Samples) -> list[float]:
    """dB; what is silent is 0 in gains, and -200 here."""
    return [round(float(20 * np.log10(gain)), 2) if gain else -200.0 for gain in gains]


def test_the_bed_begins_where_it_has_to_be_and_goes_a_decibel_at_a_time() -> None:
    levels = np.full(150, -120.0, np.float32)
    assert faders(curve(levels, HOUSE)) == [-22.0] * 150
    levels[30] = -20.0
    down = faders(curve(levels, HOUSE))
    assert down[11:29] == [-22.0, *(-22.0 - step for step in range(1, 16)), -37.0, -37.0]
    assert down[74:79] == [-37.0, -37.0, -36.75, -36.5, -36.25]
    assert down[134:138] == [-22.25, -22.0, -22.0, -22.0]
    levels[30], levels[0] = -120.0, -20.0
    assert faders(curve(levels, HOUSE))[:2] == [-37.0, -37.0]
    assert len(curve(np.zeros(0, np.float32), HOUSE)) == 0


def test_where_it_is_not_shown_the_bed_is_silent_and_it_comes_and_goes_faster() -> None:
    gains = faders(curve(np.full(100, -120.0, np.float32), HOUSE, [Span(10, 20), Span(40, 41)]))
    assert gains[:20] == [-200.0] * 20
    assert gains[20:40] == [*(round(-52 + 0.75 * step, 2) for step in range(1, 20)), -37.5]
    assert gains[40:46] == [-40.5, -43.5, -46.5, -49.5, -52.5, -200.0]
    assert gains[46:80] == [-200.0] * 34
    assert gains[80:84] == [-51.25, -50.5, -53.5, -200.0]
    assert gains[84:] == [-200.0] * 16


def bedded(music: Samples, loudness: float | None, *, begin: int, length: int, frames: int = 10**6) -> Samples:
    gains, out = np.ones(200, np.float32), np.zeros((length, 2), np.float32)
    adding(music, loudness, gains, frames, COARSE, 0.0)(out, begin)
    return out[:, 0]


@pytest.mark.slow
def test_a_long_piece_goes_over_in_two_seconds_and_a_short_one_in_a_quarter_of_itself() -> None:
    for length, around in ((8004, 6004), (4000, 3000), (9000, 7000)):
        music = np.zeros((length, 2), np.float32)
        music[4:, 0] = np.arange(4, length)
        heard = bedded(music, 0.0, begin=2000, length=around)
        assert heard[: around - 2000] == pytest.approx(np.arange(2000, around), rel=1e-4)
        assert heard[around - 1999] == pytest.approx(around, rel=0.05), "the end is still heard"
        assert heard[around - 2000] >= around - 20


def test_a_piece_without_sound_or_loudness_adds_nothing() -> None:
    assert not bedded(np.ones((4000, 2), np.float32), None, begin=2000, length=100).any()
    assert not bedded(np.ones((0, 2), np.float32), 0.0, begin=2000, length=100).any()
    assert bedded(np.ones((1, 2), np.float32), 0.0, begin=2000, length=100) == pytest.approx(np.ones(100))


def test_the_bed_rises_for_a_second_and_a_half_and_falls_for_three() -> None:
    heard = bedded(np.ones((20000, 2), np.float32), 0.0, begin=0, length=8000, frames=200)
    angle = np.pi / 2
    assert [float(heard[at]) for at in (0, 750, 1499, 1500, 4999, 6500, 7999)] == pytest.approx(
        [
            np.sin(0.5 / 1500 * angle),
            np.sin(750.5 / 1500 * angle),
            1,
            1,
            1,
            np.sin(1499.5 / 3000 * angle),
            np.sin(0.5 / 3000 * angle),
        ],
        rel=1e-5,
        abs=1e-6,
    )
    assert not bedded(np.ones((9000, 2), np.float32), 0.0, begin=8000, length=100, frames=200).any()


def test_between_two_values_of_the_curve_the_gain_goes_straight() -> None:
    gains, out = np.zeros(400, np.float32), np.zeros((40, 2), np.float32)
    gains[151] = 1.0
    adding(np.ones((9000, 2), np.float32), 0.0, gains, 10**6, COARSE, 0.0)(out, 3010)
    assert out[:21, 0] == pytest.approx(np.arange(21) / 20, abs=1e-6)
    assert out[20:, 0] == pytest.approx(1 - np.arange(20) / 20, abs=1e-6)
    assert (out[:, 0] == out[:, 1]).all()
