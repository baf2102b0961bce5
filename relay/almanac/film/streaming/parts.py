"""A film in parts that are sent one by one: whole shots, and the packets of sound that belong to them. Pure.

Which parts a film has is known before the first of them is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from relay.almanac.film.sound.audio_chunks import AFTER, BEFORE, PACKET, AudioChunk, packets_of
from relay.almanac.film.timeline import Timeline
from relay.almanac.formats import House

SECONDS = 4.0
"""A part ends with the shot in which it gets so long; the first one is a single shot, so that it is there soon."""


@dataclass(frozen=True, slots=True)
class StreamPart:
    """Frames of the film from `first` up to and without `last`: its shots from `begin` up to and without `end`."""

    number: int
    first: int
    last: int
    begin: int
    end: int


def in_parts(timeline: Timeline, house: House) -> list[StreamPart]:
    parts: list[StreamPart] = []
    begin = 0
    for end, shot in enumerate(timeline.shots, 1):
        first, last = timeline.shots[begin].start, shot.start + shot.frames
        if not parts or last - first >= SECONDS * house.fps or end == len(timeline.shots):
            parts.append(StreamPart(len(parts), first, last, begin, end))
            begin = end
    return parts


def sound_of(part: StreamPart, frames: int, house: House) -> AudioChunk:
    """The packets that begin within a part, and which samples are encoded for them where they stand alone.

    Packet 0 lies before the film (the encoder's delay) and belongs to no part.
    """
    first, last = (1 + -(-frame * house.samples // PACKET) for frame in (part.first, part.last))
    total = frames * house.samples
    assert last <= packets_of(total)
    return AudioChunk(first, last, max(0, first - BEFORE) * PACKET, min(total, (last + AFTER) * PACKET))


def begins(packet: int) -> int:
    """The film's sample with which a packet begins."""
    return (packet - 1) * PACKET


def last_packet(frames: int, house: House) -> int:
    """Samples of the film's last packet that are heard."""
    total = frames * house.samples
    return total - begins(packets_of(total) - 1)
