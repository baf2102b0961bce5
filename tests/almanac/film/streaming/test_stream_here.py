"""A film that is being made, as parts: shots that are made in this process, and a sound of given packets. With ffmpeg:
test_stream.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from relay.almanac.film import mp4
from relay.almanac.film.encoder import FilmEncoder
from relay.almanac.film.sound.audio_chunks import PACKET, packets_of
from relay.almanac.film.streaming import fragments, stream
from relay.almanac.film.streaming.fragments import SoundRun
from relay.almanac.film.streaming.parts import begins, last_packet, sound_of
from relay.almanac.film.streaming.stream import FileSlice, FilmStream
from relay.errors import NotFound, ToolFailed
from tests.almanac.film import test_needs
from tests.almanac.film.streaming import test_first_sound
from tests.almanac.film.test_mp4_made_here import shot

pytestmark = pytest.mark.slow
painter, studio = test_needs.painter, test_first_sound.studio
AT = 100
"""Where the first packet lies in the film's own sound."""


class Given:
    """In the place of the first sound: ready when it is told to be, and of packets by their numbers."""

    def __init__(self) -> None:
        self.is_ready, self.forgot, self.asked = True, 0, list[tuple[int, int]]()

    def ready(self, chunk: Any) -> bool:
        return self.is_ready

    def packets(self, chunk: Any) -> list[bytes]:
        self.asked.append((chunk.first, chunk.last))
        return [b"x" * (number % 7 + 1) for number in range(chunk.first, chunk.last)]

    def forget(self) -> None:
        self.forgot += 1


class Begun:
    """A stream of an encoder that has made nothing yet; `makes(0)` its first part's shots, `settles()` its sound."""

    def __init__(self, encoder: FilmEncoder, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.encoder, self.stream, self.sound = encoder, FilmStream(encoder), Given()
        self.stream._first = self.sound  # type: ignore[assignment]
        self.made_of = shot(folder, "made", 5)
        self.sizes = [number % 5 + 3 for number in range(packets_of(self.stream.frames * encoder.house.samples))]
        self.master = encoder.shots.master(encoder.needs.master_key)
        monkeypatch.setattr(stream.mp4, "packets_in", lambda _path: (AT, tuple(self.sizes)))

    def makes(self, number: int, *, of: Path | None = None) -> list[Path]:
        part = self.stream.parts[number]
        paths = [self.encoder.shots.shot(key) for key in self.encoder.needs.keys[part.begin : part.end]]
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((of or self.made_of).read_bytes())
        return paths

    def settles(self, extra: float = 1.5) -> None:
        self.master.parent.mkdir(parents=True, exist_ok=True)
        self.master.write_bytes(b"m" * AT + bytes(range(256)) * 200)
        self.master.with_suffix(".json").write_text(json.dumps({"extra": extra, "limit": -1.0}))


@pytest.fixture
def begun(studio: Callable[..., FilmEncoder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begun:
    return Begun(studio(), tmp_path, monkeypatch)


def test_parts_can_be_watched_as_they_are_made(begun: Begun) -> None:
    watched, house = begun.stream, begun.encoder.house
    assert watched.seconds == begun.encoder.cut.timeline.frames / house.fps
    assert len(watched.parts) > 2
    assert watched.made() == [False] * len(watched.parts)
    for ask in (watched.head, lambda: watched.codecs, lambda: watched.part(0)):
        with pytest.raises(NotFound, match="not been made yet"):
            ask()
    begun.makes(1)
    assert [number for number, there in enumerate(watched.made()) if there] == [1]
    index = mp4.shot_index(begun.made_of)
    assert watched.head() == fragments.head(index, watched.frames, house)
    assert watched.codecs == fragments.codecs(index)
    begun.sound.is_ready = False
    assert watched.made() == [False] * len(watched.parts), "its voices are still to come"
    for number in (-1, len(watched.parts)):
        with pytest.raises(NotFound, match="no such part"):
            watched.part(number)


def test_a_part_is_its_fragment_its_pictures_and_its_packets(begun: Begun) -> None:
    watched, house = begun.stream, begun.encoder.house
    for number in (0, 1, len(watched.parts) - 1):
        part, paths = watched.parts[number], begun.makes(number)
        shots = [mp4.shot_index(path) for path in paths]
        before, *pictures, packets = watched.part(number).pieces
        chunk = sound_of(part, watched.frames, house)
        given = begun.sound.packets(chunk)
        last = last_packet(watched.frames, house) if number == len(watched.parts) - 1 else PACKET
        run = SoundRun(begins(chunk.first), [len(one) for one in given], last)
        assert before == fragments.fragment(number, part.first, shots, run)
        assert pictures == [FileSlice(one.path, one.at, sum(one.sizes)) for one in shots]
        assert packets == b"".join(given)


def test_once_the_sound_is_settled_it_is_the_films_own_and_only_so_much_louder(begun: Begun) -> None:
    watched, house = begun.stream, begun.encoder.house
    begun.makes(1)
    first = watched.part(1)
    assert (watched.is_settled, watched.louder) == (False, 0.0)
    begun.settles()
    begun.sound.is_ready = False
    asked = len(begun.sound.asked)
    assert (watched.is_settled, watched.louder, watched.made()[1]) == (True, 1.5, True)
    settled = watched.part(1)
    assert len(begun.sound.asked) == asked
    chunk = sound_of(watched.parts[1], watched.frames, house)
    begin = [0, *accumulate(begun.sizes)][chunk.first]
    size = sum(begun.sizes[chunk.first : chunk.last])
    assert settled.pieces[-1] == FileSlice(begun.master, AT + begin, size)
    assert settled.pieces[1:-1] == first.pieces[1:-1]
    assert settled.tag != first.tag
    assert [len(body.tag) for body in (first, settled)] == [32, 32]
    assert FilmStream(begun.encoder).part(1).tag == settled.tag, "the same for the same bytes"
    begun.makes(2)
    assert watched.part(2).tag != settled.tag


def test_what_is_gone_is_looked_for_again(begun: Begun) -> None:
    watched = begun.stream
    paths = begun.makes(1)
    assert watched.made()[1]
    paths[0].unlink()
    assert watched.made()[1], "what was whole once is not looked for each time"
    with pytest.raises(NotFound, match="not been made yet"):
        watched.part(1)
    assert (watched.made()[1], begun.sound.forgot) == (False, 1)


def test_a_shot_that_was_encoded_otherwise_is_not_sent(begun: Begun, tmp_path: Path) -> None:
    begun.makes(0)
    begun.stream.part(0)
    begun.makes(1, of=shot(tmp_path, "other", 5, foretold=0))
    with pytest.raises(ToolFailed, match="were not encoded alike"):
        begun.stream.part(1)
    assert begun.stream.mark != FilmStream(begun.encoder).mark
