"""Reads what an MP4 file says about itself: frames, lengths, the decoder's set-up. ISO/IEC 14496-12 and -15.

Only files of our own making are read here; a foreign file is opened in a child process.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from relay.errors import ToolFailed

HOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"}


@dataclass(frozen=True, slots=True)
class Track:
    """`kind`: `vide` or `soun`. `samples`: frames or packets. `length`: in `scale` units a second, edits applied.

    `setup`: the avcC box (sequence and picture parameter sets), empty for sound.
    """

    kind: str
    samples: int
    scale: int
    length: int
    setup: bytes

    @property
    def seconds(self) -> float:
        return self.length / self.scale


@dataclass(frozen=True, slots=True)
class Movie:
    """`streams_well`: the index stands before the data, so that playing can begin while it loads."""

    tracks: tuple[Track, ...]
    streams_well: bool

    def track(self, kind: str) -> Track:
        """Raises ToolFailed where there isn't exactly one such track."""
        found = [track for track in self.tracks if track.kind == kind]
        if len(found) != 1:
            raise ToolFailed("A film of ours has {count} tracks of kind {kind}, not one.", count=len(found), kind=kind)
        return found[0]


def read(path: Path) -> Movie:
    """Raises ToolFailed for a file without an index."""
    order, moov = [], b""
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, name = struct.unpack(">I4s", head)
            skip = 8
            if size == 1:
                size, skip = struct.unpack(">Q", file.read(8))[0], 16
            order.append(name)
            if name == b"moov":
                moov = file.read(size - skip)
            elif size == 0:
                break
            else:
                file.seek(size - skip, 1)
    if not moov:
        raise ToolFailed("{file} has no index: it is not whole.", file=path.name)
    scale = struct.unpack_from(">I", _first(moov, b"mvhd"), 12)[0]
    tracks = tuple(_track(body, scale) for name, body in _boxes(moov) if name == b"trak")
    return Movie(tracks, b"mdat" in order and order.index(b"moov") < order.index(b"mdat"))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if size < 8:
            return
        yield name, data[at + 8 : at + size]
        at += size


def _walk(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for name, body in _boxes(data):
        yield name, body
        if name in HOLDERS:
            yield from _walk(body)


def _first(data: bytes, wanted: bytes) -> bytes:
    return next((body for name, body in _walk(data) if name == wanted), b"")


def _track(trak: bytes, movie_scale: int) -> Track:
    found = dict(reversed(list(_walk(trak))))
    scale, duration = struct.unpack_from(">II", found[b"mdhd"], 12)
    edits = found.get(b"elst")
    if edits:  # version 0: count, then (length in movie units, start in media units, rate)
        count = struct.unpack_from(">I", edits, 4)[0]
        lengths = [struct.unpack_from(">Ii", edits, 8 + 12 * n) for n in range(count)]
        duration = round(sum(length for length, start in lengths if start >= 0) * scale / movie_scale)
    return Track(
        kind=found[b"hdlr"][8:12].decode("ascii", "replace"),
        samples=struct.unpack_from(">I", found[b"stsz"], 8)[0],
        scale=scale,
        length=duration,
        setup=_avcc(found[b"stsd"]),
    )


def _avcc(stsd: bytes) -> bytes:
    """stsd → avc1 (86 bytes of fixed fields with its head) → avcC."""
    if stsd[12:16] != b"avc1":
        return b""
    return _first(stsd[8 + 86 :], b"avcC")
