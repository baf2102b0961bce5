"""The sound of a part before the film's own is there: the same mix, from no more voices than are heard in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from relay.almanac.film.encoder import FilmEncoder
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.sound.ducking import MusicBed
from relay.almanac.film.sound.mix import mix
from relay.almanac.film.streaming import first_sound
from relay.almanac.film.streaming.first_sound import FirstSound, first_sound_argv
from relay.almanac.film.streaming.parts import in_parts, sound_of
from tests.almanac.film import test_needs
from tests.almanac.film.test_needs import drawn

pytestmark = pytest.mark.slow
painter = test_needs.painter
NAMES = ("anna", "boris", "vera", "gleb")
Studio = Callable[..., FilmEncoder]


@pytest.fixture
def studio(painter: None, tmp_path: Path) -> Studio:
    """An encoder of a film of four clips of ten seconds, whose voices come and go; `music`: with a tune below."""
    toolbox: Any = SimpleNamespace(ffmpeg="ffmpeg", ffmpeg_version="ffmpeg version 9")

    def built(*, music: str = "") -> FilmEncoder:
        bed = MusicBed("m", "mov", "Время", under=music) if music else None
        made = drawn(tmp_path, *NAMES, music=bed, music_path=tmp_path / "m.m4a" if music else None)
        encoder = FilmEncoder(made, toolbox, ShotCache(tmp_path / "shots"))
        for number, (item, key) in enumerate(encoder.needs.sounds.items()):
            speaks(encoder.shots.sound(key), made.compositions[item].frames * 1920, 300 + 50 * number)
        if music:
            speaks(encoder.shots.sound(encoder.needs.music_key), 48_000 * 20, 1000)
        return encoder

    return built


def speaks(place: Path, samples: int, tone: int) -> None:
    """A tone that pauses every other two seconds, with its note."""
    at = np.arange(samples) / 48_000
    heard = 0.2 * np.sin(2 * np.pi * tone * at) * ((at % 4) < 2)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(np.stack([heard, heard], axis=1).astype(np.float32).tobytes())
    place.with_suffix(".json").write_text(json.dumps({"loudness": -20.0}))


def samples(blocks: Any) -> np.ndarray[Any, Any]:
    return np.frombuffer(b"".join(blocks), np.float32).reshape(-1, 2)


@pytest.mark.parametrize("music", ["", "film", "cards"])
def test_a_part_is_mixed_as_it_is_in_the_film(studio: Studio, music: str) -> None:
    encoder = studio(music=music)
    frames, house = encoder.cut.timeline.frames, encoder.house
    tracks = [encoder.track(item, key) for item, key in encoder.needs.sounds.items()]
    whole = samples(mix(tracks, frames, house, bed=encoder.bed(tracks)(0.0)))
    sound = FirstSound(encoder)
    for part in in_parts(encoder.cut.timeline, house):
        chunk = sound_of(part, frames, house)
        heard = samples(sound._mixed(chunk))
        assert len(heard) == chunk.end - chunk.begin
        assert np.allclose(heard, whole[chunk.begin : chunk.end], atol=2e-4)


def test_twin_music_that_hears_no_voices_around_its_part_would_be_too_loud(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_sound, "BEFORE", 0)
    monkeypatch.setattr(first_sound, "AFTER", 0)
    with pytest.raises(AssertionError):
        test_a_part_is_mixed_as_it_is_in_the_film(studio, "film")


def test_a_part_waits_for_the_voices_that_are_heard_in_it_and_for_no_others(studio: Studio) -> None:
    encoder = studio()
    frames, house = encoder.cut.timeline.frames, encoder.house
    parts = [sound_of(part, frames, house) for part in in_parts(encoder.cut.timeline, house)]
    last = list(encoder.needs.sounds.values())[-1]
    encoder.shots.remove(encoder.shots.sound(last))
    sound = FirstSound(encoder)
    ready = [sound.ready(chunk) for chunk in parts]
    assert ready[0]
    assert not ready[-2]
    speaks(encoder.shots.sound(last), 1920 * 250, 400)
    assert all(sound.ready(chunk) for chunk in parts)


def test_a_part_waits_for_the_music(studio: Studio) -> None:
    encoder = studio(music="film")
    chunk = sound_of(in_parts(encoder.cut.timeline, encoder.house)[0], encoder.cut.timeline.frames, encoder.house)
    tune = encoder.shots.sound(encoder.needs.music_key)
    content = tune.read_bytes()
    tune.unlink()
    sound = FirstSound(encoder)
    assert not sound.ready(chunk)
    tune.write_bytes(content)
    assert sound.ready(chunk)
    tune.unlink()
    assert sound.ready(chunk), "it is looked for until it is there"
    sound.forget()
    assert not sound.ready(chunk)


def test_it_is_limited_as_the_film_is_at_first(studio: Studio) -> None:
    words = first_sound_argv(studio())
    assert f"limit={10 ** (-2 / 20):.5f}" in words[words.index("-af") + 1]
    assert words[words.index("-b:a") + 1] == "160k"
