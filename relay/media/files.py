"""Files that are there whole or not at all, and what they are known by."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from pathlib import Path

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
FOR_OTHERS = 0o077
"""The rights of group and others, which nothing in the data folder gives: it holds contacts, names and keys."""


def file_sha256(path: Path) -> str:
    """The digest of the file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """To the disk itself: a file's content, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_new(path: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """Writes a file that is not there yet, down to the disk. `mode` is narrowed by the umask.

    Raises FileExistsError.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def put_in_place(part: Path, path: Path) -> None:
    """fsync, rename, fsync: in this order a name never leads to half a file, and stays, also after a power cut."""
    flush(part)
    part.replace(path)
    flush(path.parent)


def replace_file(path: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """Whoever opens `path` finds the old content or the new one, also after a power cut. Raises OSError."""
    part = draft_of(path)
    try:
        write_new(part, content, mode=mode)
        part.replace(path)
        flush(path.parent)
    finally:
        part.unlink(missing_ok=True)


def make_private(folder: Path) -> None:
    """mkdir -p; what is made is for its owner only, and survives a power cut. What is there already keeps its rights.
    Raises OSError.
    """
    if folder.is_dir():
        return
    if not folder.parent.exists():
        make_private(folder.parent)
    folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    flush(folder.parent)


def close_to_others(path: Path) -> None:
    """Takes the rights of group and others from a file or folder; a link is left alone. Raises OSError."""
    mode = path.lstat().st_mode
    if not stat.S_ISLNK(mode) and mode & FOR_OTHERS:
        path.chmod(stat.S_IMODE(mode) & ~FOR_OTHERS)


def draft_of(path: Path) -> Path:
    """A hidden name beside it for what isn't whole yet: another one for each writer."""
    return path.with_name(f".{path.name}-{secrets.token_hex(8)}")


def part_of(path: Path) -> Path:
    """As `draft_of`, for what is not hidden."""
    return path.with_name(f"{path.stem}.{secrets.token_hex(6)}.part")


def is_unfinished(path: Path) -> bool:
    """It has a name of `draft_of` or `part_of`: whoever began it was killed, or is still at it."""
    return _UNFINISHED.fullmatch(path.name) is not None


_UNFINISHED = re.compile(r"\..+-[0-9a-f]{16}|.+\.[0-9a-f]{12}\.part", re.DOTALL)
