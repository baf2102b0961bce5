"""Which reels of a film's sound are made, measured and spliced; the encoder is played."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.sound import audio_chunks, ducking
from relay.almanac.film.sound.audio_chunks import PACKET
from relay.almanac.film.sound.mix import MixTrack, Samples
from relay.almanac.film.sound.soundtrack import Soundtrack
from relay.almanac.formats import House
from relay.media.toolbox import Done
from tests.almanac.film.sound.test_audio_chunks import packet

HOUSE = House(sample_rate=8_000, fps=25)
CHUNK = 80
"""Packets, so that there is less to reckon."""
FRAMES = 2 * CHUNK * PACKET // HOUSE.samples  # two reels
SUMMARY = "Summary:\n  I: {:.1f} LUFS\n  True peak:\n    Peak: {:.1f} dBFS\n"


class Encoder:
    """As loud as the samples that come in and the limit let it be; its packets are numbered by their size."""

    def __init__(self, folder: Path) -> None:
        self.shots = ShotCache(folder / "shots")
        self.encoded: list[int] = []
        self.heard: list[int] = []
        self.joined: list[list[str]] = []
        self.spliced: list[bytes] = []
        self.over = 0.5

    def runs(self, argv: list[str], folder: Path, feed: Iterable[bytes] | None) -> Done:
        if feed is None:
            self.joined.append(argv)
            self.spliced.append((folder / "whole.aac").read_bytes())
            (folder / "sound.m4a").write_bytes(b"sound")
            return Done("", "", 0, 0.0)
        samples = np.frombuffer(b"".join(feed), np.float32).reshape(-1, 2)
        level = 10 * np.log10((samples**2).mean() + 1e-12)
        told = f"lavfi.r128.M={level:.3f}\n" * (len(samples) // (HOUSE.sample_rate // 10))
        if "adts" in argv:
            self.encoded.append(len(samples))
            count = -(-len(samples) // PACKET) + 1
            (folder / "made").write_bytes(b"".join(packet(size=40 + number % 7) for number in range(count)))
        else:
            self.heard.append(len(samples))
        return Done(told, SUMMARY.format(level, level + self.over), 0, 0.0)

    def makes(
        self, tracks: list[MixTrack], name: str = "film", *, music: ducking.Add | None = None, version: str = "9"
    ) -> dict[str, object]:
        place = self.shots.master(name)
        extras: list[float] = []

        def playing(extra: float) -> ducking.Add | None:
            extras.append(extra)
            return music

        Soundtrack(tracks, playing, FRAMES, HOUSE, self.shots, "ffmpeg", version, self.runs).make(place)
        return self.shots.note(place)


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Encoder:
    monkeypatch.setattr(audio_chunks, "CHUNK", CHUNK)
    return Encoder(tmp_path)


def voice(folder: Path, name: str, level: float) -> Path:
    path = folder / name
    if not path.exists():
        np.full((FRAMES * HOUSE.samples, 2), level, np.float32).tofile(path)
    return path


def two(folder: Path, *, second: float = 0.1) -> list[MixTrack]:
    """A voice in three quarters of the film, and one in the last."""
    most = FRAMES * 3 // 4
    return [
        MixTrack(voice(folder, "first", 0.1), 0, most, 0, 0, -20.0),
        MixTrack(voice(folder, str(second), second), most, FRAMES - most, 0, 0, -20.0),
    ]


@pytest.mark.slow
def test_a_film_is_as_loud_as_the_house_wants_and_its_note_says_how(encoder: Encoder, tmp_path: Path) -> None:
    note = encoder.makes(two(tmp_path))
    assert note["loudness"] == pytest.approx(-16, abs=0.3)
    assert note["peak"] == pytest.approx(-15.5, abs=0.3)
    assert (note["extra"], note["limit"]) == (0.0, -2.0)
    assert note["reels"] == sorted(
        path.name for path in (tmp_path / "shots" / "reels").iterdir() if path.suffix != ".json"
    )
    assert encoder.shots.master("film").read_bytes() == b"sound"


@pytest.mark.slow
def test_a_quiet_film_is_raised_before_it_is_encoded(encoder: Encoder, tmp_path: Path) -> None:
    quiet = [MixTrack(each.path, each.start, each.frames, 0, 0, -16.0) for each in two(tmp_path)]
    note = encoder.makes(quiet)
    assert note["extra"] == 4.0
    assert (len(encoder.heard), len(encoder.encoded)) == (4, 2)


@pytest.mark.slow
def test_a_peak_above_the_house_s_lowers_the_limit(encoder: Encoder, tmp_path: Path) -> None:
    encoder.over = 16.0
    note = encoder.makes(two(tmp_path))
    assert note["limit"] < -2.0  # type: ignore[operator]


def test_silence_has_no_loudness(encoder: Encoder) -> None:
    note = encoder.makes([])
    assert note["loudness"] is None


@pytest.mark.slow
def test_the_same_sound_is_encoded_once(encoder: Encoder, tmp_path: Path) -> None:
    first = encoder.makes(two(tmp_path))
    assert (len(encoder.encoded), len(encoder.heard)) == (2, 2)
    assert encoder.makes(two(tmp_path), "again") == first
    assert (len(encoder.encoded), len(encoder.heard)) == (2, 2)


@pytest.mark.slow
def test_another_sound_at_the_end_makes_the_last_reel_anew(encoder: Encoder, tmp_path: Path) -> None:
    encoder.makes(two(tmp_path))
    encoder.makes(two(tmp_path, second=-0.1), "corrected")
    assert (len(encoder.encoded), len(encoder.heard)) == (3, 3)


@pytest.mark.slow
def test_another_encoder_makes_all_anew(encoder: Encoder, tmp_path: Path) -> None:
    encoder.makes(two(tmp_path))
    encoder.makes(two(tmp_path), version="10")
    assert (len(encoder.encoded), len(encoder.heard)) == (4, 4)


@pytest.mark.slow
def test_music_is_part_of_the_sound(encoder: Encoder, tmp_path: Path) -> None:
    def add(out: Samples, begin: int) -> None:
        out *= -1

    encoder.makes(two(tmp_path))
    encoder.makes(two(tmp_path), "with music", music=add)
    assert (len(encoder.encoded), len(encoder.heard)) == (4, 4)


@pytest.mark.slow
def test_reels_that_serve_count_as_used(encoder: Encoder, tmp_path: Path) -> None:
    encoder.makes(two(tmp_path))
    for kept in encoder.shots.kept():
        os.utime(kept.path, (0, 0))
    note = encoder.makes(two(tmp_path, second=-0.1), "corrected")
    used = {kept.path.name for kept in encoder.shots.kept() if kept.used and kept.path.parent.name == "reels"}
    assert used == set(note["reels"])  # type: ignore[call-overload]


@pytest.mark.slow
def test_the_spliced_stream_has_every_packet_and_the_join_knows_how_many(encoder: Encoder, tmp_path: Path) -> None:
    encoder.makes(two(tmp_path))
    total = FRAMES * HOUSE.samples
    count = -(-total // PACKET) + 1
    sizes = [40 + number % 7 for number in range(count)]
    begun = CHUNK - 48  # where the second reel's encoder begins to count
    assert len(encoder.spliced[0]) == sum(sizes[:CHUNK]) + sum(40 + (at - begun) % 7 for at in range(CHUNK, count))
    (argv,) = encoder.joined
    assert any(f"eq(N,{count - 1})" in word for word in argv)


def test_each_reel_is_encoded_with_some_sound_around_it(encoder: Encoder, tmp_path: Path) -> None:
    encoder.makes(two(tmp_path))
    total = FRAMES * HOUSE.samples
    assert sorted(encoder.encoded) == sorted([(CHUNK + 16) * PACKET, total - (CHUNK - 48) * PACKET])
