"""A film that is being made, as parts that can be watched. It only reads what the render puts into the cache, so the
film is the same whether somebody watches or not, and there is nothing to be tidied up behind a render that was killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import uuid4

from relay.almanac.film import ffmpeg, mp4
from relay.almanac.film.encoder import FilmEncoder
from relay.almanac.film.mp4 import ShotIndex
from relay.almanac.film.sound.audio_chunks import PACKET
from relay.almanac.film.streaming import fragments
from relay.almanac.film.streaming.first_sound import FirstSound
from relay.almanac.film.streaming.fragments import SoundRun
from relay.almanac.film.streaming.parts import StreamPart, begins, in_parts, last_packet, sound_of
from relay.errors import NotFound, ToolFailed

BLOCK = 1 << 18
STREAM = 1
"""Part of every part's tag; raise it when parts are written otherwise."""


@dataclass(frozen=True, slots=True)
class FileSlice:
    """`size` bytes of a file, from `at` on."""

    path: Path
    at: int
    size: int


@dataclass(frozen=True, slots=True)
class PartBody:
    """A part as it is sent, out of memory and files. `tag`: the same for the same bytes."""

    pieces: Sequence[bytes | FileSlice]
    tag: str

    @property
    def size(self) -> int:
        return sum(_size(piece) for piece in self.pieces)

    def read(self, first: int = 0, last: int | None = None) -> Iterator[bytes]:
        """The bytes from `first` up to and without `last`, in blocks."""
        at, last = 0, self.size if last is None else last
        for piece in self.pieces:
            size = _size(piece)
            begin, end = max(first - at, 0), min(last - at, size)
            if begin < end:
                yield from _bytes_of(piece, begin, end)
            at += size


def _size(piece: bytes | FileSlice) -> int:
    return piece.size if isinstance(piece, FileSlice) else len(piece)


def _bytes_of(piece: bytes | FileSlice, begin: int, end: int) -> Iterator[bytes]:
    if not isinstance(piece, FileSlice):
        yield piece[begin:end]
        return
    with piece.path.open("rb") as file:
        file.seek(piece.at + begin)
        while begin < end and (block := file.read(min(BLOCK, end - begin))):
            begin += len(block)
            yield block


class FilmStream:
    """`mark`: another one for each render. `parts`: all that the film will have. Thread-safe."""

    def __init__(self, encoder: FilmEncoder) -> None:
        self._encoder = encoder
        self.mark = uuid4().hex
        self.frames, self.fps = encoder.cut.timeline.frames, encoder.house.fps
        self.parts = in_parts(encoder.cut.timeline, encoder.house)
        self._first = FirstSound(encoder)
        self._master = encoder.shots.master(encoder.needs.master_key)
        self._seen: set[Path] = set()
        self._known: ShotIndex | None = None

    @property
    def seconds(self) -> float:
        return self.frames / self.fps

    def made(self) -> list[bool]:
        """Of each part, whether it can be watched."""
        settled = self.is_settled
        return [self._is_made(part, settled=settled) for part in self.parts]

    @property
    def is_settled(self) -> bool:
        """Whether the film's own sound is there, and what is sent from now on sounds as the film."""
        return self._encoder.shots.has(self._master)

    @property
    def louder(self) -> float:
        """By how many dB the film's own sound is louder than the first one; 0.0 until it is there."""
        return float(self._encoder.shots.note(self._master)["extra"]) if self.is_settled else 0.0

    @property
    def codecs(self) -> str:
        """Raises NotFound as long as no shot is there."""
        return fragments.codecs(self._any_shot)

    def head(self) -> bytes:
        """What a player has to have before any part. Raises NotFound as long as no shot is there."""
        return fragments.head(self._any_shot, self.frames, self._encoder.house)

    def part(self, number: int) -> PartBody:
        """Raises NotFound for a part that isn't made or is gone; ToolFailed, DiskFull while its sound is encoded."""
        if not 0 <= number < len(self.parts):
            raise NotFound("There is no such part of the film.")
        part, settled = self.parts[number], self.is_settled
        try:
            if not self._is_made(part, settled=settled):
                raise NotFound("This part of the film has not been made yet.")
            return self._body(part, settled=settled)
        except FileNotFoundError as error:
            self._seen.clear()
            self._first.forget()
            raise NotFound("This part of the film has not been made yet.") from error

    def _is_made(self, part: StreamPart, *, settled: bool) -> bool:
        if not all(self._has(path) for path in self._paths(part)):
            return False
        return settled or self._first.ready(sound_of(part, self.frames, self._encoder.house))

    def _has(self, path: Path) -> bool:
        """What is under its name once is whole; it is looked for until then."""
        if path not in self._seen and path.exists():
            self._seen.add(path)
        return path in self._seen

    def _paths(self, part: StreamPart) -> list[Path]:
        return [self._encoder.shots.shot(key) for key in self._encoder.needs.keys[part.begin : part.end]]

    def _body(self, part: StreamPart, *, settled: bool) -> PartBody:
        paths = self._paths(part)
        shots = [mp4.shot_index(path) for path in paths]
        for shot in shots:
            self._check_setup(shot)
        sound, packets = self._settled_sound(part) if settled else self._first_sound(part)
        before = fragments.fragment(part.number, part.first, shots, sound)
        pictures = [FileSlice(shot.path, shot.at, sum(shot.sizes)) for shot in shots]
        words = [path.name for path in paths]
        tag = ffmpeg.digest("stream", STREAM, words, part.first, self._master.name if settled else "first")
        return PartBody([before, *pictures, packets], tag[:32])

    def _settled_sound(self, part: StreamPart) -> tuple[SoundRun, FileSlice]:
        chunk = sound_of(part, self.frames, self._encoder.house)
        at, sizes = self._packets
        own = sizes[chunk.first : chunk.last]
        return self._run(chunk.first, chunk.last, own), FileSlice(
            self._master, at + sum(sizes[: chunk.first]), sum(own)
        )

    def _first_sound(self, part: StreamPart) -> tuple[SoundRun, bytes]:
        chunk = sound_of(part, self.frames, self._encoder.house)
        packets = self._first.packets(chunk)
        return self._run(chunk.first, chunk.last, [len(packet) for packet in packets]), b"".join(packets)

    def _run(self, first: int, last: int, sizes: Sequence[int]) -> SoundRun:
        samples = self.frames * self._encoder.house.samples
        ends = begins(last) >= samples
        return SoundRun(begins(first), sizes, last_packet(self.frames, self._encoder.house) if ends else PACKET)

    def _check_setup(self, shot: ShotIndex) -> None:
        """A player has one set-up for all parts; the join asks the same of the film."""
        if fragments.setup(shot) != fragments.setup(self._any_shot):
            raise ToolFailed(
                "The shots of this film were not encoded alike.", hint="Empty the folder shots and render again."
            )

    @cached_property
    def _packets(self) -> tuple[int, tuple[int, ...]]:
        """Of the film's own sound."""
        return mp4.packets_in(self._master)

    @property
    def _any_shot(self) -> ShotIndex:
        """All are encoded alike: it is the first that is there, and the same one from then on."""
        if self._known is None:
            paths = (self._encoder.shots.shot(key) for key in self._encoder.needs.keys)
            found = next((path for path in paths if self._has(path)), None)
            if found is None:
                raise NotFound("This part of the film has not been made yet.")
            self._known = mp4.shot_index(found)
        return self._known
