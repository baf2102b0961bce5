"""Boxes of MP4 put together and taken apart by hand, and films that get one more."""

from __future__ import annotations

import struct

ANCESTORS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
FRONT = {b"stsd": 8}
"""Bytes of a box's own before those that lie in it."""


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, *parts: bytes) -> bytes:
    """With a version and flags of zero."""
    return box(kind, bytes(4), *parts)


def video_entry(kind: bytes, *inside: bytes) -> bytes:
    return box(kind, bytes(6), b"\0\1", bytes(70), *inside)


def film_of(*entries: bytes) -> bytes:
    """A head with one track for every sample entry."""
    tracks = []
    for entry in entries:
        tracks.append(entry)
        for kind in reversed(ANCESTORS[1:]):
            front = bytes(4) + struct.pack(">I", 1) if kind == b"stsd" else b""
            tracks[-1] = box(kind, front, tracks[-1])
    return box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", bytes(64)) + box(b"moov", *tracks)


def with_box(film: bytes, entry: bytes, more: bytes) -> bytes:
    """The film with `more` at the end of its first sample entry of that kind; its head has to stand behind the rest."""
    data = bytearray(film)
    at, end = 0, len(data)
    way: list[int] = []
    for kind in (*ANCESTORS, entry):
        at = _find(data, at, end, kind)
        way.append(at)
        end = at + int.from_bytes(data[at : at + 4], "big")
        at += 8 + FRONT.get(kind, 0)
    data[end:end] = more
    for place in way:
        size = int.from_bytes(data[place : place + 4], "big") + len(more)
        data[place : place + 4] = size.to_bytes(4, "big")
    return bytes(data)


def _find(data: bytearray, at: int, end: int, kind: bytes) -> int:
    while data[at + 4 : at + 8] != kind:
        at += int.from_bytes(data[at : at + 4], "big") or end - at
        assert at < end, kind
    return at
