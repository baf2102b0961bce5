"""What a host holds of a bucket: whole files. Those used longest ago go when there are more than the limit allows.

When a file was used last stands in its time of access, when the object came in its time of change: so a file that is
another one in the bucket since is told from it without a note.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from relay.errors import NotFound
from relay.media.files import PRIVATE_FOLDER, draft_of
from relay.media.vault import INCOMING, Vault

HELD = 6 * 3600
"""Seconds for which what was asked for stays in any case: somebody has its path, a film of hours for one."""
ROOM = 0.9
"""The share of the limit down to which files go, so that not every new one looks through all of them."""
LOOKED_AGAIN = 300.0
"""Seconds after which the folder is counted anew: other processes fill it too."""


class HostCache:
    """`HostCache(folder, limit)`, `limit` in bytes; as a Vault, whose files may go at any time."""

    def __init__(self, root: Path, limit: float) -> None:
        self._vault, self._limit = Vault(root), limit
        self._lock = threading.Lock()
        self._room, self._counted = 0.0, -LOOKED_AGAIN

    @property
    def root(self) -> Path:
        return self._vault.root

    def find(self, key: str, size: int, at: datetime) -> Path | None:
        """The file of an object of that size and time; one of another is dropped."""
        path = self._vault.at_hand(key)
        if path is None:
            return None
        with contextlib.suppress(FileNotFoundError):  # it goes just now
            seen = path.stat()
            if (seen.st_size, int(seen.st_mtime)) == (size, int(at.timestamp())):
                os.utime(path, ns=(time.time_ns(), seen.st_mtime_ns))
                return path
            self._vault.delete(key)
        return None

    def draft(self, key: str) -> Path:
        """Where what comes may be written."""
        folder = self.root / INCOMING
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        return draft_of(folder / key.rpartition("/")[2])

    def take(self, key: str, path: Path, at: datetime) -> Path:
        """Moves a finished file in. Raises DiskFull."""
        os.utime(path, ns=(time.time_ns(), int(at.timestamp()) * 1_000_000_000))
        size = path.stat().st_size
        self._vault.put(key, path)
        with self._lock:
            self._room -= size
            if self._room < 0 or time.monotonic() - self._counted > LOOKED_AGAIN:
                self._trim()
        return self._vault.local(key)

    def drop(self, key: str) -> None:
        self._vault.delete(key)

    def held(self) -> Iterator[str]:
        return self._vault.list()

    def _trim(self) -> None:
        found = []
        for key in self._vault.list():
            with contextlib.suppress(NotFound, FileNotFoundError):
                seen = self._vault.local(key).stat()
                found.append((seen.st_atime, seen.st_size, key))
        full, now = sum(size for _, size, _ in found), time.time()
        if full > self._limit:
            for used, size, key in sorted(found):
                if full <= self._limit * ROOM or now - used < HELD:
                    break
                self._vault.delete(key)
                full -= size
        self._room, self._counted = self._limit - full, time.monotonic()
