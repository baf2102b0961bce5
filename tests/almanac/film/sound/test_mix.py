from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relay.almanac.film.sound.mix import (
    Loudness,
    MixTrack,
    edges,
    envelope,
    gain,
    mix,
    read_loudness,
    samples_of,
    settle,
)
from relay.almanac.formats import House

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


def heard(tracks: Sequence[MixTrack], frames: int, **more: float) -> np.ndarray:
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
        ("-69.9", "0.4", Loudness(None, 0.4)),
        ("-69.8", "-0.0", Loudness(-69.8, 0.0)),
        ("-inf", "-1.0", Loudness(None, -1.0)),
    ],
)
def test_what_ffmpeg_says_about_loudness(loud: str, peak: str, wanted: Loudness) -> None:
    assert read_loudness("I: -9 LUFS\n" + SUMMARY.format(loud, peak)) == wanted


def test_without_a_summary_there_is_silence() -> None:
    assert read_loudness("") == Loudness(None, None)


@pytest.mark.parametrize(
    ("loudness", "decibels"),
    [
        (-16, 0),
        (-30, 14),
        (-6, -10),
        (-50, 24),
        (None, 0),
        (-65, 0),
        (-40, 24),
        (-39.9, 23.9),
        (-60, 24),
        (-60.1, 0),
        (14, -30),
        (13.9, -29.9),
        (20, -30),
    ],
)
def test_gain(loudness: float | None, decibels: float) -> None:
    assert gain(loudness, -16) == pytest.approx(decibels)


@pytest.mark.slow
def test_a_clip_is_heard_exactly_while_it_is_seen(tmp_path: Path) -> None:
    track = MixTrack(voice(tmp_path, "a", 100), start=50, frames=100, head=0, tail=0, loudness=-16)
    samples = heard([track], 200)
    assert samples.shape == (200 * 1920, 2)
    sounding = np.nonzero(samples[:, 0])[0]
    assert (sounding[0], sounding[-1]) == (50 * 1920, 150 * 1920 - 1)
    assert samples[100 * 1920, 0] == pytest.approx(0.25)


TINY = House(sample_rate=800, fps=25, loudness=-20.0)
"""A frame is of 32 samples; a soft edge takes 4."""


def tone(folder: Path, name: str, samples: int, level: float = 1.0) -> Path:
    path = folder / name
    np.full((samples, 2), level, np.float32).tofile(path)
    return path


def mixed(tracks: Sequence[MixTrack], frames: int, **more: Any) -> list[np.ndarray]:
    blocks = mix(tracks, frames, TINY, **more)
    return [np.frombuffer(block, np.float32).reshape(-1, 2)[:, 0] for block in blocks]


def test_a_cut_into_a_sound_is_soft_and_a_dissolve_is_as_long_as_it_is_seen(tmp_path: Path) -> None:
    path = tone(tmp_path, "a", 320)
    (block,) = mixed([MixTrack(path, 1, 10, 0, 2, -20.0)], 12)
    assert len(block) == 12 * 32
    soft = np.sin((np.arange(4) + 0.5) / 4 * np.pi / 2)
    long = np.cos((np.arange(64) + 0.5) / 64 * np.pi / 2)
    assert block[:32].tolist() == [0.0] * 32
    assert block[32:36] == pytest.approx(soft)
    assert block[36 : 352 - 64].tolist() == [1.0] * 252
    assert block[352 - 64 : 352] == pytest.approx(long, abs=1e-6)
    assert block[352:].tolist() == [0.0] * 32


def test_edges_take_at_most_half_of_a_sound() -> None:
    assert edges(100, 0, 0, 800) == (4, 4)
    assert edges(100, 9, 0, 800) == (9, 4)
    assert edges(100, 0, 9, 800) == (4, 9)
    assert edges(7, 0, 0, 800) == (3, 3)
    assert edges(1, 0, 0, 48_000) == (0, 0)
    assert edges(48_000, 0, 0, 48_000) == (240, 240)
    assert envelope(np.arange(1), 1, 0, 0, 800).tolist() == pytest.approx([0.5]), "half of a sample is both edges"


def test_gain_and_extra_are_decibels_of_the_amplitude(tmp_path: Path) -> None:
    track = MixTrack(tone(tmp_path, "a", 96, 0.01), 0, 3, 0, 0, -40.0)
    (block,) = mixed([track], 3, extra=6.0)
    assert block[48] == pytest.approx(0.01 * 10 ** (26 / 20), rel=1e-5)
    (block,) = mixed([track], 3, extra=-20.0)
    assert block[48] == pytest.approx(0.01, rel=1e-5)


def test_a_film_is_mixed_second_by_second_and_music_is_added_to_each(tmp_path: Path) -> None:
    """The last block is as long as what is left; a part of the film is asked for by its samples."""
    track = MixTrack(tone(tmp_path, "a", 60 * 32), 0, 60, 0, 10, -20.0)
    begins: list[tuple[int, int]] = []

    def bed(out: np.ndarray, begin: int) -> None:
        begins.append((begin, len(out)))
        out += 0.5

    blocks = mixed([track], 60, bed=bed)
    assert begins == [(0, 800), (800, 800), (1600, 320)]
    assert blocks[0][400] == blocks[1][400] == 1.5
    assert blocks[2][:2] == pytest.approx(0.5 + np.cos(np.array([0.5, 1.5]) / 320 * np.pi / 2))
    begins.clear()
    part = mixed([track], 60, bed=bed, span=(700, 1650))
    assert begins == [(700, 800), (1500, 150)]
    assert np.concatenate(part).tolist() == np.concatenate(blocks)[700:1650].tolist()


def test_a_sound_is_opened_only_where_it_is_heard(tmp_path: Path) -> None:
    """What ends where a part begins, or begins where it ends, may not even be there."""
    gone = tmp_path / "gone"
    tracks = [MixTrack(gone, 0, 10, 0, 0, -20.0), MixTrack(gone, 20, 10, 0, 0, -20.0)]
    assert [block.tolist() for block in mixed(tracks, 30, span=(320, 640))] == [[0.0] * 320]
    for span in ((319, 640), (320, 641)):
        with pytest.raises(FileNotFoundError):
            mixed(tracks, 30, span=span)
    later = tmp_path / "later"
    blocks = mix([MixTrack(later, 25, 25, 0, 0, -20.0)], 50, TINY)
    assert not any(next(blocks))
    tone(tmp_path, "later", 800)
    assert any(next(blocks))


def test_a_sound_of_one_sample_is_one(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for size, samples in ((0, 0), (7, 0), (8, 1), (16, 2)):
        path.write_bytes(bytes(size))
        assert samples_of(path).shape == (samples, 2)


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
        MixTrack(voice(tmp_path, "a", 100), 0, 100, 0, 12, -16),
        MixTrack(voice(tmp_path, "b", 100, 0.5), 88, 100, 12, 0, -16),
    ]
    samples = heard(tracks, 188)[:, 0]
    middle = samples[94 * 1920]
    assert middle == pytest.approx(0.25 * np.cos(np.pi / 4) + 0.5 * np.sin(np.pi / 4), abs=0.01)
    assert samples[150 * 1920] == pytest.approx(0.5)


@pytest.mark.slow
def test_a_shorter_sound_ends_in_silence(tmp_path: Path) -> None:
    samples = heard([MixTrack(voice(tmp_path, "a", 10), 0, 100, 0, 0, -16)], 100)
    assert samples[9 * 1920, 0] > 0
    assert not samples[10 * 1920 :].any()


def test_an_empty_sound_is_silence(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert not heard([MixTrack(tmp_path / "a", 0, 50, 0, 0, None)], 50).any()


@pytest.mark.slow
def test_blocks_join_without_a_step(tmp_path: Path) -> None:
    path = tmp_path / "ramp"
    ramp = np.linspace(-1, 1, 400 * 1920, dtype=np.float32)
    np.stack([ramp, ramp], axis=1).tofile(path)
    samples = heard([MixTrack(path, 7, 400, 0, 0, -16)], 420)[:, 0]
    inner = samples[8 * 1920 : 406 * 1920]
    assert np.abs(np.diff(inner)).max() < 1e-4


@pytest.mark.slow
def test_memory_does_not_grow_with_the_film(tmp_path: Path) -> None:
    path = voice(tmp_path, "a", 100)

    def peak(clips: int) -> int:
        tracks = [MixTrack(path, 88 * number, 100, 12, 12, -20) for number in range(clips)]
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


@pytest.mark.parametrize(
    ("deaf", "over", "rehearsed", "recorded"),
    [
        (0.0, 0.9, [(0, -2)], [(0, -2)]),
        (0.2, 1.0, [(0, -2)], [(0, -2)]),
        (3.3, 1.1, [(0, -2), (3.5, -2)], [(3.5, -2), (3.5, -2.25)]),
        (0.0, 1.5, [(0, -2)], [(0, -2), (0, -2.75)]),
        (100.0, 0.0, [(0, -2), (24, -2), (24, -2)], [(24, -2)] * 5),
        (-100.0, 0.0, [(0, -2), (-30, -2), (-30, -2)], [(-30, -2)] * 5),
        (0.0, 100.0, [(0, -2)], [(0, -2), (0, -101.25)]),
    ],
)
def test_gain_and_limit_go_in_steps(
    deaf: float, over: float, rehearsed: list[tuple[float, float]], recorded: list[tuple[float, float]]
) -> None:
    studio = Studio(deaf, over)
    reached, extra, limit = settle(studio.rehearse, studio.record, HOUSE)
    assert (studio.rehearsed, studio.recorded) == (rehearsed, recorded)
    assert (extra, limit) == recorded[-1]
    assert reached == studio.record(extra, limit)


def test_what_encoding_changed_is_made_good_afterwards() -> None:
    """The rehearsal is right; what is recorded comes out a little quieter, once by too little to care."""
    for quieter, recorded in ((0.25, [0.0]), (0.4, [0.0, 0.5]), (-0.31, [0.0, -0.5]), (0.8, [0.0, 1.0])):
        said: list[float] = []

        def record(extra: float, _limit: float, lost: float = quieter, said: list[float] = said) -> Loudness:
            said.append(extra)
            return Loudness(-16 - lost + extra, None)

        settle(lambda extra, _limit: Loudness(-16 + extra), record, HOUSE)
        assert said == recorded


def test_what_can_not_be_reached_is_not_tried_for_ever() -> None:
    studio = Studio(100, 50)
    settle(studio.rehearse, studio.record, HOUSE)
    assert (len(studio.rehearsed), len(studio.recorded)) == (3, 5)


def test_silence_is_recorded_once() -> None:
    recorded: list[float] = []
    silent = Loudness(None, None)
    settle(lambda _extra, _limit: silent, lambda extra, _limit: recorded.append(extra) or silent, HOUSE)
    assert recorded == [0.0]
