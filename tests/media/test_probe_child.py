from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from relay.media.probe_child import Break, Track, holes, usual_step


@dataclass
class Packet:
    pts: int | None
    duration: int | None = 1
    dts: int | None = None
    is_keyframe: bool = True
    is_discard: bool = False


def read(times: Sequence[float], lengths: Sequence[float], *, expected: int = 0, declared: float = 0.0) -> Track:
    """As of an MP4, in milliseconds, decoded one after the other."""
    track = Track(durations_in_decoding_order=True, expected=expected, declared_end=declared)
    for number, (time, length) in enumerate(zip(times, lengths, strict=True)):
        track.add(Packet(round(time * 1000), round(length * 1000), dts=number), 0.001)
    return track


REORDERED = (0.0, 0.4, 0.2, 0.1, 0.3)
"""Seconds, as decoded."""


@pytest.mark.parametrize(
    ("times", "lengths", "more", "seconds"),
    [
        ((0.0, 0.1, 0.2), (0.1, 0.1, 0.1), {}, 0.3),
        ((0.0, 0.1, 0.2), (0.1, 0.1, 2.0), {}, 2.2),  # the last picture stands for two seconds
        ((0.0, 0.1, 0.2), (0.1, 0.1, 0.0), {}, 0.3),
        ((0.5, 0.6), (0.1, 0.1), {}, 0.2),
        ((0.0, 0.1, 0.2), (0.1, 0.1, 2.0), {"expected": 3, "declared": 1.0}, 1.0),  # an edit list ends before
        ((0.0, 0.1, 0.2), (0.1, 0.1, 2.0), {"expected": 9, "declared": 1.0}, 2.2),
        (REORDERED, (0.1, 1.5, 0.1, 0.1, 0.1), {"expected": 5, "declared": 0.5}, 0.5),  # carries a gap
        (REORDERED, (0.1, 1.5, 0.1, 0.1, 0.1), {"expected": 5, "declared": 3.0}, 3.0),  # the last one stands
        (REORDERED, (0.1, 1.5, 0.1, 0.1, 0.1), {"expected": 9, "declared": 3.0}, 0.5),  # four are missing
        (REORDERED, (0.1, 1.5, 0.1, 0.1, 0.1), {}, 0.5),
        (REORDERED, (0.1, 1.5, 0.1, 0.1, 0.1), {"declared": 0.43}, 0.43),
    ],
)
def test_a_track_ends_with_its_last_picture(
    times: Sequence[float], lengths: Sequence[float], more: dict[str, float], seconds: float
) -> None:
    assert read(times, lengths, **more).seconds == pytest.approx(seconds)  # type: ignore[arg-type]


def test_lengths_of_other_containers_are_those_of_the_pictures() -> None:
    track = read(REORDERED, (0.1, 0.7, 0.1, 0.1, 0.1))
    track.durations_in_decoding_order = False
    assert track.seconds == pytest.approx(1.1)


def test_what_an_edit_list_cuts_away_is_not_counted() -> None:
    track = Track()
    for number in range(10):
        track.add(Packet(number * 100, 100, dts=number, is_discard=number < 4), 0.001)
    assert (track.start, track.seconds, track.packets) == (pytest.approx(0.4), pytest.approx(0.6), 10)


def test_nothing_lasts_for_no_time() -> None:
    assert (Track().start, Track().end, Track().seconds) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("keys", "times", "runs"),
    [
        ([0], range(6), []),
        ([3], range(6), [[0, 3]]),
        ([], range(6), []),  # no key frame at all: there is nothing to begin with
        ([2], (0, 1, 6, 4, 5, 7), [[0, 2], [3, 5]]),  # shown before the key frame, hanging on what lies before it
        ([0, 4], (0, 1, 20, 21, 22, 23), [[2, 4]]),
        ([0, 2], (0, 1, 20, 21, 22, 23), []),
    ],
)
def test_pictures_that_hang_on_missing_ones_are_told(
    keys: Sequence[int], times: Sequence[int], runs: list[list[int]]
) -> None:
    track = Track()
    decoded = sorted(times)
    for number, time in enumerate(times):
        track.add(Packet(time, dts=decoded[number], is_keyframe=number in keys), 0.04)
    assert track.unkeyed == runs


def broken(follows: bool | None, *, keyed: bool = False, jitter: float = 0.0) -> Track:
    """Forty steps of 40 ms with a second missing after the twentieth."""
    track = Track()
    track.times = [number * 0.04 + (1.0 if number > 20 else 0.0) + (number % 2) * jitter for number in range(41)]
    track.breaks = [Break(1.84, follows, keyed)]
    return track


@pytest.mark.parametrize(
    ("codec", "track", "kind"),
    [
        ("h264", broken(False), "lost"),
        ("h264", broken(True), None),
        ("h264", broken(None, keyed=True), "keyed"),
        ("h264", broken(None, keyed=True, jitter=0.01), None),
        ("hevc", broken(None), "hanging"),
        ("hevc", broken(None, keyed=True), "keyed"),
        ("av1", broken(None), "hanging"),
        ("vp8", broken(None), "silent"),
        ("vp9", broken(None, jitter=0.01), None),
        ("mpeg4", broken(None), "silent"),
    ],
)
def test_a_hole_is_told_from_a_pause(codec: str, track: Track, kind: str | None) -> None:
    found = holes(track, codec, 0.0)
    assert [one[2] for one in found] == ([kind] if kind else [])
    assert [one[:2] for one in found] == ([[pytest.approx(0.84), pytest.approx(1.0)]] if kind else [])


def test_a_hole_is_placed_from_the_files_beginning() -> None:
    assert holes(broken(False), "h264", -2.0)[0][0] == pytest.approx(2.84)


@pytest.mark.parametrize("steps", [[0.04] * 30 + [0.48], [0.033, 0.1] * 20, [0.04] * 5])
def test_a_short_wait_and_uneven_steps_are_no_holes(steps: list[float]) -> None:
    track = Track()
    track.times = [sum(steps[:number]) for number in range(len(steps) + 1)]
    assert holes(track, "vp8", 0.0) == []


@pytest.mark.parametrize(
    ("steps", "usual", "even"),
    [
        ([0.033, 0.034, 0.033] * 9, 0.0333, True),
        ([0.04] * 19 + [1.0], 0.04, True),
        ([0.04] * 9 + [1.0], 0.04, False),
        ([0.033, 0.033, 0.1] * 9, 0.033, False),
        ([], 0.0, False),
    ],
)
def test_the_usual_step_is_not_the_average(steps: list[float], usual: float, *, even: bool) -> None:
    found, regular = usual_step(steps)
    assert (found, regular) == (pytest.approx(usual, abs=0.0001), even)
