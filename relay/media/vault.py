"""The media store on a disk: files named by what they are, written once, never changed.

A file comes in by fsync, rename, fsync of the folder, so that a key that exists is whole, whatever
happened meanwhile. A crash may leave a file in `.incoming`, which no key names (docs/security.md, rule 5) and
`relay doctor` removes.
"""

from __future__ import annotations

import contextlib
import io
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from relay.errors import DiskFull, NotFound, Refused
from relay.media.files import PRIVATE_FOLDER, draft_of, file_sha256, flush, make_private, put_in_place
from relay.media.toolbox import disk_full

if TYPE_CHECKING:
    from relay.ports import StoredFile

KEY = re.compile(r"(?:(?P<kind>[a-z][a-z-]{0,31})/)?(?P<name>[0-9a-f]{64}(?:\.[a-z0-9]{1,5})?)")
BARE = "plain"
"""The folder of keys without a kind."""
INCOMING = ".incoming"


class Vault:
    """`Vault(root)`; the key `posters/ab12….jpg` lies in `root/posters/ab/ab12….jpg`, to be read by its owner only."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def put(self, key: str, path: Path) -> None:
        """Moves the finished file at `path` in. Raises DiskFull, and then leaves `path` where it was."""
        target = self._path(key)
        try:
            self._take(path, target)
        except OSError as error:
            if disk_full(error):
                raise DiskFull("The disk is full.", hint="Free some space; nothing was lost.") from error
            raise

    def local(self, key: str) -> Path:
        """Raises NotFound."""
        path = self._path(key)
        if not path.is_file():
            raise NotFound("The media store has no {name}.", hint="Run: relay doctor", name=key)
        return path

    def at_hand(self, key: str) -> Path | None:
        path = self._path(key)
        return path if path.is_file() else None

    def facts(self, key: str) -> StoredFile:
        from relay.ports import StoredFile

        seen = self.local(key).stat()
        return StoredFile(seen.st_size, datetime.fromtimestamp(seen.st_mtime, UTC))

    def digest(self, key: str) -> str:
        return file_sha256(self.local(key))

    def range(self, key: str, start: int, length: int) -> BinaryIO:
        """Up to `length` bytes from `start`; past the end there are none. Close it after use."""
        file = self.local(key).open("rb", buffering=0)
        file.seek(max(0, start))
        return cast(BinaryIO, io.BufferedReader(_Window(file, max(0, length))))

    def delete(self, key: str) -> None:
        path = self._path(key)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            flush(path.parent)

    def release(self, key: str) -> None:
        """Nothing: what lies here is all there is."""
        check_key(key)

    def list(self, prefix: str = "") -> Iterator[str]:
        """Keys that begin with `prefix`, in order."""
        for folder in sorted(self._folders()):
            kind = "" if folder.name == BARE else f"{folder.name}/"
            for path in sorted(folder.glob("[0-9a-f][0-9a-f]/*")):
                key = kind + path.name
                if KEY.fullmatch(key) and key.startswith(prefix):
                    yield key

    def has(self, key: str) -> bool:
        return self._path(key).is_file()

    def url(self, key: str) -> str | None:
        """None: a folder has no links, the desk streams."""
        check_key(key)
        return None

    def _path(self, key: str) -> Path:
        match = check_key(key)
        name = match["name"]
        return self.root / (match["kind"] or BARE) / name[:2] / name

    def _folders(self) -> Iterator[Path]:
        if self.root.is_dir():
            yield from (entry for entry in self.root.iterdir() if entry.is_dir() and entry.name != INCOMING)

    def _take(self, path: Path, target: Path) -> None:
        make_private(target.parent)
        if target.is_file():
            path.unlink()
            return
        if path.stat().st_dev != target.parent.stat().st_dev:
            self._carry(path, target)
        else:
            _place(path, target)

    def _carry(self, path: Path, target: Path) -> None:
        """From another disk: copied beside the shelves first, because no rename crosses disks."""
        (self.root / INCOMING).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        copy = self.root / INCOMING / draft_of(target).name
        try:
            shutil.copyfile(path, copy)
            _place(copy, target)
        finally:
            copy.unlink(missing_ok=True)
        path.unlink()


def check_key(key: str) -> re.Match[str]:
    """Raises Refused for what is no key."""
    match = KEY.fullmatch(key)
    if match is None:
        raise Refused("{name!r} is no key of the media store.", name=key[:80])
    return match


class _Window(io.RawIOBase):
    """The next `left` bytes of a file, as a file."""

    def __init__(self, file: io.FileIO, left: int) -> None:
        self._file, self._left = file, left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)[: self._left]  # type: ignore[arg-type]
        count = self._file.readinto(view) if view else 0
        self._left -= count or 0
        return count or 0

    def close(self) -> None:
        self._file.close()
        super().close()


def _place(path: Path, target: Path) -> None:
    path.chmod(0o400)
    put_in_place(path, target)
