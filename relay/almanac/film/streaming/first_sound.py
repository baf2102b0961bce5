"""A film's sound before its loudness is settled: what a part of it sounds like, mixed and encoded by itself.

Every voice has the film's loudness already, and the music gives way to it as in the finished film; what may change
later is one gain over everything (mix.settle), mostly less than a decibel, and the limiter's last fraction.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator

import numpy as np

from relay.almanac.film.encoder import FilmEncoder
from relay.almanac.film.ffmpeg import LIMITER, mixed
from relay.almanac.film.sound import audio_chunks, ducking, mix
from relay.almanac.film.sound.audio_chunks import AudioChunk
from relay.almanac.film.timeline import Span

BEFORE, AFTER = 5, 1
"""Seconds of voices around a part by which the music under it is held: it has gone down and up again within them."""
KEPT = 24
"""Parts whose packets are held, for the next who watches: some 100 kB each."""


class FirstSound:
    """Thread-safe; one part is encoded at a time."""

    def __init__(self, encoder: FilmEncoder) -> None:
        self._encoder = encoder
        self._lock = threading.Lock()
        self._kept: OrderedDict[AudioChunk, list[bytes]] = OrderedDict()
        self._items: dict[AudioChunk, list[int]] = {}
        self._ready: set[AudioChunk] = set()

    def ready(self, chunk: AudioChunk) -> bool:
        """Whether all that is heard in a part is there; it is looked for until then."""
        if chunk not in self._ready and self._is_there(chunk):
            self._ready.add(chunk)
        return chunk in self._ready

    def forget(self) -> None:
        """What was there is looked for again."""
        self._ready.clear()

    def _is_there(self, chunk: AudioChunk) -> bool:
        needs, shots = self._encoder.needs, self._encoder.shots
        keys = [needs.sounds[item] for item in self._near(chunk)]
        keys += [needs.music_key] if self._encoder.cut.music is not None else []
        return all(shots.has(shots.sound(key)) for key in keys)

    def packets(self, chunk: AudioChunk) -> list[bytes]:
        """The chunk's own packets, without headers. Raises ToolFailed, DiskFull."""
        with self._lock:
            if chunk not in self._kept:
                self._kept[chunk] = self._encoded(chunk)
            self._kept.move_to_end(chunk)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[chunk]

    def _encoded(self, chunk: AudioChunk) -> list[bytes]:
        encoder = self._encoder
        with encoder.shots.bench() as folder:
            encoder.encode_mix(first_sound_argv(encoder), folder, self._mixed(chunk))
            made = audio_chunks.packets((folder / "part.aac").read_bytes())
        own = made[chunk.first - chunk.ahead : chunk.last - chunk.ahead]
        return [packet[audio_chunks.HEADER :] for packet in own]

    def _mixed(self, chunk: AudioChunk) -> Iterator[bytes]:
        encoder = self._encoder
        tracks = [encoder.track(item, encoder.needs.sounds[item]) for item in self._near(chunk)]
        bed = None if encoder.cut.music is None else encoder.bed(tracks, self._levels(tracks, chunk))(0.0)
        yield from mix.mix(tracks, encoder.cut.timeline.frames, encoder.house, bed=bed, span=(chunk.begin, chunk.end))

    def _levels(self, tracks: list[mix.MixTrack], chunk: AudioChunk) -> mix.Samples:
        """Of the voices around a part; silence elsewhere."""
        frames, house = self._encoder.cut.timeline.frames, self._encoder.house
        hop = house.sample_rate // ducking.HOPS
        begin, end = self._heard(chunk)
        near = ducking.activity(mix.mix(tracks, frames, house, span=(begin // hop * hop, end)), house)
        levels = np.full(max(frames * house.samples // hop, begin // hop + len(near)), ducking.SILENT, np.float32)
        levels[begin // hop :][: len(near)] = near
        return levels

    def _heard(self, chunk: AudioChunk) -> tuple[int, int]:
        """From which sample to which something is listened to."""
        house = self._encoder.house
        if self._encoder.cut.music is None:
            return chunk.begin, chunk.end
        total = self._encoder.cut.timeline.frames * house.samples
        return (
            max(0, chunk.begin - BEFORE * house.sample_rate),
            min(total, chunk.end + AFTER * house.sample_rate),
        )

    def _near(self, chunk: AudioChunk) -> list[int]:
        """Items with a sound that is listened to."""
        if chunk not in self._items:
            self._items[chunk] = self._sounding(chunk)
        return self._items[chunk]

    def _sounding(self, chunk: AudioChunk) -> list[int]:
        timeline, samples = self._encoder.cut.timeline, self._encoder.house.samples
        begin, end = self._heard(chunk)
        span = Span(begin // samples, -(-end // samples))
        return [
            item
            for item in self._encoder.needs.sounds
            if span.meets(Span(timeline.starts[item], timeline.starts[item] + timeline.items[item].frames))
        ]


def first_sound_argv(encoder: FilmEncoder) -> list[str]:
    """The mix comes in as samples on stdin and goes out as AAC; the limiter is the one that the film begins with."""
    house = encoder.house
    limited = f"alimiter=limit={10 ** ((house.peak - 1) / 20):.5f}:{LIMITER}"
    return [
        *(encoder.toolbox.ffmpeg, "-hide_banner", "-nostats", "-loglevel", "warning", *mixed(house), "-af", limited),
        *("-c:a", "aac", "-aac_coder", "fast", "-b:a", f"{house.audio_kbps}k", "-flags:a", "+bitexact"),
        *("-f", "adts", "-y", "part.aac"),
    ]
