"""Finished files of the data folder that all hosts see, in a bucket; what lies on a host is its copy.

Names don't tell the content, as they do in the media store: a copy counts while its size and its time are those of the
object, which stand in the file's time of change.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from relay.errors import NotFound
from relay.media.buckets.bucket import Bucket, BucketObject
from relay.media.files import draft_of, file_sha256, make_private, put_in_place

FOLDER = "data"
"""Where the data folder's files lie in the bucket, below the prefix."""
KNOWN_FOR = 30.0
"""Seconds for which a copy is believed to be the newest one: so pages that read many manifests ask once."""
MOST_ASKED = 10_000


class BucketFiles:
    """`BucketFiles(bucket, root)`: `root/almanacs/film-v1.mp4` is the object `data/almanacs/film-v1.mp4`."""

    def __init__(self, bucket: Bucket, root: Path) -> None:
        self._bucket, self._root = bucket, root.absolute()
        self._asked: dict[str, float] = {}

    def reserve(self, path: Path) -> bool:
        return self._bucket.claim(self._name(path))

    def share(self, *paths: Path) -> None:
        for path in paths:
            self.share_as(path, path)

    def share_as(self, made: Path, place: Path) -> None:
        name = self._name(place)
        self._bucket.put(name, made, file_sha256(made), replace=True)
        _mark(made, self._bucket.look(name))

    def bring(self, path: Path) -> Path:
        name, now = self._name(path), time.monotonic()
        if path.is_file() and now - self._asked.get(name, -KNOWN_FOR) < KNOWN_FOR:
            return path
        try:
            seen = self._bucket.look(name)
        except NotFound:
            return path
        if not _is_copy(path, seen):
            self._fetch(name, path)
        if len(self._asked) >= MOST_ASKED:
            self._asked.clear()
        self._asked[name] = now
        return path

    def has(self, path: Path) -> bool:
        return self._bucket.has(self._name(path))

    def holds(self, path: Path, sha256: str) -> bool:
        try:
            return self._bucket.digest(self._name(path)) == sha256
        except NotFound:
            return False

    def drop(self, path: Path) -> bool:
        name = self._name(path)
        if not self._bucket.has(name):
            return False
        self._bucket.delete(name)
        return True

    def names(self, folder: Path, begin: str = "") -> Iterator[Path]:
        for seen in self._bucket.list(f"{self._name(folder)}/{begin}"):
            yield self._root / seen.name.removeprefix(f"{FOLDER}/")

    def _fetch(self, name: str, path: Path) -> None:
        make_private(path.parent)
        part = draft_of(path)
        try:
            seen = self._bucket.bring(name, part)
            _mark(part, seen)
            put_in_place(part, path)
        finally:
            part.unlink(missing_ok=True)

    def _name(self, path: Path) -> str:
        return f"{FOLDER}/{path.absolute().relative_to(self._root)}"


class OwnFiles:
    """One host: what lies in its data folder is all there is."""

    def reserve(self, path: Path) -> bool:  # noqa: ARG002 - nobody else takes names
        return True

    def share(self, *paths: Path) -> None:
        pass

    def share_as(self, made: Path, place: Path) -> None:
        pass

    def bring(self, path: Path) -> Path:
        return path

    def has(self, path: Path) -> bool:
        return path.is_file()

    def holds(self, path: Path, sha256: str) -> bool:
        return path.is_file() and file_sha256(path) == sha256

    def drop(self, path: Path) -> bool:  # noqa: ARG002 - the caller's file is all there is
        return False

    def names(self, folder: Path, begin: str = "") -> Iterator[Path]:
        """In the order of their paths."""
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        yield from (path for path in found if str(path.relative_to(folder)).startswith(begin))


def _is_copy(path: Path, seen: BucketObject) -> bool:
    try:
        here = path.stat()
    except FileNotFoundError:
        return False
    return (here.st_size, int(here.st_mtime)) == (seen.size, int(seen.at.timestamp()))


def _mark(path: Path, seen: BucketObject) -> None:
    when = int(seen.at.timestamp()) * 1_000_000_000
    os.utime(path, ns=(path.stat().st_atime_ns, when))
