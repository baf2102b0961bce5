"""A film's sound: mixed, brought to its loudness, encoded in chunks that are kept, and spliced.

What a correction changes is heard in one chunk or two; the others are there already. A chunk's name is the hash of the
very samples that go into it, so nothing that shapes them can be forgotten.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relay.almanac.film import ffmpeg
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.sound import audio_chunks, ducking, mix
from relay.almanac.film.sound.audio_chunks import AudioChunk
from relay.almanac.film.sound.mix import Loudness
from relay.almanac.formats import House
from relay.media.toolbox import Done

Run = Callable[[list[str], Path, Iterable[bytes] | None], Done]
"""Runs ffmpeg in a folder, with what it is fed."""
_MOMENTARY = re.compile(r"^lavfi\.r128\.M=(-?\d+\.?\d*)", re.MULTILINE)
_NOTHING = -200.0


@dataclass
class Soundtrack:
    """`frames`: of the film. `music`: given an extra gain in dB, what adds the music to a block, or None."""

    tracks: Sequence[mix.MixTrack]
    music: Callable[[float], ducking.Add | None]
    frames: int
    house: House
    shots: ShotCache
    ffmpeg: str
    version: str
    run: Run
    _contents: dict[AudioChunk, str] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def make(self, place: Path) -> None:
        """Puts the whole sound under its name, with loudness, gain, limit, and the chunks in its note."""
        reached, extra, limit = mix.settle(self._rehearse, self._record, self.house)
        kept = [(chunk, self._packets(chunk, self._encoded(chunk, extra, limit))) for chunk in self.chunks]
        loudness = None if reached.integrated is None else round(reached.integrated, 2)
        note = {"loudness": loudness, "peak": reached.peak, "extra": extra, "limit": limit}
        with self.shots.bench() as folder:
            whole = audio_chunks.splice(kept)
            (folder / "whole.aac").write_bytes(b"".join(whole))
            argv = ffmpeg.sound_join_argv(self.ffmpeg, "whole.aac", len(whole), self.frames, self.house, "sound.m4a")
            self.run(argv, folder, None)
            self.shots.keep(folder / "sound.m4a", place, note=note | {"reels": sorted(self._used)})

    @property
    def chunks(self) -> list[AudioChunk]:
        return audio_chunks.chunks(self.frames, self.house)

    def _rehearse(self, extra: float, limit: float) -> Loudness:
        heard = [self.shots.note(self._heard(chunk, extra, limit)) for chunk in self.chunks]
        return Loudness(audio_chunks.integrated(level for note in heard for level in note["levels"]))

    def _record(self, extra: float, limit: float) -> Loudness:
        notes = [self.shots.note(self._encoded(chunk, extra, limit)) for chunk in self.chunks]
        peaks = [note["peak"] for note in notes if note["peak"] is not None]
        return Loudness(
            audio_chunks.integrated(level for note in notes for level in note["levels"]), max(peaks, default=None)
        )

    def _heard(self, chunk: AudioChunk, extra: float, limit: float) -> Path:
        """What a chunk sounds like after the limiter, without encoding it, for a tenth of the cost."""
        return self._kept(chunk, extra, ffmpeg.rehearsal_argv(self.ffmpeg, self.house, limit=limit), "heard")

    def _encoded(self, chunk: AudioChunk, extra: float, limit: float) -> Path:
        """A chunk's packets with those around it, and what they sound like."""
        return self._kept(chunk, extra, ffmpeg.chunk_argv(self.ffmpeg, self.house, limit=limit, target="made"), "aac")

    def _kept(self, chunk: AudioChunk, extra: float, argv: list[str], ending: str) -> Path:
        """What `argv` makes of a chunk, with its note."""
        own = [chunk.first - chunk.ahead, chunk.last - chunk.ahead]
        words = [self.version, self._content(chunk), own, extra, argv[1:]]
        place = self.shots.chunk(f"{ffmpeg.digest('reel', mix.MIX, *words)}.{ending}")
        self._used.add(place.name)
        self.shots.use((place,))
        if not self.shots.has(place):
            with self.shots.bench() as folder:
                (folder / "made").touch()
                done = self.run(argv, folder, [self._mixed(chunk, extra)])
                self.shots.keep(folder / "made", place, note=self._note(chunk, done))
        return place

    def _note(self, chunk: AudioChunk, done: Done) -> dict[str, Any]:
        levels = [max(_NOTHING, float(level)) for level in _MOMENTARY.findall(done.stdout)]
        return {
            "levels": audio_chunks.own_levels(levels, chunk, self.house),
            "peak": mix.read_loudness(done.stderr).peak,
        }

    @staticmethod
    def _packets(chunk: AudioChunk, path: Path) -> dict[int, bytes]:
        return dict(enumerate(audio_chunks.packets(path.read_bytes()), chunk.ahead))

    def _content(self, chunk: AudioChunk) -> str:
        """The samples that go into it, without any extra gain, as a hash."""
        if chunk not in self._contents:
            self._contents[chunk] = hashlib.blake2b(self._mixed(chunk, 0.0), digest_size=32).hexdigest()
        return self._contents[chunk]

    def _mixed(self, chunk: AudioChunk, extra: float) -> bytes:
        blocks = mix.mix(
            *(self.tracks, self.frames, self.house),
            extra=extra,
            bed=self.music(extra),
            span=(chunk.begin, chunk.end),
        )
        return b"".join(blocks)
