from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from relay.intake.sound_prints import PER_SECOND, RATE, best_fit, prints, without

Sound = NDArray[np.float64]


def speech(seed: int, seconds: float = 6.0) -> Sound:
    """Bursts of tones as syllables are: pitch, length and pauses by chance."""
    dice = np.random.default_rng(seed)
    found: list[Sound] = []
    while sum(map(len, found)) < seconds * RATE:
        count = int(RATE * dice.uniform(0.08, 0.25))
        time = np.arange(count) / RATE
        tones = [dice.uniform(0.2, 1) * np.sin(2 * np.pi * dice.uniform(300, 2000) * time) for _ in range(4)]
        found.append(0.1 * np.hanning(count) * np.sum(tones, axis=0))
    return np.concatenate(found)[: int(seconds * RATE)]


def printed(sound: Sound) -> bytes:
    return prints(np.clip(sound * 32767, -32768, 32767).astype("<i2").tobytes())


def test_a_print_is_64_bytes_a_second() -> None:
    assert len(printed(speech(1))) == pytest.approx(6 * PER_SECOND * 4, abs=32)
    assert prints(b"") == prints(b"\0\0" * 100) == b""


@pytest.mark.slow
def test_silence_is_no_sound() -> None:
    quiet = printed(np.zeros(RATE * 4))
    assert quiet and not any(quiet)
    assert best_fit(quiet, quiet) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "least"),
    [
        pytest.param(lambda s: s * 0.3, 6.0, id="softer"),
        pytest.param(lambda s: s + np.random.default_rng(0).normal(0, 0.01, len(s)), 4.0, id="noise"),
        pytest.param(lambda s: s + 0.05 * np.sin(np.arange(len(s)) * 2 * np.pi * 262 / RATE), 4.0, id="a tune below"),
    ],
)
def test_a_copy_is_heard(change: object, least: float) -> None:
    original = speech(2)
    fit = best_fit(printed(original), printed(change(original)))  # type: ignore[operator]
    assert fit is not None
    assert fit.margin > least
    assert abs(fit.offset) <= 1 / PER_SECOND
    assert fit.matched >= 0.7 * fit.seconds


@pytest.mark.slow
def test_where_a_piece_begins_is_told_from_either_side() -> None:
    whole = speech(3, 8)
    piece = printed(whole[3 * RATE :])
    assert best_fit(printed(whole), piece).offset == pytest.approx(3, abs=0.1)  # type: ignore[union-attr]
    assert best_fit(piece, printed(whole)).offset == pytest.approx(-3, abs=0.1)  # type: ignore[union-attr]


@pytest.mark.slow
def test_twin_other_speech_stays_below_what_counts() -> None:
    fits = [best_fit(printed(speech(seed)), printed(speech(seed + 1))) for seed in (10, 20, 30)]
    assert all(fit is not None and fit.margin < 1.3 for fit in fits)


@pytest.mark.slow
def test_a_jingle_at_the_front_is_only_a_part_of_what_is_heard() -> None:
    jingle = speech(4, 2.5)
    one, other = (printed(np.concatenate([jingle, speech(seed, 6)])) for seed in (5, 6))
    fit = best_fit(one, other)
    assert fit is not None
    assert fit.matched < 0.5 * fit.seconds


@pytest.mark.slow
def test_a_piece_is_taken_out_where_it_is_heard() -> None:
    jingle, rest = speech(7, 2.5), speech(8, 5)
    whole = printed(np.concatenate([jingle, rest]))
    bare = without(whole, printed(jingle))
    assert len(bare) == len(whole)
    assert not any(bare[: 4 * 2 * PER_SECOND])
    assert bare[4 * 3 * PER_SECOND :] == whole[4 * 3 * PER_SECOND :]
    assert without(whole, printed(speech(9, 2.5))) == whole


def test_a_little_faster_is_still_the_same() -> None:
    original = speech(11, 8)
    # a phone's editor keeps the pitch: the words are those of the original, sooner
    words = np.frombuffer(printed(original), "<u4")
    sooner = words[(np.arange(int(len(words) / 1.1)) * 1.1).astype(int)].tobytes()
    fit = best_fit(printed(original), sooner)
    assert fit is not None
    assert (fit.tempo, fit.matched >= 5) == (1.1, True)
