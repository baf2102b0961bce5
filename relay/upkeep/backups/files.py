"""Copying with a look at what is copied: sums on the way, down to the disk, and back again to see that it is there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from relay.media.files import PRIVATE

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Sum:
    size: int
    sha256: str


class SummedReader:
    """Reads on, and knows the sum of what was read; at most `size` bytes of it, for a file that may still grow."""

    def __init__(self, source: BinaryIO, size: int | None = None) -> None:
        self._source, self._left = source, size
        self._hash, self._size = hashlib.sha256(), 0

    def read(self, count: int = -1) -> bytes:
        if self._left is not None:
            count = self._left if count < 0 else min(count, self._left)
        content = self._source.read(count)
        self._left = None if self._left is None else self._left - len(content)
        self._size += len(content)
        self._hash.update(content)
        return content

    @property
    def sum(self) -> Sum:
        return Sum(self._size, self._hash.hexdigest())


class SummedWriter:
    """Writes on, and knows the sum of what was written."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._hash, self._size = hashlib.sha256(), 0

    def write(self, content: bytes) -> int:
        self._target.write(content)
        self._hash.update(content)
        self._size += len(content)
        return len(content)

    def flush(self) -> None:
        self._target.flush()

    def tell(self) -> int:
        return self._size

    @property
    def sum(self) -> Sum:
        return Sum(self._size, self._hash.hexdigest())


def chunks(source: BinaryIO | SummedReader) -> Iterator[bytes]:
    while content := source.read(CHUNK):
        yield content


def pour(content: Iterable[bytes], target: Path) -> Sum:
    """Into a new file for its owner only, down to the disk; what stood there goes. Raises OSError."""
    target.unlink(missing_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as out:
        summed = SummedWriter(out)
        for chunk in content:
            summed.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return summed.sum


def read_back(path: Path) -> Sum:
    """The sum of a file as the disk gives it back, not as it is remembered. Raises OSError."""
    with path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return sum_of(chunks(file))


def sum_of(content: Iterable[bytes]) -> Sum:
    size, hashed = 0, hashlib.sha256()
    for chunk in content:
        size += len(chunk)
        hashed.update(chunk)
    return Sum(size, hashed.hexdigest())
