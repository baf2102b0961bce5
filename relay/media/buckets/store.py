"""The media store in a bucket. What is read is brought into this host's cache; what is deleted is gone from both."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from relay.config import Settings
from relay.errors import NotFound
from relay.media.buckets.bucket import Bucket, BucketObject
from relay.media.buckets.cache import HostCache
from relay.media.files import file_sha256
from relay.media.vault import KEY, check_key
from relay.ports import StoredFile

FOLDER = "media"
"""Where keys lie in the bucket, below the prefix."""
KNOWN_FOR = 30.0
"""Seconds for which this process believes what the bucket has said of an object, before it asks again."""
MOST_KNOWN = 10_000
GIGABYTE = 1_000_000_000


class BucketStore:
    """`BucketStore(bucket, cache)`. Two hosts may put, read and delete the same keys at any time."""

    def __init__(self, bucket: Bucket, cache: HostCache) -> None:
        self._bucket, self.cache = bucket, cache
        self._known: dict[str, tuple[float, BucketObject]] = {}
        self._lock = threading.Lock()

    def put(self, key: str, path: Path) -> None:
        """Raises StorageDown, DiskFull, and then leaves `path` where it was."""
        self._bucket.put(_name(key), path, file_sha256(path))
        seen = self._look(key, anew=True)
        if seen.size != path.stat().st_size:  # another file stands there; the same key again changes nothing
            path.unlink()
            return
        path.chmod(0o400)
        self.cache.take(key, path, seen.at)

    def local(self, key: str) -> Path:
        """Brings the bytes to this host. Raises NotFound, StorageDown, DiskFull."""
        seen = self._look(key)
        if (here := self.cache.find(key, seen.size, seen.at)) is not None:
            return here
        part = self.cache.draft(key)
        try:
            came = self._bucket.bring(_name(key), part)
            self.cache.drop(key)
            return self.cache.take(key, part, came.at)
        except NotFound:
            self._forget(key)
            raise
        finally:
            part.unlink(missing_ok=True)

    def at_hand(self, key: str) -> Path | None:
        try:
            seen = self._look(key)
        except NotFound:
            return None
        return self.cache.find(key, seen.size, seen.at)

    def facts(self, key: str) -> StoredFile:
        seen = self._look(key)
        return StoredFile(seen.size, seen.at)

    def digest(self, key: str) -> str:
        return self._bucket.digest(_name(key))

    def range(self, key: str, start: int, length: int) -> BinaryIO:
        """Straight from the bucket: the cache is for whole files."""
        return self._bucket.range(_name(key), max(0, start), max(0, length))

    def delete(self, key: str) -> None:
        """The bucket first: whoever asks it meanwhile brings nothing back."""
        self._bucket.delete(_name(key))
        self._forget(key)

    def release(self, key: str) -> None:
        self._forget(key)

    def list(self, prefix: str = "") -> Iterator[str]:
        for seen in self._bucket.list(f"{FOLDER}/{prefix}"):
            key = seen.name.removeprefix(f"{FOLDER}/")
            if KEY.fullmatch(key):
                yield key

    def has(self, key: str) -> bool:
        try:
            self._look(key)
        except NotFound:
            return False
        return True

    def url(self, key: str) -> str | None:
        """None where browsers don't reach the bucket (RELAY_MEDIA_LINKS)."""
        name = _name(key)
        return self._bucket.link(name) if self._bucket.has_links else None

    def keeps_what_is_deleted(self) -> bool:
        """Whether the bucket keeps versions, as its newest rules have it: then nothing is ever gone from it."""
        first = next(self._bucket.list(f"{FOLDER}/"), None)
        return first is not None and bool(self._bucket.look(first.name).version)

    def _look(self, key: str, *, anew: bool = False) -> BucketObject:
        name, now = _name(key), time.monotonic()
        since, seen = self._known.get(key, (0.0, None))
        if seen is not None and not anew and now - since < KNOWN_FOR:
            return seen
        try:
            seen = self._bucket.look(name)
        except NotFound:
            self._forget(key)
            raise
        with self._lock:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = (now, seen)
        return seen

    def _forget(self, key: str) -> None:
        with self._lock:
            self._known.pop(key, None)
        self.cache.drop(key)


def open_store(settings: Settings, bucket: Bucket) -> BucketStore:
    return BucketStore(bucket, HostCache(settings.media_folder, settings.media_cache_gb * GIGABYTE))


def _name(key: str) -> str:
    check_key(key)
    return f"{FOLDER}/{key}"
