from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relay.almanac.captions import sound
from relay.almanac.captions.aligning import HOP, RATE
from relay.context import Relay
from relay.errors import NotFound, ToolFailed
from relay.media.toolbox import Done, Limits
from relay.models import ClipState
from tests.almanac.filming import Camera
from tests.fakes.toolbox import RecordingToolbox
from tests.moderation.town import Town


def speech(*parts: tuple[float, float]) -> np.ndarray:
    """A tone of an amplitude for so many seconds, one part after another."""
    tones = [level * np.sin(np.arange(round(length * RATE)) * 0.12) for level, length in parts]
    return np.concatenate(tones).astype(np.float32)


def test_pauses_and_loudness_are_those_of_the_voice() -> None:
    heard = sound.of_samples(speech((0.0, 0.5), (0.3, 1.0), (0.0, 0.4), (0.3, 1.0)))
    assert heard.hop == HOP
    assert [list(pause) for pause in heard.pauses] == [[0.0, 0.5], [1.5, 1.9]]
    assert len(heard.levels) == round(2.9 / HOP)
    assert max(heard.levels[:24]) == 0
    assert min(heard.levels[27:73]) > 60


def test_nothing_is_heard_of_nothing() -> None:
    assert sound.of_samples(np.zeros(0, np.float32)) == sound.ClipSound(HOP, [], [])


@pytest.mark.slow
def test_a_mute_clip_is_no_mistake_and_one_that_is_gone_is_not_found(relay: Relay) -> None:
    town = Town(relay)
    assert sound.of_clip(relay, town.has_clip(flags=("no_sound",))) == sound.ClipSound(HOP, (), ())
    for clip in (99, town.has_clip(), town.has_clip(state=ClipState.withdrawn)):
        with pytest.raises(NotFound):
            sound.of_clip(relay, clip)


@pytest.mark.media
def test_the_sound_of_the_copy_is_measured_once_and_kept(relay: Relay, camera: Camera, tmp_path: Path) -> None:
    film = camera.films("tone", frames=50)
    clip = Town(relay).has_clip(proxy=film, duration=2)
    heard = sound.of_clip(relay, clip)
    assert len(heard.levels) == pytest.approx(2 / HOP, abs=4)
    assert max(heard.levels) > 20
    for kept in (relay.settings.data_dir / "proxies", relay.settings.media_folder / "proxies"):
        for copy in kept.glob("*.mp4") if kept.exists() else ():
            copy.unlink()
    assert sound.of_clip(relay, clip).levels == heard.levels


class Ear(RecordingToolbox):
    """Hears two seconds of a tone in any copy, or fails."""

    fails = False

    def run(self, argv: Any, *, folder: Path, **more: Any) -> Done:
        done = super().run(argv, folder=folder, **more)
        if self.fails:
            raise ToolFailed("It can't be read.")
        speech((0.3, 2.0)).tofile(folder / argv[-1])
        return done


@pytest.mark.slow
def test_a_copy_is_listened_to_once_and_one_that_is_gone_or_broken_is_told(relay: Relay, tmp_path: Path) -> None:
    """Without ffmpeg; with it below."""
    ear = Ear()
    relay, town = dataclasses.replace(relay, toolbox=ear), Town(relay)
    (tmp_path / "copy").write_bytes(b"copy")
    clip = town.has_clip(proxy=tmp_path / "copy")
    copy = relay.media.local(f"proxies/{town.sha256(clip)}.mp4")
    ear.fails = True
    with pytest.raises(NotFound, match="no such file"):
        sound.of_clip(relay, clip)
    ear.fails = False
    heard = sound.of_clip(relay, clip)
    assert sound.of_clip(relay, clip) == heard
    assert (heard.hop, len(heard.levels), min(heard.levels[2:-2]) > 60) == (HOP, round(2 / HOP), True)
    _, call = ear.calls
    assert (call.reads, call.limits) == ((copy,), Limits(2048, cpu_seconds=60, wall_seconds=60.0, file_mb=512))
    words = " ".join(call.argv)
    assert f"-f mov -format_whitelist mov -protocol_whitelist file -i file:{copy} -map 0:a:0" in words
    assert f"-ac 1 -ar {RATE} -f f32le" in words
    assert list(relay.folder("work").iterdir()) == []
    (relay.folder("looks") / f"{town.sha256(clip)}-sound.json").unlink()
    relay.media.delete(f"proxies/{town.sha256(clip)}.mp4")
    with pytest.raises(NotFound):
        sound.of_clip(relay, clip)
