from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from relay.almanac.sound import Loudness, Track, envelope, gain, mix, read_loudness, settle
from relay.almanac.timeline import House

HOUSE = House()
SUMMARY = """[Parsed_ebur128_0 @ 0x1] Summary:

  Integrated loudness:
    I:         {} LUFS
    Threshold: -33.6 LUFS

  Loudness range:
    LRA:         1.2 LU

  True peak:
    Peak:       {} dBFS
"""


def heard(tracks: Sequence[Track], frames: int, **more: float) -> np.ndarray:
    return np.frombuffer(b"".join(mix(tracks, frames, HOUSE, **more)), np.float32).reshape(-1, 2)


def voice(folder: Path, name: str, frames: int, level: float = 0.25) -> Path:
    path = folder / name
    np.full((frames * 1920, 2), level, np.float32).tofile(path)
    return path


@pytest.mark.parametrize(
    ("loud", "peak", "wanted"),
    [
        ("-23.4", "-2.1", Loudness(-23.4, -2.1)),
        ("-70.0", "-inf", Loudness(None, None)),
        ("nan", "-90.3", Loudness(None, -90.3)),
    ],
)
def test_what_ffmpeg_says_about_loudness(loud: str, peak: str, wanted: Loudness) -> None:
    assert read_loudness("I: -9 LUFS\n" + SUMMARY.format(loud, peak)) == wanted


def test_without_a_summary_there_is_silence() -> None:
    assert read_loudness("") == Loudness(None, None)


@pytest.mark.parametrize(("loudness", "decibels"), [(-16, 0), (-30, 14), (-6, -10), (-50, 24), (None, 0), (-65, 0)])
def test_gain(loudness: float | None, decibels: float) -> None:
    assert gain(loudness, -16) == decibels


def test_a_clip_is_heard_exactly_while_it_is_seen(tmp_path: Path) -> None:
    track = Track(voice(tmp_path, "a", 100), start=50, frames=100, head=0, tail=0, loudness=-16)
    samples = heard([track], 200)
    assert samples.shape == (200 * 1920, 2)
    sounding = np.nonzero(samples[:, 0])[0]
    assert (sounding[0], sounding[-1]) == (50 * 1920, 150 * 1920 - 1)
    assert samples[100 * 1920, 0] == pytest.approx(0.25)


@pytest.mark.slow
def test_a_dissolve_of_two_voices_keeps_its_power(tmp_path: Path) -> None:
    """Equal power: the squares of both gains add up to one, all the way."""
    whole, shared = 100 * 1920, 12 * 1920
    positions = np.arange(whole)
    going = envelope(positions, whole, 0, shared, 48_000)[-shared:]
    coming = envelope(positions, whole, shared, 0, 48_000)[:shared]
    assert going**2 + coming**2 == pytest.approx(np.ones(shared), abs=1e-3)


def test_neighbours_overlap_by_their_dissolve(tmp_path: Path) -> None:
    tracks = [
        Track(voice(tmp_path, "a", 100), 0, 100, 0, 12, -16),
        Track(voice(tmp_path, "b", 100, 0.5), 88, 100, 12, 0, -16),
    ]
    samples = heard(tracks, 188)[:, 0]
    middle = samples[94 * 1920]
    assert middle == pytest.approx(0.25 * np.cos(np.pi / 4) + 0.5 * np.sin(np.pi / 4), abs=0.01)
    assert samples[150 * 1920] == pytest.approx(0.5)


def test_a_shorter_sound_ends_in_silence(tmp_path: Path) -> None:
    samples = heard([Track(voice(tmp_path, "a", 10), 0, 100, 0, 0, -16)], 100)
    assert samples[9 * 1920, 0] > 0
    assert not samples[10 * 1920 :].any()


def test_an_empty_sound_is_silence(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert not heard([Track(tmp_path / "a", 0, 50, 0, 0, None)], 50).any()


@pytest.mark.slow
def test_blocks_join_without_a_step(tmp_path: Path) -> None:
    path = tmp_path / "ramp"
    ramp = np.linspace(-1, 1, 400 * 1920, dtype=np.float32)
    np.stack([ramp, ramp], axis=1).tofile(path)
    samples = heard([Track(path, 7, 400, 0, 0, -16)], 420)[:, 0]
    inner = samples[8 * 1920 : 406 * 1920]
    assert np.abs(np.diff(inner)).max() < 1e-4


@pytest.mark.slow
def test_memory_does_not_grow_with_the_film(tmp_path: Path) -> None:
    path = voice(tmp_path, "a", 100)

    def peak(clips: int) -> int:
        tracks = [Track(path, 88 * number, 100, 12, 12, -20) for number in range(clips)]
        tracemalloc.start()
        for _ in mix(tracks, 88 * clips + 12, HOUSE):
            pass
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(60) < peak(6) * 1.3


class Studio:
    """Comes out `deaf` LU below what it is told, and with a peak `over` the limit."""

    def __init__(self, deaf: float, over: float) -> None:
        self.deaf, self.over = deaf, over
        self.rehearsed: list[tuple[float, float]] = []
        self.recorded: list[tuple[float, float]] = []

    def rehearse(self, extra: float, limit: float) -> Loudness:
        self.rehearsed.append((extra, limit))
        return Loudness(-16 - self.deaf + extra)

    def record(self, extra: float, limit: float) -> Loudness:
        self.recorded.append((extra, limit))
        return Loudness(-16 - self.deaf + extra, limit + self.over)


@pytest.mark.parametrize(
    ("deaf", "over", "recordings"), [(0, 0.5, 1), (3, 0.5, 1), (-4, 0.9, 1), (0, 1.5, 2), (1, 3, 2)]
)
def test_loudness_and_peak_are_reached_with_few_recordings(deaf: float, over: float, recordings: int) -> None:
    studio = Studio(deaf, over)
    reached, _, _ = settle(studio.rehearse, studio.record, HOUSE)
    assert reached.integrated == pytest.approx(-16, abs=0.3)
    assert reached.peak is not None
    assert reached.peak <= -1
    assert len(studio.recorded) == recordings


def test_what_can_not_be_reached_is_not_tried_for_ever() -> None:
    studio = Studio(100, 50)
    settle(studio.rehearse, studio.record, HOUSE)
    assert len(studio.recorded) <= 5


def test_silence_is_recorded_once() -> None:
    recorded: list[float] = []
    silent = Loudness(None, None)
    settle(lambda _extra, _limit: silent, lambda extra, _limit: recorded.append(extra) or silent, HOUSE)
    assert recorded == [0.0]
