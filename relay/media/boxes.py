"""What a file's own head says of locks and colours, read byte by byte where FFmpeg keeps it to itself.

FFmpeg puts the original name of a codec in the place of `encv` and hands out encrypted frames as if they were none, and
PyAV gives no configuration of Dolby Vision. Both stand in the head: in the boxes of MP4 and QuickTime (ISO 14496-12,
encryption in 23001-7; Dolby Vision streams within the ISO base media file format, 2.1.2), in the block additions of
Matroska, in the objects of ASF.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAX_HEAD = 64 << 20
MAX_BOXES = 20_000
LOCKED = frozenset({b"encv", b"enca", b"drmi", b"drms"})
"""Sample entries of protected tracks: common encryption (whatever the scheme), and Apple's of before."""
LOCKED_ASF = (
    bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),  # Content Encryption Object
    bytes.fromhex("14e68a292226174cb935dae07ee9289c"),  # Extended Content Encryption Object
)
DOLBY = (b"dvcC", b"dvvC", b"dvwC")
VIDEO_ENTRY = 78
"""Bytes of a video sample entry before the boxes in it."""


@dataclass(frozen=True, slots=True)
class Head:
    """`encrypted`: a track is. `dolby_only`: Dolby Vision without a picture that other players can show (profile 5)."""

    encrypted: bool = False
    dolby_only: bool = False


def read_head(path: Path, container: str) -> Head:
    """What stands in the head of the file at `path`; a head that makes no sense says nothing."""
    with path.open("rb") as file:
        if container == "mov":
            return _of_boxes(file)
        start = file.read(1 << 20)
    if container == "asf":
        return Head(encrypted=any(mark in start for mark in LOCKED_ASF))
    if container == "matroska":
        return Head(dolby_only=any(_only_dolby(config) for config in _block_additions(start)))
    return Head()


def _of_boxes(file: BinaryIO) -> Head:
    entries = [entry for moov in _moovs(file) for entry in _entries(moov)]
    kinds = {kind for kind, _ in entries}
    configs = [
        body
        for _, entry in entries
        for kind, body in boxes(entry[VIDEO_ENTRY:])
        if kind in DOLBY and entry[:6] == bytes(6)
    ]
    return Head(encrypted=bool(kinds & LOCKED), dolby_only=any(map(_only_dolby, configs)))


def _moovs(file: BinaryIO) -> Iterator[bytes]:
    """The bodies of the file's `moov` boxes; what lies between is skipped unread."""
    size = file.seek(0, 2)
    at = 0
    for _ in range(MAX_BOXES):
        file.seek(at)
        head = file.read(16)
        length, kind, first = _header(head, size - at)
        if not length:
            return
        if kind == b"moov":
            file.seek(at + first)
            yield file.read(min(length - first, MAX_HEAD))
        at += length


def _header(head: bytes, rest: int) -> tuple[int, bytes, int]:
    """(length, kind, where the body begins) of the box that begins here; length 0: there is none."""
    if len(head) < 8:
        return 0, b"", 8
    length, kind = struct.unpack(">I4s", head[:8])
    first = 8
    if length == 1 and len(head) >= 16:
        length, first = struct.unpack(">Q", head[8:16])[0], 16
    elif length == 0:
        length = rest
    return (length if length >= first else 0), kind, first


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, body) of the boxes that lie in a row in `data`."""
    at = 0
    while at + 8 <= len(data):
        length, kind, first = _header(data[at : at + 16], len(data) - at)
        if not length:
            return
        yield kind, data[at + first : at + length]
        at += length


def _entries(moov: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, body) of every track's sample entries."""
    for body in _below([moov], b"trak", b"mdia", b"minf", b"stbl", b"stsd"):
        yield from boxes(body[8:])


def _below(bodies: list[bytes], *way: bytes) -> list[bytes]:
    for step in way:
        bodies = [inner for body in bodies for kind, inner in boxes(body) if kind == step]
    return bodies


def _block_additions(start: bytes) -> Iterator[bytes]:
    """Dolby Vision's configuration in Matroska: BlockAddIDType (41 E7) names it, BlockAddIDExtraData (41 ED) is it."""
    for kind in DOLBY:
        at = start.find(b"\x41\xe7\x84" + kind)
        data = start.find(b"\x41\xed", at, at + 64) if at >= 0 else -1
        if data >= 0:
            yield start[data + 3 : data + 3 + 24]


def _only_dolby(config: bytes) -> bool:
    """Whether no other player can show it: profile 5, or a base layer that is compatible with nothing."""
    if len(config) < 5:
        return False
    profile, base = config[2] >> 1, config[3] & 1
    return profile == 5 or (profile >= 8 and bool(base) and config[4] >> 4 == 0)
