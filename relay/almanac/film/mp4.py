"""Reads what an MP4 file says about itself, and joins shots. ISO/IEC 14496-12 and -15.

Only files of our own making are read here; a foreign file is opened in a child process.

Shots are joined here, and not by ffmpeg's `concat`, which opens and studies every one of them (20 ms each): a film
of 300 clips has a thousand.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

from relay.errors import ToolFailed

HOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"}


@dataclass(frozen=True, slots=True)
class Mp4Track:
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

    tracks: tuple[Mp4Track, ...]
    streams_well: bool

    def track(self, kind: str) -> Mp4Track:
        """Raises ToolFailed where there isn't exactly one such track."""
        found = [track for track in self.tracks if track.kind == kind]
        if len(found) != 1:
            raise ToolFailed("A film of ours has {count} tracks of kind {kind}, not one.", count=len(found), kind=kind)
        return found[0]


def read(path: Path) -> Movie:
    """Raises ToolFailed for a file without an index."""
    order, moov = [], b""
    with path.open("rb") as file:
        for name, start, length in _outer(file):
            order.append(name)
            if name == b"moov":
                file.seek(start)
                moov = file.read(length)
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


def walk(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for name, body in _boxes(data):
        yield name, body
        if name in HOLDERS:
            yield from walk(body)


def _first(data: bytes, wanted: bytes) -> bytes:
    return next((body for name, body in walk(data) if name == wanted), b"")


def _track(trak: bytes, movie_scale: int) -> Mp4Track:
    found = dict(reversed(list(walk(trak))))
    scale, duration = struct.unpack_from(">II", found[b"mdhd"], 12)
    edits = found.get(b"elst")
    if edits:  # version 0: count, then (length in movie units, start in media units, rate)
        count = struct.unpack_from(">I", edits, 4)[0]
        lengths = [struct.unpack_from(">Ii", edits, 8 + 12 * n) for n in range(count)]
        duration = round(sum(length for length, start in lengths if start >= 0) * scale / movie_scale)
    return Mp4Track(
        kind=found[b"hdlr"][8:12].decode("ascii", "replace"),
        samples=struct.unpack_from(">I", found[b"stsz"], 8)[0],
        scale=scale,
        length=duration,
        setup=avcc(found[b"stsd"]),
    )


def avcc(stsd: bytes) -> bytes:
    """stsd → avc1 (86 bytes of fixed fields with its head) → avcC."""
    if stsd[12:16] != b"avc1":
        return b""
    return _first(stsd[8 + 86 :], b"avcC")


# --- joining ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShotIndex:
    """A file of one picture track: its index, and where its frames lie (`at`, in the order of decoding).

    `shifts`: runs of (frames, how much later than decoded they show); `delay`: what is taken off all of them.
    """

    path: Path
    moov: bytes
    at: int
    sizes: tuple[int, ...]
    keys: tuple[int, ...]
    shifts: tuple[tuple[int, int], ...]
    delay: int
    tick: int


def join(paths: Sequence[Path], target: Path) -> None:
    """Writes the pictures of all files, one after the other, into one file that can be played while it loads.

    Their set-ups must be the same (`Track.setup`). Raises ToolFailed for a file that is not of even timing.
    """
    known = {path: shot_index(path) for path in set(paths)}
    shots = [known[path] for path in paths]
    if len({shot.tick for shot in shots}) != 1:
        raise ToolFailed("The shots of this film have different rates.")
    sizes = [size for shot in shots for size in shot.sizes]
    brand = struct.pack(">I4s4sI4s4s4s4s", 32, b"ftyp", b"isom", 512, b"isom", b"iso2", b"avc1", b"mp41")
    head = 16 if sum(sizes) + 8 >= 1 << 32 else 8
    index = _index(shots, sizes, 0)
    for _ in range(2):  # places beyond 4 GB take more room, which moves all of them once more
        index = _index(shots, sizes, len(brand) + len(index) + head)
    with target.open("wb") as file:
        file.write(brand + index)
        file.write(struct.pack(">I4sQ", 1, b"mdat", sum(sizes) + head) if head == 16 else head_of(b"mdat", sum(sizes)))
        file.flush()
        for shot in shots:
            _copy(shot, file.fileno())


def shot_index(path: Path) -> ShotIndex:
    data, payload, moov = -1, 0, b""
    with path.open("rb") as file:
        for name, start, length in _outer(file):
            if name == b"mdat":
                data, payload = start, length
            elif name == b"moov":
                file.seek(start)
                moov = file.read(length)
    if not moov:
        raise ToolFailed("{file} has no index: it is not whole.", file=path.name)
    found = dict(walk(moov))
    sizes = _sizes(found[b"stsz"])
    timing = _table(found[b"stts"], ">II")
    if len({delta for _, delta in timing}) != 1 or sum(sizes) != payload or _table(found[b"stco"], ">I")[0][0] != data:
        raise ToolFailed("{file} is not a shot that can be joined.", file=path.name)
    edits = _table(found[b"elst"], ">Iii") if b"elst" in found else []
    keys = tuple(number for (number,) in _table(found[b"stss"], ">I")) if b"stss" in found else range(1, len(sizes) + 1)
    shifts = _table(found[b"ctts"], ">Ii") if b"ctts" in found else [(len(sizes), 0)]
    return ShotIndex(
        path=path,
        moov=moov,
        at=data,
        sizes=sizes,
        keys=tuple(keys),
        shifts=tuple(shifts),
        delay=max((start for _, start, _ in edits), default=0),
        tick=timing[0][1],
    )


def packets_in(path: Path) -> tuple[int, tuple[int, ...]]:
    """Where the packets of a file begin that has nothing but one sound, and the size of each.

    Raises ToolFailed where they don't lie one behind the other.
    """
    with path.open("rb") as file:
        boxes = {name: (start, length) for name, start, length in _outer(file)}
        file.seek(boxes[b"moov"][0])
        found = dict(walk(file.read(boxes[b"moov"][1])))
    (at, length), sizes = boxes[b"mdat"], _sizes(found[b"stsz"])
    if sum(sizes) != length or _table(found[b"stco"], ">I")[0][0] != at:
        raise ToolFailed("{file} is not a sound of ours.", file=path.name)
    return at, sizes


def _outer(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and length of the content of each outermost box."""
    at = 0
    while len(head := file.read(8)) == 8:
        size, name = struct.unpack(">I4s", head)
        skip = 8
        if size == 1:
            size, skip = struct.unpack(">Q", file.read(8))[0], 16
        if size < skip:
            return
        yield name, at + skip, size - skip
        at += size
        file.seek(at)


def _table(body: bytes, row: str) -> list[Any]:
    """Rows (tuples of numbers) after version, flags and count."""
    count, size = struct.unpack_from(">I", body, 4)[0], struct.calcsize(row)
    return list(struct.iter_unpack(row, body[8 : 8 + count * size]))


def _sizes(stsz: bytes) -> tuple[int, ...]:
    same, count = struct.unpack_from(">II", stsz, 4)
    return (same,) * count if same else struct.unpack_from(f">{count}I", stsz, 12)


def _index(shots: Sequence[ShotIndex], sizes: Sequence[int], begin: int) -> bytes:
    """The index (moov) of all shots, whose frames lie one after the other from `begin` on."""
    frames, tick = len(sizes), shots[0].tick
    delay = max(shot.delay for shot in shots)
    firsts = list(accumulate((len(shot.sizes) for shot in shots), initial=0))
    starts = list(accumulate((sum(shot.sizes) for shot in shots), initial=begin))
    shifts = [(count, shift + delay - shot.delay) for shot in shots for count, shift in shot.shifts]
    keys = [first + key for shot, first in zip(shots, firsts, strict=False) for key in shot.keys]
    chunks = [(number, len(shot.sizes), 1) for number, shot in enumerate(shots, 1)]
    found = dict(walk(shots[0].moov))
    scale, length = struct.unpack_from(">I", found[b"mdhd"], 12)[0], frames * tick
    wide = starts[-1] >= 1 << 32
    stbl = [
        box(b"stsd", found[b"stsd"]),
        box(b"stts", _rows([(frames, tick)], ">II")),
        box(b"stss", _rows([(key,) for key in keys], ">I")),
        *([box(b"ctts", _rows(shifts, ">Ii"))] if any(shift for _, shift in shifts) else []),
        box(b"stsc", _rows(chunks, ">III")),
        box(b"stsz", struct.pack(f">III{frames}I", 0, 0, frames, *sizes)),
        box(b"co64" if wide else b"stco", _rows([(start,) for start in starts[:-1]], ">Q" if wide else ">I")),
    ]
    minf = box(b"vmhd", found[b"vmhd"]) + box(b"dinf", found[b"dinf"]) + box(b"stbl", b"".join(stbl))
    mdhd = found[b"mdhd"][:16] + struct.pack(">I", length) + found[b"mdhd"][20:]
    mdia = box(b"mdhd", mdhd) + box(b"hdlr", found[b"hdlr"]) + box(b"minf", minf)
    tkhd = found[b"tkhd"][:20] + struct.pack(">I", length) + found[b"tkhd"][24:]
    edts = box(b"edts", box(b"elst", _rows([(length, delay, 1 << 16)], ">IiI")))
    mvhd = found[b"mvhd"][:12] + struct.pack(">II", scale, length) + found[b"mvhd"][20:]
    return box(b"moov", box(b"mvhd", mvhd) + box(b"trak", box(b"tkhd", tkhd) + edts + box(b"mdia", mdia)))


def _rows(rows: Sequence[tuple[int, ...]], row: str) -> bytes:
    return struct.pack(">II", 0, len(rows)) + b"".join(struct.pack(row, *values) for values in rows)


def head_of(name: bytes, length: int) -> bytes:
    return struct.pack(">I4s", length + 8, name)


def box(name: bytes, body: bytes) -> bytes:
    return head_of(name, len(body)) + body


def _copy(shot: ShotIndex, target: int) -> None:
    at, end = shot.at, shot.at + sum(shot.sizes)
    with shot.path.open("rb") as file:
        while at < end:
            sent = os.sendfile(target, file.fileno(), at, min(end - at, 1 << 30))
            if not sent:
                raise ToolFailed("{file} has no index: it is not whole.", file=shot.path.name)
            at += sent
