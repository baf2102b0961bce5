"""When a clip's reader says which sentence: the clip's sound, the machine's own reading, and aligning.py."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from relay.almanac.captions import aligning
from relay.almanac.captions.aligning import RATE, Samples, Spoken
from relay.almanac.film import ffmpeg
from relay.almanac.film.footage import Footage
from relay.almanac.film.shot_cache import ShotCache
from relay.context import Relay
from relay.errors import ToolFailed
from relay.media import text_to_speech
from relay.media.text_to_speech import SpokenLine
from relay.media.toolbox import Limits

USUAL, SLOWEST, FASTEST = 150, 80, 260
"""Words a minute at which the machine reads."""
MOST_LETTERS = 8000
"""Of a text: more than ten minutes of reading, and a clip is no longer than five."""
LISTENING = Limits(cpu_seconds=300, wall_seconds=600)


def timed_speech(relay: Relay, source: Footage, path: Path) -> Samples:
    """A clip's sound, mono at `RATE`; empty for a mute one. Raises ToolFailed, Interrupted."""
    if source.audio is None:
        return np.zeros(0, np.float32)
    with _bench(relay) as folder:
        argv = ffmpeg.listening_argv(relay.toolbox.ffmpeg, source, rate=RATE, path=str(path), target="heard.f32")
        relay.toolbox.run(argv, folder=folder, reads=[path], limits=LISTENING)
        return np.fromfile(folder / "heard.f32", np.float32)


def reading(
    relay: Relay, sound: Samples, sentences: Sequence[str], language: str, *, among_many: bool = False
) -> list[Spoken]:
    """When each sentence is read in `sound`. Empty when another text is read, or the machine can't read this one.

    `among_many`: see aligning.is_read.
    """
    if not text_to_speech.can_speak() or not len(sound) or not 0 < sum(map(len, sentences)) <= MOST_LETTERS:
        return []
    try:
        spoken = spoken_lines(relay, sentences, language, USUAL)
        pace = aligning.pace(sound, spoken)
        if not 0.8 < pace < 1.25:
            rate = round(min(FASTEST, max(SLOWEST, USUAL / pace)))
            spoken = spoken_lines(relay, sentences, language, rate)
    except ToolFailed:
        return []
    found = aligning.align(sound, spoken)
    return found if found and aligning.is_read(sound, spoken, found, among_many=among_many) else []


def spoken_lines(relay: Relay, sentences: Sequence[str], language: str, rate: int) -> list[Samples]:
    """Each as the machine reads it, at `rate` words a minute. Raises ToolFailed, also for a language that it can't
    read; DiskFull, Interrupted.
    """
    with _bench(relay) as folder:
        lines = [SpokenLine(text, language, f"{number}.wav", rate) for number, text in enumerate(sentences)]
        return [_samples(path) for path in text_to_speech.speak(relay.toolbox, lines, folder)]


def _bench(relay: Relay) -> AbstractContextManager[Path]:
    return ShotCache(relay.folder("shots")).bench()


def _samples(path: Path) -> Samples:
    """A WAV file at `RATE`."""
    with wave.open(str(path), "rb") as file:
        samples, rate = np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()
    at = np.arange(int(len(samples) * RATE / rate)) * (rate / RATE)
    return np.asarray(np.interp(at, np.arange(len(samples)), samples / 32768), np.float32)
