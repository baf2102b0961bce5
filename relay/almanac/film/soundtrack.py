"""A film's sound: mixed, brought to its loudness, encoded in reels that are kept, and spliced.

What a correction changes is heard in one reel or two; the others are there already. A reel's name is the hash of the
very samples that go into it, so nothing that shapes them can be forgotten.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relay.almanac.film import audio_chunks, ducking, ffmpeg, mix
from relay.almanac.film.audio_chunks import AudioChunk
from relay.almanac.film.mix import Loudness
from relay.almanac.film.shot_cache import ShotCache
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
        """Puts the whole sound under its name, with loudness, gain, limit, and the reels in its note."""
        reached, extra, limit = mix.settle(self._rehearse, self._record, self.house)
        kept = [(reel, self._packets(reel, self._encoded(reel, extra, limit))) for reel in self.reels]
        loudness = None if reached.integrated is None else round(reached.integrated, 2)
        note = {"loudness": loudness, "peak": reached.peak, "extra": extra, "limit": limit}
        with self.shots.bench() as folder:
            whole = audio_chunks.splice(kept)
            (folder / "whole.aac").write_bytes(b"".join(whole))
            argv = ffmpeg.sound_join_argv(self.ffmpeg, "whole.aac", len(whole), self.frames, self.house, "sound.m4a")
            self.run(argv, folder, None)
            self.shots.keep(folder / "sound.m4a", place, note=note | {"reels": sorted(self._used)})

    @property
    def reels(self) -> list[AudioChunk]:
        return audio_chunks.chunks(self.frames, self.house)

    def _rehearse(self, extra: float, limit: float) -> Loudness:
        heard = [self.shots.note(self._heard(reel, extra, limit)) for reel in self.reels]
        return Loudness(audio_chunks.integrated(level for note in heard for level in note["levels"]))

    def _record(self, extra: float, limit: float) -> Loudness:
        notes = [self.shots.note(self._encoded(reel, extra, limit)) for reel in self.reels]
        peaks = [note["peak"] for note in notes if note["peak"] is not None]
        return Loudness(
            audio_chunks.integrated(level for note in notes for level in note["levels"]), max(peaks, default=None)
        )

    def _heard(self, reel: AudioChunk, extra: float, limit: float) -> Path:
        """What a reel sounds like after the limiter, without encoding it, for a tenth of the cost."""
        return self._kept(reel, extra, ffmpeg.rehearsal_argv(self.ffmpeg, self.house, limit=limit), "heard")

    def _encoded(self, reel: AudioChunk, extra: float, limit: float) -> Path:
        """A reel's packets with those around it, and what they sound like."""
        return self._kept(reel, extra, ffmpeg.reel_argv(self.ffmpeg, self.house, limit=limit, target="made"), "aac")

    def _kept(self, reel: AudioChunk, extra: float, argv: list[str], ending: str) -> Path:
        """What `argv` makes of a reel, with its note."""
        own = [reel.first - reel.ahead, reel.last - reel.ahead]
        words = [self.version, self._content(reel), own, extra, argv[1:]]
        place = self.shots.reel(f"{ffmpeg.digest('reel', mix.MIX, *words)}.{ending}")
        self._used.add(place.name)
        self.shots.use((place,))
        if not self.shots.has(place):
            with self.shots.bench() as folder:
                (folder / "made").touch()
                done = self.run(argv, folder, [self._mixed(reel, extra)])
                self.shots.keep(folder / "made", place, note=self._note(reel, done))
        return place

    def _note(self, reel: AudioChunk, done: Done) -> dict[str, Any]:
        levels = [max(_NOTHING, float(level)) for level in _MOMENTARY.findall(done.stdout)]
        return {
            "levels": audio_chunks.own_levels(levels, reel, self.house),
            "peak": mix.read_loudness(done.stderr).peak,
        }

    @staticmethod
    def _packets(reel: AudioChunk, path: Path) -> dict[int, bytes]:
        return dict(enumerate(audio_chunks.packets(path.read_bytes()), reel.ahead))

    def _content(self, reel: AudioChunk) -> str:
        """The samples that go into it, without any extra gain, as a hash."""
        if reel not in self._contents:
            self._contents[reel] = hashlib.blake2b(self._mixed(reel, 0.0), digest_size=32).hexdigest()
        return self._contents[reel]

    def _mixed(self, reel: AudioChunk, extra: float) -> bytes:
        blocks = mix.mix(
            *(self.tracks, self.frames, self.house),
            extra=extra,
            bed=self.music(extra),
            span=(reel.begin, reel.end),
        )
        return b"".join(blocks)
