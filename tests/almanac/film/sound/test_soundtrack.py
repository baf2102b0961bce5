"""Reels against the whole film encoded in one go: nobody may hear where they meet."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from relay.almanac.film import ffmpeg, mp4
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.sound import audio_chunks
from relay.almanac.film.sound.audio_chunks import PACKET
from relay.almanac.film.sound.mix import MixTrack
from relay.almanac.film.sound.soundtrack import Soundtrack
from relay.almanac.formats import House
from relay.media.toolbox import Done, Toolbox
from tests.almanac.filming import Camera

pytestmark = pytest.mark.media
HOUSE = House()
CLIP = 150
Samples = NDArray[np.float32]


def voice(folder: Path, name: str, seed: int, *, level: float = 0.2) -> Path:
    """Six seconds that sound like speech to an encoder: syllables with sharp beginnings, pauses, and some noise."""
    dice, rate = np.random.default_rng(seed), HOUSE.sample_rate
    at = np.arange(CLIP * HOUSE.samples) / rate
    syllables = np.zeros_like(at)
    for begin in np.cumsum(dice.uniform(0.12, 0.5, 30)):
        since = at - begin
        syllables += np.where(since > 0, np.exp(-since * 9), 0)
    buzz = sum(np.sin(2 * np.pi * tone * (110 + 20 * seed) * at + tone) / tone for tone in range(1, 12))
    samples = level * syllables * (buzz + 0.1 * dice.standard_normal(len(at)))
    path = folder / name
    np.stack([samples, 0.8 * samples], axis=1).astype(np.float32).tofile(path)
    return path


class Studio:
    """Makes soundtracks in one cache, and counts what ffmpeg was asked for."""

    def __init__(self, toolbox: Toolbox, folder: Path) -> None:
        self.toolbox, self.folder, self.shots = toolbox, folder, ShotCache(folder / "shots")
        self.encoded = self.rehearsed = 0

    def runs(self, argv: list[str], folder: Path, feed: Iterable[bytes] | None) -> Done:
        self.encoded += "adts" in argv
        self.rehearsed += "-af" in argv
        return self.toolbox.run(argv, folder=folder, feed=feed)

    def makes(self, tracks: Sequence[MixTrack], frames: int, name: str = "film") -> Path:
        place = self.shots.master(name)
        Soundtrack(
            *(tracks, lambda _extra: None, frames, HOUSE, self.shots),
            ffmpeg=self.toolbox.ffmpeg,
            version=self.toolbox.ffmpeg_version,
            run=self.runs,
        ).make(place)
        return place


@pytest.fixture
def studio(toolbox: Toolbox, tmp_path: Path) -> Studio:
    return Studio(toolbox, tmp_path)


def film_of(folder: Path, clips: int, *, level: float = 0.2) -> tuple[list[MixTrack], int]:
    paths = [voice(folder, f"{number}.f32", number, level=level) for number in range(clips)]
    tracks = [MixTrack(path, (CLIP - 12) * number, CLIP, 12, 12, -20.0) for number, path in enumerate(paths)]
    return tracks, (CLIP - 12) * clips + 12


def heard(toolbox: Toolbox, film: Path) -> Samples:
    argv = [toolbox.ffmpeg, "-v", "error", "-xerror", "-i", str(film), "-f", "f32le", "-"]
    done = subprocess.run(argv, capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.float32).reshape(-1, 2)


def in_one_go(studio: Studio, tracks: Sequence[MixTrack], frames: int) -> tuple[Samples, Samples]:
    """The same mix, limited only, and encoded whole."""
    from relay.almanac.film.sound.mix import mix

    note = studio.shots.note(studio.shots.master("film"))
    whole = b"".join(mix(tracks, frames, HOUSE, extra=note["extra"]))
    argv = ffmpeg.chunk_argv(studio.toolbox.ffmpeg, HOUSE, limit=note["limit"], target="whole.aac")
    argv = argv[: argv.index("-dec")]
    limited = argv[argv.index("-filter_complex") + 1].removeprefix("[0:a]").removesuffix("[a]")
    source = [studio.toolbox.ffmpeg, "-v", "error", *ffmpeg.mixed(HOUSE)]
    pure = subprocess.run([*source, "-af", limited, "-f", "f32le", "-"], input=whole, capture_output=True, check=True)
    subprocess.run(argv, input=whole, cwd=studio.folder, capture_output=True, check=True)
    decoded = heard(studio.toolbox, studio.folder / "whole.aac")[PACKET : PACKET + frames * HOUSE.samples]
    return np.frombuffer(pure.stdout, np.float32).reshape(-1, 2), decoded


def snr(sound: Samples, pure: Samples) -> float:
    return float(10 * np.log10((pure**2).mean() / max(((sound - pure) ** 2).mean(), 1e-14)))


@pytest.mark.slow
def test_where_reels_meet_nothing_is_heard(studio: Studio, tmp_path: Path) -> None:
    tracks, frames = film_of(tmp_path, 15)
    film = studio.makes(tracks, frames)
    spliced = heard(studio.toolbox, film)
    pure, whole = in_one_go(studio, tracks, frames)
    assert len(spliced) == len(pure) == frames * HOUSE.samples
    assert snr(spliced, pure) > snr(whole, pure) - 0.5
    borders = [reel.first for reel in audio_chunks.chunks(frames, HOUSE)[1:]]
    assert len(borders) == 3
    for border in borders:
        near = slice((border - 4) * PACKET, (border + audio_chunks.AFTER) * PACKET)
        assert snr(spliced[near], pure[near]) > snr(whole[near], pure[near]) - 3
        jumps = [np.abs(np.diff(sound[near], 2, axis=0)).max() for sound in (spliced, pure)]
        assert jumps[0] < 1.2 * jumps[1] + 0.01, "a click"


def test_what_comes_out_is_what_the_house_wants(studio: Studio, tmp_path: Path, camera: Camera) -> None:
    """Loudness and peak as ffmpeg measures them in the finished file, and one track of the exact length."""
    tracks, frames = film_of(tmp_path, 8, level=0.5)
    film = studio.makes(tracks, frames)
    found, note = camera.loudness(film), studio.shots.note(film)
    assert found.integrated == pytest.approx(HOUSE.loudness, abs=0.5)
    assert note["loudness"] == pytest.approx(found.integrated, abs=0.1)
    assert found.peak is not None
    assert found.peak <= HOUSE.peak
    track = mp4.read(film).track("soun")
    assert (track.samples, track.seconds) == (audio_chunks.packets_of(frames * 1920), frames / 25)


def test_a_correction_encodes_the_reels_in_which_it_is_heard(studio: Studio, tmp_path: Path) -> None:
    tracks, frames = film_of(tmp_path, 15)
    studio.makes(tracks, frames)
    assert (studio.encoded, studio.rehearsed) == (4, 4)
    changed = [*tracks[:5], MixTrack(voice(tmp_path, "new", 99), tracks[5].start, CLIP, 12, 12, -20.0), *tracks[6:]]
    studio.makes(changed, frames, "corrected")
    assert (studio.encoded, studio.rehearsed) == (5, 5)
    studio.makes(tracks, frames, "as it was")
    assert (studio.encoded, studio.rehearsed) == (5, 5)
    first, again = (studio.shots.master(name).read_bytes() for name in ("film", "as it was"))
    assert first == again


def test_reels_that_serve_a_corrected_film_count_as_used(studio: Studio, tmp_path: Path) -> None:
    tracks, frames = film_of(tmp_path, 15)
    studio.makes(tracks, frames)
    for kept in studio.shots.kept():
        os.utime(kept.path, (0, 0))
    corrected = studio.makes([*tracks[:5], *tracks[6:]], frames, "corrected")
    serving = set(studio.shots.note(corrected)["reels"])
    used = {kept.path.name for kept in studio.shots.kept() if kept.used and kept.path.parent.name == "reels"}
    assert used == serving


def test_a_silent_film_and_a_moment_have_a_sound_too(studio: Studio) -> None:
    for frames in (1, 1000):
        film = studio.makes([], frames, f"silent{frames}")
        assert studio.shots.note(film)["loudness"] is None
        assert mp4.read(film).track("soun").seconds == pytest.approx(frames / 25, abs=1e-6)
        assert not heard(studio.toolbox, film).any()
