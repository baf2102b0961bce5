"""One file of tables: the seeds of up to some thousand recordings. Never changed, only made and removed.

A line of JSON that tells where which table lies and what the rest must add up to; then the tables, as they stand in
memory, so that a file is mapped and not read. Two processes share what they have of it in memory.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from relay.errors import RelayError
from relay.intake.lookup import seeds
from relay.intake.lookup.chunks import ChunkTable
from relay.intake.lookup.seeds import SIGHTS, Printed, SeedQuery, Seeds, SightTable, SoundTable
from relay.media.files import draft_of, put_in_place

VERSION = 1
"""Of tables and chunks: files of another one are made anew."""
ALIGNED = 64
MAGIC = b"relay-prints "
NAME_BYTES = 64

Arrays = dict[str, NDArray[Any]]


class Damaged(RelayError):
    """A file of tables is not what it was made as."""


@dataclass(frozen=True)
class PrintTables:
    """Tables of these recordings, called by their hashes in this order."""

    names: tuple[str, ...]
    dark: NDArray[np.bool_]
    sights: Mapping[str, SightTable]
    sounds: SoundTable

    @classmethod
    def of(cls, recordings: Sequence[Printed]) -> PrintTables:
        sights = {sight: SightTable.of([one.sights[sight] for one in recordings]) for sight in SIGHTS}
        return cls(
            names=tuple(one.name for one in recordings),
            dark=np.array([one.dark for one in recordings], np.bool_),
            sights=sights,
            sounds=SoundTable.of([one.words for one in recordings]),
        )

    def seeds(self, wanted: SeedQuery) -> Seeds:
        return seeds.found(wanted, self.sights, self.sounds, self.dark)


def write(segment: PrintTables, path: Path) -> None:
    """All of it or nothing, also after a power cut. Raises OSError."""
    arrays = _arrays(segment)
    where, at = [], 0
    for name, array in arrays.items():
        where.append([name, array.dtype.str, list(array.shape), at])
        at += -(-array.nbytes // ALIGNED) * ALIGNED
    told = {"version": VERSION, "arrays": where, "bytes": at, "digest": _digest(_padded(arrays))}
    line = orjson.dumps(told)
    head = MAGIC + hashlib.sha256(line).hexdigest().encode() + b" " + line
    part = draft_of(path)
    try:
        with part.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(head.ljust(-(-(len(head) + 1) // ALIGNED) * ALIGNED - 1) + b"\n")
            file.writelines(_padded(arrays))
        put_in_place(part, path)
    finally:
        part.unlink(missing_ok=True)


def read(path: Path, *, wholly: bool = False) -> PrintTables:
    """Raises FileNotFoundError, Damaged. `wholly`: every byte is looked at, as the doctor does."""
    with path.open("rb") as file:
        head = file.readline(1 << 20)
        size = os.fstat(file.fileno()).st_size
    told = _told(head)
    if told is None or size != len(head) + told["bytes"]:
        raise Damaged("{path} is not what it was made as.", path=path.name)
    body = np.memmap(path, np.uint8, "r", offset=0)[len(head) :]
    if wholly and told["digest"] != _digest([body.data]):
        raise Damaged("{path} is not what it was made as.", path=path.name)
    arrays = {}
    for name, kind, shape, at in told["arrays"]:
        count = int(np.prod(shape)) * np.dtype(kind).itemsize
        arrays[name] = np.asarray(body[at : at + count]).view(kind).reshape(shape)
    return _segment(arrays)


def names(path: Path) -> frozenset[str]:
    """Whose tables these are. Raises FileNotFoundError, Damaged."""
    return frozenset(read(path).names)


def _told(head: bytes) -> dict[str, Any] | None:
    digest, _, line = head.removeprefix(MAGIC).strip().partition(b" ")
    if not head.startswith(MAGIC) or hashlib.sha256(line).hexdigest().encode() != digest:
        return None
    told: dict[str, Any] = orjson.loads(line)
    return told if told["version"] == VERSION else None


def _arrays(segment: PrintTables) -> Arrays:
    arrays: Arrays = {"names": np.array(segment.names, f"S{NAME_BYTES}"), "dark": segment.dark}
    for sight, table in segment.sights.items():
        arrays |= {f"{sight} prints": table.prints, f"{sight} owners": table.owners, **_of(sight, table.chunks)}
    arrays |= {"words": segment.sounds.words, "begins": segment.sounds.begins}
    for half, chunks in enumerate(segment.sounds.chunks):
        arrays |= _of(f"half {half}", chunks)
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _of(name: str, table: ChunkTable) -> Arrays:
    return {f"{name} numbers": table.numbers, f"{name} starts": table.starts, f"{name} keys": table.keys}


def _table(arrays: Arrays, name: str) -> ChunkTable:
    return ChunkTable(arrays[f"{name} numbers"], arrays[f"{name} starts"], arrays[f"{name} keys"])


def _segment(arrays: Arrays) -> PrintTables:
    sights = {
        sight: SightTable(arrays[f"{sight} prints"], arrays[f"{sight} owners"], _table(arrays, sight))
        for sight in SIGHTS
    }
    halves = tuple(_table(arrays, f"half {half}") for half in range(2))
    return PrintTables(
        names=tuple(one.decode() for one in arrays["names"].tolist()),
        dark=arrays["dark"],
        sights=sights,
        sounds=SoundTable(arrays["words"], arrays["begins"], halves),
    )


def _padded(arrays: Arrays) -> Iterator[memoryview]:
    for array in arrays.values():
        yield array.reshape(-1).view(np.uint8).data
        yield memoryview(bytes(-array.nbytes % ALIGNED))


def _digest(parts: Iterable[memoryview]) -> str:
    total = hashlib.blake2b(digest_size=16)
    for part in parts:
        total.update(part)
    return total.hexdigest()
