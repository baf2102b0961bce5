"""A film in parts: nothing twice, nothing left out, and the first one soon."""

from __future__ import annotations

import pytest

from relay.almanac.film.sound.audio_chunks import PACKET, packets_of
from relay.almanac.film.streaming.parts import SECONDS, StreamPart, begins, in_parts, last_packet, sound_of
from relay.almanac.film.timeline import Item, ItemKind, Timeline, lay_out
from relay.almanac.formats import House


def film(*frames: int, house: House) -> Timeline:
    return lay_out([Item(ItemKind.clip, length, named=True) for length in frames], house)


@pytest.mark.parametrize("fps", [24, 25, 30, 60])
@pytest.mark.parametrize("frames", [(40,), (90, 300, 20, 20, 20, 700), (26,) * 40])
def test_every_shot_and_every_packet_belongs_to_one_part(fps: int, frames: tuple[int, ...]) -> None:
    house = House(fps=fps)
    timeline = film(*frames, house=house)
    parts = in_parts(timeline, house)
    assert [part.number for part in parts] == list(range(len(parts)))
    assert [shot for part in parts for shot in range(part.begin, part.end)] == list(range(len(timeline.shots)))
    assert [frame for part in parts for frame in range(part.first, part.last)] == list(range(timeline.frames))
    heard = [sound_of(part, timeline.frames, house) for part in parts]
    packets = [packet for chunk in heard for packet in range(chunk.first, chunk.last)]
    assert packets == list(range(1, packets_of(timeline.frames * house.samples)))
    for part, chunk in zip(parts, heard, strict=True):
        late = begins(chunk.first) - part.first * house.samples
        assert 0 <= late < PACKET
        assert chunk.begin % PACKET == 0
        assert chunk.begin <= begins(chunk.first)
        assert min(begins(chunk.last), timeline.frames * house.samples) <= chunk.end
        assert chunk.end <= timeline.frames * house.samples


def test_the_first_part_is_one_shot_and_the_others_last_some_seconds() -> None:
    house = House()
    timeline = film(100, 300, 20, 20, 20, 700, house=house)
    first, *others, last = in_parts(timeline, house)
    assert (first.begin, first.end) == (0, 1)
    assert all(part.last - part.first >= SECONDS * house.fps for part in others)
    assert last.last == timeline.frames


def test_the_last_packet_is_heard_up_to_the_end_of_the_film() -> None:
    house = House()
    for frames in (1, 8, 666, 667):
        rest = last_packet(frames, house)
        assert 0 < rest <= PACKET
        assert begins(packets_of(frames * house.samples) - 1) + rest == frames * house.samples


def test_what_is_encoded_for_a_part_begins_a_second_before_it() -> None:
    chunk = sound_of(StreamPart(3, 250, 350, 4, 6), 1000, House())
    assert begins(chunk.first) - chunk.begin == (48 - 1) * PACKET
    assert chunk.end - chunk.last * PACKET == 16 * PACKET
