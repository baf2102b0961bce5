"""Files from one place to another: from a folder into an object store, or back.

Each file is put, read again there, and compared by its sha256. Nothing is removed from the old place until the new one
is the one in the settings; a move that was stopped goes on where it was. What a tombstone knows goes nowhere.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from relay.context import Relay
from relay.errors import NotFound, StorageDown
from relay.media.files import file_sha256, is_unfinished
from relay.media.vault import check_key
from relay.ports import MediaStore, SharedFiles
from relay.tombstones import stones
from relay.tombstones.entrance import key_of
from relay.tombstones.stones import Name
from relay.upkeep.backups.contents import NAMED_BY_CONTENT, SHARED

Told = Callable[[int, int, str], None]
"""Called with the number of files done, of how many, and a line."""
LINES = 100
"""How often it is told how far it is, at the most."""


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where files are kept: media by key, and what of the data folder all hosts see."""

    media: MediaStore
    shared: SharedFiles


@dataclass
class FilesMoved:
    """`files` are in the new place, `new` of them and `bytes` were brought now; `removed` from the old place, `erased`
    from both. `damaged`: names of files whose content is not what their name says: they stay in the old place too.
    """

    files: int = 0
    new: int = 0
    bytes: int = 0
    removed: int = 0
    erased: int = 0
    damaged: list[str] = field(default_factory=list)


def _nobody(_done: int, _total: int, _line: str) -> None:
    pass


def move(relay: Relay, old: FilePlace, new: FilePlace, *, empty: bool = False, told: Told = _nobody) -> FilesMoved:
    """With `empty`, what is in the new place leaves the old one. Raises StorageDown, DiskFull: it goes on there."""
    done = FilesMoved()
    one = _Move(relay, old, new, done, empty=empty)
    one.forget_what_was_erased()
    steps: list[Callable[[], None]] = [partial(one.media, key) for key in old.media.list()]
    steps += [partial(one.shared, path) for path in shared_files(relay, old.shared)]
    for number, step in enumerate(steps, 1):
        step()
        if number * LINES // len(steps) > (number - 1) * LINES // len(steps):
            told(number, len(steps), "")
    return done


def shared_files(relay: Relay, shared: SharedFiles) -> Iterator[Path]:
    """What a place holds of the data folder that belongs in the other place too."""
    root = relay.settings.data_dir.absolute()
    for folder in dict.fromkeys(pattern.partition("/")[0] for pattern in SHARED):
        for path in shared.names(root / folder):
            name = path.relative_to(root)
            is_one = any(name.match(one) and len(name.parts) == one.count("/") + 1 for one in SHARED)
            if is_one and not is_unfinished(path):
                yield path


class _Move:
    """One run, file by file."""

    def __init__(self, relay: Relay, old: FilePlace, new: FilePlace, done: FilesMoved, *, empty: bool) -> None:
        self._old, self._new, self._done, self._empty = old, new, done, empty
        self._part = relay.folder("work") / f"move-{os.getpid()}"
        self._relay, self._key = relay, key_of(relay)

    def forget_what_was_erased(self) -> None:
        """It may have been erased since an earlier run brought it to the new place."""
        for media in (self._old.media, self._new.media):
            for key in list(media.list()):
                if self._is_erased(key):
                    media.delete(key)
                    self._done.erased += 1

    def media(self, key: str) -> None:
        if self._is_erased(key):
            return
        try:
            sha256 = self._old.media.digest(key)
            is_new = self._brought(key, sha256)
        except NotFound:  # it was erased meanwhile
            self._new.media.delete(key)
            return
        if not self._old.media.has(key):  # as above: it may just have been put into the new place
            self._new.media.delete(key)
            return
        self._done.files += 1
        self._done.new += is_new
        if key.startswith(NAMED_BY_CONTENT) and sha256 != key.partition("/")[2]:
            self._done.damaged.append(key)
        elif self._empty:
            self._old.media.delete(key)
            self._done.removed += 1

    def _brought(self, key: str, sha256: str) -> bool:
        """Whether it was brought now; it is there, with that sum, when this returns."""
        if self._new.media.has(key):
            if self._new.media.digest(key) == sha256:
                return False
            self._new.media.delete(key)
        try:
            shutil.copyfile(self._old.media.local(key), self._part)
            self._done.bytes += self._part.stat().st_size
            self._new.media.put(key, self._part)
        finally:
            self._part.unlink(missing_ok=True)
            self._old.media.release(key)
        self._new.media.release(key)
        if self._new.media.digest(key) != sha256:
            self._new.media.delete(key)
            raise _is_another(key)
        return True

    def shared(self, path: Path) -> None:
        """A file of the data folder lies there in any case: as this host's own, or as its copy."""
        self._old.shared.bring(path)
        if not path.is_file():
            return
        sha256 = file_sha256(path)
        if not self._new.shared.holds(path, sha256):
            self._new.shared.share(path)
            if not self._new.shared.holds(path, sha256):
                raise _is_another(path.name)
            self._done.new += 1
            self._done.bytes += path.stat().st_size
        self._done.files += 1
        if self._empty:
            self._old.shared.drop(path)

    def _is_erased(self, key: str) -> bool:
        """What is named by the hash of a clip that its participant has taken back."""
        with self._relay.reading() as session:
            return stones.keeps_out(session, self._key, [Name.of_bytes(check_key(key)["name"][:64])]) is not None


def _is_another(name: str) -> StorageDown:
    return StorageDown(
        "{name} did not arrive as it left.", hint="Nothing was lost; the same command goes on from there.", name=name
    )
