"""A film as a stream, beside the film: the same pictures, nearly the same sound, and nothing is changed by it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from relay.almanac.film import mp4
from relay.almanac.film.cut import Cut, Script, Words, draw_up
from relay.almanac.film.encoder import FilmEncoder, make_film
from relay.almanac.film.sound.ducking import MusicBed
from relay.almanac.film.streaming.stream import FileSlice, FilmStream, PartBody
from relay.errors import NotFound, ToolFailed
from relay.media.toolbox import Toolbox
from tests.almanac.filming import SMALL, Camera

pytestmark = pytest.mark.media
WORDS = Words("Прорыв", "январь", "#proryv80", "11–18 января 2023")
HOUSE = replace(SMALL, preset="veryfast")  # with frames that show in another order than they are decoded


class Projection:
    """A film that is made in `folder`: `stream` once it has begun, what `looks` do after each of its tasks."""

    def __init__(self, cut: Cut, toolbox: Toolbox, folder: Path) -> None:
        self.cut, self.toolbox, self.folder = cut, toolbox, folder
        self.film = folder / "film.mp4"
        self._stream: FilmStream | None = None

    @property
    def stream(self) -> FilmStream:
        assert self._stream is not None
        return self._stream

    def shot(self, number: int) -> Path:
        return self.folder / "shots" / f"{self.stream._encoder.needs.keys[number]}.mp4"

    def begun(self, encoder: FilmEncoder) -> None:
        self._stream = FilmStream(encoder)

    def runs(self, look: Callable[[FilmStream], None] = lambda _stream: None) -> Path:
        def told(_done: int, _total: int, _what: str) -> None:
            if self._stream is not None:
                look(self._stream)

        make_film(
            self.cut,
            toolbox=self.toolbox,
            cache=self.folder / "shots",
            target=self.film,
            workers=1,
            on_progress=told,
            on_begin=self.begun,
        )
        return self.film


@pytest.fixture(scope="module")
def cut(camera: Camera, tmp_path_factory: pytest.TempPathFactory) -> Cut:
    """Three clips of different loudness, with music."""
    paths = [camera.films(f"watched{n}", frames=100, seed=n, loud=-8 - 9 * n) for n in range(3)]
    tune = camera.films("tune", frames=100, seed=7, loud=-20)
    script = Script(music=MusicBed("tune", "mov", "Время"), music_path=tune)
    takes = [camera.take(path, path.stem) for path in paths]
    return draw_up(takes, WORDS, HOUSE, tmp_path_factory.mktemp("cards"), script=script)


@pytest.fixture(scope="module")
def made(cut: Cut, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Projection:
    """A film that nobody watched."""
    projection = Projection(cut, toolbox, tmp_path_factory.mktemp("made"))
    projection.runs()
    return projection


@pytest.fixture
def spare(made: Projection, cut: Cut, toolbox: Toolbox, tmp_path: Path) -> Projection:
    """The same in a cache of its own, in which things may be missing."""
    shutil.copytree(made.folder, tmp_path / "spare")
    projection = Projection(cut, toolbox, tmp_path / "spare")
    projection.runs()
    return projection


def unsettled(projection: Projection) -> None:
    """As it is while the film's own sound is still to be made."""
    (master,) = (projection.folder / "shots" / "sounds").glob("*.m4a")
    master.unlink()
    assert not projection.stream.is_settled


def whole(stream: FilmStream, place: Path) -> Path:
    """All of a stream, one part behind the other, as a browser has it."""
    with place.open("wb") as file:
        file.write(stream.head())
        for part in stream.parts:
            for block in stream.part(part.number).read():
                file.write(block)
    return place


def read(body: PartBody, first: int = 0, last: int | None = None) -> bytes:
    return b"".join(body.read(first, last))


def test_the_stream_has_the_films_very_pictures(made: Projection, camera: Camera, tmp_path: Path) -> None:
    stream = made.stream
    assert stream.made() == [True] * len(stream.parts)
    assert stream.seconds == made.cut.timeline.frames / 25
    assert stream.codecs == "avc1.640029, mp4a.40.2"
    streamed = whole(stream, tmp_path / "streamed.mp4")
    assert np.array_equal(camera.looks_at(streamed), camera.looks_at(made.film))


def test_once_it_is_settled_the_stream_has_the_films_very_sound(
    made: Projection, camera: Camera, tmp_path: Path
) -> None:
    assert made.stream.is_settled
    own, streamed = camera.hears(made.film), camera.hears(whole(made.stream, tmp_path / "streamed.mp4"))
    total = made.cut.timeline.frames * HOUSE.samples
    # the stream has no packet before its first one, so 21 ms of the beginning come out of silence
    assert abs(len(streamed) - total) <= 1024
    assert np.array_equal(own[1024 : total - 1024], streamed[1024 : total - 1024])


def test_the_first_sound_is_the_films_but_for_one_gain(spare: Projection, camera: Camera, tmp_path: Path) -> None:
    stream, louder = spare.stream, spare.stream.louder
    unsettled(spare)
    assert stream.louder == 0.0
    assert stream.made() == [True] * len(stream.parts)
    own, first = camera.hears(spare.film), camera.hears(whole(stream, tmp_path / "streamed.mp4"))
    total = min(len(own), len(first))
    own, first = own[4096:total], first[4096:total] * 10 ** (louder / 20)
    assert abs(louder) <= 3
    assert np.corrcoef(own[:, 0], first[:, 0])[0, 1] > 0.98
    assert 20 * np.log10(own.std() / first.std()) == pytest.approx(0, abs=0.5)


def test_a_film_that_is_watched_all_the_time_is_the_same_to_the_last_byte(
    made: Projection, cut: Cut, toolbox: Toolbox, tmp_path: Path
) -> None:
    """Its first part is there before its last shot; what is there stays, and what isn't is told to be missing."""
    seen: list[list[bool]] = []
    watched = Projection(cut, toolbox, tmp_path / "watched")

    def watches(stream: FilmStream) -> None:
        seen.append(stream.made())
        for number, there in enumerate(seen[-1]):
            if there:
                assert len(read(stream.part(number))) == stream.part(number).size
            else:
                with pytest.raises(NotFound, match="has not been made yet"):
                    stream.part(number)
        if len(seen) == 1:
            for ask in (stream.head, lambda: stream.codecs):
                with pytest.raises(NotFound):
                    ask()

    assert watched.runs(watches).read_bytes() == made.film.read_bytes()
    assert not any(seen[0])
    begun = next(there for there in seen if there[0])
    assert not begun[-1]
    steps = [each for before, after in pairwise(seen) for each in zip(before, after, strict=True)]
    assert all(later >= there for there, later in steps)
    assert list((watched.folder / "shots" / "work").iterdir()) == []


def test_any_bytes_of_a_part_may_be_asked_for(made: Projection) -> None:
    body = made.stream.part(1)
    before, everything = body.pieces[0], read(body)
    assert isinstance(before, bytes)
    assert isinstance(body.pieces[1], FileSlice)
    edges = [0, 7, len(before), len(before) + 1, 5000, body.size - 1, body.size]
    for first in edges:
        for last in edges:
            assert read(body, first, last) == everything[first:last]


def test_a_tag_changes_with_the_bytes_and_only_with_them(spare: Projection) -> None:
    stream, again = spare.stream, FilmStream(spare.stream._encoder)
    assert [again.part(n).tag for n in range(3)] == [stream.part(n).tag for n in range(3)]
    assert len({stream.part(n).tag for n in range(3)}) == 3
    settled, own = stream.part(1), read(stream.part(1))
    unsettled(spare)
    assert stream.part(1).tag != settled.tag
    assert read(stream.part(1)) != own


def test_what_is_gone_from_the_cache_is_not_made_any_more(spare: Projection) -> None:
    stream = spare.stream
    assert stream.made()[0]
    spare.shot(0).unlink()
    with pytest.raises(NotFound):
        stream.part(0)
    assert stream.made()[0] is False
    for number in (len(stream.parts), -1):
        with pytest.raises(NotFound, match="no such part"):
            stream.part(number)


def test_a_voice_that_is_gone_is_waited_for_as_long_as_the_sound_is_not_settled(spare: Projection) -> None:
    stream = spare.stream
    unsettled(spare)
    assert stream.made()[-1]
    for voice in (spare.folder / "shots" / "sounds").glob("*.f32"):
        voice.unlink()
    last = len(stream.parts) - 1
    with pytest.raises(NotFound):
        stream.part(last)
    assert not any(stream.made())


def test_a_shot_that_was_encoded_otherwise_is_not_sent(spare: Projection, camera: Camera) -> None:
    """A player would show it as noise; the join refuses the film for the same reason."""
    stream = spare.stream
    stream.part(0)
    frames = mp4.read(spare.shot(1)).track("vide").samples
    plain = ("-c:v", "libx264", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-video_track_timescale", "12800")
    camera.films("other", frames=frames, encode=plain, sound=0).replace(spare.shot(1))
    with pytest.raises(ToolFailed, match="were not encoded alike"):
        stream.part(1)


def test_a_sound_is_read_by_its_packets(made: Projection, tmp_path: Path) -> None:
    """And one whose packets lie elsewhere is not taken for one of ours."""
    (master,) = (made.folder / "shots" / "sounds").glob("*.m4a")
    at, sizes = mp4.packets_in(master)
    assert len(sizes) == mp4.read(master).track("soun").samples
    damaged = tmp_path / "damaged.m4a"
    content = bytearray(master.read_bytes())
    place = content.index(b"stco") + 12
    content[place : place + 4] = (at + 1).to_bytes(4, "big")
    damaged.write_bytes(content)
    with pytest.raises(ToolFailed, match="is not a sound of ours"):
        mp4.packets_in(damaged)
